//! Plans that come, go, fail and are refused.

use std::time::Duration;

use decnet_engine::{
    Lasting,
    recording::{HostTold, Told},
};
use decnet_netdrv::Claim;
use decnet_proto::{
    agent::{Accepted, DeckyState, DeployRequest, Route, TeardownRequest},
    plan::{FleetPlan, LinkDriver},
};

use crate::{
    client::Client,
    fleet::{TWO, WEB, plan},
    twin::World,
};

async fn states(client: &Client) -> Vec<(String, DeckyState)> {
    client.status().await.deckies.into_iter().map(|decky| (decky.name, decky.state)).collect()
}

fn up(names: &[&str]) -> Vec<(String, DeckyState)> {
    names.iter().map(|name| ((*name).to_owned(), DeckyState::Up)).collect()
}

fn created(world: &World) -> usize {
    world.engine.told().iter().filter(|told| matches!(told, Told::Create(_))).count()
}

#[tokio::test]
async fn a_plan_becomes_what_runs_and_a_repetition_changes_nothing() {
    let world = World::new();
    let agent = world.start();
    let plan = plan(TWO, None);
    let ended = agent.client.deploy(&plan).await.unwrap();
    assert_eq!(ended.failures, []);
    assert!(ended.total >= 4 && ended.done == ended.total, "{ended:?}");

    let status = agent.client.status().await;
    assert_eq!((status.generation, status.driver), (Some(1), Some(LinkDriver::Macvlan)));
    assert_eq!(states(&agent.client).await, up(&["web", "cache"]));
    let services: Vec<_> = status.deckies.iter().flat_map(|decky| &decky.services).collect();
    assert!(services.iter().all(|service| service.state == "running"), "{services:?}");

    assert_eq!(agent.client.deploy(&plan).await.unwrap().failures, []);
    assert_eq!(created(&world), 2);
    agent.stop().await;
}

#[tokio::test]
async fn a_newer_plan_changes_only_what_differs() {
    let world = World::new();
    let agent = world.start();
    let first = plan(TWO, None);
    agent.client.deploy(&first).await.unwrap();
    let second = plan(WEB, Some(&first));
    assert_eq!(agent.client.deploy(&second).await.unwrap().failures, []);
    assert_eq!(states(&agent.client).await, up(&["web"]));
    assert_eq!(created(&world), 2, "web was left alone");
    assert!(world.engine.told().contains(&Told::Remove("cache".to_owned())));
    assert!(world.machine.told().contains(&HostTold::Drained("cache".to_owned())), "its output was read");
    agent.stop().await;
}

#[tokio::test]
async fn an_older_plan_and_another_of_the_same_number_are_refused() {
    let world = World::new();
    let agent = world.start();
    let first = plan(WEB, None);
    let second = plan(TWO, Some(&first));
    agent.client.deploy(&second).await.unwrap();
    let problem = agent.client.deploy(&first).await.unwrap_err();
    assert_eq!(problem.status, 409);
    assert!(problem.detail.contains("plan 1 is older than plan 2"), "{}", problem.detail);
    let other = FleetPlan { generation: 2, ..first };
    let problem = agent.client.deploy(&other).await.unwrap_err();
    assert_eq!(problem.status, 409);
    assert!(problem.detail.contains("number the new one 3"), "{}", problem.detail);
    agent.stop().await;
}

#[tokio::test]
async fn one_operation_at_a_time() {
    let world = World::new();
    let agent = world.start();
    world.allow(0);
    let plan = plan(TWO, None);
    let request = DeployRequest { plan: plan.clone(), no_cache: false, parallel: Some(2) };
    let first: Accepted = agent.client.ask(Route::Deploy, &request).await.unwrap();
    let problem = agent.client.deploy(&plan).await.unwrap_err();
    assert_eq!(problem.status, 409);
    assert!(problem.detail.contains(&format!("operation {} runs", first.operation)), "{}", problem.detail);
    world.changes.add_permits(100);
    assert_eq!(agent.client.end_of(first.operation).await.failures, []);
    assert_eq!(agent.client.deploy(&plan).await.unwrap().failures, []);
    agent.stop().await;
}

#[tokio::test]
async fn a_value_out_of_bounds_is_refused() {
    let world = World::new();
    let agent = world.start();
    for parallel in [0, 65] {
        let request = DeployRequest { plan: plan(WEB, None), no_cache: false, parallel: Some(parallel) };
        let problem = agent.client.ask::<Accepted>(Route::Deploy, &request).await.unwrap_err();
        assert_eq!(problem.status, 422);
        assert!(problem.detail.contains("from 1 to 64"), "{}", problem.detail);
    }
    agent.stop().await;
}

#[tokio::test]
async fn a_fresh_image_is_made_when_asked_for() {
    let world = World::new();
    let agent = world.start();
    let plan = plan(WEB, None);
    agent.client.deploy(&plan).await.unwrap();
    let request = DeployRequest { plan, no_cache: true, parallel: None };
    let accepted: Accepted = agent.client.ask(Route::Deploy, &request).await.unwrap();
    assert_eq!(agent.client.end_of(accepted.operation).await.failures, []);
    let fresh = |told: &Told| matches!(told, Told::EnsureImage { fresh: true, .. });
    assert!(world.engine.told().iter().any(fresh));
    agent.stop().await;
}

#[tokio::test]
async fn a_decky_that_fails_is_told_and_the_others_run() {
    let world = World::new();
    world.engine.refuse("cache", Lasting::Permanent, u32::MAX);
    let agent = world.start();
    let ended = agent.client.deploy(&plan(TWO, None)).await.unwrap();
    let subjects: Vec<_> = ended.failures.iter().map(|failure| failure.subject.as_str()).collect();
    assert!(subjects.contains(&"cache") && !subjects.contains(&"web"), "{ended:?}");
    assert!(states(&agent.client).await.contains(&("web".to_owned(), DeckyState::Up)));
    agent.stop().await;
}

#[tokio::test]
async fn an_unfit_interface_stops_a_plan_before_it_is_accepted() {
    let world = World::new();
    *world.unfit.lock().unwrap() = Some("the kernel has no macvlan driver");
    let agent = world.start();
    let ended = agent.client.deploy(&plan(WEB, None)).await.unwrap();
    assert_eq!(ended.failures.len(), 1);
    assert!(ended.failures[0].error.contains("no macvlan driver"), "{ended:?}");
    assert_eq!(agent.client.status().await.generation, None);
    assert_eq!(world.engine.told(), []);
    agent.stop().await;
}

#[tokio::test]
async fn one_decky_is_taken_down_and_stays_down() {
    let world = World::new();
    let agent = world.start();
    let plan = plan(TWO, None);
    agent.client.deploy(&plan).await.unwrap();
    let cache = TeardownRequest::Decky("cache".parse().unwrap());
    assert_eq!(agent.client.teardown(cache).await.unwrap().failures, []);
    let expect = [("web".to_owned(), DeckyState::Up), ("cache".to_owned(), DeckyState::Absent)];
    assert_eq!(states(&agent.client).await, expect);
    let last = world.machine.told().into_iter().rev().find_map(|told| match told {
        HostTold::EnsureLink(network) => Some(network.routes),
        _ => None,
    });
    assert_eq!(last, Some(vec![[10, 78, 0, 21].into()]), "its route is gone");

    agent.stop().await;
    let agent = world.start();
    assert_eq!(agent.client.deploy(&plan).await.unwrap().failures, [], "a deployment brings it back");
    assert_eq!(states(&agent.client).await, up(&["web", "cache"]));
    let problem = agent.client.teardown(TeardownRequest::Decky("nobody".parse().unwrap())).await.unwrap_err();
    assert_eq!(problem.status, 404);
    agent.stop().await;
}

#[tokio::test]
async fn a_decky_gives_way_to_a_machine_with_its_address_until_the_next_deployment() {
    let world = World::new();
    let agent = world.start();
    let plan = plan(TWO, None);
    agent.client.deploy(&plan).await.unwrap();
    let ip = plan.deckies.iter().find(|decky| decky.name.as_str() == "cache").unwrap().persona.ip;
    *world.claim.lock().unwrap() = Some(Claim { ip, mac: "00:1b:21:00:00:77".parse().unwrap() });
    let gone = [("web".to_owned(), DeckyState::Up), ("cache".to_owned(), DeckyState::Yielded)];
    let gives_way = async {
        while states(&agent.client).await != gone {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gives_way).await.expect("it gives way");

    agent.stop().await;
    let agent = world.start();
    assert_eq!(states(&agent.client).await, gone, "it stays away over a restart");
    assert_eq!(agent.client.deploy(&plan).await.unwrap().failures, []);
    assert_eq!(states(&agent.client).await, up(&["web", "cache"]), "a deployment brings it back");
    agent.stop().await;
}

#[tokio::test]
async fn everything_is_taken_down_also_when_the_state_was_lost() {
    for lost in [false, true] {
        let world = World::new();
        let agent = world.start();
        agent.client.deploy(&plan(TWO, None)).await.unwrap();
        agent.stop().await;
        if lost {
            std::fs::remove_dir_all(world.dir.path().join("agent")).unwrap();
        }
        let agent = world.start();
        let mut found = states(&agent.client).await;
        found.sort_by(|one, other| one.0.cmp(&other.0));
        assert_eq!(found, up(&["cache", "web"]), "found by labels or by the plan");
        assert_eq!(agent.client.teardown(TeardownRequest::All).await.unwrap().failures, []);
        let status = agent.client.status().await;
        assert_eq!((status.generation, status.driver, status.deckies), (None, None, vec![]));
        agent.stop().await;
    }
}
