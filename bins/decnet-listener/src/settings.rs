//! What the listener is told, as it uses it.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use decnet_daemon::config::{self, Config, HostAddress};

use crate::limits::Limits;

/// What the listener is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder of its identity.
    pub identity: PathBuf,
    /// Where it takes logs.
    pub address: SocketAddr,
    /// Folder of what is durable.
    pub spool: PathBuf,
    /// File of every line.
    pub log: PathBuf,
    /// Folder of captured files.
    pub artifacts: PathBuf,
    /// Bytes of captured files that a host may bring in a day.
    pub artifacts_quota: u64,
    /// Where what came is handed on, if that is elsewhere.
    pub relay_to: Option<Upstream>,
    /// Where it tells how it goes.
    pub status: Option<SocketAddr>,
    /// What peers may do.
    pub limits: Limits,
}

/// Another listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Name or address of its host.
    pub host: HostAddress,
    /// Its port.
    pub port: u16,
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Settings {
    /// File of the records, beside that of the lines.
    pub fn json(&self) -> PathBuf {
        self.log.with_extension("json")
    }
}

/// Folder of the listener's identity: on the master's host the one that its controller fills.
pub fn identity_of(config: &Config<config::Listener>) -> PathBuf {
    let own = config.role.listener_dir.clone();
    own.unwrap_or_else(|| config.decnet.state_directory.join("swarm").join("listener"))
}

/// Where the listener tells how it goes, if it does.
pub fn status_of(config: &Config<config::Listener>) -> Option<SocketAddr> {
    let port = config.role.listener_status_port.and_then(|port| u16::try_from(port.get()).ok());
    port.map(|port| (Ipv4Addr::LOCALHOST, port).into())
}

impl From<Config<config::Listener>> for Settings {
    fn from(config: Config<config::Listener>) -> Self {
        let (identity, status) = (identity_of(&config), status_of(&config));
        let Config { decnet, role, .. } = config;
        // The table has no larger port.
        let port = u16::try_from(decnet.swarm_syslog_port.get()).unwrap_or(u16::MAX);
        let limits = Limits {
            connections: usize::try_from(role.listener_connections.get()).unwrap_or(usize::MAX),
            host_rate: u64::from(role.host_rate.get()) << 10,
            ..Limits::default()
        };
        Self {
            identity,
            address: (role.listener_host, port).into(),
            spool: role.spool_directory,
            log: role.master_log_file,
            artifacts: role.master_artifacts_root,
            artifacts_quota: u64::from(role.host_artifacts_quota.get()) << 20,
            relay_to: role.relay_to.map(|host| Upstream { host, port }),
            status,
            limits,
        }
    }
}
