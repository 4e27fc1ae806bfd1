//! Hosts leave, and are let in nowhere any more.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use decnet_proto::swarm::{
    operator::{Accepted, AuditEntry, HostHealth, HostState, Route, ShardState, Token},
    worker,
};
use serde_json::json;

use crate::{
    master::eventually,
    swarm::{Swarm, fleet},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_host_is_shut_out_within_a_second_and_emptied() {
    let swarm = Swarm::of(3).await;
    let operator = swarm.operator();
    operator.follow(swarm.deploy(fleet(6)).await).await;
    let agent = &swarm.agents[1];
    agent.world.state().takes = Duration::from_millis(1500);
    // A session that would live on.
    let kept = agent.controller();
    let trust = worker::Route::Trust;
    kept.get::<worker::Trust>(trust.method(), trust.path()).await.unwrap();
    let begun = Instant::now();
    let leaving: Accepted =
        operator.try_ask(Route::Decommission, &format!("{}?wipe=true", agent.id)).await.unwrap();
    let answered = begun.elapsed();
    kept.get::<worker::Trust>(trust.method(), trust.path()).await.unwrap_err();
    agent.controller().get::<worker::Trust>(trust.method(), trust.path()).await.unwrap_err();
    let shut = begun.elapsed();
    println!(
        "decommission answers after {} ms; the host was refused after {} ms",
        answered.as_millis(),
        shut.as_millis()
    );
    assert!(shut < Duration::from_secs(1), "{shut:?}");
    let host = swarm.hosts().await.into_iter().find(|host| host.uuid == agent.id).unwrap();
    assert_eq!(host.status, HostState::Leaving);
    let again: Accepted = operator.try_ask(Route::Decommission, &agent.id.to_string()).await.unwrap();
    assert_eq!(again.operation, leaving.operation, "to leave twice is to leave once");

    let view = operator.follow(leaving.operation).await;
    assert!(view.succeeded() && view.notes.is_empty(), "{view:#?}");
    assert!(agent.world.runs().is_empty());
    assert_eq!(swarm.hosts().await.len(), 2);
    assert!(swarm.shards().await.iter().all(|shard| shard.state == ShardState::Running));
    let before = agent.heard.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(agent.heard.load(Ordering::Relaxed), before, "it is still heard");
    let unknown = operator.try_ask::<Accepted>(Route::Decommission, &agent.id.to_string()).await.unwrap_err();
    assert_eq!(unknown.problem().unwrap().status, 404);

    // Its deckies go elsewhere with the next deployment.
    assert!(operator.follow(swarm.deploy(fleet(6)).await).await.succeeded());
    let shards = swarm.shards().await;
    assert!(shards.len() == 6 && shards.iter().all(|shard| shard.host_uuid != agent.id), "{shards:#?}");
    let knocks = |entry: &AuditEntry| {
        entry.action == "handshake" && !entry.allowed && entry.subject.contains(&agent.id.to_string())
    };
    eventually("that it knocks is told", async || {
        operator.ask::<Vec<AuditEntry>>(Route::Audit).await.iter().any(knocks)
    })
    .await;
    let audit: Vec<AuditEntry> = operator.ask(Route::Audit).await;
    let entry = audit.iter().find(|entry| entry.action == "decommission").unwrap();
    assert!(entry.allowed && entry.actor == "token" && entry.subject == agent.id.to_string(), "{entry:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_down_is_listed() {
    let mut swarm = Swarm::of(2).await;
    let operator = swarm.operator();
    operator.follow(swarm.deploy(fleet(6)).await).await;
    swarm.converged(6).await;
    swarm.agents[0].cut();
    let id = swarm.agents[0].id;
    let leaving: Accepted = operator.try_ask(Route::Decommission, &id.to_string()).await.unwrap();
    let view = operator.follow(leaving.operation).await;
    assert!(
        view.notes.iter().any(|note| note.contains("left behind") && note.contains("decky-01")),
        "{view:#?}"
    );
    let shards = swarm.shards().await;
    let left: Vec<_> = shards.iter().filter(|shard| shard.state == ShardState::LeftBehind).collect();
    assert!(
        left.len() == 3 && left.iter().all(|shard| shard.host_name == "w1" && shard.host_status.is_none())
    );

    // It comes back, and is nobody.
    swarm.agents[0].heal().await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(swarm.hosts().await.len(), 1);
    let refused = swarm.agents[0].controller();
    let route = worker::Route::Heartbeat;
    refused
        .send::<worker::Heard>(route.method(), route.path(), &swarm.agents[0].heartbeat())
        .await
        .unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_takes_the_place_of_the_old() {
    let swarm = Swarm::of(1).await;
    let agent = &swarm.agents[0];
    let fingerprint = async || swarm.hosts().await[0].client_cert_fingerprint.clone();
    let before = fingerprint().await;
    // A connection with the old certificate, which ends when the new one is used.
    let kept = agent.controller();
    let trust = worker::Route::Trust;
    kept.get::<worker::Trust>(trust.method(), trust.path()).await.unwrap();
    agent.beat(false);
    agent.renew().await;
    agent.controller().get::<worker::Trust>(trust.method(), trust.path()).await.unwrap();
    eventually("the new one counts", async || fingerprint().await != before).await;
    agent.beat(true);
    let heard = agent.heard.load(Ordering::Relaxed);
    eventually("it is heard", async || agent.heard.load(Ordering::Relaxed) > heard + 2).await;
    // The master knows the new server's certificate as well.
    assert!(swarm.operator().follow(swarm.deploy(fleet(2)).await).await.succeeded());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_is_not_taken_for_another() {
    let swarm = Swarm::of(2).await;
    let operator = swarm.operator();
    swarm.agents[0].beat(false);
    // Where w1 is said to be, w2 answers.
    let port = swarm.agents[1].address.port();
    let request = json!({"name": "w1", "again": true, "address": "127.0.0.1", "agent_port": port});
    operator.send::<Token>(Route::Token, &request).await;
    let checked: Vec<HostHealth> = operator.ask(Route::Check).await;
    let reachable: Vec<_> = checked.iter().map(|host| (host.name.to_string(), host.reachable)).collect();
    assert_eq!(reachable, [("w1".to_owned(), false), ("w2".to_owned(), true)], "{checked:#?}");
    operator.follow(swarm.deploy(fleet(4)).await).await;
    assert_eq!((swarm.runs()[0].len(), swarm.runs()[1].len()), (0, 4));
}
