//! The command line of a swarm's master before the real controller.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    net::{TcpListener, TcpStream},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use contract::Master;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;

const FLEET: &str = "[web]\nservices = http\namount = 2\n";

/// A controller as a process of its own.
struct Running {
    child: Child,
    port: u16,
}

impl Running {
    /// Starts it over the state folder of a master, and waits until it listens.
    fn start(master: &Master, flags: &str) -> Self {
        let [port, workers] = free_ports();
        let command = format!(
            "swarmctl --no-listener --port {port} --worker-host 127.0.0.1 --worker-port {workers} {flags}"
        );
        let mut command = master.command(command.trim_end());
        let child = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut running = Self { child, port };
        running.wait_for([port, workers]);
        running
    }

    #[expect(clippy::disallowed_methods, reason = "there is no runtime here")]
    fn wait_for(&mut self, ports: [u16; 2]) {
        let begun = Instant::now();
        while !ports.iter().all(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok()) {
            assert_eq!(self.child.try_wait().unwrap(), None, "the controller ended");
            assert!(begun.elapsed() < Duration::from_secs(30), "the controller does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends it, as a service manager does.
    fn end(mut self) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        kill(pid, Signal::SIGTERM).unwrap();
        assert!(self.child.wait().unwrap().success(), "the controller does not end well");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two ports of loopback on which nobody listens.
fn free_ports() -> [u16; 2] {
    let held = [(); 2].map(|()| TcpListener::bind(("127.0.0.1", 0)).unwrap());
    held.map(|listener| listener.local_addr().unwrap().port())
}

/// A host that is a master; its diagnostics stay in its folder.
fn master() -> Master {
    let master = Master::new();
    let logs = master.path("system.log").display().to_string();
    let master = master.variable("DECNET_SYSTEM_LOGS", &logs);
    master.write("fleet.ini", FLEET);
    master
}

/// What a command prints as JSON, if it ends with this code.
#[track_caller]
fn json(master: &Master, running: &Running, arguments: &str, code: i32) -> Value {
    let answer = master.run(&format!("{arguments} --json --url http://127.0.0.1:{}", running.port));
    assert_eq!(answer.code, code, "{arguments}: {}{}", answer.stdout, answer.stderr);
    if answer.stdout.is_empty() { Value::Null } else { answer.json() }
}

/// What is said of a command that fails.
#[track_caller]
fn refused(master: &Master, running: &Running, arguments: &str) -> String {
    let answer = master.run(&format!("{arguments} --url http://127.0.0.1:{}", running.port));
    assert_eq!(answer.code, 1, "{arguments}: {}{}", answer.stdout, answer.stderr);
    answer.stderr
}

#[test]
fn hosts_come_and_go() {
    let master = master();
    let running = Running::start(&master, "");
    assert_eq!(json(&master, &running, "swarm list", 0), serde_json::json!([]));
    assert!(
        refused(&master, &running, "deploy --mode swarm -c fleet.ini").contains("no host is in the swarm")
    );

    let token =
        json(&master, &running, "swarm token --name edge-1 --address 127.0.0.1 --agent-port 1 --updater", 0);
    assert!(token["token"].as_str().unwrap().starts_with("dn1-"), "{token}");
    let twice = refused(&master, &running, "swarm token --name edge-1");
    assert!(twice.contains("a host called edge-1 is in the swarm"), "{twice}");
    let enroll = "swarm enroll --name edge-2 --address 127.0.0.1 --agent-port 1 --controller-address 127.0.0.1 \
                  --out-dir edge-2 --updater --ipvlan --notes spare";
    let made = json(&master, &running, enroll, 0);
    for part in ["edge-2/agent-server.crt", "edge-2/host.json", "edge-2-updater/updater-client.key"] {
        assert!(master.path(part).is_file(), "{part}");
    }
    let hosts = json(&master, &running, "swarm list", 0);
    assert_eq!((&hosts[0]["name"], &hosts[0]["status"]), (&"edge-1".into(), &"invited".into()));
    assert_eq!((&hosts[1]["uuid"], &hosts[1]["by_hand"]), (&made["host"], &true.into()));
    assert_eq!((&hosts[1]["use_ipvlan"], &hosts[1]["notes"]), (&true.into(), &"spare".into()));

    let told = refused(&master, &running, "deploy --mode swarm -c fleet.ini");
    assert!(told.contains("error: the controller refused: "), "{told}");
    let gone = master.run(&format!(
        "swarm decommission --name edge-2 --yes --timeout 60 --url http://127.0.0.1:{}",
        running.port
    ));
    assert!(gone.stdout.contains("edge-2"), "{}{}", gone.stdout, gone.stderr);
    let hosts = json(&master, &running, "swarm list", 0);
    assert_eq!(hosts.as_array().unwrap().len(), 1, "{hosts}");
    let kinds = json(&master, &running, "swarm operations", 0);
    assert_eq!(kinds[0]["kind"], "decommission");
    let acts: Vec<_> = json(&master, &running, "swarm audit", 0).as_array().unwrap().clone();
    let acts: Vec<_> = acts.iter().filter_map(|entry| entry["action"].as_str()).collect();
    for act in ["token", "enroll", "decommission"] {
        assert!(acts.contains(&act), "{act}: {acts:?}");
    }
    assert_eq!(json(&master, &running, "panic --yes", 0)["kind"], "panic");
    running.end();
}

#[test]
fn a_controllers_files_are_its_own_while_it_runs() {
    let master = master();
    let running = Running::start(&master, "");
    json(&master, &running, "swarm token --name edge-1", 0);
    let pin = json(&master, &running, "ca show", 0)["pin"].clone();
    for arguments in ["ca backup saved --plain", "db-reset --i-know-what-im-doing"] {
        let answer = master.run(arguments);
        assert_eq!(answer.code, 1, "{arguments}");
        assert!(answer.stderr.contains("the controller already runs as process"), "{}", answer.stderr);
    }
    running.end();
    assert_eq!(master.run("ca backup saved --plain --json").json()["pin"], pin);
    assert_eq!(master.run("db-reset --i-know-what-im-doing").code, 0);
    let running = Running::start(&master, "");
    assert_eq!(json(&master, &running, "swarm list", 0), serde_json::json!([]));
    assert_eq!(json(&master, &running, "ca show", 0)["pin"], pin);
    running.end();
}

#[test]
fn an_operator_elsewhere_has_a_certificate_until_it_is_revoked() {
    let master = master();
    let running = Running::start(&master, "");
    let add = |name: &str| {
        json(&master, &running, &format!("swarm operator add --name {name} --out-dir {name}"), 0)["id"]
            .clone()
    };
    let (_ann, bob) = (add("ann"), add("bob"));
    running.end();

    let running = Running::start(&master, "--tls");
    let by = |name: &str, arguments: &str| {
        master.run(&format!("{arguments} --url https://127.0.0.1:{} --identity {name}", running.port))
    };
    let token = by("ann", "swarm token --name edge-1");
    assert_eq!(token.code, 0, "{}", token.stderr);
    assert_eq!(by("bob", "swarm list").code, 0);
    let revoked = by("ann", &format!("swarm operator revoke {}", bob.as_str().unwrap()));
    assert_eq!(revoked.code, 0, "{}", revoked.stderr);
    assert_eq!(by("bob", "swarm list").code, 1, "he was let in again");
    let audit = by("ann", "swarm audit --json").json();
    let acts = audit.as_array().unwrap().iter();
    let revoking: Vec<_> = acts.filter(|entry| entry["action"] == "revoke_operator").collect();
    assert_eq!(revoking.len(), 1, "{audit}");
    assert!(revoking.iter().all(|entry| entry["actor"] == "ann" && entry["subject"] == bob), "{audit}");
    running.end();
}
