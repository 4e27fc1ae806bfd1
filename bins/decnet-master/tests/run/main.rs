//! All that a master has in one process: what is listened on, kept, and how it ends.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod host;

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;

use self::host::{Master, Ports, Running, ask, log_in, run_alone, until, visit};

/// A line of `decnet.json`.
const EVENT: &str = r#"{"raw_line":"<134>1 2026-11-27T10:00:00.000001+00:00 web-1 ssh - command [relay@55555 boot=\"00000000000000aa\" seq=\"1\" session=\"0000000000000001\" src_ip=\"203.0.113.1\" src_port=\"4711\" dst_ip=\"10.0.0.5\" dst_port=\"22\" command=\"wget\" args=\"x\"]"}"#;

#[test]
fn a_master_is_one_process_that_ends_when_it_is_told_to() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let ports = Ports::free();
        let master = Master::new(ports);
        fs::write(master.path("decnet.json"), format!("{EVENT}\n")).unwrap();
        let running = Running::start(&master, ports);
        let (code, said) = master.run(&format!("swarm list --url http://127.0.0.1:{}", ports.operators()));
        assert_eq!(code, 0, "{said}");
        assert_eq!(ask(ports.api(), "GET", "/api/v1/health", "", &Value::Null).0, 200);
        assert!(ask(ports.page(), "GET", "/", "", &Value::Null).1.contains("<!doctype html>"));
        let token = log_in(&master, ports.page());
        until("the event", || {
            let (status, body) = ask(ports.api(), "GET", "/api/v1/logs?search=wget", &token, &Value::Null);
            (status == 200 && body.contains("203.0.113.1")).then_some(())
        });
        running.signal(signal);
        let (code, said) = running.ended();
        assert!(code == Some(0) && said.contains("ended"), "{code:?}: {said}");
        assert_eq!(ports.taken(), [0; 0]);
    }
}

/// A stream of events never ends by itself.
#[test]
fn who_listens_does_not_keep_it_and_a_second_interrupt_ends_it_at_once() {
    let ports = Ports::free();
    let master = Master::new(ports);
    let mut running = Running::start(&master, ports);
    let token = log_in(&master, ports.page());
    let mut stream = TcpStream::connect(("127.0.0.1", ports.page())).unwrap();
    let request = format!("GET /api/v1/stream HTTP/1.0\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    assert!(first.ends_with(b" 200"), "{}", String::from_utf8_lossy(&first));
    // A request that does not come to its end is waited for, but not by who is in a hurry.
    let mut half = TcpStream::connect(("127.0.0.1", ports.api())).unwrap();
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    half.write_all(format!("{head}Expect: 100-continue\r\nContent-Length: 9\r\n\r\n").as_bytes()).unwrap();
    half.read_exact(&mut first).unwrap();
    assert!(first.ends_with(b" 100"), "{}", String::from_utf8_lossy(&first));
    // Two that come at the same moment are one.
    until("it to end at once", || {
        running.signal(Signal::SIGINT);
        running.0.try_wait().unwrap()
    });
    let (code, said) = running.ended();
    assert!(code == Some(0) && said.contains("ended at once"), "{code:?}: {said}");
}

/// Runs it where something stands in its way: it ends with this said, and nothing is left that listens.
#[track_caller]
fn refused(master: &Master, ports: Ports, open: &[u16], expect: &[&str]) {
    let (code, said) = master.run(&format!("run {}", ports.flags()));
    assert!(code == 1 && expect.iter().all(|text| said.contains(text)), "{expect:?}: {code}: {said}");
    assert_eq!(ports.taken(), open, "{expect:?}");
}

#[test]
fn what_cannot_run_is_named_and_nothing_else_is_left_running() {
    let ports = Ports::free();
    for (number, name) in [(0, "the controller"), (1, "the controller"), (2, "the API"), (3, "the page")] {
        let port = ports.0.into_iter().nth(number).unwrap();
        let _taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
        refused(&Master::new(ports), ports, &[port], &[name, &format!("cannot listen on 127.0.0.1:{port}")]);
    }
    let reached = Master::new(ports).variable("DECNET_WEB_HOST", "0.0.0.0");
    refused(&reached, ports, &[], &["set api-certificate and api-key"]);
    let [chain, key] = ["none.crt", "none.key"].map(|name| reached.path(name).display().to_string());
    let missing = reached.variable("DECNET_API_CERTIFICATE", &chain).variable("DECNET_API_KEY", &key);
    refused(&missing, ports, &[], &["the page cannot be served", "cannot read", "none.crt"]);
}

#[test]
fn two_masters_do_not_share_a_folder_nor_a_record() {
    let (ports, others) = (Ports::free(), Ports::free());
    let first = Master::new(ports);
    let running = Running::start(&first, ports);
    let here = |name: &str| first.path(name).display().to_string();
    let same_folder = Master::new(others).variable("DECNET_STATE_DIRECTORY", &here("state"));
    refused(&same_folder, others, &[], &["the controller already runs as process"]);
    let same_record = Master::new(others).variable("DECNET_RECORD_FILE", &here("state/record/record.db"));
    refused(&same_record, others, &[], &["the API cannot be run", &here("state/record")]);
    running.signal(Signal::SIGTERM);
    assert_eq!(running.ended().0, Some(0));
}

#[test]
fn browsers_that_trust_the_authority_come_in_by_tls() {
    let ports = Ports::free();
    let master = Master::new(ports);
    let (code, said) = master.run("ca certify");
    assert!(code == 1 && said.contains("there is no authority"), "{code}: {said}");
    let running = Running::start(&master, ports);
    // The controller runs meanwhile.
    let (code, said) = master.run("ca certify --name localhost --json");
    assert_eq!(code, 0, "{said}");
    running.signal(Signal::SIGTERM);
    assert_eq!(running.ended().0, Some(0));
    let made: Value = serde_json::from_str(&said).unwrap();
    let path = |name: &str| made.get(name).and_then(Value::as_str).unwrap().to_owned();
    let mode = fs::metadata(path("api_key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let master = master
        .variable("DECNET_API_CERTIFICATE", &path("api_certificate"))
        .variable("DECNET_API_KEY", &path("api_key"))
        .variable("DECNET_WEB_HOST", "0.0.0.0");
    let running = Running::start(&master, ports);
    let authority = master.path("state/web/authority.crt");
    assert_eq!(path("authority"), authority.display().to_string());
    assert_eq!(visit(ports.page(), &authority).unwrap(), "HTTP/1.1 200");
    // The API, which is on loopback, has none.
    assert_eq!(ask(ports.api(), "GET", "/api/v1/health", "", &Value::Null).0, 200);
    let (code, said) = master.run("ca certify --name localhost --out-dir other");
    assert!(
        code == 0 && said.contains(&format!("api-key = {}", master.path("other/web.key").display())),
        "{code}: {said}"
    );
    running.signal(Signal::SIGTERM);
    assert_eq!(running.ended().0, Some(0));
}

#[test]
fn as_a_daemon_it_listens_before_the_command_ends() {
    if !nix::unistd::geteuid().is_root() {
        println!("skipped: only root may give it a /run of its own");
        return;
    }
    let ports = Ports::free();
    let master = Master::new(ports);
    let daemon = format!("run --daemon {}", ports.flags());
    let (code, said) = run_alone(&master, &daemon);
    assert_eq!(code, 0, "{said}");
    assert_eq!(ports.taken(), ports.0);
    let (code, said) = run_alone(&master, &daemon);
    assert!(code == 1 && said.contains("already runs"), "{code}: {said}");
    let pid = fs::read_to_string(master.path("run/decnet/master.pid")).unwrap();
    let pid: i32 = pid.lines().next().unwrap().parse().unwrap();
    kill(Pid::from_raw(pid), Signal::SIGTERM).unwrap();
    until("it to end", || ports.taken().is_empty().then_some(()));
}
