//! What the API is told.

use std::{fs, io, net::SocketAddr, path::PathBuf};

use anyhow::{Context as _, bail};
use decnet_daemon::config::{Config, Deployment, Listener, Master};
use decnet_proto::api::{Mode, PORT};
use decnet_record::{Database, Limits};

use super::certificate::Certificate;

/// What the API is told.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What it shows of itself there; nothing without TLS.
    pub(crate) certificate: Option<Certificate>,
    /// Where the record is.
    pub(crate) database: Database,
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
    /// When of certificate and key one is missing, or what is said of the record cannot be.
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
            database: database(config)?,
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
        self.database.folder().join("first-password")
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
///
/// # Errors
/// When it is said to be in two places, or in none that can be.
pub(crate) fn database(config: &Config<Master>) -> anyhow::Result<Database> {
    let folder = config.decnet.state_directory.join("record");
    let (file, url) = (config.role.record_file.as_ref(), config.role.db_url.as_ref());
    let Some(url) = url else {
        return Ok(file.cloned().unwrap_or_else(|| folder.join("record.db")).into());
    };
    if file.is_some() {
        bail!("record-file and db-url name two records: keep one of them");
    }
    if config.role.record_size.is_some() {
        bail!(
            "record-size is for a file: in a database of a server (db-url), bound the record by record-days"
        );
    }
    let url = url.expose().parse().context("db-url")?;
    Ok(Database::Server { url, ledger: folder.join("log.follow") })
}

fn limits(config: &Config<Master>) -> Limits {
    let role = &config.role;
    Limits {
        days: role.record_days.map(|days| days.get()),
        bytes: role.record_size.map(|size| u64::from(size.get()) << 20),
        ..Limits::default()
    }
}

#[cfg(test)]
mod tests {
    use decnet_daemon::{
        config::{self, CommandLine},
        environment::Environment,
    };

    use super::*;

    /// Where the record is, as these variables say, or why it is nowhere.
    fn told(variables: &[(&str, &str)]) -> Result<String, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        let decnet = variables.iter().map(|(name, value)| (format!("DECNET_{name}"), (*value).to_owned()));
        let environment = Environment { decnet: decnet.collect(), ..Environment::default() };
        let command_line =
            CommandLine { config_file: Some(file.path().to_owned()), ..CommandLine::default() };
        let config = config::load::<Master>(&command_line, &environment);
        let found = config.map_err(anyhow::Error::from).and_then(|config| database(&config));
        found.map(|database| database.to_string()).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn a_record_is_in_one_place() {
        let check = |variables: &[(&str, &str)], expect: &str| {
            assert_eq!(told(variables).as_deref(), Ok(expect), "{variables:?}");
        };
        check(&[("STATE_DIRECTORY", "/s")], "/s/record/record.db");
        check(&[("RECORD_FILE", "/r.db")], "/r.db");
        check(&[("DB_URL", "postgres://a:geheim@127.0.0.1/b")], "postgres://a@127.0.0.1:5432/b");
        check(&[("DB_URL", "mysql://a:geheim@127.0.0.1/b")], "mariadb://a@127.0.0.1:3306/b");
        check(&[("DB_URL", "mariadb://a@/b?socket=/run/s")], "mariadb://a@/run/s/b");
    }

    #[test]
    fn a_place_that_cannot_be_is_told_with_what_is_right_and_without_its_password() {
        let check = |variables: &[(&str, &str)], expect: &str| {
            let refused = told(variables).unwrap_err();
            assert!(refused.contains(expect) && !refused.contains("geheim"), "{refused}");
        };
        let right = "db-url: the value cannot be; it must be postgres://user@host/database or mariadb://user@host/database";
        check(&[("DB_URL", "sqlite://a:geheim@b/c")], right);
        check(&[("DB_URL", "geheim")], right);
        for scheme in ["postgres", "mariadb", "mysql"] {
            let check =
                |rest: &str, expect: &str| check(&[("DB_URL", &format!("{scheme}://{rest}"))], expect);
            check("a:geheim@127.0.0.1", "db-url: in a database's URL the database should be there");
            check(":geheim@127.0.0.1/b", "db-url: in a database's URL the user should be there");
            check("a:geheim@127.0.0.1:x/b", "db-url: in a database's URL the port should be a number");
            check(
                "a:geheim@127.0.0.1/b?x=geheim",
                "db-url: in a database's URL there is a setting that is not known",
            );
            check("a:geheim@db.example/b", "db-url: no name is looked up for a database: give the address");
            check(
                "a:geheim@10.0.0.1/b",
                "db-url: a database on another machine wants TLS: add ?sslrootcert=",
            );
        }
        let both = [("DB_URL", "mariadb://a:geheim@127.0.0.1/b"), ("RECORD_FILE", "/r.db")];
        check(&both, "record-file and db-url name two records");
        let size = [("DB_URL", "mariadb://a:geheim@127.0.0.1/b"), ("RECORD_SIZE", "9")];
        check(&size, "record-size is for a file: in a database of a server (db-url)");
    }
}
