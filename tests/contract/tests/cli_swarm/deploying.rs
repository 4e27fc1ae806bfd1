//! `deploy` on the hosts of a swarm.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use contract::{
    FakeController, Master,
    swarm::{self, controller, json, problem},
};
use serde_json::{Value, json as value};

use super::{assert_golden, swarm, with};

const FLEET: &str = "\
[web]
services = http, ftp
amount = 2

[cache]
services = redis
ip = 10.44.0.20
";

const DEPLOY: &str = "deploy --mode swarm -c fleet.ini";

fn body(master: &Master, controller: &FakeController, arguments: &str) -> Value {
    master.write("fleet.ini", FLEET);
    let answer = master.run(arguments);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let asked = controller.take_requests();
    assert_eq!(asked[0].line, "POST /swarm/deploy");
    asked[0].body.clone()
}

#[test]
fn the_fleet_goes_to_the_controller_and_a_table_comes_back() {
    let (master, controller) = swarm();
    let sent = body(&master, &controller, DEPLOY);
    assert_eq!((&sent["no_cache"], &sent["dry_run"]), (&value!(false), &value!(false)));
    let names: Vec<_> = sent["fleet"]["deckies"].as_array().unwrap().iter().map(|d| &d["name"]).collect();
    assert_eq!(names, ["web-01", "web-02", "cache"]);
    let sent: decnet_composer::fleet::FleetSpec = serde_json::from_value(sent["fleet"].clone()).unwrap();
    let parsed = decnet_composer::ini::parse("fleet.ini", FLEET.as_bytes()).unwrap().value;
    assert_eq!(sent, parsed, "the controller has another fleet than the file");

    let answer = master.run(DEPLOY);
    assert_golden("deploy.txt", &answer.stdout);
    assert_eq!(master.run(&format!("{DEPLOY} --json")).json(), json(&swarm::done()));
    assert!(!master.files().contains(&"state/seed".to_owned()), "the seed is the controller's");
    controller.take_requests();
    let sent = body(&master, &controller, &format!("{DEPLOY} --no-cache"));
    assert_eq!(sent["no_cache"], true);
}

#[test]
fn the_configuration_says_where_deckies_stand_unless_a_flag_does() {
    let (master, controller) = swarm();
    master.write("decnet.ini", "[master]\ndeployment = swarm\n");
    body(&master, &controller, "deploy -c fleet.ini");
    let answer = master.run("deploy -c fleet.ini --mode unihost --dry-run -i nosuch0 --subnet 10.44.0.0/24");
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert!(controller.take_requests().is_empty());
}

#[test]
fn nobody_mends_a_swarm_by_hand() {
    let (master, controller) = swarm();
    master.write("decnet.ini", "[master]\ndeployment = swarm\n");
    let answer = master.run("redeploy");
    assert_eq!(answer.code, 1);
    assert!(answer.stderr.contains("the controller mends what differs by itself"), "{}", answer.stderr);
    assert!(controller.take_requests().is_empty());
}

#[test]
fn a_dry_run_only_tells() {
    let (master, controller) = with(|method, path, body| match path {
        "/swarm/deploy" => (200, json(&swarm::done())),
        _ => controller(method, path, body),
    });
    let sent = body(&master, &controller, &format!("{DEPLOY} --dry-run"));
    assert_eq!(sent["dry_run"], true);
    assert!(controller.take_requests().is_empty(), "there is nothing to follow");
}

#[test]
fn it_fails_when_there_is_no_host_or_one_of_them_fails() {
    let (master, _controller) = with(|method, path, body| match path {
        "/swarm/deploy" => problem(409, "no hosts", "no host is in the swarm"),
        _ => controller(method, path, body),
    });
    master.write("fleet.ini", FLEET);
    let answer = master.run(DEPLOY);
    assert_eq!((answer.code, answer.stdout.as_str()), (1, ""));
    assert_eq!(answer.stderr, "error: the controller refused: no hosts: no host is in the swarm\n");

    let (master, controller) = with(|method, path, body| match path {
        "/swarm/deploy" => (202, value!({"operation": 8})),
        _ => controller(method, path, body),
    });
    master.write("fleet.ini", FLEET);
    let answer = master.run(DEPLOY);
    assert_eq!(answer.code, 1);
    assert_golden("deploy-failed.txt", &answer.stdout);
    assert_eq!(answer.stderr, "failed: edge-2: web: create container web: no space left\n");
    assert_eq!(controller.take_requests().len(), 2, "who failed is not waited for");
}

#[test]
fn it_is_followed_by_waiting_for_news() {
    let looks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&looks);
    let (master, controller) = with(move |method, path, body| match path {
        "/swarm/operations/7" => (200, json(&swarm::running())),
        path if path.starts_with("/swarm/operations/7?after=") => {
            let news = counted.fetch_add(1, Ordering::SeqCst) > 0;
            (200, json(&if news { swarm::done() } else { swarm::running() }))
        }
        _ => controller(method, path, body),
    });
    master.write("fleet.ini", FLEET);
    let answer = master.run(DEPLOY);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert_eq!(answer.stderr, "2/9 edge-1: create container web\n", "each step is told once");
    let lines: Vec<_> = controller.take_requests().into_iter().map(|asked| asked.line).collect();
    let after = "GET /swarm/operations/7?after=2";
    assert_eq!(lines, ["POST /swarm/deploy", "GET /swarm/operations/7", after, after]);
}

#[test]
fn when_time_runs_out_it_goes_on_by_itself() {
    let (master, _controller) = with(|method, path, body| match path {
        path if path.starts_with("/swarm/operations/7") => (200, json(&swarm::running())),
        _ => controller(method, path, body),
    });
    master.write("fleet.ini", FLEET);
    let begun = Instant::now();
    let answer = master.run(&format!("{DEPLOY} --timeout 1"));
    assert!(begun.elapsed() > Duration::from_millis(900));
    assert_eq!(answer.code, 1);
    assert!(answer.stderr.contains("operation 7 goes on"), "{}", answer.stderr);
    assert_golden("deploy-late.txt", &answer.stdout);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "there is no runtime here")]
fn a_controller_that_starts_anew_is_waited_for() {
    let running = |method: &str, path: &str, body: &Value| match path {
        path if path.starts_with("/swarm/operations/7") => (200, json(&swarm::running())),
        _ => controller(method, path, body),
    };
    let (master, first) = with(running);
    master.write("fleet.ini", FLEET);
    let address = first.address();
    let cli = std::thread::spawn(move || master.run(&format!("{DEPLOY} --timeout 60")));
    let begun = Instant::now();
    while !first.take_requests().iter().any(|asked| asked.line.contains("after=")) {
        assert!(begun.elapsed() < Duration::from_secs(30), "it was never followed");
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(first);
    std::thread::sleep(Duration::from_millis(700));
    let _second = FakeController::at(address, controller);
    let answer = cli.join().unwrap();
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert!(answer.stderr.contains("; asking again\n"), "{}", answer.stderr);
}

#[test]
fn flags_of_one_mode_are_refused_in_the_other() {
    let check = |arguments: &str, expected: &str| {
        let (master, controller) = swarm();
        master.write("fleet.ini", FLEET);
        let answer = master.run(&format!("deploy -c fleet.ini {arguments}"));
        assert_eq!((answer.code, answer.stdout.as_str()), (64, ""), "{arguments}: {}", answer.stderr);
        assert!(answer.stderr.contains(expected), "{arguments}: {}", answer.stderr);
        assert!(controller.take_requests().is_empty(), "{arguments}");
    };
    check("--mode swarm --parallel=4", "--parallel has no meaning with --mode swarm");
    check("--mode swarm --log-file /tmp/x.log", "--log-file has no meaning with --mode swarm");
    check("--mode swarm --dry-run --compose-out x", "--compose-out has no meaning with --mode swarm");
    check("--no-wait", "--no-wait has no meaning with --mode unihost");
    check("--timeout 5", "--timeout has no meaning with --mode unihost");
    check("--url http://127.0.0.1:1", "--url or --identity has no meaning with --mode unihost");
    check("--mode swarm --timeout 5 --no-wait", "'--timeout <SECONDS>' cannot be used with '--no-wait'");
}
