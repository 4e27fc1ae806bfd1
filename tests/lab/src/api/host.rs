//! A master of which the API runs.

use std::{
    ffi::OsString,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};

use super::Client;
use crate::{
    transport::{Daemon, Site, site::Programs},
    wait,
};

/// Where the API listens.
pub const PORT: u16 = 18_800;

/// Where the page is.
pub const WEB_PORT: u16 = 18_880;

/// The configuration, in its folder.
const INI: &str = "api.ini";

/// How long a part may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// A master of which the API runs.
#[derive(Debug)]
pub struct Host {
    folder: PathBuf,
    log: PathBuf,
    /// `decnet-master api`.
    pub api: Daemon,
    /// `decnet-master web`.
    pub web: Daemon,
}

impl Host {
    /// Makes it anew in `folder`, from which everything else goes; `more` is added to the section of the
    /// master. Nothing runs yet.
    ///
    /// # Errors
    /// When its files cannot be written.
    pub fn make(folder: &Path, programs: &Programs, more: &str) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
        }
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let at = folder.display();
        let host = format!(
            "[decnet]\nmode = master\ningest-log-file = {at}/decnet.log\nsystem-logs = {at}/system.log\n\
             state-directory = {at}/state\nagent-socket = {at}/agent.sock\nartifacts-root = {at}/artifacts\n"
        );
        Self::of(folder, programs, folder.join("decnet.json"), &format!("{host}\n[master]\n{more}"))
    }

    /// The API of a swarm's master, whose controller and listener run.
    ///
    /// # Errors
    /// When its files cannot be written.
    pub fn beside(site: &Site, more: &str) -> Result<Self> {
        let (folder, ini) = (site.master(), site.master().join("decnet.ini"));
        let text = fs::read_to_string(&ini).with_context(|| format!("reading {}", ini.display()))?;
        let text = format!("{text}\n[master]\ndeployment = swarm\n{more}");
        Self::of(&folder, site.programs(), folder.join("master.json"), &text)
    }

    fn of(folder: &Path, programs: &Programs, log: PathBuf, settings: &str) -> Result<Self> {
        let ini = folder.join(INI);
        let text = format!("{settings}api-port = {PORT}\nweb-port = {WEB_PORT}\n");
        fs::write(&ini, text).with_context(|| format!("writing {}", ini.display()))?;
        let daemon = |verb: &'static str| {
            let words: [OsString; 3] = ["--config-file".into(), ini.clone().into(), verb.into()];
            Daemon::new(verb, programs.program("decnet-master"), words, folder)
        };
        Ok(Self { folder: folder.to_owned(), log, api: daemon("api"), web: daemon("web") })
    }

    /// The folder of its files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The configuration of its parts.
    pub fn ini(&self) -> PathBuf {
        self.folder.join(INI)
    }

    /// The log that is taken in, an object a line.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// The folder of the record.
    pub fn record(&self) -> PathBuf {
        self.folder.join("state/record")
    }

    /// Where its API listens.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, PORT).into()
    }

    /// Starts the API, and waits until it answers.
    ///
    /// # Errors
    /// When it does not.
    pub fn start(&mut self) -> Result<()> {
        self.api.start()?;
        let answered = wait::until("the API to answer", PATIENCE, || {
            self.client().ask("GET", "/api/v1/health", None).ok()
        });
        self.api.check()?;
        answered.map(drop)
    }

    /// Starts the page, and waits until it answers.
    ///
    /// # Errors
    /// When it does not.
    pub fn start_web(&mut self) -> Result<()> {
        self.web.start()?;
        let page = Client::new((Ipv4Addr::LOCALHOST, WEB_PORT).into());
        let answered = wait::until("the page to answer", PATIENCE, || page.ask("GET", "/", None).ok());
        self.web.check()?;
        answered.map(drop)
    }

    /// Somebody whom it does not know.
    pub fn client(&self) -> Client {
        Client::new(self.address())
    }

    /// Its administrator.
    ///
    /// # Errors
    /// When he is not let in.
    pub fn admin(&self) -> Result<Client> {
        self.client().admin(&self.record().join("first-password"))
    }

    /// Writes a token to a file, for programs that take it from there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn token_file(&self, client: &Client) -> Result<PathBuf> {
        let path = self.folder.join("token");
        fs::write(&path, client.token().unwrap_or_default())
            .with_context(|| format!("writing {}", path.display()))?;
        Ok(path)
    }

    /// Waits until so many events are kept.
    ///
    /// # Errors
    /// When they are not in time; says how many are.
    pub fn wait_for(&mut self, client: &Client, events: u64, limit: Duration) -> Result<()> {
        let mut kept = 0;
        let waited = wait::until("every event to be kept", limit, || {
            kept = client.get::<serde_json::Value>("/api/v1/stats").ok()?.get("total_logs")?.as_u64()?;
            (kept >= events).then_some(())
        });
        self.api.check()?;
        waited.with_context(|| format!("{kept} of {events} are"))
    }
}
