//! The whole agent on a real Docker: its engine, its links, its collector.
//!
//! Parent, network, image and label have names of their own, so that no other fleet on the
//! machine is seen or touched.

use std::{
    fs,
    num::NonZeroU16,
    path::{Path, PathBuf},
    process::Command,
};

use decnet_agent::{Settings, run};
use decnet_daemon::signals::{Shutdown, Trigger};
use decnet_engine::docker;
use decnet_proto::{
    agent::{CollectRequest, CollectorStatus, DeckyState, Route, TeardownRequest},
    plan::FleetPlan,
};
use tempfile::TempDir;
use tokio::{net::UnixStream, task::JoinHandle};

use crate::{
    client::{BREATH, Client},
    fleet,
};

const NAME: &str = "t-agent";
const FLEET: &str = "[t-agent-web]\nservices = http\nip = 10.78.0.21\n\
                     [t-agent-cache]\nservices = redis\nip = 10.78.0.22\n";

struct Host {
    dir: TempDir,
}

impl Host {
    fn new() -> Self {
        sweep();
        let peer = format!("{NAME}p");
        command("ip", &["link", "add", NAME, "type", "veth", "peer", "name", &peer]);
        command("ip", &["link", "set", NAME, "addrgenmode", "none", "up"]);
        command("ip", &["link", "set", &peer, "addrgenmode", "none", "up"]);
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn log(&self) -> PathBuf {
        self.dir.path().join("decnet.log")
    }

    async fn start(&self) -> (Client, Trigger, JoinHandle<anyhow::Result<()>>) {
        let dir = self.dir.path();
        let socket = dir.join("agent.sock");
        let settings = Settings {
            socket: socket.clone(),
            identity: self.dir.path().join("identity"),
            address: ([127, 0, 0, 1], 0).into(),
            state: dir.join("state"),
            docker: docker::Settings {
                fleet: NAME.to_owned(),
                network: format!("{NAME}-lan"),
                repository: NAME.to_owned(),
                ..docker::Settings::new(talker())
            },
            parallel: NonZeroU16::MIN,
            log_file: self.log(),
            artifacts: dir.join("artifacts"),
            artifacts_quota: 1 << 20,
            rotate_size: 1 << 20,
            rotate_keep: 1,
            forwarding: None,
        };
        let (end, shutdown) = Shutdown::by_hand();
        let running = tokio::spawn(run(settings, shutdown));
        while UnixStream::connect(&socket).await.is_err() {
            assert!(!running.is_finished(), "{:?}", running.await);
            tokio::time::sleep(BREATH).await;
        }
        (Client(socket), end, running)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        sweep();
    }
}

/// A plan on the test's own parent, on which the host has no address: its link would have
/// the name that every fleet's has.
fn plan(previous: Option<&FleetPlan>) -> FleetPlan {
    let mut plan = fleet::plan(FLEET, previous);
    NAME.clone_into(&mut plan.network.interface);
    plan.network.host_ip = None;
    plan
}

/// What is said in a log, sorted, by whom and what.
fn said(log: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(log).unwrap_or_default();
    let mut said: Vec<_> = text.lines().filter_map(words).collect();
    said.sort();
    said
}

fn words(line: &str) -> Option<(String, String)> {
    let words: Vec<_> = line.split(' ').collect();
    Some(((*words.get(2)?).to_owned(), (*words.get(5)?).to_owned()))
}

fn expected(kinds: &[&str]) -> Vec<(String, String)> {
    let deckies = ["t-agent-cache", "t-agent-web"];
    let pair = |decky: &str, kind: &&str| (decky.to_owned(), (*kind).to_owned());
    deckies.iter().flat_map(|decky| kinds.iter().map(|kind| pair(decky, kind))).collect()
}

/// Waits until the collector has written so many lines since the agent started.
async fn lines(client: &Client, wanted: u64) {
    while client.status().await.collector.lines < wanted {
        tokio::time::sleep(BREATH).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fleet_lives_and_every_word_of_it_is_kept_once() {
    let host = Host::new();
    let (client, end, running) = host.start().await;
    let first = plan(None);
    assert_eq!(client.deploy(&first).await.unwrap().failures, []);
    let status = client.status().await;
    assert_eq!(status.engine_error, None);
    assert!(status.deckies.iter().all(|decky| decky.state == DeckyState::Up), "{status:?}");
    lines(&client, 4).await;
    assert_eq!(said(&host.log()), expected(&["listening", "started"]));

    // Nothing runs through the agent: it may go, and come, and repeats nothing.
    end.request();
    running.await.unwrap().unwrap();
    let (client, end, running) = host.start().await;
    assert_eq!(client.deploy(&first).await.unwrap().failures, []);
    let other = host.dir.path().join("other.log");
    let request = CollectRequest { log_file: other.display().to_string() };
    let moved: CollectorStatus = client.ask(Route::Collect, &request).await.unwrap();
    assert_eq!(moved.log_file, request.log_file);

    // The last words of what is taken down are read before it is removed.
    assert_eq!(client.teardown(TeardownRequest::All).await.unwrap().failures, []);
    assert_eq!(client.status().await.deckies, []);
    assert_eq!(said(&host.log()), expected(&["listening", "started"]), "nothing twice");
    assert_eq!(said(&other), expected(&["ended"]));
    assert_eq!(ids(&["network", "ls", "--quiet", "--filter", &format!("name={NAME}-lan")]), [""; 0]);
    end.request();
    running.await.unwrap().unwrap();
}

fn sweep() {
    let by_label = format!("label=decnet.fleet={NAME}");
    for id in ids(&["ps", "--all", "--quiet", "--filter", &by_label]) {
        quietly("docker", &["rm", "--force", &id]);
    }
    quietly("docker", &["network", "rm", &format!("{NAME}-lan")]);
    for id in ids(&["images", "--quiet", "--filter", &by_label]) {
        quietly("docker", &["rmi", "--force", &id]);
    }
    quietly("ip", &["link", "del", NAME]);
}

fn ids(arguments: &[&str]) -> Vec<String> {
    let output = Command::new("docker").args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn quietly(program: &str, arguments: &[&str]) {
    drop(Command::new(program).args(arguments).output());
}

fn command(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {errors}");
}

/// The static program of the fixture, made anew: it takes a second.
fn talker() -> PathBuf {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("talker");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture/talker.rs");
    let changed = |path: &Path| fs::metadata(path).and_then(|of| of.modified()).ok();
    if changed(&program) < changed(&source) {
        let flags = ["--edition=2024", "-O", "-Cstrip=symbols", "-Ctarget-feature=+crt-static", "-o"];
        let paths = [program.to_str().unwrap(), source.to_str().unwrap()];
        command("rustc", &[&flags[..], &paths[..]].concat());
    }
    program
}
