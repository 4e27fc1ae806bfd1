//! What is wanted comes to be, whatever comes between.

use std::time::{Duration, Instant};

use decnet_composer::fleet::FleetSpec;
use decnet_proto::swarm::operator::{
    Accepted, DeployRequest, HostHealth, HostState, OperationKind, OperationView, ResultState, Route,
    ShardState,
};
use serde_json::json;

use crate::{
    master::eventually,
    swarm::{Swarm, fleet},
};

#[tokio::test(flavor = "multi_thread")]
async fn twelve_deckies_come_up_on_three_hosts() {
    let swarm = Swarm::of(3).await;
    let begun = Instant::now();
    let view = swarm.operator().follow(swarm.deploy(fleet(12)).await).await;
    assert!(view.succeeded(), "{view:#?}");
    assert_eq!((view.kind, view.results.len()), (OperationKind::Deploy, 3));
    swarm.converged(12).await;
    println!("12 deckies on 3 hosts after {} ms", begun.elapsed().as_millis());
    let runs = swarm.runs();
    assert!(runs.iter().all(|deckies| deckies.len() == 4), "not in turn: {runs:?}");
    let shards = swarm.shards().await;
    let on_its_lan = |shard: &&decnet_proto::swarm::operator::ShardView| {
        let lan = if shard.host_name == "w3" { 2 } else { 1 };
        shard.ip.octets()[1] == lan
    };
    assert!(shards.iter().all(|shard| on_its_lan(&shard)), "{shards:#?}");
    let hosts = swarm.hosts().await;
    assert!(
        hosts.iter().all(|host| host.status == HostState::Active && host.wanted == Some(1)),
        "{hosts:#?}"
    );

    let checked: Vec<HostHealth> = swarm.operator().ask(Route::Check).await;
    assert!(checked.len() == 3 && checked.iter().all(|host| host.reachable && host.detail == "0.1.0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_deployment_twice_is_one_outcome() {
    let swarm = Swarm::of(2).await;
    let operator = swarm.operator();
    operator.follow(swarm.deploy(fleet(4)).await).await;
    let deploys = |swarm: &Swarm| swarm.agents.iter().map(|agent| agent.world.state().deploys).sum::<u32>();
    assert_eq!(deploys(&swarm), 2);
    let before = swarm.shards().await;
    let again = operator.follow(swarm.deploy(fleet(4)).await).await;
    assert!(again.succeeded(), "{again:#?}");
    assert_eq!(swarm.shards().await, before, "something changed");
    assert_eq!(deploys(&swarm), 2, "a host was bothered");

    // While it is under way it is the very same operation.
    for agent in &swarm.agents {
        agent.world.state().takes = Duration::from_millis(700);
    }
    let first = swarm.deploy(fleet(6)).await;
    assert_eq!(swarm.deploy(fleet(6)).await, first);
    assert!(operator.follow(first).await.succeeded());
    assert_eq!(deploys(&swarm), 4);

    // Images that are to be built anew are, once.
    let request = DeployRequest { fleet: fleet(6), no_cache: true, dry_run: false };
    let fresh: Accepted = operator.send(Route::Deploy, &request).await;
    assert!(operator.follow(fresh.operation).await.succeeded());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(swarm.agents.iter().map(|agent| agent.world.state().images).sum::<u32>(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_tells_and_keeps_nothing() {
    let swarm = Swarm::of(2).await;
    let request = DeployRequest { fleet: fleet(4), no_cache: false, dry_run: true };
    let view: OperationView = swarm.operator().send(Route::Deploy, &request).await;
    assert!(view.id == 0 && view.results.len() == 2 && view.results[0].detail.contains("ssh"), "{view:#?}");
    assert!(swarm.shards().await.is_empty());
    assert!(swarm.operator().ask::<Vec<OperationView>>(Route::Operations).await.is_empty());
    assert!(!swarm.master.state.join("swarm-plan").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_deployment_takes_the_place_of_an_older() {
    let swarm = Swarm::of(2).await;
    for agent in &swarm.agents {
        agent.world.state().takes = Duration::from_millis(600);
    }
    let older = swarm.deploy(fleet(4)).await;
    eventually("a host works on it", async || swarm.agents[0].world.state().deploys == 1).await;
    let newer = swarm.deploy(fleet(8)).await;
    let operator = swarm.operator();
    let older = operator.follow(older).await;
    assert!(older.results.iter().all(|result| result.state == ResultState::Superseded), "{older:#?}");
    assert!(operator.follow(newer).await.succeeded());
    swarm.converged(8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_lost_everything_gets_it_again() {
    let swarm = Swarm::of(2).await;
    swarm.operator().follow(swarm.deploy(fleet(6)).await).await;
    swarm.agents[1].world.lose_everything();
    assert_eq!(swarm.running(), 3);
    let begun = Instant::now();
    swarm.converged(6).await;
    println!("what a host lost is back after {} ms", begun.elapsed().as_millis());
    let hosts = swarm.hosts().await;
    assert!(hosts.iter().all(|host| host.status == HostState::Active));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_was_away_is_brought_up_to_date() {
    let mut swarm = Swarm::of(3).await;
    swarm.operator().follow(swarm.deploy(fleet(6)).await).await;
    swarm.agents[1].cut();
    eventually("it is missed", async || {
        swarm
            .hosts()
            .await
            .iter()
            .any(|host| host.name.as_str() == "w2" && host.status == HostState::Unreachable)
    })
    .await;
    let operation = swarm.deploy(fleet(9)).await;
    let operator = swarm.operator();
    let settled = |view: &OperationView, name: &str| {
        view.results.iter().find(|result| result.host_name == name).map(|result| result.state)
    };
    let view = operator
        .until(operation, |view| {
            settled(view, "w1") == Some(ResultState::Done) && settled(view, "w3") == Some(ResultState::Done)
        })
        .await;
    assert_eq!(settled(&view, "w2"), Some(ResultState::Waiting), "{view:#?}");
    assert!(view.finished_at.is_none());
    let shards = swarm.shards().await;
    let on_w2 = shards.iter().filter(|shard| shard.host_name == "w2").count();
    assert_eq!(on_w2, 2, "a decky went to a host that is away, or left one that may be back: {shards:#?}");
    assert!(swarm.runs()[1].len() == 2, "the fleet needs its master to run");

    swarm.agents[1].heal().await;
    let begun = Instant::now();
    assert!(operator.follow(operation).await.succeeded());
    println!("a host that was away is up to date after {} ms", begun.elapsed().as_millis());
    swarm.converged(9).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_told_and_tried_again() {
    let swarm = Swarm::of(2).await;
    let operator = swarm.operator();
    for agent in &swarm.agents {
        agent.world.state().broken.insert("decky-01".to_owned());
    }
    let id = swarm.deploy(fleet(4)).await;
    let view = operator.follow(id).await;
    let failed: Vec<_> = view.results.iter().filter(|result| result.state == ResultState::Failed).collect();
    assert!(!view.succeeded() && failed.len() == 1, "{view:#?}");
    assert_eq!(failed[0].failures[0].subject, "decky-01");
    let shards = swarm.shards().await;
    let shard = shards.iter().find(|shard| shard.decky_name.as_str() == "decky-01").unwrap();
    assert_eq!(shard.state, ShardState::Failed);
    assert!(shard.last_error.as_ref().is_some_and(|error| error.contains("no such image")), "{shard:#?}");

    for agent in &swarm.agents {
        agent.world.state().broken.clear();
    }
    operator.until(id, OperationView::succeeded).await;
    swarm.converged(4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn less_is_taken_down_and_comes_back_as_it_was() {
    let swarm = Swarm::of(2).await;
    let operator = swarm.operator();
    operator.follow(swarm.deploy(fleet(6)).await).await;
    swarm.converged(6).await;
    let before = swarm.shards().await;

    let one: Accepted = operator.send(Route::Teardown, &json!({"decky_id": "decky-03"})).await;
    let view = operator.follow(one.operation).await;
    assert!(view.succeeded() && view.results.len() == 1, "{view:#?}");
    swarm.converged(5).await;
    let of_w1: Accepted = operator.send(Route::Teardown, &json!({"host_uuid": swarm.agents[0].id})).await;
    assert!(operator.follow(of_w1.operation).await.succeeded());
    eventually("w1 runs nothing", async || swarm.runs()[0].is_empty()).await;
    assert_eq!(swarm.agents[0].world.state().teardowns, 1, "a host without deckies keeps no network");
    let all: Accepted = operator.send(Route::Teardown, &json!({})).await;
    assert!(operator.follow(all.operation).await.succeeded());
    assert_eq!(swarm.running(), 0);
    eventually("nothing is known", async || swarm.shards().await.is_empty()).await;

    assert!(operator.follow(swarm.deploy(fleet(6)).await).await.succeeded());
    swarm.converged(6).await;
    let place = |shards: Vec<decnet_proto::swarm::operator::ShardView>| -> Vec<_> {
        shards.into_iter().map(|shard| (shard.decky_name, shard.host_uuid, shard.ip)).collect()
    };
    assert_eq!(place(swarm.shards().await), place(before), "deckies came back elsewhere");
    let nobody = operator.refusal(Route::Teardown, &json!({"decky_id": "nobody"})).await;
    assert_eq!(nobody.0, 404, "{}", nobody.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn panic_silences_all_at_once_and_for_good() {
    let swarm = Swarm::of(3).await;
    let operator = swarm.operator();
    operator.follow(swarm.deploy(fleet(12)).await).await;
    for agent in &swarm.agents {
        agent.world.state().takes = Duration::from_millis(500);
    }
    let begun = Instant::now();
    let panic: Accepted = operator.ask(Route::Panic).await;
    eventually("nothing runs", async || swarm.running() == 0).await;
    let took = begun.elapsed();
    println!("3 hosts that take 500 ms each are silent after {} ms", took.as_millis());
    assert!(took < Duration::from_millis(1400), "one after the other: {took:?}");
    let view = operator.follow(panic.operation).await;
    assert!(view.succeeded() && view.kind == OperationKind::Panic && view.results.len() == 3, "{view:#?}");

    swarm.agents[2].world.lose_everything();
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(swarm.running(), 0, "something came back");
    assert!(operator.follow(swarm.deploy(fleet(3)).await).await.succeeded());
    swarm.converged(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_is_told() {
    let swarm = Swarm::of(1).await;
    let operator = swarm.operator();
    let id = swarm.deploy(fleet(2)).await;
    operator.follow(id).await;
    swarm.converged(2).await;
    swarm.agents[0].world.state().up.remove("decky-02");
    let view = operator.until(id, |view| view.notes.iter().any(|note| note.starts_with("drift: "))).await;
    assert!(view.notes.iter().any(|note| note.contains("w1") && note.contains("decky-02")), "{view:#?}");
    let shards = swarm.shards().await;
    assert!(shards.iter().any(|shard| shard.state == ShardState::Pending), "{shards:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_host_is_an_error_before_anything_is_journaled() {
    let mut swarm = Swarm::of(1).await;
    swarm.agents[0].cut();
    let request = |fleet: FleetSpec| DeployRequest { fleet, no_cache: false, dry_run: false };
    let operator = swarm.operator();
    let refused = operator.refusal(Route::Deploy, &request(fleet(2))).await;
    assert!(refused.0 == 409 && refused.1.contains("w1"), "{refused:?}");
    assert!(operator.ask::<Vec<OperationView>>(Route::Operations).await.is_empty());
    assert!(!swarm.master.state.join("swarm-plan").exists());

    let empty = Swarm::of(0).await;
    let refused = empty.operator().refusal(Route::Deploy, &request(fleet(2))).await;
    assert!(refused.0 == 409 && refused.1.contains("swarm token"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_knows_more_than_its_master_obeys_again() {
    let swarm = Swarm::of(2).await;
    let operator = swarm.operator();
    operator.follow(swarm.deploy(fleet(4)).await).await;
    // As after the master's store was restored from an old copy.
    swarm.agents[0].world.state().plan.as_mut().unwrap().generation = 40;
    let id = swarm.deploy(fleet(6)).await;
    let view = operator.until(id, OperationView::succeeded).await;
    assert!(view.finished_at.is_some());
    swarm.converged(6).await;
    let generations: Vec<_> =
        swarm.agents.iter().map(|agent| agent.world.state().plan.as_ref().unwrap().generation).collect();
    assert!(generations.iter().all(|generation| *generation > 40), "{generations:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_was_changed_behind_its_back_is_numbered_anew() {
    let swarm = Swarm::of(2).await;
    let operator = swarm.operator();
    operator.follow(swarm.deploy(fleet(6)).await).await;
    {
        let mut state = swarm.agents[0].world.state();
        let gone = state.plan.as_mut().unwrap().deckies.pop().unwrap();
        state.up.remove(gone.name.as_str());
        state.boot = "second".to_owned();
    }
    swarm.converged(6).await;
    eventually("both have the new number", async || {
        let generation = |at: usize| swarm.agents[at].world.state().plan.as_ref().unwrap().generation;
        (generation(0), generation(1)) == (2, 2)
    })
    .await;
}
