//! Listeners on other hosts: how one comes, and that it goes at once.

use std::{path::PathBuf, sync::Arc, time::Duration};

use decnet_master::swarm::Settings;
use decnet_membership::{Join, JoinError, Membership, Part, join, renew_those_due};
use decnet_pki::clock::{Clock, DAY};
use decnet_proto::swarm::{
    operator::{AuditEntry, ListenerView, Route, Token},
    role::Role,
};
use serde_json::json;

use crate::{
    listeners::{bringers, known, own, roster},
    master::{Master, eventually, settings},
    swarm::Swarm,
};

/// A master at the present, where time stands, and one host.
async fn held() -> Swarm {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::held(Clock::system().now());
    let with = Settings { clock, ..settings(&dir.path().join("state")) };
    let mut swarm = Swarm { master: Master::with(with).await, dir, agents: Vec::new() };
    swarm.join(1).await;
    swarm
}

async fn token(swarm: &Swarm, name: &str, again: bool) -> String {
    let request = json!({"name": name, "again": again});
    swarm.operator().send::<Token>(Route::ListenerToken, &request).await.token
}

fn how(swarm: &Swarm, dir: &str, part: Part, token: &str) -> Join {
    let (url, dir): (_, PathBuf) = (format!("https://{}", swarm.master.workers), swarm.dir.path().join(dir));
    Join { part, url, token: token.to_owned(), dir, again: false }
}

/// A listener that comes with this token.
async fn comes(swarm: &Swarm, dir: &str, token: &str) -> Result<Arc<Membership>, JoinError> {
    let how = how(swarm, dir, Part::Listener, token);
    join(&how).await?;
    let clock = swarm.master.clock.clone();
    Ok(Arc::new(Membership::open(Part::Listener, &how.dir, clock).unwrap().unwrap()))
}

fn status(error: &JoinError) -> u16 {
    match error {
        JoinError::Call(error) => error.problem().unwrap().status,
        error => panic!("no refusal: {error}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_lets_one_listener_in_and_nobody_else() {
    let swarm = Swarm::of(1).await;
    let text = token(&swarm, "far", false).await;
    let as_agent = join(&how(&swarm, "agent", Part::Agent, &text)).await.unwrap_err();
    assert_eq!(status(&as_agent), 403);
    let far = comes(&swarm, "far", &text).await.unwrap();
    assert_eq!((far.name(), far.host()), ("far", own(&swarm.master).host()));
    assert_eq!(status(&comes(&swarm, "other", &text).await.unwrap_err()), 403, "it was used");
    let of_host: Token = swarm.operator().send(Route::Token, &json!({"name": "w9"})).await;
    assert_eq!(status(&comes(&swarm, "other", &of_host.token).await.unwrap_err()), 403);

    let told = roster(&far, None).await.unwrap();
    let listeners = [(Role::Listener, "decnet-listener"), (Role::Listener, "far")];
    assert_eq!(bringers(&told), [(Role::Agent, "w1"), listeners[0], listeners[1]]);
    assert_eq!(roster(&own(&swarm.master), None).await.unwrap(), told);
    eventually("the agent knows both", async || known(&swarm.agents[0]).len() == 2).await;
    let all: Vec<ListenerView> = swarm.operator().ask(Route::Listeners).await;
    let seen: Vec<_> = all.iter().map(|it| (it.name.as_str(), it.own, it.joined_at.is_some())).collect();
    assert_eq!(seen, [("decnet-listener", true, false), ("far", false, true)]);
    assert!(all.iter().all(|it| it.heard_at.is_some() && it.not_after.is_some()), "{all:?}");
    assert_eq!(all[1].client_cert_fingerprint.as_ref(), Some(&told.clients[2].fingerprint));
    assert_eq!(all[1].address, "127.0.0.1");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_revoked_is_shut_out_at_once() {
    let swarm = Swarm::of(1).await;
    let far = comes(&swarm, "far", &token(&swarm, "far", false).await).await.unwrap();
    eventually("the agent knows both", async || known(&swarm.agents[0]).len() == 2).await;
    let told = roster(&far, None).await.unwrap();
    let waiting = {
        let (far, have) = (Arc::clone(&far), told.version.clone());
        tokio::spawn(async move { roster(&far, Some(&have)).await })
    };
    let own = own(&swarm.master);
    let news = {
        let (own, have) = (Arc::clone(&own), told.version.clone());
        tokio::spawn(async move { roster(&own, Some(&have)).await.unwrap() })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    let begun = std::time::Instant::now();
    swarm.operator().try_ask::<()>(Route::RevokeListener, "far").await.unwrap();
    assert!(waiting.await.unwrap().is_err(), "its connection was left open");
    assert_eq!(bringers(&news.await.unwrap()), [(Role::Agent, "w1"), (Role::Listener, "decnet-listener")]);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert!(roster(&far, None).await.is_err());
    eventually("the agent knows the master's own only", async || known(&swarm.agents[0]).len() == 1).await;
    let again = swarm.operator().try_ask::<()>(Route::RevokeListener, "far").await.unwrap_err();
    assert_eq!(again.problem().unwrap().status, 404);
    let audit: Vec<AuditEntry> = swarm.operator().ask(Route::Audit).await;
    for action in ["listener_token", "revoke_listener"] {
        assert!(audit.iter().any(|it| it.action == action && it.subject == "far" && it.allowed), "{action}");
    }
    // The name is free again.
    comes(&swarm, "far-again", &token(&swarm, "far", false).await).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_masters_own_gets_new_keys_when_it_is_revoked() {
    let swarm = Swarm::of(1).await;
    let before = own(&swarm.master);
    let pins = known(&swarm.agents[0]);
    swarm.operator().try_ask::<()>(Route::RevokeListener, "decnet-listener").await.unwrap();
    assert!(roster(&before, None).await.is_err());
    roster(&own(&swarm.master), None).await.unwrap();
    eventually("the agent knows another key", async || {
        let now = known(&swarm.agents[0]);
        now.len() == 1 && now != pins
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_was_lost_comes_again_under_its_name() {
    let swarm = Swarm::of(1).await;
    let lost = comes(&swarm, "lost", &token(&swarm, "far", false).await).await.unwrap();
    let again = token(&swarm, "far", true).await;
    roster(&lost, None).await.unwrap();
    let found = comes(&swarm, "found", &again).await.unwrap();
    assert!(roster(&lost, None).await.is_err(), "what was lost is good still");
    assert_eq!(bringers(&roster(&found, None).await.unwrap()).len(), 3);
    eventually("the agent knows two", async || known(&swarm.agents[0]).len() == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn listeners_renew_themselves_and_leave_each_other_alone() {
    let swarm = held().await;
    let far = comes(&swarm, "far", &token(&swarm, "far", false).await).await.unwrap();
    let own = own(&swarm.master);
    let begun = swarm.master.clock.now();
    swarm.master.clock.turned(begun + 60 * DAY);
    assert_eq!(renew_those_due(&own).await.unwrap(), 1);
    roster(&far, None).await.unwrap();
    assert_eq!(renew_those_due(&far).await.unwrap(), 1);
    swarm.master.clock.turned(begun + 60 * DAY + 600);
    assert_eq!(renew_those_due(&own).await.unwrap() + renew_those_due(&far).await.unwrap(), 2);
    let told = roster(&far, None).await.unwrap();
    assert_eq!(roster(&own, None).await.unwrap(), told);
    assert_eq!(told.clients.len(), 3);
    eventually("the agent knows all four keys", async || known(&swarm.agents[0]).len() == 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_listeners_are_refused_in_words() {
    let swarm = Swarm::of(0).await;
    let operator = swarm.operator();
    let refused = async |body: serde_json::Value| operator.refusal(Route::ListenerToken, &body).await.0;
    assert_eq!(refused(json!({"name": "a".repeat(56)})).await, 422);
    assert_eq!(refused(json!({"name": "decnet-listener"})).await, 422);
    assert_eq!(refused(json!({"name": "listener"})).await, 422);
    assert_eq!(refused(json!({"name": "far", "life": 0})).await, 422);
    assert_eq!(refused(json!({"name": "far", "address": "x"})).await, 422);
    assert_eq!(refused(json!({"name": "far", "again": true})).await, 404);
    let longest = "a".repeat(55);
    let text = token(&swarm, &longest, false).await;
    assert_eq!(refused(json!({"name": longest})).await, 409);
    let far = comes(&swarm, "far", &text).await.unwrap();
    assert_eq!(far.name(), longest);
    for number in 1..16 {
        token(&swarm, &format!("far-{number}"), false).await;
    }
    assert_eq!(refused(json!({"name": "far-16"})).await, 409);
}
