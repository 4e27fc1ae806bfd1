//! Everybody against every route.

use std::time::Duration;

use decnet_api::client::{CallError, Client, Way};
use decnet_pki::testing::cast::{Standing, nobody};
use decnet_proto::{
    agent::{Check, CollectRequest, DecommissionRequest, Health, HostStatus, Route, Verdict},
    swarm::{profile::Direction, role::Role},
};
use serde_json::Value;
use tokio::task::JoinSet;

use super::{Member, identity};
use crate::{client::Client as Local, twin::World};

/// Asks a route without a body: nothing is changed by that.
async fn ask(client: Client, route: Route) -> Result<Value, CallError> {
    client.get(route.method(), &route.path().replace("{id}", "1")).await
}

/// Whether there was an answer, of whatever kind.
fn is_answered(answer: &Result<Value, CallError>) -> bool {
    match answer {
        Ok(_) | Err(CallError::Refused(_)) => true,
        Err(CallError::Broken { .. }) => false,
        Err(error) => panic!("{error:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_master_is_answered() {
    let (world, controller) = (World::new(), decnet_membership::testing::Controller::start().await);
    let all = controller.swarm().cast();
    // The host is told every key that a part of its master may have, also of certificates that are
    // not good.
    let known = all.iter().filter(|member| member.standing() == Standing::Known);
    let keys = known.filter_map(|member| Some((member.role, member.peer()?.pin.to_string())));
    let mut pins: Vec<_> = keys
        .filter(|(role, _)| matches!(role, Role::Master | Role::Controller | Role::Listener))
        .chain(controller.swarm().pins.clone())
        .collect();
    pins.sort();
    pins.dedup();
    controller.change_trust(|trust| trust.pins = pins);
    decnet_membership::join(&controller.join(decnet_membership::Part::Agent, &identity(&world)))
        .await
        .unwrap();
    let member = Member::start(world, controller, decnet_agent::Collection::none()).await;

    let address = member.address.to_string();
    let patience = Duration::from_secs(30);
    let (mut answered, mut refused) = (0, 0);
    for somebody in &all {
        let mut asking = JoinSet::new();
        for route in Route::ALL {
            let client = Client::new(Way::Tls(address.clone(), somebody.client())).with_patience(patience);
            asking.spawn(async move { (route, ask(client, route).await) });
        }
        let is_master = (somebody.role, somebody.direction) == (Role::Master, Direction::Client);
        let expect = is_master && somebody.is_good();
        while let Some(asked) = asking.join_next().await {
            let (route, answer) = asked.unwrap();
            assert_eq!(is_answered(&answer), expect, "{somebody} at {route:?}: {answer:?}");
            if expect { answered += 1 } else { refused += 1 }
        }
    }
    for route in Route::ALL {
        let client = Client::new(Way::Tls(address.clone(), nobody())).with_patience(patience);
        assert!(!is_answered(&ask(client, route).await), "nobody at {route:?}");
        let plain = Client::new(Way::Plain(address.clone())).with_patience(patience);
        assert!(!is_answered(&ask(plain, route).await), "without TLS at {route:?}");
    }
    assert_eq!((answered, refused), (2 * Route::ALL.len(), 190 * Route::ALL.len()));
    println!(
        "matrix: {} members, {} routes: {answered} answered, {refused} refused",
        all.len(),
        Route::ALL.len()
    );
    member.stop().await;
}

#[tokio::test]
async fn each_door_has_its_own_routes() {
    let member = Member::new().await;
    let master = member.master();
    let health: Health = master.get("GET", Route::Health.path()).await.unwrap();
    assert_eq!(health.pid, std::process::id());
    let door = health.functions.iter().find(|one| one.name == "door").unwrap();
    assert!(door.able && door.found == "open for the master of w1", "{door:?}");
    let status: HostStatus = master.get("GET", Route::Status.path()).await.unwrap();
    let place = status.swarm.unwrap();
    assert_eq!((place.name.as_str(), place.controller), ("w1", member.controller.url()));
    assert_eq!(place.certificates.len(), 2);
    let checks: Vec<Check> = master.get("GET", Route::Doctor.path()).await.unwrap();
    let certificates = checks.iter().find(|check| check.name == "certificates").unwrap();
    assert_eq!(certificates.verdict, Verdict::Ok);

    // A master that was taken over chooses no files on the host.
    let body = CollectRequest { log_file: "/var/log/decnet/decnet.log".to_owned() };
    let refused = master.send::<Value>("PUT", Route::Collect.path(), &body).await.unwrap_err();
    assert_eq!(refused.problem().map(|problem| problem.status), Some(404));
    // Who reaches the socket does not make the host leave its swarm.
    let body = DecommissionRequest { host: member.controller.swarm().hosts.worker };
    let local: &Local = &member.local.client;
    let refused = local.ask::<Value>(Route::Decommission, &body).await.unwrap_err();
    assert_eq!(refused.status, 404);
    // Nor is it for him alone: the master finds the routes that the socket has.
    for route in Route::ALL.into_iter().filter(|route| route.is_local() && route.is_remote()) {
        let answer = ask(master.clone(), route).await;
        let is_there = match &answer {
            Ok(_) => true,
            Err(error) => {
                error.problem().is_some_and(|problem| !problem.detail.starts_with("there is no GET"))
            }
        };
        assert!(is_there, "{route:?}: {answer:?}");
    }
    member.stop().await;
}
