//! A worker: a host that is in the swarm, its log, and its forwarder.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use decnet_proto::swarm::WORKER_PORT;

use super::{Corpus, Daemon, Site, Writer, running::on_machine};
use crate::{process, wait};

/// How long the listener may take to hear of a host.
const PATIENCE: Duration = Duration::from_secs(20);
/// The first port on which a worker's forwarder tells how it goes.
const STATUS_PORT: u16 = 9_600;
/// The first port on which a worker's agent listens.
const AGENT_PORT: u16 = 9_700;

/// A worker.
#[derive(Debug)]
pub struct Worker {
    name: String,
    folder: PathBuf,
    /// Who writes its log.
    pub writer: Writer,
    /// `decnet-forwarder`.
    pub forwarder: Daemon,
    /// `decnet-agent`, which runs in few cases.
    pub agent: Daemon,
    /// `decnet-updater`, likewise.
    pub updater: Daemon,
}

impl Worker {
    /// Lets a host into the swarm; none of its parts runs yet.
    ///
    /// # Errors
    /// When it is not let in.
    pub fn enrol(site: &Site, number: u16) -> Result<Self> {
        Self::enrol_to(site, number, "127.0.0.1", "")
    }

    /// The same for a host that ships to `receiver`, by these lines more of the forwarder's section.
    ///
    /// # Errors
    /// When it is not let in.
    pub fn enrol_to(site: &Site, number: u16, receiver: &str, more: &str) -> Result<Self> {
        let name = format!("w{number}");
        let folder = site.folder().join(&name);
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        let ini = folder.join("decnet.ini");
        let text = configuration(&folder, number, receiver) + more;
        fs::write(&ini, text).with_context(|| format!("writing {}", ini.display()))?;
        let (programs, token, known) = (site.programs(), site.token(&name)?, site.known()?);
        for program in ["decnet-agent", "decnet-updater"] {
            let mut join = on_machine(&folder, &programs.program(program))?;
            join.arg("--config-file").arg(&ini).arg("join").arg(format!("https://127.0.0.1:{WORKER_PORT}"));
            process::output(join.args(["--token", &token])).with_context(|| format!("letting {name} in"))?;
        }
        // Whoever comes before the listener has heard of him is refused; rsyslog loses what it sends then.
        wait::until("the listener to hear of a host", PATIENCE, || {
            site.known().is_ok_and(|now| now > known).then_some(())
        })?;
        let daemon = |name, program: &str, more: Option<&str>| {
            let file = ["--config-file".into(), ini.clone().into_os_string()];
            let words = file.into_iter().chain(more.map(Into::into));
            Daemon::new(name, programs.program(program), words, &folder)
        };
        Ok(Self {
            writer: Writer::new(&folder.join("decnet.log"), Corpus::of(&format!("decky-{number}"))?),
            forwarder: daemon("forwarder", "decnet-forwarder", None),
            agent: daemon("agent", "decnet-agent", None),
            updater: daemon("updater", "decnet-updater", Some("run")),
            name,
            folder,
        })
    }

    /// Its name in the swarm.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folder of its files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of its agent's identity.
    pub fn identity(&self) -> PathBuf {
        self.folder.join("identity")
    }
}

fn configuration(folder: &Path, number: u16, receiver: &str) -> String {
    let (at, status, agent) = (folder.display(), STATUS_PORT + number, AGENT_PORT + number);
    format!(
        "[decnet]\nmode = agent\ningest-log-file = {at}/decnet.log\nsystem-logs = {at}/system.log\n\
         state-directory = {at}/state\nagent-socket = {at}/agent.sock\nagent-dir = {at}/identity\n\
         artifacts-root = {at}/artifacts\nswarm-master-host = {receiver}\n\
         forwarder-status-port = {status}\n\n\
         [agent]\nagent-host = 127.0.0.1\nagent-port = {agent}\nstart-forwarder = false\n\n\
         [updater]\nupdater-dir = {at}/updater\nupdater-host = 127.0.0.1\n\n\
         [forwarder]\nforwarder-state = {at}/forwarder\n"
    )
}
