//! The collector in a process of its own, to be killed: the test program once more, told by
//! its environment to collect.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use decnet_engine::{
    collector::{Collector, Config, Rotation},
    docker::{Docker, Settings},
};
use tokio::io::{AsyncBufReadExt as _, BufReader as AsyncBufReader};

const DIRECTORY: &str = "COLLECT_INTO";
const FLEET: &str = "COLLECT_FLEET";

/// A collector that runs.
pub(crate) struct Process {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Process {
    /// Starts a collector of `fleet` that writes into `directory`, and waits until it runs.
    pub(crate) fn start(directory: &Path, fleet: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child::collect", "--nocapture"])
            .env(DIRECTORY, directory)
            .env(FLEET, fleet)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut process = Self { child, stdin, stdout };
        process.expect("running");
        process
    }

    /// Ends it with SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it in good order.
    pub(crate) fn end(mut self) {
        drop(self.stdin);
        assert!(self.child.wait().unwrap().success());
    }

    /// Has it drain a container.
    pub(crate) fn drain(&mut self, container: &str) {
        writeln!(self.stdin, "{container}").unwrap();
        self.expect("drained");
    }

    fn expect(&mut self, word: &str) {
        let mut line = String::new();
        while !line.contains(word) {
            line.clear();
            assert_ne!(self.stdout.read_line(&mut line).unwrap(), 0, "it ended before it was {word}");
        }
    }
}

/// A collector of `fleet` that writes into `directory`.
pub(crate) fn open(directory: &Path) -> Collector {
    let at = |name: &str| directory.join(name);
    let mut config = Config::new(at("state"), at("log/decnet.log"), at("artifacts"));
    config.rotation = Some(Rotation { bytes: 300_000, keep: 90 });
    config.artifacts.reserve = 0;
    config.reconcile = Duration::from_secs(3);
    Collector::open(config).unwrap()
}

/// The Docker of the machine, with `fleet` as its fleet.
pub(crate) fn docker(fleet: &str) -> Arc<Docker> {
    let mut settings = Settings::new("/nonexistent");
    fleet.clone_into(&mut settings.fleet);
    Arc::new(Docker::new(settings))
}

/// What the child process does; nothing in the process of the test itself.
#[tokio::test]
async fn collect() {
    let (Some(directory), Ok(fleet)) = (std::env::var_os(DIRECTORY), std::env::var(FLEET)) else { return };
    let collector = open(Path::new(&directory));
    let commands = async {
        let mut lines = AsyncBufReader::new(tokio::io::stdin()).lines();
        println!("\nrunning");
        while let Some(container) = lines.next_line().await.unwrap() {
            collector.drain(&container, Duration::from_secs(30)).await.unwrap();
            println!("\ndrained");
        }
    };
    collector.run(docker(&fleet), commands).await.unwrap();
}
