//! Listeners: the master's own, who may bring logs, and by which keys workers know them.

use std::{path::PathBuf, sync::Arc, time::Duration};

use decnet_api::{client::CallError, query::query};
use decnet_master::swarm::Settings;
use decnet_membership::{Membership, Part, renew_those_due};
use decnet_pki::{
    clock::{Clock, DAY},
    folder::IdentityFolder,
};
use decnet_proto::swarm::{
    operator::{Accepted, Profile, Route},
    role::Role,
    worker::{self, Roster},
};

use crate::{
    agent::Agent,
    master::{Master, eventually, settings},
    swarm::{Swarm, free_port},
};

const NOW: i64 = 1_800_000_000;

fn own_dir(master: &Master) -> PathBuf {
    master.state.join("swarm/listener")
}

/// The master's own listener, as it is when it starts.
pub(crate) fn own(master: &Master) -> Arc<Membership> {
    Arc::new(Membership::open(Part::Listener, &own_dir(master), master.clock.clone()).unwrap().unwrap())
}

/// What a listener is told that has this version.
pub(crate) async fn roster(listener: &Membership, have: Option<&str>) -> Result<Roster, CallError> {
    let route = worker::Route::Roster;
    let path = route.path().to_owned() + &query(&[("have", have.map(str::to_owned))]);
    let patient = listener.controller().unwrap().with_patience(Duration::from_secs(30));
    patient.get(route.method(), &path).await
}

/// Names and roles of who may bring logs.
pub(crate) fn bringers(roster: &Roster) -> Vec<(Role, &str)> {
    roster.clients.iter().map(|entry| (entry.role, entry.name.as_str())).collect()
}

/// Pins of listeners that an agent knows.
pub(crate) fn known(agent: &Agent) -> Vec<String> {
    let pins = agent.folder.trust().unwrap().unwrap().pins;
    pins.into_iter().filter(|(role, _)| *role == Role::Listener).map(|(_, pin)| pin).collect()
}

fn pin(master: &Master, profile: Profile) -> String {
    IdentityFolder::at(own_dir(master)).open(profile).unwrap().unwrap().peer.pin.to_string()
}

/// A master at a time that stands, and one host.
async fn held() -> Swarm {
    let dir = tempfile::tempdir().unwrap();
    let with = Settings { clock: Clock::held(NOW), ..settings(&dir.path().join("state")) };
    let mut swarm = Swarm { master: Master::with(with).await, dir, agents: Vec::new() };
    swarm.join(1).await;
    swarm
}

#[tokio::test(flavor = "multi_thread")]
async fn the_masters_own_listener_is_in_the_swarm_without_a_token() {
    let swarm = Swarm::of(2).await;
    let listener = own(&swarm.master);
    let told = roster(&listener, None).await.unwrap();
    let expect = [(Role::Agent, "w1"), (Role::Agent, "w2"), (Role::Listener, "decnet-listener")];
    assert_eq!(bringers(&told), expect);
    assert_eq!(told.clients[2].host, listener.host());
    let shown = IdentityFolder::at(swarm.dir.path().join("w1")).open(Profile::AgentClient).unwrap().unwrap();
    assert_eq!(told.clients[0].fingerprint, shown.peer.fingerprint.to_string());
    for agent in &swarm.agents {
        assert_eq!(known(agent), [pin(&swarm.master, Profile::ListenerServer)]);
    }
    // Only a listener is told.
    let route = worker::Route::Roster;
    let refused = swarm.agents[0].controller().get::<Roster>(route.method(), route.path()).await;
    assert_eq!(refused.unwrap_err().problem().unwrap().status, 403);
    let path = format!("{}?have=x&more=y", route.path());
    let odd = listener.controller().unwrap().get::<Roster>(route.method(), &path).await;
    assert_eq!(odd.unwrap_err().problem().unwrap().status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_waits_is_told_at_once() {
    let mut swarm = Swarm::of(1).await;
    let listener = own(&swarm.master);
    let first = roster(&listener, None).await.unwrap();
    let waiting = |have: String| {
        let listener = Arc::clone(&listener);
        tokio::spawn(async move { roster(&listener, Some(&have)).await.unwrap() })
    };
    let news = waiting(first.version.clone());
    swarm.join(2).await;
    let second = news.await.unwrap();
    assert_eq!(bringers(&second)[..2], [(Role::Agent, "w1"), (Role::Agent, "w2")]);

    let news = waiting(second.version.clone());
    let id = swarm.agents[0].id.to_string();
    let begun = std::time::Instant::now();
    let _: Accepted = swarm.operator().try_ask(Route::Decommission, &id).await.unwrap();
    let third = news.await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(bringers(&third)[0], (Role::Agent, "w2"));
    assert_eq!(roster(&listener, Some(&second.version)).await.unwrap(), third, "what it has is old");
    // A controller that ends lets nobody wait.
    let news = waiting(third.version.clone());
    tokio::time::sleep(Duration::from_millis(300)).await;
    swarm.master.end().await;
    assert_eq!(news.await.unwrap(), third);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_renews_itself_and_workers_hear_of_its_key_before_it_is_shown() {
    let swarm = held().await;
    let (clock, listener) = (swarm.master.clock.clone(), own(&swarm.master));
    let (before, client) =
        (pin(&swarm.master, Profile::ListenerServer), pin(&swarm.master, Profile::ListenerClient));
    let first = roster(&listener, None).await.unwrap();
    clock.turned(NOW + 60 * DAY);
    assert_eq!(renew_those_due(&listener).await.unwrap(), 1, "the client's");
    assert_ne!(pin(&swarm.master, Profile::ListenerClient), client);
    let second = roster(&listener, Some(&first.version)).await.unwrap();
    assert!(second.version != first.version && second.clients.len() == first.clients.len());
    let folder = IdentityFolder::at(own_dir(&swarm.master));
    let next = folder.staged(Profile::ListenerServer).unwrap().unwrap().peer.pin.to_string();
    eventually("the agent knows both", async || {
        let known = known(&swarm.agents[0]);
        known.len() == 2 && known.contains(&before) && known.contains(&next)
    })
    .await;
    assert_eq!(pin(&swarm.master, Profile::ListenerServer), before, "it is shown already");
    clock.turned(NOW + 60 * DAY + 600);
    assert_eq!(renew_those_due(&listener).await.unwrap(), 1);
    assert_eq!(pin(&swarm.master, Profile::ListenerServer), next);
    roster(&own(&swarm.master), None).await.unwrap();
    // The old one ends with its certificate.
    clock.turned(NOW + 90 * DAY - 1);
    assert_eq!(known(&swarm.agents[0]).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_masters_own_listener_has_is_made_anew_when_it_is_good_no_more() {
    let mut swarm = held().await;
    let (old, before) = (own(&swarm.master), pin(&swarm.master, Profile::ListenerServer));
    swarm.master.end().await;
    swarm.master.reopen().await;
    assert_eq!(pin(&swarm.master, Profile::ListenerServer), before, "it was good");
    roster(&old, None).await.unwrap();

    swarm.master.end().await;
    std::fs::write(own_dir(&swarm.master).join("listener-client.crt"), "nothing").unwrap();
    swarm.master.reopen().await;
    let after = pin(&swarm.master, Profile::ListenerServer);
    assert_ne!(after, before);
    roster(&own(&swarm.master), None).await.unwrap();
    assert!(roster(&old, None).await.is_err(), "what it had is good still");
    eventually("the agent knows the new one only", async || known(&swarm.agents[0]) == [after.clone()]).await;

    swarm.master.end().await;
    swarm.master.clock.turned(NOW + 90 * DAY + 1);
    swarm.master.reopen().await;
    assert_ne!(pin(&swarm.master, Profile::ListenerServer), after);
    roster(&own(&swarm.master), None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_goes_where_its_controller_goes() {
    let mut swarm = held().await;
    let before = own(&swarm.master).file().clone();
    assert_eq!(before.controller, format!("https://{}", swarm.master.workers));
    swarm.master.end().await;
    let elsewhere = free_port();
    swarm.master.reopen_with(|settings| Settings { workers: elsewhere, ..settings }).await;
    let after = own(&swarm.master);
    assert_eq!(after.file().controller, format!("https://{elsewhere}"));
    assert_eq!((after.file().id, &after.file().name), (before.id, &before.name));
    roster(&after, None).await.unwrap();
}
