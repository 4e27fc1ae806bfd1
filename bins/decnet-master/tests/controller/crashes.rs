//! The controller dies at any moment, and goes on when it is opened again.

use std::time::{Duration, Instant};

use decnet_proto::{
    plan::SwarmPlan,
    swarm::operator::{Accepted, DeployRequest, HostState, OperationKind, OperationView, Route},
};
use decnet_store::Store;
use serde_json::json;

use crate::{
    agent::Agent,
    master::eventually,
    swarm::{Swarm, fleet},
};

/// Any number below `below`.
fn chance(below: u64) -> u64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    u64::from_ne_bytes(bytes) % below
}

#[tokio::test(flavor = "multi_thread")]
async fn a_controller_that_is_killed_at_any_moment_goes_on() {
    const ROUNDS: usize = 12;
    let mut swarm = Swarm::of(3).await;
    for agent in &swarm.agents {
        agent.world.state().takes = Duration::from_millis(60);
    }
    let mut worst = Duration::ZERO;
    let mut taken_on = 0;
    for round in 0..ROUNDS {
        let size = 3 + chance(12) as u32;
        let request = DeployRequest { fleet: fleet(size), no_cache: false, dry_run: false };
        let operator = swarm.operator();
        let asking =
            tokio::spawn(async move { operator.try_send::<Accepted>(Route::Deploy, &request).await });
        tokio::time::sleep(Duration::from_millis(chance(250))).await;
        swarm.master.kill();
        if round % 3 == 0 {
            swarm.agents[usize::try_from(chance(3)).unwrap()].world.lose_everything();
        }
        let answer = asking.await.unwrap();
        swarm.master.reopen().await;
        let begun = Instant::now();
        match answer {
            // What was taken on is what comes to be.
            Ok(accepted) => {
                taken_on += 1;
                swarm.operator().follow(accepted.operation).await;
                swarm.converged(size as usize).await;
            }
            // What was not may have been journaled or not: all or nothing.
            Err(_) => {
                eventually("nothing is open", async || {
                    let all: Vec<OperationView> = swarm.operator().ask(Route::Operations).await;
                    all.iter().all(|operation| operation.finished_at.is_some())
                })
                .await;
                let count = swarm.shards().await.len();
                swarm.converged(count).await;
            }
        }
        worst = worst.max(begun.elapsed());
    }
    println!(
        "{ROUNDS} kills, {taken_on} deployments taken on before; converged after at most {} ms",
        worst.as_millis()
    );
    assert!(swarm.operator().follow(swarm.deploy(fleet(12)).await).await.succeeded());
    swarm.converged(12).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_is_ended_after_a_restart_in_good_order() {
    let mut swarm = Swarm::of(2).await;
    for agent in &swarm.agents {
        agent.world.state().takes = Duration::from_millis(1500);
    }
    let id = swarm.deploy(fleet(4)).await;
    eventually("it was begun", async || swarm.agents.iter().all(|agent| agent.world.state().deploys > 0))
        .await;
    swarm.master.end().await;
    swarm.master.reopen().await;
    assert!(swarm.operator().follow(id).await.succeeded());
    swarm.converged(4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_was_leaving_leaves_after_a_kill() {
    let mut swarm = Swarm::of(2).await;
    swarm.operator().follow(swarm.deploy(fleet(4)).await).await;
    swarm.agents[0].world.state().takes = Duration::from_millis(800);
    let id = swarm.agents[0].id.to_string();
    let leaving: Accepted = swarm.operator().try_ask(Route::Decommission, &id).await.unwrap();
    swarm.master.kill();
    swarm.master.reopen().await;
    let view = swarm.operator().follow(leaving.operation).await;
    assert!(view.succeeded(), "{view:#?}");
    assert_eq!(swarm.hosts().await.len(), 1);
    assert!(swarm.runs()[0].is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn panic_outlives_the_controller() {
    let mut swarm = Swarm::of(2).await;
    swarm.operator().follow(swarm.deploy(fleet(4)).await).await;
    swarm.agents[1].cut();
    let panic: Accepted = swarm.operator().send(Route::Panic, &json!(null)).await;
    swarm.master.kill();
    swarm.master.reopen().await;
    eventually("w1 is silent", async || swarm.runs()[0].is_empty()).await;
    swarm.agents[1].heal().await;
    assert!(swarm.operator().follow(panic.operation).await.succeeded());
    assert_eq!(swarm.running(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_journaled_and_not_yet_wanted_comes_to_be() {
    let mut swarm = Swarm::of(2).await;
    swarm.operator().follow(swarm.deploy(fleet(4)).await).await;
    swarm.master.end().await;
    // As a crash leaves it: the plan is stored, the operation is journaled, and nothing else.
    let plans = swarm.master.state.join("swarm-plan");
    let mut plan: SwarmPlan = serde_json::from_slice(&std::fs::read(plans.join("1.json")).unwrap()).unwrap();
    plan.generation = 2;
    for plan in plan.hosts.values_mut() {
        plan.generation = 2;
        plan.deckies.pop();
    }
    std::fs::write(plans.join("2.json"), serde_json::to_vec(&plan).unwrap()).unwrap();
    let store = Store::open(&swarm.master.state.join("swarm/store.db")).await.unwrap();
    let hosts = swarm.agents.iter().map(|agent| agent.id).collect();
    let request = json!({"generation": 2}).to_string();
    let begun = store.operation_begin(OperationKind::Deploy, "token".to_owned(), request, hosts, 0).await;
    store.close().await;
    swarm.master.reopen().await;
    assert!(swarm.operator().follow(begun.unwrap()).await.succeeded());
    swarm.converged(2).await;
    assert_eq!(swarm.running(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_silent_before_anybody_could_be_heard() {
    let mut swarm = Swarm::of(1).await;
    eventually("it is heard", async || {
        swarm.hosts().await.first().is_some_and(|host| host.status == HostState::Active)
    })
    .await;
    swarm.master.kill();
    swarm.agents.iter_mut().for_each(Agent::cut);
    // Longer than a host may be silent.
    tokio::time::sleep(Duration::from_millis(4_500)).await;
    swarm.master.reopen().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let status = async || swarm.hosts().await.first().map(|host| host.status);
    assert_eq!(status().await, Some(HostState::Active));
    eventually("who does not speak is silent in the end", async || {
        status().await == Some(HostState::Unreachable)
    })
    .await;
}
