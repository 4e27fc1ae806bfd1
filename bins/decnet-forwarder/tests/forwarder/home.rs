//! A host with a log, and the forwarder on it.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    net::SocketAddr,
    path::PathBuf,
    time::Duration,
};

use decnet_api::{
    client::{Client, Way as Path},
    status::STATUS_PATH,
};
use decnet_daemon::{
    config::{HostAddress, Setting as _},
    signals::{Shutdown, Trigger},
};
use decnet_forwarder::{Forwarder, Places, Receiver, Settings, Way, status::Report};
use decnet_membership::{Part, join, testing::Controller};
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A host.
pub(crate) struct Home {
    pub(crate) dir: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    /// One whose agent has joined.
    pub(crate) async fn joined(controller: &Controller) -> Self {
        let home = Self::new();
        join(&controller.join(Part::Agent, &home.path("agent"))).await.unwrap();
        home
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.path("log/decnet.log")
    }

    pub(crate) fn append(&self, text: &str) {
        fs::create_dir_all(self.path("log")).unwrap();
        let mut file = OpenOptions::new().create(true).append(true).open(self.log()).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    pub(crate) fn places(&self) -> Places {
        let status = Some("127.0.0.1:0".parse().unwrap());
        Places { log: self.log(), ledger: self.path("state"), artifacts: self.path("artifacts"), status }
    }

    /// To ship to a listener there.
    pub(crate) fn settings(&self, receiver: SocketAddr) -> Settings {
        Settings {
            receiver: Receiver {
                host: HostAddress::parse(&receiver.ip().to_string()).unwrap(),
                port: receiver.port(),
            },
            way: Way::Swarm(self.path("agent")),
            places: self.places(),
            poll: Duration::from_millis(20),
            lag_limit: None,
        }
    }
}

/// A forwarder that runs in this process.
pub(crate) struct Running {
    end: Trigger,
    running: JoinHandle<anyhow::Result<()>>,
    pub(crate) status: SocketAddr,
}

impl Running {
    pub(crate) async fn start(settings: Settings) -> Self {
        let forwarder = Forwarder::open(settings).await.unwrap();
        let status = forwarder.status_address().unwrap().unwrap();
        let (end, shutdown) = Shutdown::by_hand();
        Self { end, running: tokio::spawn(forwarder.run(shutdown)), status }
    }

    /// Asks it to end, and waits until it has.
    pub(crate) async fn stop(self) {
        self.end.request();
        tokio::time::timeout(PATIENCE, self.running).await.unwrap().unwrap().unwrap();
    }

    pub(crate) async fn report(&self) -> Report {
        let client = Client::new(Path::Plain(self.status.to_string()));
        client.get("GET", STATUS_PATH).await.unwrap()
    }

    /// What it tells as soon as that is so.
    pub(crate) async fn reports(&self, holds: impl Fn(&Report) -> bool) -> Report {
        let waited = tokio::time::timeout(PATIENCE, async {
            loop {
                let report = self.report().await;
                if holds(&report) {
                    return report;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        match waited.await {
            Ok(report) => report,
            Err(_) => panic!("it does not come about: {:?}", self.report().await),
        }
    }
}

/// Waits until something holds.
pub(crate) async fn until(holds: impl Fn() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    waited.await.expect("it does not come about");
}
