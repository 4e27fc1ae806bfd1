//! What the updater is told, as it uses it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{self, PathBuf},
    time::Duration,
};

use decnet_daemon::{
    config::{self, CommandLine},
    environment::Environment,
    runtime_dir,
};
use decnet_proto::swarm::{UPDATER_PORT, updater::Chain};
use decnet_release::{Layout, change::Patience};

use crate::ask::Places;

/// How often programs are asked that must prove themselves.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// How long the same processes must go on proving it.
const SETTLED: Duration = Duration::from_secs(3);

/// What the updater is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder of its identity.
    pub identity: PathBuf,
    /// Where it listens for its master.
    pub address: SocketAddr,
    /// Folder of what was pushed.
    pub root: PathBuf,
    /// Folder of what packages brought.
    pub packages: PathBuf,
    /// How long a new release has to answer, and must go on answering.
    pub patience: Patience,
    /// Where agent and forwarder are asked.
    pub places: Places,
    /// Who starts programs anew.
    pub supervision: Supervision,
    /// Program of the helper.
    pub helper: PathBuf,
    /// The configuration file that the command line named.
    pub config_file: Option<PathBuf>,
}

/// Who starts programs anew.
#[derive(Clone, Debug)]
pub enum Supervision {
    /// The service manager, by the helper that listens on this socket.
    Units(PathBuf),
    /// We do, by the PID files in this folder.
    Pids(PathBuf),
}

/// What the updater was started in.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Folder of locks and PID files.
    pub runtime_dir: PathBuf,
    /// Whether a service manager runs the updater.
    pub is_managed: bool,
    /// The configuration file that the command line named.
    pub config_file: Option<PathBuf>,
}

impl Surroundings {
    /// Of an environment and a command line; the folder is made if it is missing.
    ///
    /// # Errors
    /// It cannot be made, or belongs to somebody else.
    pub fn of(environment: &Environment, line: &CommandLine) -> anyhow::Result<Self> {
        Ok(Self {
            runtime_dir: runtime_dir::open(environment)?,
            is_managed: environment.is_managed,
            config_file: line.config_file.as_ref().map(path::absolute).transpose()?,
        })
    }
}

impl Settings {
    /// Of a configuration.
    pub fn new(config: config::Config<config::Updater>, around: Surroundings) -> Self {
        let config::Config { decnet, role, .. } = config;
        let port = u16::try_from(role.updater_port.get()).unwrap_or(UPDATER_PORT);
        let status = decnet.forwarder_status_port.and_then(|port| u16::try_from(port.get()).ok());
        let socket = role.updater_helper_socket;
        let is_helped = around.is_managed && socket.exists();
        Self {
            identity: role.updater_dir,
            address: (role.updater_host, port).into(),
            root: role.updater_root,
            packages: role.updater_packages,
            patience: Patience {
                deadline: Duration::from_secs(role.updater_deadline.get().into()),
                every: ASK_EVERY,
                settled: SETTLED,
            },
            places: Places {
                agent: decnet.agent_socket,
                forwarder: status.map(|port| (Ipv4Addr::LOCALHOST, port).into()),
            },
            supervision: match is_helped {
                true => Supervision::Units(socket),
                false => Supervision::Pids(around.runtime_dir),
            },
            helper: role.updater_helper,
            config_file: around.config_file,
        }
    }

    /// Where the releases of a chain are.
    pub fn layout(&self, chain: Chain) -> Layout {
        match chain {
            Chain::Worker => {
                Layout { root: self.root.join("worker"), packaged: self.packages.join("releases") }
            }
            Chain::Updater => {
                Layout { root: self.root.join("updater"), packaged: self.packages.join("updater/releases") }
            }
        }
    }
}
