//! Agents that end, crash, and start again.

use decnet_engine::recording::Told;
use decnet_proto::agent::{Accepted, DeckyState, DeployRequest, HostStatus, Route};

use crate::{
    client::{BREATH, Client},
    fleet::{TWO, plan},
    twin::World,
};

/// Asks until the status is as wanted; the test's own deadline ends a wait that is in vain.
async fn until(client: &Client, wanted: impl Fn(&HostStatus) -> bool) {
    while !wanted(&client.status().await) {
        tokio::time::sleep(BREATH).await;
    }
}

fn all_up(status: &HostStatus) -> bool {
    status.deckies.iter().all(|decky| decky.state == DeckyState::Up) && status.deckies.len() == 2
}

#[tokio::test]
async fn an_ending_agent_finishes_its_step_and_the_next_one_goes_on() {
    let world = World::new();
    let agent = world.start();
    world.allow(0);
    let request = DeployRequest { plan: plan(TWO, None), no_cache: false, parallel: None };
    let accepted: Accepted = agent.client.ask(Route::Deploy, &request).await.unwrap();
    // The first container is being made.
    until(&agent.client, |status| status.generation.is_some()).await;
    let client = agent.client.clone();
    let waiting = tokio::spawn(async move { client.end_of(accepted.operation).await });
    agent.end.request();
    world.changes.add_permits(1);
    agent.served.await.unwrap();
    waiting.abort();
    let created = |told: &Told| matches!(told, Told::Create(_));
    assert!(world.engine.told().iter().filter(|told| created(told)).count() <= 1, "no other step began");

    world.changes.add_permits(100);
    let agent = world.start();
    until(&agent.client, all_up).await;
    agent.stop().await;
}

#[tokio::test]
async fn what_stopped_runs_again_after_a_start() {
    let world = World::new();
    let agent = world.start();
    agent.client.deploy(&plan(TWO, None)).await.unwrap();
    agent.stop().await;
    world.engine.kill("web");
    let agent = world.start();
    until(&agent.client, all_up).await;
    assert!(world.engine.told().contains(&Told::Restart("web".to_owned())));
    agent.stop().await;
}
