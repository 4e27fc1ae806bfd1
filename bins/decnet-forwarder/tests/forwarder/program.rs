//! The program itself: what it says, how it ends.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use crate::{home::Home, shipping::swarm};

const PROGRAM: &str = env!("CARGO_BIN_EXE_decnet-forwarder");

fn forwarder(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    let places = ["--log-file", "log/decnet.log", "--forwarder-state", "state"];
    let places =
        places.chunks(2).flat_map(|pair| [pair[0].to_owned(), dir.join(pair[1]).display().to_string()]);
    command.args(arguments).args(places).env_clear();
    command.env("DECNET_SYSTEM_LOGS", dir.join("system.log")).output().unwrap()
}

fn said(output: Output) -> (Option<i32>, String) {
    let text = [output.stdout, output.stderr].map(|out| String::from_utf8(out).unwrap()).concat();
    (output.status.code(), text)
}

#[test]
fn without_a_listener_or_an_identity_it_does_not_begin() {
    let home = Home::new();
    let agent = home.path("agent");
    let (dir, agent) = (home.dir.path(), agent.to_str().unwrap());
    let check = |arguments: &[&str], code: i32, expect: &str| {
        let (found, text) = said(forwarder(dir, arguments));
        assert_eq!(found, Some(code), "{arguments:?}: {text}");
        assert!(text.contains(expect), "{expect:?} in {text}");
    };
    check(&["--agent-dir", agent], 2, "--master-host, $DECNET_SWARM_MASTER_HOST");
    let host = ["--agent-dir", agent, "--master-host", "127.0.0.1"];
    check(&host, 2, "there is no certificate bundle");
    check(&[&host[..], &["--daemon"]].concat(), 2, "there is no certificate bundle");
    fs::create_dir(agent).unwrap();
    fs::write(home.path("agent/agent-client.crt"), "").unwrap();
    let unknown = ["--agent-dir", agent, "--master-host", "no-such-host.invalid"];
    check(&unknown, 2, "cannot find master-host no-such-host.invalid");
    // Without one that is named it is where the host joined.
    let id = "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b";
    let joined = format!(r#"{{"id":"{id}","name":"w1","controller":"https://no-controller.invalid:8771"}}"#);
    fs::write(home.path("agent/host.json"), joined).unwrap();
    check(&["--agent-dir", agent], 2, "cannot find master-host no-controller.invalid");
    check(&["--nonsense"], 64, "--nonsense");
    check(&["--lag-limit", "none"], 78, "flag --lag-limit: [forwarder] lag-limit");
    assert!(!home.path("state").exists(), "nothing was begun");
}

#[test]
fn a_receiver_of_another_make_is_described_whole_or_not_at_all() {
    let home = Home::new();
    let file = home.path("decnet.ini");
    let check = |keys: &str, code: i32, expect: &str| {
        fs::write(&file, format!("[decnet]\nswarm-master-host = 127.0.0.1\n[forwarder]\n{keys}")).unwrap();
        let (found, text) = said(forwarder(home.dir.path(), &["--config-file", file.to_str().unwrap()]));
        assert_eq!(found, Some(code), "{keys}: {text}");
        assert!(text.contains(expect), "{expect:?} in {text}");
    };
    check("receiver-key = /k.pem", 78, "receiver-certificate and receiver-key go together");
    check("receiver-name = logs.example", 78, "receiver-authority says how to know that one");
    check("receiver-authority = /none.pem", 2, "cannot read /none.pem");
    let empty = home.path("empty.pem");
    fs::write(&empty, "").unwrap();
    check(&format!("receiver-authority = {}", empty.display()), 2, "has no certificate in PEM");
}

/// In a mount namespace whose `/run` is its own, so that the lock is, too.
const LIFE: &str = r#"
mount -t tmpfs none /run
places="--log-file $DIR/log/decnet.log --forwarder-state $DIR/state --forwarder-status-port $STATUS"
ship="$FORWARDER $places --master-host 127.0.0.1 --master-port $PORT --agent-dir $DIR/agent"
status="$FORWARDER $places status"
is_healthy() { for _ in $(seq 200); do $status >"$DIR/status" && return 0; sleep 0.1; done; return 1; }
named() { head -n 1 /run/decnet/forwarder.pid; }

$ship 2>"$DIR/first" & first=$!
is_healthy; echo "healthy $?"
[ "$(named)" = $first ]; echo "named $?"
$ship 2>"$DIR/second"; echo "second $?"
$ship --daemon 2>"$DIR/third"; echo "third $?"
echo two >>"$DIR/log/decnet.log"
kill -TERM $first; wait $first; echo "first $?"
$status >"$DIR/left"; echo "left $?"
[ -e /run/decnet/forwarder.pid ]; echo "named $?"

$ship --daemon; echo "daemon $?"
is_healthy; echo "healthy $?"
echo three >>"$DIR/log/decnet.log"
$status --json >"$DIR/json"
pid=$(named); kill -KILL $pid; while grep -qs 'State:.[^Z]' /proc/$pid/status; do sleep 0.05; done
$ship --daemon; echo "again $?"
is_healthy; echo "healthy $?"
kill -TERM "$(named)"; while [ -e /run/decnet/forwarder.pid ]; do sleep 0.05; done
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_forwarder_runs_once_in_front_or_behind_and_ends_well_when_asked() {
    let (_controller, listener, home) = swarm().await;
    home.append("one\n");
    let status = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut life = Command::new("unshare");
    life.args(["--mount", "sh", "-c", LIFE]).env("FORWARDER", PROGRAM).env("DIR", home.dir.path());
    life.env("PORT", listener.address.port().to_string()).env("STATUS", status.to_string());
    life.env("DECNET_SYSTEM_LOGS", home.path("system.log"));
    let output = tokio::task::spawn_blocking(move || life.output().unwrap()).await.unwrap();
    let (_, text) = said(output);
    let read = |name: &str| fs::read_to_string(home.path(name)).unwrap_or_default();
    let expect = "healthy 0\nnamed 0\nsecond 1\nthird 1\nfirst 0\nleft 1\nnamed 1\n\
                  daemon 0\nhealthy 0\nagain 0\nhealthy 0\n";
    assert_eq!(text, expect, "{} {}", read("first"), read("log/decnet.forwarder.log"));
    for name in ["second", "third"] {
        assert!(read(name).contains("the forwarder already runs as process "), "{}", read(name));
    }
    assert!(read("status").contains("connected for"), "{}", read("status"));
    assert!(read("left").starts_with("No forwarder answers."), "{}", read("left"));
    assert!(read("json").contains("\"healthy\": true"), "{}", read("json"));
    assert_eq!(listener.text(), "one\ntwo\nthree\n", "once each, whatever ended");
}
