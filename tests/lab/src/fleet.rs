//! A fleet on the lab's LAN: master, agent and decoys of this checkout, with all their
//! files in one folder.

use std::{
    ffi::OsStr,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result};
use decnet_proto::{
    agent::{DeckyStatus, Health, HostStatus},
    service::{ServiceId, Transport},
};
use serde::Deserialize;

use crate::{attacker, process, wait, workspace};

/// The programs that make up a fleet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programs {
    /// `decnet-master`.
    pub master: PathBuf,
    /// `decnet-agent`.
    pub agent: PathBuf,
    /// `decnet-updater`.
    pub updater: PathBuf,
    /// `decnet-decoy`, static.
    pub decoy: PathBuf,
}

impl Programs {
    /// What runs on hosts, of a profile's folder below `target/`, and the decoy of a profile.
    pub fn built(profile: &str, decoy: &str) -> Self {
        let folder = workspace::target().join(profile);
        Self {
            master: folder.join("decnet-master"),
            agent: folder.join("decnet-agent"),
            updater: folder.join("decnet-updater"),
            decoy: workspace::target()
                .join("decoy/x86_64-unknown-linux-gnu")
                .join(decoy)
                .join("decnet-decoy"),
        }
    }

    /// `decnet-forwarder`, which is built with the agent.
    pub fn forwarder(&self) -> PathBuf {
        self.agent.with_file_name("decnet-forwarder")
    }

    /// `decnet-updater-helper`, which is built with the updater.
    pub fn helper(&self) -> PathBuf {
        self.updater.with_file_name("decnet-updater-helper")
    }
}

/// A port of a service of a decky.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// Name of the decky.
    pub decky: String,
    /// Slug of the service.
    pub service: String,
    /// Where it is.
    pub address: SocketAddr,
}

/// The doors of a decky's built-in services.
fn doors(decky: &DeckyStatus) -> Vec<Door> {
    let Some(ip) = decky.ip else { return Vec::new() };
    let services = decky.services.iter().filter_map(|service| service.name.parse::<ServiceId>().ok());
    let ports = services.flat_map(|service| {
        let ports = service.info().ports.iter().filter(|port| port.transport == Transport::Tcp);
        ports.map(move |port| (service, port.number))
    });
    ports
        .map(|(service, number)| Door {
            decky: decky.name.clone(),
            service: service.to_string(),
            address: (ip, number).into(),
        })
        .collect()
}

/// What `decnet-master status --json` prints, as far as the lab reads it.
#[derive(Deserialize)]
struct Report {
    agent: Option<Health>,
    host: Option<HostStatus>,
}

/// A fleet and the folder of its files.
#[derive(Clone, Debug)]
pub struct Fleet {
    folder: PathBuf,
    master: PathBuf,
}

impl Fleet {
    /// A fleet whose files are in `folder`, which is made if need be.
    ///
    /// # Errors
    /// When a program is not built or the folder cannot be written.
    pub fn open(folder: &Path, programs: &Programs) -> Result<Self> {
        for program in [&programs.master, &programs.agent, &programs.decoy] {
            fs::metadata(program).with_context(|| format!("{} is not built", program.display()))?;
        }
        let fleet = Self { folder: folder.to_path_buf(), master: programs.master.clone() };
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let path = fleet.configuration();
        fs::write(&path, fleet.settings(programs)).with_context(|| format!("writing {}", path.display()))?;
        Ok(fleet)
    }

    fn settings(&self, programs: &Programs) -> String {
        let at = self.folder.display();
        format!(
            "[decnet]\n\
             ingest-log-file = {at}/decnet.log\n\
             system-logs = {at}/decnet.system.log\n\
             state-directory = {at}/state\n\
             agent-socket = {at}/agent.sock\n\
             artifacts-root = {at}/artifacts\n\n\
             [agent]\n\
             decoy-program = {}\n\n\
             [master]\n\
             agent-program = {}\n",
            programs.decoy.display(),
            programs.agent.display()
        )
    }

    /// The host's configuration file.
    pub fn configuration(&self) -> PathBuf {
        self.folder.join("decnet.ini")
    }

    /// Plans, seed and positions.
    pub fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    /// The events, one RFC 5424 line each.
    pub fn log(&self) -> PathBuf {
        self.folder.join("decnet.log")
    }

    /// The events, one JSON object each.
    pub fn json(&self) -> PathBuf {
        self.folder.join("decnet.json")
    }

    /// What attackers brought, each file under its SHA-256.
    pub fn artifacts(&self) -> PathBuf {
        self.folder.join("artifacts")
    }

    /// A command of the master with this fleet's configuration.
    pub fn master<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = process::command(&self.master.to_string_lossy(), ["--config-file"]);
        command.arg(self.configuration()).args(arguments);
        command
    }

    /// What runs now.
    ///
    /// # Errors
    /// When the agent does not answer.
    pub fn status(&self) -> Result<HostStatus> {
        self.report()?.host.context("the agent tells nothing of the host")
    }

    /// Every port that should answer, with the names of its decky and service.
    ///
    /// # Errors
    /// When the agent does not answer.
    pub fn doors(&self) -> Result<Vec<Door>> {
        Ok(self.status()?.deckies.iter().flat_map(doors).collect())
    }

    /// Waits until every port answers the attacker: one opens when its service is ready, and
    /// keys take their time.
    ///
    /// # Errors
    /// When one does not within a minute.
    pub fn wait_until_open(&self) -> Result<()> {
        for door in self.doors()? {
            let what = format!("{} of {} at {} to open", door.service, door.decky, door.address);
            wait::until(&what, Duration::from_secs(60), || {
                attacker::inside(|| attacker::touch(door.address)).ok()
            })?;
        }
        Ok(())
    }

    /// Process id of the agent.
    ///
    /// # Errors
    /// When it does not run.
    pub fn agent_pid(&self) -> Result<i32> {
        let agent = self.report()?.agent.context("no agent answers")?;
        i32::try_from(agent.pid).context("process id of the agent")
    }

    fn report(&self) -> Result<Report> {
        // Its exit code tells whether every decky is up; what it prints counts here.
        let output = self.master(["status", "--json"]).output().context("asking for the status")?;
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("reading the status {:?}", process::both(&output)))
    }

    /// Takes all of it down; its files stay.
    ///
    /// # Errors
    /// When the master cannot.
    pub fn teardown(&self) -> Result<()> {
        process::output(&mut self.master(["teardown", "--all"])).map(drop)
    }
}
