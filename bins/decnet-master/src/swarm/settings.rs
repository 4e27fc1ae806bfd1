//! What the controller is told.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use decnet_daemon::config::{Config, Master};
use decnet_pki::clock::Clock;
use decnet_proto::swarm::{OPERATOR_PORT, WORKER_PORT, worker::HEARTBEAT};

use super::rollout::Looks;

/// What the controller is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The state folder: `swarm/` in it is the controller's own.
    pub state: PathBuf,
    /// Where it listens for operators.
    pub operators: SocketAddr,
    /// Operators speak TLS there, and show certificates instead of the token.
    pub tls: bool,
    /// Where it listens for workers.
    pub workers: SocketAddr,
    /// Seconds between the heartbeats of a worker, 1 to 300.
    pub heartbeat: u32,
    /// The first pause after a failed attempt on a host, and the longest.
    pub pauses: (Duration, Duration),
    /// How often the controller looks after what time alone changes.
    pub tick: Duration,
    /// Public key of who makes the releases; without it there are none.
    pub release_key: Option<PathBuf>,
    /// How hosts are looked at that a release is brought to.
    pub looks: Looks,
    /// By which certificates and tokens are judged.
    pub clock: Clock,
}

impl Settings {
    /// The defaults, for a state folder.
    pub fn new(state: impl Into<PathBuf>) -> Self {
        Self {
            state: state.into(),
            operators: SocketAddr::from((Ipv4Addr::LOCALHOST, OPERATOR_PORT)),
            tls: false,
            workers: SocketAddr::from((Ipv4Addr::UNSPECIFIED, WORKER_PORT)),
            heartbeat: HEARTBEAT,
            pauses: (Duration::from_secs(1), Duration::from_secs(60)),
            tick: Duration::from_secs(1),
            release_key: None,
            looks: Looks::default(),
            clock: Clock::system(),
        }
    }
}

impl From<&Config<Master>> for Settings {
    fn from(config: &Config<Master>) -> Self {
        let port = |port: u32, usual| u16::try_from(port).unwrap_or(usual);
        let role = &config.role;
        let address = |host: IpAddr, number, usual| SocketAddr::from((host, port(number, usual)));
        Self {
            operators: address(role.swarmctl_host, role.swarmctl_port.get(), OPERATOR_PORT),
            tls: role.swarmctl_tls,
            workers: address(role.worker_host, role.worker_port.get(), WORKER_PORT),
            release_key: release_key(config),
            ..Self::new(&config.decnet.state_directory)
        }
    }
}

/// The key of releases. Where nobody names one, it is that of the package, if there is one.
fn release_key(config: &Config<Master>) -> Option<PathBuf> {
    let file = &config.role.release_key;
    let is_meant = config.provenance.of("release-key") != "default" || file.exists();
    is_meant.then(|| file.clone())
}
