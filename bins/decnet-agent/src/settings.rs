//! What the agent is told, as it uses it.

use std::{net::SocketAddr, num::NonZeroU16, path::PathBuf};

use decnet_daemon::{
    config,
    environment::Environment,
    runtime_dir::{self, RuntimeDirError},
};
use decnet_engine::docker;
use decnet_proto::swarm::AGENT_PORT;

use crate::{Args, swarm::Forwarding};

/// Names of programs, where they stand beside ours.
const DECOY: &str = "decnet-decoy";
const FORWARDER: &str = "decnet-forwarder";

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
    /// How the forwarder is started, if that is for us to do.
    pub forwarding: Option<Forwarding>,
}

/// What the agent was started with and in.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The configuration file that the command line named.
    pub config_file: Option<PathBuf>,
    /// Folder of locks and pid files.
    pub runtime_dir: PathBuf,
    /// Whether a service manager runs the agent, and so the forwarder.
    pub is_managed: bool,
}

const MIB: u64 = 1024 * 1024;

impl Surroundings {
    /// Of a command line and an environment; the folder is made if it is missing.
    ///
    /// # Errors
    /// It cannot be made, or belongs to somebody else.
    pub fn of(args: &Args, environment: &Environment) -> Result<Self, RuntimeDirError> {
        Ok(Self {
            config_file: args.command_line().config_file,
            runtime_dir: runtime_dir::open(environment)?,
            is_managed: environment.is_managed,
        })
    }
}

impl Settings {
    /// Of a configuration.
    pub fn new(config: config::Config<config::Agent>, around: Surroundings) -> Self {
        let config::Config { decnet, role, .. } = config;
        let decoy = role.decoy_program.unwrap_or_else(|| beside_us(DECOY));
        let forwarding = (role.start_forwarder && !around.is_managed).then(|| Forwarding {
            program: role.forwarder_program.unwrap_or_else(|| beside_us(FORWARDER)),
            config_file: around.config_file,
            master_host: decnet.swarm_master_host,
            master_port: decnet.swarm_syslog_port.get(),
            identity: decnet.agent_dir.clone(),
            runtime_dir: around.runtime_dir,
        });
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
            forwarding,
        }
    }
}

fn beside_us(name: &str) -> PathBuf {
    std::env::current_exe().map_or_else(|_| name.into(), |program| program.with_file_name(name))
}

#[cfg(test)]
mod tests {
    use decnet_daemon::config::Flag;

    use super::*;

    fn settings(flags: &[(&'static str, &str)], is_managed: bool) -> Settings {
        let flag = |(key, value): &(&'static str, &str)| Flag {
            key,
            flag: format!("--{key}"),
            value: (*value).to_owned(),
        };
        let line = config::CommandLine { config_file: None, flags: flags.iter().map(flag).collect() };
        let mut environment = Environment::default();
        environment.decnet.insert("DECNET_CONFIG".to_owned(), "/nonexistent/decnet.ini".to_owned());
        let config = config::load::<config::Agent>(&line, &environment).unwrap();
        Settings::new(config, Surroundings { is_managed, ..Surroundings::default() })
    }

    #[test]
    fn the_forwarder_is_started_unless_that_is_for_others_to_do() {
        let program = |flags: &[_]| settings(flags, false).forwarding.map(|forwarding| forwarding.program);
        assert_eq!(program(&[]), Some(beside_us(FORWARDER)));
        assert_eq!(program(&[("forwarder-program", "/opt/f")]), Some("/opt/f".into()));
        assert_eq!(program(&[("start-forwarder", "false")]), None);
        assert!(settings(&[], true).forwarding.is_none());
        let named = settings(&[("swarm-master-host", "logs.example"), ("swarm-syslog-port", "99")], false);
        let forwarding = named.forwarding.unwrap();
        assert_eq!((forwarding.master_host.unwrap().as_str(), forwarding.master_port), ("logs.example", 99));
    }
}
