//! The program: its verbs, its exit codes, its signals, and what many connections cost it.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    os::unix::{fs::chown, process::CommandExt as _},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use decnet_logship::wire;
use decnet_proto::swarm::role::Role;
use nix::{
    sys::{
        resource::{Resource, getrlimit, setrlimit},
        signal::{Signal, kill},
    },
    unistd::{Pid, geteuid},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    task::JoinSet,
    time::timeout,
};

use crate::swarm::{PATIENCE, Shipper, Swarm, report_of, until};

const PROGRAM: &str = env!("CARGO_BIN_EXE_decnet-listener");

/// Whoever runs the tests as root runs the program as somebody else: root has one folder for pid
/// files, which is not a test's to use.
const SOMEBODY: u32 = 65_534;

/// Where one listener is at home.
struct Home {
    dir: tempfile::TempDir,
    address: SocketAddr,
    status: SocketAddr,
}

impl Home {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        if geteuid().is_root() {
            chown(dir.path(), Some(SOMEBODY), Some(SOMEBODY)).unwrap();
        }
        let free = || TcpListener::bind("127.0.0.1:0").unwrap();
        let (one, other) = (free(), free());
        let (address, status) = (one.local_addr().unwrap(), other.local_addr().unwrap());
        Self { dir, address, status }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn command(&self, verb: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.env_clear().env("XDG_RUNTIME_DIR", self.dir.path());
        command.env("DECNET_SYSTEM_LOGS", self.path("system.log")).stdin(Stdio::null());
        if verb.first().is_none_or(|word| word.starts_with("--")) {
            command.args(["--listener-host", "127.0.0.1", "--port", &self.address.port().to_string()]);
            command.arg("--log-path").arg(self.path("log/master.log"));
            command.arg("--spool-directory").arg(self.path("spool"));
            command.arg("--artifacts-root").arg(self.path("artifacts"));
        }
        command.arg("--listener-dir").arg(self.path("identity"));
        command.args(["--listener-status-port", &self.status.port().to_string()]).args(verb);
        if geteuid().is_root() {
            command.uid(SOMEBODY).gid(SOMEBODY);
        }
        command
    }

    /// What it says, and its exit code.
    async fn says(&self, verb: &[&str]) -> (Option<i32>, String) {
        let mut command = self.command(verb);
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        let text = [output.stdout, output.stderr].map(|out| String::from_utf8(out).unwrap()).concat();
        (output.status.code(), text)
    }

    async fn join(&self, swarm: &Swarm) {
        let (url, token) = (swarm.controller.url(), swarm.controller.token());
        let (code, text) = self.says(&["join", &url, "--token", &token]).await;
        assert!(code == Some(0) && text.starts_with("The listener may take the logs of"), "{code:?} {text}");
    }

    async fn knows(&self, certificates: usize) {
        until("it is up and knows the roster", async || {
            tokio::net::TcpStream::connect(self.status).await.is_ok()
                && report_of(self.status).await.roster.certificates == certificates
        })
        .await;
    }
}

/// A process of ours, which does not outlive the test.
struct Process(Child);

impl Process {
    fn start(home: &Home) -> Self {
        Self(home.command(&[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.0.id().try_into().unwrap()), signal).unwrap();
    }

    async fn ended(mut self) -> Option<i32> {
        let ended = tokio::task::spawn_blocking(move || self.0.wait().unwrap().code());
        timeout(PATIENCE, ended).await.unwrap().unwrap()
    }

    /// A number of `/proc/<pid>/status`, in KiB.
    fn memory(&self, name: &str) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.0.id())).unwrap().count()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_joins_runs_tells_and_ends() {
    let (swarm, home) = (Swarm::start().await, Home::new());
    let (code, text) = home.says(&[]).await;
    assert!(code == Some(1) && text.contains("`decnet-listener join` with a token"), "{code:?} {text}");
    home.join(&swarm).await;
    let (code, text) = home.says(&["status"]).await;
    assert!(code == Some(1) && text.contains("does not answer"), "{code:?} {text}");

    let worker = swarm.worker(10);
    let process = Process::start(&home);
    home.knows(1).await;
    let named = fs::read_to_string(home.path("decnet/listener.pid")).unwrap();
    assert_eq!(named.lines().next(), Some(&*process.0.id().to_string()));
    let mut shipper = Shipper::of(swarm.dir.path(), "worker");
    shipper.write((0..1_000).map(|number| format!("line {number}")));
    worker.ship(home.address, &mut shipper).await.unwrap();
    let (code, text) = home.says(&["status"]).await;
    assert!(code == Some(0) && text.contains(", 1000 lines, 0 gaps, acknowledged byte 8890 of"), "{text}");
    let (code, text) = home.says(&["status", "--json"]).await;
    assert!(code == Some(0) && text.contains("\"healthy\": true"), "{code:?} {text}");

    let mut second = home.command(&[]);
    let output = tokio::task::spawn_blocking(move || second.output()).await.unwrap().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    let holder = format!("is held by process {}", process.0.id());
    assert!(output.status.code() == Some(1) && text.contains(&holder), "{text}");

    process.signal(Signal::SIGTERM);
    assert_eq!(process.ended().await, Some(0));
    let log = fs::read_to_string(home.path("log/master.log")).unwrap();
    assert_eq!(log.lines().count(), 1_000);
    assert!(!home.path("decnet/listener.pid").exists());
    assert_eq!(home.says(&["--nonsense"]).await.0, Some(64));
    let (code, text) = home.says(&["--config-file", "/nonexistent/decnet.ini"]).await;
    assert!(code == Some(78) && text.contains("/nonexistent/decnet.ini"), "{code:?} {text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_background_it_is_started_once() {
    let (swarm, home) = (Swarm::start().await, Home::new());
    home.join(&swarm).await;
    let (code, text) = home.says(&["--daemon"]).await;
    assert_eq!(code, Some(0), "{text}");
    let named = |home: &Home| fs::read_to_string(home.path("decnet/listener.pid")).unwrap();
    let first = named(&home);
    assert_eq!(home.says(&["--daemon"]).await.0, Some(0));
    assert_eq!(named(&home), first);
    let pid = Pid::from_raw(first.lines().next().unwrap().parse().unwrap());
    kill(pid, Signal::SIGTERM).unwrap();
    until("it has ended", async || {
        // A child of a process that is gone is reaped by whoever does that here, or not.
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
        stat.map_or(true, |stat| stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z')))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_kill() {
    let (swarm, home) = (Swarm::start().await, Home::new());
    home.join(&swarm).await;
    let worker = swarm.worker(10);
    let mut shipper = Shipper::of(swarm.dir.path(), "worker");
    for round in 0..3 {
        let process = Process::start(&home);
        home.knows(1).await;
        let lines: Vec<_> = (0..500).map(|number| format!("line {}", round * 500 + number)).collect();
        shipper.write(lines);
        worker.ship(home.address, &mut shipper).await.unwrap();
        process.signal(Signal::SIGKILL);
        assert_eq!(process.ended().await, None);
    }
    let process = Process::start(&home);
    home.knows(1).await;
    process.signal(Signal::SIGTERM);
    assert_eq!(process.ended().await, Some(0));
    let log = fs::read_to_string(home.path("log/master.log")).unwrap();
    let expect: Vec<_> = (0..1_500).map(|number| format!("line {number}")).collect();
    assert_eq!(log.lines().collect::<Vec<_>>(), expect);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_it_keeps_every_line_once() {
    let (swarm, home) = (Swarm::start().await, Home::new());
    home.join(&swarm).await;
    let worker = swarm.worker(10);
    let mut shipper = Shipper::of(swarm.dir.path(), "worker");
    let (address, goes_on) = (home.address, Arc::new(AtomicBool::new(true)));
    let shipping = tokio::spawn({
        let goes_on = Arc::clone(&goes_on);
        async move {
            let mut lines = Vec::new();
            while goes_on.load(Ordering::Relaxed) {
                let more = lines.len()..lines.len() + 5_000;
                let more: Vec<_> = more.map(|number| format!("line {number:0100}")).collect();
                shipper.write(more.clone());
                worker.ship_on(address, &mut shipper).await;
                lines.extend(more);
            }
            lines
        }
    });
    for kills in 0..10 {
        let process = Process::start(&home);
        home.knows(1).await;
        // A little later with every round.
        tokio::time::sleep(Duration::from_millis(17 * kills)).await;
        process.signal(Signal::SIGKILL);
        process.ended().await;
    }
    let process = Process::start(&home);
    home.knows(1).await;
    goes_on.store(false, Ordering::Relaxed);
    let lines = shipping.await.unwrap();
    process.signal(Signal::SIGTERM);
    assert_eq!(process.ended().await, Some(0));
    let log = fs::read_to_string(home.path("log/master.log")).unwrap();
    assert!(log.lines().eq(&lines), "{} lines of {}", log.lines().count(), lines.len());
    println!("{} lines through ten kills", lines.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_over_long_frame_costs_nothing_and_ends_its_connection() {
    let (swarm, home) = (Swarm::start().await, Home::new());
    home.join(&swarm).await;
    let worker = swarm.worker(10);
    let process = Process::start(&home);
    home.knows(1).await;
    let line = |length: usize| format!("{length} {}", "x".repeat(length.min(1 << 20)));
    let at = format!("@at {} 0", "1".repeat(32));
    // What such a connection costs anyway.
    let mut stream = worker.greeted(home.address).await.unwrap();
    stream.write_all(format!("{} {at}{}", at.len(), line(60_000)).as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    until("it is gone", async || report_of(home.status).await.connections == 0).await;
    let memory = process.memory("VmRSS");
    for _ in 0..8 {
        let mut stream = worker.greeted(home.address).await.unwrap();
        let said = format!("{} {at}{}", at.len(), line(256 << 20));
        // It may be closed before all is written.
        let _ = stream.write_all(said.as_bytes()).await;
        let mut heard = Vec::new();
        let _ = timeout(PATIENCE, stream.read_to_end(&mut heard)).await.unwrap();
    }
    let growth = process.memory("VmRSS").saturating_sub(memory);
    println!("eight frames of 256 MiB: {growth} KiB more");
    assert!(growth <= 1_024, "{growth} KiB");
    assert_eq!(report_of(home.status).await.refused["protocol"], 8);
}

/// Hosts that have four connections each, two for each protocol.
const HOSTS: u128 = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_idle_connections_cost_little_and_disturb_nobody() {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, soft.max(hard.min(4_096)), hard).unwrap();
    let (swarm, home) = (Swarm::start().await, Home::new());
    home.join(&swarm).await;
    let worker = swarm.worker(1_000_000);
    let mut shipper = Shipper::of(swarm.dir.path(), "worker");
    let certificates = 1 + 2 * usize::try_from(HOSTS).unwrap();
    let mut idle = Vec::new();
    let mut entries = Vec::new();
    for number in 1..=HOSTS {
        for protocols in [&[wire::PROTOCOL][..], &[]] {
            let client = swarm.stranger(Role::Agent, number, protocols);
            entries.push(crate::swarm::entry(&client));
            idle.push(client);
        }
    }
    swarm.controller.change_roster(|roster| roster.clients.extend(entries));
    let process = Process::start(&home);
    home.knows(certificates).await;

    // What the first ones cost, every later one shares.
    let warm = connect(&home, &idle[..64]).await;
    shipper.write((0..1_000).map(|number| format!("line {number}")));
    worker.ship(home.address, &mut shipper).await.unwrap();
    let (memory, descriptors) = (process.memory("VmRSS"), process.descriptors());
    let rest = connect(&home, &idle[64..]).await;
    let count = rest.len();
    until("all are counted", async || report_of(home.status).await.connections == warm.len() + count).await;
    let cost = (process.memory("VmRSS") - memory) as f64 / count as f64;
    let more = process.descriptors() - descriptors;
    println!(
        "{count} idle connections: {cost:.1} KiB and {:.3} descriptors each",
        more as f64 / count as f64
    );
    assert!(cost <= 40.0, "{cost} KiB for each");
    assert!(more <= count + 2, "{more} descriptors for {count}");
    shipper.write((1_000..2_000).map(|number| format!("line {number}")));
    timeout(Duration::from_secs(20), worker.ship(home.address, &mut shipper)).await.unwrap().unwrap();
    drop((warm, rest));
    until("all are gone", async || report_of(home.status).await.connections == 0).await;
    process.signal(Signal::SIGTERM);
    assert_eq!(process.ended().await, Some(0));
    let log = fs::read_to_string(home.path("log/master.log")).unwrap();
    assert_eq!(log.lines().count(), 2_000);
}

type Idle = tokio_rustls::client::TlsStream<tokio::net::TcpStream>;

/// Two connections of each, from many addresses.
async fn connect(home: &Home, clients: &[crate::swarm::Worker]) -> Vec<Idle> {
    let (mut streams, address) = (Vec::new(), home.address);
    for (number, clients) in clients.chunks(8).enumerate() {
        let mut connecting = JoinSet::new();
        for client in clients.iter().chain(clients) {
            let (client, from) = (client.clone(), format!("127.0.1.{}", 1 + number % 200));
            connecting.spawn(async move { client.connect_from(&from, address).await.unwrap() });
        }
        streams.extend(connecting.join_all().await);
    }
    streams
}
