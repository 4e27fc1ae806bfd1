//! What lists, and changes nothing.

use contract::swarm::{self, json};
use serde_json::Value::Null;

use super::{assert_asked, assert_golden, swarm};

#[test]
fn lists_are_tables_for_people_and_json_for_programs() {
    let check = |golden: &str, arguments: &str, code: i32, asked: &[&str]| {
        let (master, controller) = swarm();
        let asked: Vec<_> = asked.iter().map(|line| (*line, Null)).collect();
        let people = master.run(arguments);
        assert_eq!(people.code, code, "{arguments}: {}", people.stderr);
        assert_golden(golden, &people.stdout);
        assert_asked(&controller, &asked);
        let programs = master.run(&format!("{arguments} --json"));
        assert_eq!(programs.code, code, "{arguments}");
        assert_asked(&controller, &asked);
        programs.json()
    };
    let hosts = check("list.txt", "swarm list", 0, &["GET /swarm/hosts"]);
    assert_eq!(hosts, json(&swarm::hosts()));
    let checked = check("check.txt", "swarm check", 1, &["POST /swarm/check"]);
    assert_eq!(checked[1]["reachable"], false);
    let deckies = check("deckies.txt", "swarm deckies", 0, &["GET /swarm/deckies"]);
    assert_eq!(deckies, json(&swarm::deckies()));
    let operations = check("operations.txt", "swarm operations", 0, &["GET /swarm/operations?limit=20"]);
    assert_eq!(operations, json(&[swarm::done(), swarm::failed()]));
    let operation = check("operation.txt", "swarm operations 8", 0, &["GET /swarm/operations/8"]);
    assert_eq!(operation, json(&swarm::failed()));
    let audit = check("audit.txt", "swarm audit --limit 7", 0, &["GET /swarm/audit?limit=7"]);
    assert_eq!(audit[1]["allowed"], false);
    let authority = check("authority.txt", "ca show", 0, &["GET /swarm/authority"]);
    assert_eq!(authority, json(&swarm::authority()));
}

#[test]
fn lists_are_narrowed_by_the_controller() {
    let (master, controller) = swarm();
    assert_eq!(master.run("swarm list --status unreachable").code, 0);
    assert_asked(&controller, &[("GET /swarm/hosts?host_status=unreachable", Null)]);
    let id = swarm::host(2);
    for (host, find) in [("edge-2", "GET /swarm/hosts"), (&id.to_string(), &format!("GET /swarm/hosts/{id}"))]
    {
        assert_eq!(master.run(&format!("swarm deckies --host {host} --state left_behind")).code, 0);
        let path = format!("GET /swarm/deckies?host_uuid={id}&state=left_behind");
        assert_asked(&controller, &[(find, Null), (&path, Null)]);
    }
    let unknown = master.run("swarm deckies --host edge-9");
    assert_eq!((unknown.code, unknown.stdout.as_str()), (1, ""));
    assert!(unknown.stderr.contains("no host \"edge-9\" is in the swarm"), "{}", unknown.stderr);
    let misuse = master.run("swarm list --status away");
    assert_eq!(misuse.code, 64);
    assert!(misuse.stderr.contains("possible values: invited, enrolled, active"), "{}", misuse.stderr);
}

#[test]
fn why_a_decky_failed_is_told_beside_the_table() {
    let (master, _controller) = swarm();
    let answer = master.run("swarm deckies");
    assert_eq!(answer.stderr, "failed: edge-2: web: the image cannot be built\n");
}

#[test]
fn an_empty_swarm_is_said_to_be_empty() {
    let (master, _controller) = super::with(|method, path, body| match path {
        "/swarm/hosts" | "/swarm/deckies" | "/swarm/check" => (200, serde_json::json!([])),
        path if path.starts_with("/swarm/operations") => (200, serde_json::json!([])),
        _ => swarm::controller(method, path, body),
    });
    for (verb, text) in [
        ("list", "No workers enrolled.\n"),
        ("check", "No workers enrolled.\n"),
        ("deckies", "No deckies.\n"),
        ("operations", "No operations.\n"),
    ] {
        let answer = master.run(&format!("swarm {verb}"));
        assert_eq!((answer.code, answer.stdout.as_str()), (0, text), "{verb}");
    }
}
