//! What the updater is told, as it uses it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use decnet_daemon::{
    config,
    environment::Environment,
    runtime_dir::{self, RuntimeDirError},
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
    /// Where releases are.
    pub folders: Folders,
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

/// Where releases are.
#[derive(Clone, Debug)]
pub struct Folders {
    /// What was pushed.
    pub root: PathBuf,
    /// What packages brought.
    pub packages: PathBuf,
}

impl Folders {
    /// Of a configuration.
    pub fn of(config: &config::Updater) -> Self {
        Self { root: config.updater_root.clone(), packages: config.updater_packages.clone() }
    }

    /// Where the releases of a chain are.
    pub fn layout(&self, chain: Chain) -> Layout {
        let Self { root, packages } = self;
        match chain {
            Chain::Worker => Layout { root: root.join("worker"), packaged: packages.join("releases") },
            Chain::Updater => {
                Layout { root: root.join("updater"), packaged: packages.join("updater/releases") }
            }
        }
    }
}

impl Supervision {
    /// The service manager where it runs this process and has the helper; else we do, by PID files in the
    /// folder of these, which is made if it is missing.
    ///
    /// # Errors
    /// It cannot be made, or belongs to somebody else.
    pub fn of(config: &config::Updater, environment: &Environment) -> Result<Self, RuntimeDirError> {
        let socket = &config.updater_helper_socket;
        match environment.is_managed && socket.exists() {
            true => Ok(Self::Units(socket.clone())),
            false => runtime_dir::open(environment).map(Self::Pids),
        }
    }
}

impl Settings {
    /// Of a configuration; `config_file` is the one that the command line named.
    pub fn new(
        config: config::Config<config::Updater>,
        supervision: Supervision,
        config_file: Option<PathBuf>,
    ) -> Self {
        let config::Config { decnet, role, .. } = config;
        let port = u16::try_from(role.updater_port.get()).unwrap_or(UPDATER_PORT);
        let status = decnet.forwarder_status_port.and_then(|port| u16::try_from(port.get()).ok());
        Self {
            folders: Folders::of(&role),
            identity: role.updater_dir,
            address: (role.updater_host, port).into(),
            patience: Patience {
                deadline: Duration::from_secs(role.updater_deadline.get().into()),
                every: ASK_EVERY,
                settled: SETTLED,
            },
            places: Places {
                agent: decnet.agent_socket,
                forwarder: status.map(|port| (Ipv4Addr::LOCALHOST, port).into()),
            },
            supervision,
            helper: role.updater_helper,
            config_file,
        }
    }

    /// Where the releases of a chain are.
    pub fn layout(&self, chain: Chain) -> Layout {
        self.folders.layout(chain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_manager_is_asked_where_it_runs_us_and_has_the_helper() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("helper.sock");
        let flag = |key, value: &std::path::Path| config::Flag {
            key,
            flag: format!("--{key}"),
            value: value.display().to_string(),
        };
        let line =
            config::CommandLine { config_file: None, flags: vec![flag("updater-helper-socket", &socket)] };
        let environment = |is_managed| Environment {
            is_managed,
            runtime_dir: Some(dir.path().into()),
            decnet: [("DECNET_CONFIG".to_owned(), "/nonexistent/decnet.ini".to_owned())].into(),
            ..Environment::default()
        };
        let is_unit = |is_managed| {
            let environment = environment(is_managed);
            let role = config::load::<config::Updater>(&line, &environment).unwrap().role;
            matches!(Supervision::of(&role, &environment).unwrap(), Supervision::Units(_))
        };
        assert!(!is_unit(true) && !is_unit(false), "there is no helper");
        std::fs::write(&socket, "").unwrap();
        assert!(is_unit(true) && !is_unit(false));
    }
}
