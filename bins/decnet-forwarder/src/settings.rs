//! What the forwarder is told, as it uses it.

use std::{fmt, path::PathBuf, time::Duration};

use decnet_daemon::config::{self, Config, HostAddress};

/// What the forwarder is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder of the host's identity, which its agent keeps.
    pub identity: PathBuf,
    /// Where the listener is.
    pub listener: Listener,
    /// The log that is shipped.
    pub log: PathBuf,
    /// Folder of the ledger.
    pub ledger: PathBuf,
    /// How often the log is looked at when there is nothing in it.
    pub poll: Duration,
    /// Most bytes that may wait before the oldest lines are dropped.
    pub lag_limit: Option<u64>,
}

/// Where the listener is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Name or address of its host.
    pub host: HostAddress,
    /// Its port.
    pub port: u16,
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Settings {
    /// Of a configuration; nothing where it names no listener.
    pub fn of(config: Config<config::Forwarder>) -> Option<Self> {
        let Config { decnet, role, .. } = config;
        let port = u16::try_from(decnet.swarm_syslog_port.get()).ok()?;
        Some(Self {
            identity: decnet.agent_dir,
            listener: Listener { host: role.swarm_master_host?, port },
            log: decnet.ingest_log_file,
            ledger: role.forwarder_state,
            poll: Duration::from_millis(role.poll_interval.get().into()),
            lag_limit: role.lag_limit.map(|mib| u64::from(mib.get()) << 20),
        })
    }
}
