//! The socket and what comes over it.

use std::{os::unix::fs::PermissionsExt as _, os::unix::process::CommandExt as _, process::Command};

use decnet_proto::{
    agent::{API_VERSION, Check, Health, Route, Verdict},
    problem::Problem,
    site::Site,
};

use crate::{fleet, twin::World};

#[tokio::test]
async fn every_route_answers() {
    let world = World::new();
    let agent = world.start();
    let health: Health = agent.client.ask(Route::Health, &()).await.unwrap();
    assert_eq!((health.api, health.pid), (API_VERSION, std::process::id()));
    let functions: Vec<_> = health.functions.iter().map(|one| (one.name.as_str(), one.able)).collect();
    // It is in no swarm, so that no master finds it.
    assert_eq!(functions, [("door", false), ("state", true), ("docker", true)]);
    let site: Site = agent.client.ask(Route::Site, &()).await.unwrap();
    assert_eq!(site, fleet::site());
    let query = "/v1/site?interface=lan0&subnet=10.78.0.0/24&probe=true";
    assert_eq!(agent.client.send("GET", query, Vec::new()).await.0, 200);
    let checks: Vec<Check> = agent.client.ask(Route::Doctor, &()).await.unwrap();
    for name in ["rights", "macvlan", "docker", "interface", "address pool", "hypervisor", "clock"] {
        assert!(checks.iter().any(|check| check.name == name), "{name} in {checks:?}");
    }
    let without_remedy = checks.iter().find(|c| c.verdict != Verdict::Ok && c.remedy.is_none());
    assert_eq!(without_remedy, None);
    agent.stop().await;
}

#[tokio::test]
async fn a_state_that_cannot_be_read_is_told() {
    let world = World::new();
    let agent = world.start();
    let health = async || -> Health { agent.client.ask(Route::Health, &()).await.unwrap() };
    let state = |health: Health| health.functions.into_iter().find(|one| one.name == "state").unwrap();
    assert_eq!(state(health().await).found, "no plan");
    std::fs::write(world.dir.path().join("plan.json"), "{").unwrap();
    let damaged = state(health().await);
    assert!(!damaged.able && damaged.found.contains("plan.json is damaged"), "{damaged:?}");
    agent.stop().await;
}

#[tokio::test]
async fn what_is_no_request_is_answered_with_a_problem() {
    let world = World::new();
    let agent = world.start();
    let huge = vec![b' '; 40 * 1024 * 1024];
    let cases: [(&str, &str, Vec<u8>, u16); 8] = [
        ("GET", "/v1/site?probe=maybe", vec![], 400),
        ("GET", "/v1/nothing", vec![], 404),
        ("DELETE", "/v1/status", vec![], 404),
        ("POST", "/v1/deployments", b"{".to_vec(), 400),
        ("POST", "/v1/deployments", b"{\"plan\": 3}".to_vec(), 422),
        ("POST", "/v1/deployments", huge, 413),
        ("GET", "/v1/operations/x", vec![], 400),
        ("GET", "/v1/operations/99", vec![], 404),
    ];
    for (method, path, body, expect) in cases {
        let (status, answer) = agent.client.send(method, path, body).await;
        let problem: Problem = serde_json::from_slice(&answer).unwrap();
        assert_eq!((status, problem.status), (expect, expect), "{method} {path}: {problem:?}");
    }
    agent.stop().await;
}

#[tokio::test]
async fn strangers_are_refused_whatever_the_mode_of_the_socket() {
    let world = World::new();
    let agent = world.start();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&agent.client.0), 0o660);
    for path in [world.dir.path(), &agent.client.0] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
    }
    let mut stranger = Command::new("/proc/self/exe");
    stranger.args(["--ignored", "--exact", "serving::as_nobody"]).current_dir(world.dir.path());
    stranger.uid(65534).gid(65534);
    let ended = tokio::task::spawn_blocking(move || stranger.output().unwrap()).await.unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    agent.stop().await;
}

/// The half of the test above that is the stranger.
#[tokio::test]
#[ignore = "started by strangers_are_refused_whatever_the_mode_of_the_socket"]
async fn as_nobody() {
    let client = crate::client::Client("agent.sock".into());
    let problem = client.ask::<Health>(Route::Health, &()).await.unwrap_err();
    assert_eq!(problem.status, 403);
    assert!(problem.detail.contains("user 65534 may not"), "{}", problem.detail);
}
