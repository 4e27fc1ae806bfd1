//! A worker's host: a release that a package brought, stand-ins that run from it, and an updater.

use std::{
    env, fs,
    net::{SocketAddr, TcpListener},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use decnet_daemon::{
    pidfile,
    process::Process,
    signals::{Shutdown, Trigger},
};
use decnet_membership::{Membership, Part, testing::Controller};
use decnet_proto::swarm::updater::{Chain, Health, Releases, Route, Running, Seen};
use decnet_release::{SigningKey, change::Patience};
use decnet_updater::{Folders, Places, Settings, Supervision, Updater};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::{
    push::Master,
    releases::{Does, Made, worker},
};

/// The version that the package brought.
pub(crate) const PACKAGED: &str = "0.1.0";

pub(crate) struct Host {
    pub(crate) dir: TempDir,
    pub(crate) controller: Controller,
    pub(crate) key: SigningKey,
    pub(crate) master: Master,
    pub(crate) address: SocketAddr,
    pub(crate) packaged: Made,
    settings: Settings,
    end: Trigger,
    served: JoinHandle<()>,
}

/// Settings of an updater below `dir`, whose forwarder tells how it goes at `status`.
pub(crate) fn settings(dir: &Path, status: SocketAddr) -> Settings {
    Settings {
        identity: dir.join("identity"),
        address: "127.0.0.1:0".parse().unwrap(),
        folders: Folders { root: dir.join("var"), packages: dir.join("usr") },
        patience: Patience {
            deadline: Duration::from_secs(4),
            every: Duration::from_millis(100),
            settled: Duration::from_millis(300),
        },
        places: Places { agent: dir.join("agent.sock"), forwarder: Some(status) },
        supervision: Supervision::Pids(dir.to_owned()),
        helper: "/nonexistent/helper".into(),
        config_file: None,
    }
}

/// A port that is free.
pub(crate) fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Lets an updater join that takes what is signed with this key.
pub(crate) async fn join(controller: &Controller, identity: &Path, key: Option<&SigningKey>) {
    let text = key.map(|key| key.public().to_string());
    controller.spoil_join(Some(Box::new(move |_, joined| joined.release_key = text.clone())));
    decnet_membership::join(&controller.join(Part::Updater, identity)).await.unwrap();
}

impl Host {
    /// One whose agent and forwarder run well, and are known by their PID files.
    pub(crate) async fn start() -> Self {
        Self::supervised(|_, _| None).await
    }

    /// One whose agent and forwarder are supervised in another way, if `by` says so: it is given the folder
    /// of everything, and where the forwarder tells how it goes.
    pub(crate) async fn supervised(by: impl FnOnce(&Path, SocketAddr) -> Option<Supervision>) -> Self {
        let (dir, controller) = (tempfile::tempdir().unwrap(), Controller::start().await);
        let (key, status) = (SigningKey::draw().unwrap(), free_port());
        let mut settings = settings(dir.path(), status);
        if let Some(supervision) = by(dir.path(), status) {
            settings.supervision = supervision;
        }
        join(&controller, &settings.identity, Some(&key)).await;
        let packaged = worker(PACKAGED, Does::Well, Does::Well);
        let layout = settings.layout(Chain::Worker);
        fs::create_dir_all(&layout.root).unwrap();
        symlink(packaged.unpacked(&layout.packaged), layout.current()).unwrap();
        for program in ["agent", "forwarder"] {
            started(dir.path(), &layout.current().join(format!("bin/decnet-{program}")), status);
        }
        let (address, end, served) = serving(&controller, &settings).await;
        let master = Master::new(&controller, address);
        let host = Self { dir, controller, key, master, address, packaged, settings, end, served };
        host.is_well(&host.packaged).await;
        host
    }

    /// Ends the updater and starts another one.
    pub(crate) async fn restart(&mut self) {
        self.end.request();
        let (address, end, served) = serving(&self.controller, &self.settings).await;
        let old = std::mem::replace(&mut self.served, served);
        old.await.unwrap();
        (self.address, self.end) = (address, end);
        self.master = Master::new(&self.controller, address);
    }

    /// Waits until agent and forwarder answer as this release.
    pub(crate) async fn is_well(&self, release: &Made) -> (Running, Running) {
        let digest = Some(release.digest());
        let waited = tokio::time::timeout(Duration::from_secs(20), async {
            loop {
                if let Health { agent: Some(Seen::Up(agent)), forwarder: Some(Seen::Up(forwarder)), .. } =
                    self.health().await
                    && agent.release == digest
                    && forwarder.release == digest
                {
                    return (agent, forwarder);
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        waited.await.unwrap_or_else(|_| panic!("{digest:?} does not answer"))
    }

    pub(crate) async fn health(&self) -> Health {
        let client = self.controller.master(Part::Updater, self.address);
        client.get("GET", Route::Health.path()).await.unwrap()
    }

    pub(crate) async fn releases(&self) -> Releases {
        let client = self.controller.master(Part::Updater, self.address);
        client.get("GET", Route::Releases.path()).await.unwrap()
    }

    pub(crate) fn current(&self) -> PathBuf {
        fs::read_link(self.settings.layout(Chain::Worker).current()).unwrap()
    }

    pub(crate) fn membership(&self) -> Membership {
        let clock = self.controller.swarm().clock.clone();
        Membership::open(Part::Updater, &self.settings.identity, clock).unwrap().unwrap()
    }

    pub(crate) const fn settings(&self) -> &Settings {
        &self.settings
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        for program in ["agent", "forwarder"] {
            end(self.dir.path(), program);
        }
    }
}

async fn serving(controller: &Controller, settings: &Settings) -> (SocketAddr, Trigger, JoinHandle<()>) {
    let clock = controller.swarm().clock.clone();
    let updater = Updater::open(settings, clock).await.unwrap();
    let address = updater.address().unwrap();
    let (end, shutdown) = Shutdown::by_hand();
    (address, end, tokio::spawn(updater.serve(shutdown)))
}

/// Starts a stand-in as somebody at a prompt would, who does not wait for it.
pub(crate) fn started(dir: &Path, program: &Path, status: SocketAddr) {
    let output = fs::File::create(dir.join("output.log")).unwrap();
    let mut command = Command::new(program);
    command.env("STAND_IN", env::current_exe().unwrap()).env("STAND_IN_HOME", dir);
    command.env("STAND_IN_STATUS", status.to_string()).stdin(Stdio::null()).stdout(Stdio::null());
    let mut child = command.stderr(output).current_dir(dir).spawn().unwrap();
    std::thread::spawn(move || child.wait().unwrap());
}

/// The process of a program below `dir`.
pub(crate) fn process(dir: &Path, program: &str) -> Option<Process> {
    pidfile::read(&dir.join(format!("{program}.pid"))).unwrap()
}

/// Kills a program below `dir`, if it runs.
pub(crate) fn end(dir: &Path, program: &str) {
    if let Some(process) = process(dir, program) {
        kill(Pid::from_raw(process.pid.cast_signed()), Signal::SIGKILL).unwrap();
    }
}
