//! What takes deckies and hosts away.

use std::{
    fs::File,
    io::Write as _,
    process::{Output, Stdio},
};

use contract::{
    Master,
    swarm::{self, accepted, host, json},
};
use nix::pty::openpty;
use serde_json::{Value::Null, json as value};

use super::{assert_asked, assert_golden, swarm, with};

#[test]
fn what_cannot_be_taken_back_takes_a_yes() {
    for arguments in
        ["panic", "teardown --mode swarm --all", "swarm decommission --name edge-1", "ca roll-over"]
    {
        let (master, controller) = swarm();
        let answer = master.run(arguments);
        assert_eq!((answer.code, answer.stdout.as_str()), (64, ""), "{arguments}: {}", answer.stderr);
        assert!(answer.stderr.contains("it takes --yes"), "{arguments}: {}", answer.stderr);
        let asked = controller.take_requests();
        assert!(asked.iter().all(|asked| asked.line.starts_with("GET ")), "{arguments}: {asked:?}");
    }
}

/// What the program does when somebody at its terminal answers so.
fn answered(master: &Master, arguments: &str, answer: &str) -> Output {
    let pty = openpty(None, None).unwrap();
    let mut command = master.command(arguments);
    let command = command.stdin(Stdio::from(pty.slave)).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let mut terminal = File::from(pty.master);
    terminal.write_all(answer.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn at_a_terminal_it_is_asked_and_only_a_yes_will_do() {
    let (master, controller) = swarm();
    for answer in ["n\n", "\n", "yesterday\n"] {
        let output = answered(&master, "panic", answer);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{told}");
        let question = "take every decky of every host down, until the next deployment? [y/N] ";
        assert_eq!(told, format!("{question}note: nothing was done\n"));
        assert!(controller.take_requests().is_empty(), "{answer:?}");
    }
    for answer in ["y\n", "yes\n"] {
        let output = answered(&master, "panic --no-wait", answer);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert_asked(&controller, &[("POST /swarm/panic", Null)]);
    }
}

#[test]
fn a_host_leaves_by_name_or_by_id() {
    let (master, controller) = swarm();
    let id = host(2);
    let path = format!("/swarm/hosts/{id}");
    let check = |arguments: &str, find: &str, line: &str| {
        let answer = master.run(&format!("swarm decommission {arguments} --yes"));
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        let follow = ("GET /swarm/operations/7", Null);
        assert_asked(&controller, &[(find, Null), (line, Null), follow]);
    };
    check("--name edge-2", "GET /swarm/hosts", &format!("DELETE {path}"));
    check(&format!("--uuid {id} --wipe"), &format!("GET {path}"), &format!("DELETE {path}?wipe=true"));
    let unknown = master.run("swarm decommission --name edge-9 --yes");
    assert_eq!(unknown.code, 1);
    assert_asked(&controller, &[("GET /swarm/hosts", Null)]);
    let neither = master.run("swarm decommission --yes");
    assert_eq!(neither.code, 64);
    assert!(neither.stderr.contains("<--name <NAME>|--uuid <UUID>>"), "{}", neither.stderr);
}

#[test]
fn panic_silences_all_of_it_and_tells_how_it_went() {
    let (master, controller) = swarm();
    let answer = master.run("panic --yes");
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert_golden("panic.txt", &answer.stdout);
    assert_asked(&controller, &[("POST /swarm/panic", Null), ("GET /swarm/operations/7", Null)]);
    let (master, _controller) = with(|method, path, body| match path {
        "/swarm/panic" => (202, value!({"operation": 8})),
        _ => swarm::controller(method, path, body),
    });
    let answer = master.run("panic --yes");
    assert_eq!(answer.code, 1, "a host is not silent");
    assert_eq!(answer.stderr, "failed: edge-2: web: create container web: no space left\n");
}

#[test]
fn a_teardown_is_of_all_of_a_host_or_of_a_decky() {
    let (master, controller) = swarm();
    let id = host(2).to_string();
    let by_id = format!("GET /swarm/hosts/{id}");
    let check =
        |arguments: &str, find: Option<&str>, host_uuid: serde_json::Value, decky: serde_json::Value| {
            let answer = master.run(&format!("teardown {arguments} --no-wait"));
            assert_eq!(answer.code, 0, "{arguments}: {}", answer.stderr);
            let body = value!({"host_uuid": host_uuid, "decky_id": decky});
            let find = find.map(|line| (line, Null));
            let expected: Vec<_> = find.into_iter().chain([("POST /swarm/teardown", body)]).collect();
            assert_asked(&controller, &expected);
        };
    check("--mode swarm --all --yes", None, Null, Null);
    check("--host edge-2", Some("GET /swarm/hosts"), value!(id), Null);
    check(&format!("--host {id} --id web"), Some(&by_id), value!(id), value!("web"));
    check("--mode swarm --id web", None, Null, value!("web"));
    let contradiction = master.run("teardown --mode unihost --host edge-2");
    assert_eq!(contradiction.code, 64);
    assert!(contradiction.stderr.contains("no meaning with --mode unihost"), "{}", contradiction.stderr);
}

#[test]
fn the_configuration_says_that_a_master_is_that_of_a_swarm() {
    let (master, controller) = swarm();
    master.write("decnet.ini", "[master]\ndeployment = swarm\n");
    assert_eq!(master.run("teardown --all --yes --no-wait").code, 0);
    assert_asked(&controller, &[("POST /swarm/teardown", value!({"host_uuid": null, "decky_id": null}))]);
}

#[test]
fn an_operation_is_followed_later_as_by_who_asked_for_it() {
    let (master, controller) = swarm();
    let answer = master.run("panic --yes --no-wait --json");
    assert_eq!((answer.code, answer.json()), (0, accepted()));
    assert_asked(&controller, &[("POST /swarm/panic", Null)]);
    let people = master.run("panic --yes --no-wait");
    assert!(people.stdout.contains("decnet-master swarm operations 7 --follow"), "{}", people.stdout);
    let done = master.run("swarm operations 7 --follow --json");
    assert_eq!((done.code, done.json()), (0, json(&swarm::done())));
    assert_eq!(master.run("swarm operations 8 --follow").code, 1);
    assert_eq!(master.run("swarm operations --follow").code, 64);
    let unknown = master.run("swarm operations 9");
    assert_eq!(unknown.code, 1);
}

#[test]
fn operators_elsewhere_are_let_in_no_more() {
    let (master, controller) = swarm();
    let id = host(9);
    assert_eq!(master.run(&format!("swarm operator revoke {id}")).code, 0);
    assert_asked(&controller, &[(&format!("DELETE /swarm/operators/{id}"), Null)]);
    assert_eq!(master.run("swarm operator revoke x").code, 64);
}
