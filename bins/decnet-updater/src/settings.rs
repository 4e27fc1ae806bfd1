//! What the updater is told, as it uses it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use decnet_daemon::config;
use decnet_proto::swarm::{UPDATER_PORT, updater::Chain};
use decnet_release::Layout;

use crate::probe::Places;

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
    /// How long a new release has to answer.
    pub deadline: Duration,
    /// Where agent and forwarder are asked.
    pub places: Places,
    /// Who starts programs anew.
    pub supervision: Supervision,
    /// Program of the helper.
    pub helper: PathBuf,
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
            deadline: Duration::from_secs(role.updater_deadline.get().into()),
            places: Places {
                agent: decnet.agent_socket,
                forwarder: status.map(|port| (Ipv4Addr::LOCALHOST, port).into()),
            },
            supervision: match is_helped {
                true => Supervision::Units(socket),
                false => Supervision::Pids(around.runtime_dir),
            },
            helper: role.updater_helper,
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
