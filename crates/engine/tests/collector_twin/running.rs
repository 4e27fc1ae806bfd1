//! A collector that runs over the twin, and decoys that write to it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use decnet_engine::collector::{Channel, Collector, Config, Stopped};
use decnet_event::{Boot, Event, Kind, Origin, Timestamp, wire};
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle, time::sleep};

use crate::twin::Twin;

/// A directory, an engine, and a collector between them.
pub(crate) struct Running {
    pub(crate) directory: TempDir,
    pub(crate) twin: Twin,
    pub(crate) collector: Collector,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), Stopped>>,
}

pub(crate) fn config(directory: &Path) -> Config {
    let at = |name: &str| directory.join(name);
    let mut config = Config::new(at("state"), at("log/decnet.log"), at("artifacts"));
    config.reconcile = Duration::from_millis(300);
    config.artifacts.reserve = 0;
    config
}

impl Running {
    pub(crate) fn start() -> Self {
        Self::over(Twin::default(), tempfile::tempdir().unwrap())
    }

    pub(crate) fn over(twin: Twin, directory: TempDir) -> Self {
        let collector = Collector::open(config(directory.path())).unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let (running, source) = (collector.clone(), twin.clone());
        let task = tokio::spawn(async move { running.run(source, async { drop(stopped.await) }).await });
        Self { directory, twin, collector, stop, task }
    }

    /// Ends the collector in good order.
    pub(crate) async fn end(self) -> (Twin, TempDir) {
        drop(self.stop);
        self.task.await.unwrap().unwrap();
        (self.twin, self.directory)
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.directory.path().join("log/decnet.log")
    }

    /// Waits until the log has `count` lines; what is there then must be no more.
    pub(crate) async fn wait_for_lines(&self, count: usize) -> Vec<String> {
        let mut looks = 0;
        loop {
            let text = fs::read_to_string(self.log()).unwrap_or_default();
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            if lines.len() >= count && text.ends_with('\n') {
                assert_eq!(lines.len(), count);
                return lines;
            }
            sleep(Duration::from_millis(50)).await;
            looks += 1;
            assert!(looks < 600, "{} of {count} lines after 30 s", lines.len());
        }
    }
}

/// A decoy in a container of the twin.
pub(crate) struct Decoy {
    pub(crate) id: String,
    decky: String,
    boot: u64,
    seq: u64,
}

impl Decoy {
    pub(crate) fn new(id: String, decky: &str, boot: u64) -> Self {
        Self { id, decky: decky.to_owned(), boot, seq: 0 }
    }

    /// Writes its next event.
    pub(crate) fn emit(&mut self, twin: &Twin) {
        self.seq += 1;
        let origin = Arc::new(Origin {
            decky: self.decky.clone(),
            service: "redis".to_owned(),
            boot: Boot(self.boot),
        });
        let kind = Kind::Command { command: b"GET".to_vec(), args: b"x]".to_vec() };
        let mut line = Vec::new();
        let event = Event { time: Timestamp(1), origin, seq: self.seq, session: None, kind };
        wire::encode(&event, &mut line);
        twin.write(&self.id, Channel::Out, &line);
    }
}

/// Numbers by decky and boot, in the order of the lines.
pub(crate) fn numbers(lines: &[String]) -> BTreeMap<(String, String), Vec<u64>> {
    let mut runs: BTreeMap<_, Vec<u64>> = BTreeMap::new();
    for line in lines {
        let record = wire::decode(line.as_bytes()).unwrap();
        let run = (record.hostname.to_owned(), record.field_str("boot").unwrap().to_owned());
        runs.entry(run).or_default().push(record.field_str("seq").unwrap().parse().unwrap());
    }
    runs
}

/// That each run has the numbers 1 to `count` in order.
pub(crate) fn check_runs(lines: &[String], runs: usize, count: u64) {
    let numbers = numbers(lines);
    assert_eq!(numbers.len(), runs);
    for (run, seen) in numbers {
        assert_eq!(seen, (1..=count).collect::<Vec<_>>(), "{run:?}");
    }
}
