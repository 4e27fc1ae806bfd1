//! What the API is told.

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use decnet_daemon::config::{Config, Deployment, Listener, Master};
use decnet_proto::api::{Mode, PORT};
use decnet_record::Limits;

use super::certificate::Certificate;

/// What the API is told.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What it shows of itself there; nothing without TLS.
    pub(crate) certificate: Option<Certificate>,
    /// File of the record.
    pub(crate) record: PathBuf,
    /// JSON records that are taken into it.
    pub(crate) source: PathBuf,
    /// What goes from it again.
    pub(crate) limits: Limits,
    /// Folder of captured files.
    pub(crate) artifacts: PathBuf,
    /// Who vouches for receivers of alerts, beside those whom this system trusts.
    pub(crate) authorities: Option<PathBuf>,
    /// Where deckies are.
    pub(crate) mode: Mode,
    /// All of the configuration, for asking others.
    pub(crate) config: Config<Master>,
}

impl Settings {
    /// What the configuration says; `listener` is what a listener on this host is told.
    ///
    /// # Errors
    /// When of certificate and key one is missing.
    pub(crate) fn new(config: &Config<Master>, listener: &Config<Listener>) -> anyhow::Result<Self> {
        let (role, host) = (&config.role, &config.decnet);
        let certificate = Certificate::of(config, role.api_host)?;
        let (mode, log, artifacts) = match role.deployment {
            Deployment::Unihost => (Mode::Unihost, &host.ingest_log_file, &host.artifacts_root),
            Deployment::Swarm => {
                (Mode::Swarm, &listener.role.master_log_file, &listener.role.master_artifacts_root)
            }
        };
        Ok(Self {
            address: SocketAddr::new(role.api_host, u16::try_from(role.api_port.get()).unwrap_or(PORT)),
            certificate,
            record: record_file(config),
            source: role.record_source.clone().unwrap_or_else(|| log.with_extension("json")),
            limits: limits(config),
            artifacts: artifacts.clone(),
            authorities: role.alert_authorities.clone(),
            mode,
            config: config.clone(),
        })
    }

    /// Where the first password is told, where nobody looks at a terminal.
    pub(super) fn first_password(&self) -> PathBuf {
        self.record.parent().unwrap_or(Path::new("/")).join("first-password")
    }

    /// Removes it: somebody has read it, and has another one now.
    pub(super) fn forget_first_password(&self) {
        match fs::remove_file(self.first_password()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!("cannot remove {}: {error}", self.first_password().display());
            }
            _ => {}
        }
    }
}

/// Where the record is.
pub(crate) fn record_file(config: &Config<Master>) -> PathBuf {
    let own = || config.decnet.state_directory.join("record").join("record.db");
    config.role.record_file.clone().unwrap_or_else(own)
}

fn limits(config: &Config<Master>) -> Limits {
    let role = &config.role;
    Limits {
        days: role.record_days.map(|days| days.get()),
        bytes: role.record_size.map(|size| u64::from(size.get()) << 20),
        ..Limits::default()
    }
}
