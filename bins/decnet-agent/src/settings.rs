//! What the agent is told, as it uses it.

use std::{net::SocketAddr, num::NonZeroU16, path::PathBuf};

use decnet_daemon::config;
use decnet_engine::docker;
use decnet_proto::swarm::AGENT_PORT;

/// Name of the decoys' program, where it stands beside ours.
const DECOY: &str = "decnet-decoy";

/// What the agent is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens.
    pub socket: PathBuf,
    /// Its own folder.
    pub state: PathBuf,
    /// Folder of the host's identity in a swarm.
    pub identity: PathBuf,
    /// Where it listens for the master of the swarm, if it is in one.
    pub address: SocketAddr,
    /// Which Docker, and what in it is ours.
    pub docker: docker::Settings,
    /// How many deckies are worked on at once.
    pub parallel: NonZeroU16,
    /// Where events go, until a request says otherwise.
    pub log_file: PathBuf,
    /// Folder of captured files.
    pub artifacts: PathBuf,
    /// Room for the captured files of one decky, in bytes.
    pub artifacts_quota: u64,
    /// Size at which the log is rotated, in bytes.
    pub rotate_size: u64,
    /// How many rotated logs are kept.
    pub rotate_keep: u32,
}

const MIB: u64 = 1024 * 1024;

impl From<config::Config<config::Agent>> for Settings {
    fn from(config: config::Config<config::Agent>) -> Self {
        let config::Config { decnet, role, .. } = config;
        let decoy = role.decoy_program.unwrap_or_else(beside_us);
        Self {
            socket: decnet.agent_socket,
            state: decnet.state_directory.join("agent"),
            identity: decnet.agent_dir,
            address: (role.agent_host, u16::try_from(role.agent_port.get()).unwrap_or(AGENT_PORT)).into(),
            docker: docker::Settings { socket: role.docker_socket, ..docker::Settings::new(decoy) },
            parallel: u16::try_from(role.parallel.get())
                .ok()
                .and_then(NonZeroU16::new)
                .unwrap_or(NonZeroU16::MIN),
            log_file: decnet.ingest_log_file,
            artifacts: decnet.artifacts_root,
            artifacts_quota: u64::from(role.artifacts_quota.get()) * MIB,
            rotate_size: u64::from(role.log_rotate_size.get()) * MIB,
            rotate_keep: role.log_rotate_keep.get(),
        }
    }
}

fn beside_us() -> PathBuf {
    std::env::current_exe().map_or_else(|_| DECOY.into(), |program| program.with_file_name(DECOY))
}
