//! Leaving the swarm at the master's word.

use std::{fs, time::Duration};

use decnet_agent::{Collection, Store};
use decnet_api::client::CallError;
use decnet_engine::Lasting;
use decnet_membership::{Membership, Part, join};
use decnet_pki::{clock::Clock, testing::host};
use decnet_proto::agent::{Accepted, DeckyState, DecommissionRequest, DeployRequest, HostStatus, Route};

use super::{Member, deploy, follow, identity, within};
use crate::fleet::{TWO, plan};

fn two() -> DeployRequest {
    DeployRequest { plan: plan(TWO, None), no_cache: false, parallel: None }
}

/// Whether nothing of the swarm is left.
fn is_forgotten(member: &Member) -> bool {
    fs::read_dir(identity(&member.world)).unwrap().count() == 0
}

#[tokio::test]
async fn a_host_that_leaves_forgets_keys_and_plan() {
    let member = Member::new().await;
    let master = member.master();
    deploy(&master, &two()).await;
    assert!(member.world.state().join("plan.json").exists());
    let path = Route::Decommission.path();

    let other = DecommissionRequest { host: host(7) };
    let refused = master.send::<Accepted>("POST", path, &other).await.unwrap_err();
    assert_eq!(refused.problem().map(|problem| problem.status), Some(409));
    let status: HostStatus = master.get("GET", Route::Status.path()).await.unwrap();
    assert!(status.deckies.iter().all(|decky| decky.state == DeckyState::Up));

    let own = DecommissionRequest { host: member.controller.swarm().hosts.worker };
    let accepted: Accepted = master.send("POST", path, &own).await.unwrap();
    let end = follow(&master, accepted).await.unwrap();
    assert_eq!(end.failures, [], "the master hears that all is down");
    within(Duration::from_secs(5), || is_forgotten(&member)).await;
    assert!(!member.world.state().join("plan.json").exists());
    // The door is shut; the host's own socket is not.
    within(Duration::from_secs(5), || member.served.is_finished()).await;
    let gone = member.master().get::<HostStatus>("GET", Route::Status.path()).await.unwrap_err();
    assert!(matches!(gone, CallError::Absent { .. }), "{gone:?}");
    let status = member.local.client.status().await;
    assert_eq!((status.generation, status.deckies.len(), status.swarm), (None, 0, None));
    let heard = member.controller.heartbeats().len();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(member.controller.heartbeats().len(), heard, "nobody is told any more");

    let (world, controller) = member.stop().await;
    assert!(Membership::open(Part::Agent, &identity(&world), Clock::system()).unwrap().is_none());
    join(&controller.join(Part::Agent, &identity(&world))).await.unwrap();
    let member = Member::start(world, controller, Collection::none()).await;
    assert_eq!(deploy(&member.master(), &two()).await.failures, [], "as a new one");
    member.stop().await;
}

#[tokio::test]
async fn a_host_that_cannot_take_all_down_tries_until_it_can() {
    let member = Member::new().await;
    let master = member.master();
    deploy(&master, &two()).await;
    member.world.engine.refuse("web", Lasting::Permanent, 1);
    let own = DecommissionRequest { host: member.controller.swarm().hosts.worker };
    let accepted: Accepted = master.send("POST", Route::Decommission.path(), &own).await.unwrap();
    assert_ne!(follow(&master, accepted).await.unwrap().failures, []);
    let status: HostStatus = master.get("GET", Route::Status.path()).await.unwrap();
    assert!(status.swarm.is_some() && !is_forgotten(&member), "it goes when all is down, not before");
    within(Duration::from_secs(10), || is_forgotten(&member)).await;
    assert_eq!(member.local.client.status().await.deckies, []);
    member.stop().await;
}

#[tokio::test]
async fn leaving_goes_on_after_a_crash() {
    let member = Member::new().await;
    deploy(&member.master(), &two()).await;
    let (world, controller) = member.stop().await;
    Store::open(world.state()).unwrap().set_leaving(true).unwrap();
    world.allow(0);
    let member = Member::start(world, controller, Collection::none()).await;
    let late = member.master().send::<Accepted>("POST", Route::Deploy.path(), &two()).await.unwrap_err();
    assert_eq!(late.problem().map(|problem| problem.title.as_str()), Some("the host is leaving"));
    member.world.changes.add_permits(100);
    within(Duration::from_secs(20), || is_forgotten(&member)).await;
    assert_eq!(member.local.client.status().await.deckies, []);
    within(Duration::from_secs(5), || !Store::open(member.world.state()).unwrap().is_leaving()).await;
    member.stop().await;
}
