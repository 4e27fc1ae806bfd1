//! What the updater is told, as it uses it.

use std::{net::SocketAddr, path::PathBuf};

use decnet_daemon::config;
use decnet_proto::swarm::UPDATER_PORT;

/// What the updater is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder of its identity.
    pub identity: PathBuf,
    /// Where it listens for its master.
    pub address: SocketAddr,
}

impl From<config::Config<config::Updater>> for Settings {
    fn from(config: config::Config<config::Updater>) -> Self {
        let role = config.role;
        let port = u16::try_from(role.updater_port.get()).unwrap_or(UPDATER_PORT);
        Self { identity: role.updater_dir, address: (role.updater_host, port).into() }
    }
}
