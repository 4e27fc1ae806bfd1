//! What the forwarder is told, as it uses it.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use decnet_daemon::config::{self, Config, HostAddress};
use thiserror::Error;

/// What the forwarder is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the receiver is.
    pub receiver: Receiver,
    /// Who it is, and how it is spoken to.
    pub way: Way,
    /// What is read and kept here.
    pub places: Places,
    /// How often the log is looked at when there is nothing in it.
    pub poll: Duration,
    /// Most bytes that may wait before the oldest lines are dropped.
    pub lag_limit: Option<u64>,
}

/// Where the receiver is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// Name or address of its host.
    pub host: HostAddress,
    /// Its port.
    pub port: u16,
}

/// Who receives, and how it is spoken to.
#[derive(Clone, Debug)]
pub enum Way {
    /// The listener of the host's swarm, by our own protocol, as the host that this folder says we are.
    Swarm(PathBuf),
    /// Anybody else, by plain RFC 5425.
    Plain(PlainWay),
}

/// How a receiver is known that is no DECNET listener, and what it is shown.
#[derive(Clone, Debug)]
pub struct PlainWay {
    /// Certificates of its authority.
    pub authority: PathBuf,
    /// What its certificate names.
    pub name: HostAddress,
    /// Our certificate and its key, if it wants to see one.
    pub own: Option<(PathBuf, PathBuf)>,
}

/// What is read and kept on the host, whoever receives it.
#[derive(Clone, Debug)]
pub struct Places {
    /// The log that is shipped.
    pub log: PathBuf,
    /// Folder of the ledger.
    pub ledger: PathBuf,
    /// Folder of captured files.
    pub artifacts: PathBuf,
    /// Where it is told how it goes, if anywhere.
    pub status: Option<SocketAddr>,
}

/// There is nothing to run with.
#[derive(Debug, Error)]
pub enum Unsettled {
    /// Nobody is named.
    #[error(
        "nobody is named to ship to: --master-host, $DECNET_SWARM_MASTER_HOST or swarm-master-host, or a controller where this host joined"
    )]
    Nobody,
    /// Nothing says how that receiver is known.
    #[error("{0} is for a receiver that is no DECNET listener: receiver-authority says how to know that one")]
    NoAuthority(&'static str),
    /// One without the other.
    #[error("receiver-certificate and receiver-key go together")]
    HalfIdentity,
}

impl fmt::Display for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Settings {
    /// Of a configuration. Where it names no listener, `controller` says where the host's controller is.
    ///
    /// # Errors
    /// [`Unsettled`].
    pub fn of(
        config: &Config<config::Forwarder>,
        controller: impl FnOnce() -> Option<HostAddress>,
    ) -> Result<Self, Unsettled> {
        let Config { decnet, role, .. } = config;
        let host = decnet.swarm_master_host.clone().or_else(controller).ok_or(Unsettled::Nobody)?;
        // A port is one by its type; this only makes it a smaller number.
        let port = u16::try_from(decnet.swarm_syslog_port.get()).unwrap_or(u16::MAX);
        Ok(Self {
            way: way(config, &host)?,
            receiver: Receiver { host, port },
            places: Places::of(config),
            poll: Duration::from_millis(role.poll_interval.get().into()),
            lag_limit: role.lag_limit.map(|mib| u64::from(mib.get()) << 20),
        })
    }
}

impl Places {
    /// Of a configuration.
    pub fn of(config: &Config<config::Forwarder>) -> Self {
        let port = config.decnet.forwarder_status_port.and_then(|port| u16::try_from(port.get()).ok());
        Self {
            log: config.decnet.ingest_log_file.clone(),
            ledger: config.role.forwarder_state.clone(),
            artifacts: config.decnet.artifacts_root.clone(),
            status: port.map(|port| (Ipv4Addr::LOCALHOST, port).into()),
        }
    }
}

fn way(config: &Config<config::Forwarder>, host: &HostAddress) -> Result<Way, Unsettled> {
    let role = &config.role;
    let own = match (role.receiver_certificate.clone(), role.receiver_key.clone()) {
        (None, None) => None,
        (Some(certificate), Some(key)) => Some((certificate, key)),
        _ => return Err(Unsettled::HalfIdentity),
    };
    if let Some(authority) = role.receiver_authority.clone() {
        let name = role.receiver_name.clone().unwrap_or_else(|| host.clone());
        return Ok(Way::Plain(PlainWay { authority, name, own }));
    }
    match () {
        () if own.is_some() => Err(Unsettled::NoAuthority("receiver-certificate")),
        () if role.receiver_name.is_some() => Err(Unsettled::NoAuthority("receiver-name")),
        () => Ok(Way::Swarm(config.decnet.agent_dir.clone())),
    }
}
