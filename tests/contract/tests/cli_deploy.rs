//! The command line of the master: fleets, planned, raised and taken down.

use std::{fs, os::unix::fs::PermissionsExt as _};

use contract::{
    FakeAgent, Master,
    answers::{agent, operation, status},
};
use serde_json::{Value, json};

const FLEET: &str = "\
[general]
net = 10.44.0.0/24
gw = 10.44.0.1
interface = nosuch0

[web]
services = http, ftp
amount = 2

[cache]
services = redis
ip = 10.44.0.20
";

/// A host with [`FLEET`] in `fleet.ini`.
fn host() -> Master {
    let master = Master::new();
    master.write("fleet.ini", FLEET);
    master
}

#[test]
fn a_dry_run_needs_nothing_and_writes_nothing() {
    let master = host();
    let answer = master.run("deploy --dry-run -c fleet.ini");
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert!(
        answer.stdout.starts_with("3 deckies in 10.44.0.0/24 on nosuch0 by macvlan, gateway 10.44.0.1\n")
    );
    assert!(answer.stdout.contains("create container cache"), "{}", answer.stdout);
    assert!(answer.stderr.contains("no readable seed yet"), "{}", answer.stderr);
    assert_eq!(master.files(), ["fleet.ini"]);
    assert_eq!(master.run("deploy --dry-run -c fleet.ini").stdout, answer.stdout, "not the same twice");

    let preview = master.run("deploy --dry-run -c fleet.ini --json").json();
    assert_eq!(preview["deckies"][2]["ip"], "10.44.0.20");
    assert_eq!(preview["generation"], 1);
    assert!(preview["steps"].as_array().unwrap().len() >= 5, "{preview}");
    assert!(!preview.to_string().contains("\"key\""), "the preview shows a secret");
}

#[test]
fn a_wrong_fleet_ends_with_1_and_a_wrong_flag_with_64() {
    let check = |code: i32, arguments: &str, expected: &str| {
        let master = host();
        master.write("bad.ini", "[web]\nservices = htp\n[cache]\nip = 10.44.0\n");
        let answer = master.run(&format!("deploy --dry-run {arguments}"));
        assert_eq!((answer.code, answer.stdout.as_str()), (code, ""), "{arguments}: {}", answer.stderr);
        assert!(answer.stderr.contains(expected), "{arguments}: {}", answer.stderr);
    };
    check(1, "-c bad.ini", "bad.ini:2: [web] services: error: unknown service \"htp\"");
    check(1, "-c bad.ini", "bad.ini:4: [cache] ip: error: ");
    check(1, "-c none.ini", "cannot read the fleet file none.ini");
    check(64, "-n 2 --services htp", "--services: error: unknown service \"htp\"");
    check(64, "-n 2", "error: ");
    check(64, "", "error: ");
    check(64, "-c fleet.ini -n 2", "--deckies: error: ");
    check(64, "-n 2 --archetype nope", "--archetype: error: ");
    check(1, "-n 2 --services http -i nosuch0", "there is no interface \"nosuch0\"");
}

#[test]
fn a_compose_file_stands_with_all_that_it_needs_and_is_private() {
    let master = host();
    let answer = master.run("deploy --dry-run -c fleet.ini --compose-out out/compose.yml");
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let file = master.path("out/compose.yml");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("APP_CONFIG") && text.contains("decoy/seccomp.json"), "{text}");
    master.run("deploy --dry-run -c fleet.ini --compose-out again/compose.yml");
    assert_ne!(
        text,
        fs::read_to_string(master.path("again/compose.yml")).unwrap(),
        "secrets that anybody can derive"
    );
    let recipe = fs::read_to_string(master.path("out/decoy/Dockerfile")).unwrap();
    assert!(recipe.starts_with("FROM scratch\n"), "{recipe}");
    assert!(master.path("out/decoy/seccomp.json").exists());
}

#[test]
fn a_deployment_is_planned_stored_and_sent() {
    let master = host();
    let agent = FakeAgent::start(&master.path("agent.sock"), agent);
    let answer = master.run("deploy -c fleet.ini --no-cache --parallel=4 --log-file /var/log/x.log");
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert!(answer.stdout.contains("web-02") && answer.stdout.contains("10.44.0.20"), "{}", answer.stdout);

    let requests = agent.take_requests();
    let asked: Vec<_> = requests.iter().map(|(request, _)| request.as_str()).collect();
    assert_eq!(
        asked,
        [
            "GET /v1/health",
            "GET /v1/site?interface=nosuch0&subnet=10.44.0.0%2F24&probe=true",
            "PUT /v1/collector",
            "POST /v1/deployments",
            "GET /v1/operations/3?after=0"
        ]
    );
    assert_eq!(requests[2].1, json!({"log_file": "/var/log/x.log"}));
    let sent = &requests[3].1;
    assert_eq!((&sent["no_cache"], &sent["parallel"]), (&json!(true), &json!(4)));

    let stored = master.path("state/plan/1.json");
    assert_eq!(fs::metadata(&stored).unwrap().permissions().mode() & 0o777, 0o600);
    let stored: Value = serde_json::from_slice(&fs::read(&stored).unwrap()).unwrap();
    assert_eq!(stored, sent["plan"]);
    assert_eq!(fs::metadata(master.path("state/seed")).unwrap().permissions().mode() & 0o777, 0o600);

    master.run("redeploy");
    let again =
        agent.take_requests().into_iter().find(|(request, _)| request == "POST /v1/deployments").unwrap();
    assert_eq!(again.1["plan"], stored, "redeploy does not send the same plan");

    assert_eq!(master.run("deploy -c fleet.ini --json").json()["generation"], 2);
    let preview = master.run("deploy -c fleet.ini --dry-run --json");
    assert!(!preview.stderr.contains("seed"), "{}", preview.stderr);
    assert_eq!(preview.json()["deckies"], master.run("deploy -c fleet.ini --json").json()["deckies"]);
}

#[test]
fn every_failure_is_told_and_ends_with_1() {
    let master = host();
    let failures = json!([
        {"subject": "web-01", "step": "create container web-01", "error": "no space left"},
        {"subject": "cache", "step": "create container cache", "error": "address in use"}
    ]);
    FakeAgent::start(&master.path("agent.sock"), move |method, path| match path {
        "/v1/operations/3?after=0" => (200, operation(failures.clone())),
        _ => agent(method, path),
    });
    for arguments in ["deploy -c fleet.ini", "redeploy", "teardown --id web-01", "teardown --all"] {
        let answer = master.run(arguments);
        assert_eq!(answer.code, 1, "{arguments}");
        assert!(
            answer.stderr.contains("failed: web-01: create container web-01: no space left\n"),
            "{}",
            answer.stderr
        );
        assert!(
            answer.stderr.contains("failed: cache: create container cache: address in use\n"),
            "{}",
            answer.stderr
        );
    }
}

#[test]
fn a_refusal_of_the_agent_is_told() {
    let master = host();
    FakeAgent::start(&master.path("agent.sock"), |method, path| match (method, path) {
        ("POST", _) => (409, json!({"status": 409, "title": "busy", "detail": "operation 2 is not over"})),
        _ => agent(method, path),
    });
    let answer = master.run("deploy -c fleet.ini");
    assert_eq!(answer.code, 1);
    assert_eq!(answer.stderr, "error: the agent refused: busy: operation 2 is not over\n");
}

#[test]
fn status_tells_by_its_exit_code_whether_all_is_well() {
    let check = |state: &'static str, code: i32| {
        let master = host();
        FakeAgent::start(&master.path("agent.sock"), move |method, path| match path {
            "/v1/status" => (200, status(state)),
            _ => agent(method, path),
        });
        let answer = master.run("status");
        assert_eq!(answer.code, code, "{}", answer.stdout);
        for part in [
            "cache",
            "redis(running)",
            state,
            "process 4711, release none, boot 5f1d, plan 1, macvlan",
            "9 lines",
        ] {
            assert!(answer.stdout.contains(part), "{part}: {}", answer.stdout);
        }
        let json = master.run("status --json").json();
        assert_eq!((&json["healthy"], &json["host"]), (&json!(code == 0), &status(state)));
    };
    check("up", 0);
    check("degraded", 1);
    check("absent", 1);
}

#[test]
fn without_a_fleet_there_is_nothing_to_do() {
    let master = Master::new();
    let status = master.run("status");
    assert_eq!((status.code, status.stdout.as_str()), (0, "No deployment.\n"));
    let teardown = master.run("teardown --all");
    assert_eq!(teardown.code, 0);
    assert!(teardown.stderr.contains("nothing was ever deployed from here"), "{}", teardown.stderr);
    let redeploy = master.run("redeploy");
    assert_eq!(redeploy.code, 1);
    assert!(redeploy.stderr.contains("nothing was ever deployed from"), "{}", redeploy.stderr);
    assert_eq!(master.files(), [""; 0]);
}

#[test]
fn a_fleet_whose_agent_is_gone_is_not_well() {
    let master = host();
    let socket = master.path("agent.sock");
    FakeAgent::start(&socket, agent);
    assert_eq!(master.run("deploy -c fleet.ini").code, 0);
    fs::remove_file(socket).unwrap();
    let answer = master.run("status");
    assert_eq!(answer.code, 1);
    assert_eq!(answer.stdout, "The agent does not answer. The last plan here has generation 1.\n");
}

#[test]
fn teardown_names_what_goes() {
    let master = host();
    let agent = FakeAgent::start(&master.path("agent.sock"), agent);
    let check = |arguments: &str, body: Value, said: &str| {
        let answer = master.run(arguments);
        assert_eq!((answer.code, answer.stdout.as_str()), (0, said), "{}", answer.stderr);
        let sent = agent.take_requests().into_iter().find(|(request, _)| request == "POST /v1/teardowns");
        assert_eq!(sent.unwrap().1, body);
    };
    check("teardown --all", json!("all"), "The fleet is gone.\n");
    check("teardown --id cache", json!({"decky": "cache"}), "The decky cache is gone.\n");
}

#[test]
fn collect_and_doctor_ask_the_agent() {
    let master = host();
    let agent = FakeAgent::start(&master.path("agent.sock"), agent);
    assert_eq!(master.run("collect --log-file /var/log/x.log").code, 0);
    assert_eq!(
        agent.take_requests()[1],
        ("PUT /v1/collector".to_owned(), json!({"log_file": "/var/log/x.log"}))
    );
    let relative = master.run("collect --log-file x.log");
    assert_eq!(relative.code, 64);
    assert!(
        relative.stderr.contains("flag --log-file: [decnet] ingest-log-file: \"x.log\" cannot be"),
        "{}",
        relative.stderr
    );
    let doctor = master.run("doctor");
    assert_eq!(
        (doctor.code, doctor.stdout.as_str()),
        (1, "ok    docker: 20.10\nFAIL  wifi: wlan0\n      use --ipvlan\n")
    );
}

#[test]
fn doctor_without_an_agent_checks_what_it_can() {
    let master = Master::new().variable("DECNET_DOCKER_SOCKET", "/nonexistent/docker.sock");
    let answer = master.run("doctor --json");
    assert_eq!(answer.code, 1);
    let checks = answer.json();
    let docker = checks.as_array().unwrap().iter().find(|check| check["name"] == "docker").unwrap();
    assert_eq!(docker["verdict"], "fail");
    assert!(docker["remedy"].as_str().unwrap().contains("install and start Docker"));
    assert_eq!(master.files(), [""; 0]);
}
