//! The master's machine: its controller and its listener.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use decnet_proto::swarm::{OPERATOR_PORT, WORKER_PORT};
use serde_json::Value;

use super::{Daemon, running::on_machine};
use crate::{process, wait};

/// Port of the listener.
pub const SYSLOG_PORT: u16 = 6514;

/// How long a part may take until it answers.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where programs are that were built.
#[derive(Clone, Debug)]
pub struct Programs(PathBuf);

impl Programs {
    /// Those in this folder.
    ///
    /// # Errors
    /// When there is no such folder.
    pub fn in_folder(folder: &Path) -> Result<Self> {
        // As the system names it for a process.
        folder.canonicalize().map(Self).with_context(|| format!("looking for {}", folder.display()))
    }

    /// One of them.
    pub fn program(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

/// The master's machine.
#[derive(Debug)]
pub struct Site {
    folder: PathBuf,
    programs: Programs,
    /// `decnet-master swarmctl`.
    pub controller: Daemon,
    /// `decnet-listener`.
    pub listener: Daemon,
}

impl Site {
    /// Makes it anew in `folder`, from which everything else goes, and starts both parts.
    ///
    /// # Errors
    /// When they do not answer in time.
    pub fn raise(folder: &Path, programs: &Programs) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
        }
        let master = folder.join("master");
        fs::create_dir_all(&master).with_context(|| format!("making {}", master.display()))?;
        let ini = master.join("decnet.ini");
        fs::write(&ini, configuration(&master)).with_context(|| format!("writing {}", ini.display()))?;
        let words = |words: &[&str]| {
            let file = ["--config-file".into(), ini.clone().into_os_string()];
            file.into_iter().chain(words.iter().map(Into::into)).collect::<Vec<_>>()
        };
        let controller = words(&["swarmctl", "--no-listener", "--worker-host", "127.0.0.1"]);
        let controller = Daemon::new("controller", programs.program("decnet-master"), controller, &master);
        let listener = Daemon::new("listener", programs.program("decnet-listener"), words(&[]), &master);
        let mut site = Self { folder: folder.to_owned(), programs: programs.clone(), controller, listener };
        site.controller.start()?;
        site.answering(OPERATOR_PORT)?;
        site.answering(WORKER_PORT)?;
        // Its ports are open before it has made the listener's identity, and it answers after that.
        wait::until("the controller to answer", PATIENCE, || {
            let mut list = site.operator(&["swarm", "list"]).ok()?;
            process::succeeds(&mut list).then_some(())
        })?;
        site.listener.start()?;
        site.answering(SYSLOG_PORT)?;
        Ok(site)
    }

    /// The folder of everything.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of the master's own files.
    pub fn master(&self) -> PathBuf {
        self.folder.join("master")
    }

    /// The programs that run.
    pub fn programs(&self) -> &Programs {
        &self.programs
    }

    /// Where the listener listens.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, SYSLOG_PORT).into()
    }

    /// Waits until something listens on this port of loopback.
    ///
    /// # Errors
    /// When nothing does in time.
    pub fn answering(&mut self, port: u16) -> Result<()> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let answered = wait::until(&format!("port {port} to open"), PATIENCE, || {
            TcpStream::connect(address).map(drop).ok()
        });
        self.controller.check()?;
        self.listener.check()?;
        answered
    }

    /// A command of the master.
    ///
    /// # Errors
    /// When the machine's folder cannot be made.
    pub fn operator(&self, words: &[&str]) -> Result<Command> {
        let master = self.master();
        let mut command = on_machine(&master, &self.programs.program("decnet-master"))?;
        command.arg("--config-file").arg(master.join("decnet.ini")).args(words);
        Ok(command)
    }

    /// A token that lets a host of this name in, agent and updater.
    ///
    /// # Errors
    /// When none is made.
    pub fn token(&self, name: &str) -> Result<String> {
        let words = ["swarm", "token", "--name", name, "--address", "127.0.0.1", "--updater", "--json"];
        let text = process::output(&mut self.operator(&words)?)?;
        let made: Value = serde_json::from_str(&text).context("reading a token")?;
        made.get("token").and_then(Value::as_str).map(str::to_owned).context("no token was made")
    }

    /// Takes a host out of the swarm.
    ///
    /// # Errors
    /// When that is refused.
    pub fn decommission(&self, name: &str) -> Result<()> {
        let words = ["swarm", "decommission", "--name", name, "--yes", "--no-wait"];
        process::output(&mut self.operator(&words)?).map(drop)
    }

    /// What the listener says of itself.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn status(&self) -> Result<Value> {
        let master = self.master();
        let mut command = on_machine(&master, &self.programs.program("decnet-listener"))?;
        command.arg("--config-file").arg(master.join("decnet.ini")).args(["status", "--json"]);
        let output = command.output().context("asking the listener")?;
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("the listener said {:?}", process::both(&output)))
    }

    /// How many certificates the listener lets in.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn known(&self) -> Result<u64> {
        let status = self.status()?;
        status.pointer("/roster/certificates").and_then(Value::as_u64).context("a status without a roster")
    }

    /// The files of every line that came, the oldest first, rotated ones too.
    pub fn log(&self) -> Vec<PathBuf> {
        with_rotated(&self.master().join("master.log"))
    }

    /// The same with the objects.
    pub fn json(&self) -> Vec<PathBuf> {
        with_rotated(&self.master().join("master.json"))
    }

    /// Renames both files, as `logrotate` does.
    ///
    /// # Errors
    /// When they cannot be renamed.
    pub fn rotate(&self) -> Result<()> {
        for name in ["master.log", "master.json"] {
            let path = self.master().join(name);
            if path.exists() {
                shift(&path)?;
            }
        }
        Ok(())
    }

    /// Waits until `bytes` of lines came.
    ///
    /// # Errors
    /// When they do not in time; says how many did.
    pub fn wait_for(&mut self, bytes: u64, limit: Duration) -> Result<()> {
        let whole = wait::until("every line to come", limit, || (self.came() >= bytes).then_some(()));
        self.controller.check()?;
        self.listener.check()?;
        whole.with_context(|| format!("{} of {bytes} bytes came", self.came()))
    }

    /// How many bytes of lines came so far.
    pub fn came(&self) -> u64 {
        self.log().iter().filter_map(|path| fs::metadata(path).ok()).map(|metadata| metadata.len()).sum()
    }
}

/// A file's older names and itself, the oldest first.
fn with_rotated(path: &Path) -> Vec<PathBuf> {
    let older = (1..).map(|number| numbered(path, number)).take_while(|path| path.exists());
    let mut files: Vec<_> = older.collect();
    files.reverse();
    files.extend(path.exists().then(|| path.to_owned()));
    files
}

/// Renames a file and its older ones, each to the next number.
///
/// # Errors
/// When one cannot be renamed.
pub(super) fn shift(path: &Path) -> Result<()> {
    let count = (1..).take_while(|number| numbered(path, *number).exists()).count();
    for number in (0..=count).rev() {
        let from = if number == 0 { path.to_owned() } else { numbered(path, number) };
        fs::rename(&from, numbered(path, number + 1))
            .with_context(|| format!("renaming {}", from.display()))?;
    }
    Ok(())
}

/// A file's name with a number behind it.
pub(super) fn numbered(path: &Path, number: usize) -> PathBuf {
    PathBuf::from(format!("{}.{number}", path.display()))
}

fn configuration(master: &Path) -> String {
    let at = master.display();
    // As much as it can say, because what is measured is not how long somebody waits.
    let rate = 1_048_576;
    format!(
        "[decnet]\nmode = master\nsystem-logs = {at}/system.log\nstate-directory = {at}/state\n\
         agent-socket = {at}/agent.sock\nartifacts-root = {at}/artifacts\n\n\
         [listener]\nlistener-host = 127.0.0.1\nmaster-log-file = {at}/master.log\n\
         spool-directory = {at}/spool\nhost-rate = {rate}\n"
    )
}

/// Checks that nothing else is where a site's parts are to listen.
///
/// # Errors
/// When something is.
pub fn is_free() -> Result<()> {
    for port in [OPERATOR_PORT, WORKER_PORT, SYSLOG_PORT] {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        ensure!(TcpStream::connect(address).is_err(), "something listens on {address}");
    }
    Ok(())
}
