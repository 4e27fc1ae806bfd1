//! A server of databases for tests and measurements: a private PostgreSQL, in a folder that goes with it.
//!
//! Debian's package brings the programs; its service is never started. The server listens on a Unix socket in
//! its folder and nowhere else, as a user that may do nothing.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use lab::{packages, process, wait::pause};
use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, Uid, User, chown},
};

/// Debian's package of it.
const PACKAGE: &str = "postgresql";

/// Who runs it, where we are root.
const NOBODY: &str = "nobody";

/// How long a server may take to begin, and to end.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is written is durable, or only quick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writes {
    /// As in earnest, to measure it.
    Durable,
    /// For tests, which nothing outlives.
    Quick,
}

/// A server that runs, until this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    folder: PathBuf,
    child: Child,
}

/// Installs it, if it is not there.
///
/// # Errors
/// When `apt-get` fails.
pub(crate) fn install() -> Result<()> {
    packages::install_absent(&[PACKAGE])
}

impl Server {
    /// Starts one that has no databases yet.
    ///
    /// # Errors
    /// When it is not installed, or does not begin.
    pub(crate) fn start(writes: Writes) -> Result<Self> {
        let (folder, bin) = (folder()?, programs()?);
        process::output(&mut make(&bin, &folder)).context("making the files of a server")?;
        let log = fs::File::create(folder.join("log")).context("making the log of a server")?;
        let mut command = serve(&bin, &folder, writes);
        let child = command.stdout(Stdio::null()).stderr(log).spawn().context("starting a server")?;
        let mut server = Self { folder, child };
        server.wait(&bin)?;
        Ok(server)
    }

    /// The URL of a database that is there, as `decnet-master` takes it; who opens it may make others.
    pub(crate) fn url(&self) -> String {
        format!("postgres://decnet@/postgres?host={}", self.folder.display())
    }

    /// Waits until it answers.
    fn wait(&mut self, bin: &Path) -> Result<()> {
        let begin = Instant::now();
        while !process::succeeds(&mut ask(bin, &self.folder)) {
            let has_ended = self.child.try_wait()?.is_some();
            if has_ended || begin.elapsed() > PATIENCE {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                bail!("PostgreSQL does not answer: {log}");
            }
            pause(Duration::from_millis(100));
        }
        Ok(())
    }

    /// Has it end in good order, or else at once.
    fn stop(&mut self) -> Result<()> {
        let pid = Pid::from_raw(i32::try_from(self.child.id())?);
        // It takes this for "without waiting for anybody".
        kill(pid, Signal::SIGINT)?;
        let begin = Instant::now();
        while self.child.try_wait()?.is_none() {
            if begin.elapsed() > PATIENCE {
                self.child.kill()?;
                self.child.wait()?;
            }
            pause(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            println!("PostgreSQL was not stopped: {error:#}");
        }
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            println!("{} is left behind: {error}", self.folder.display());
        }
    }
}

/// Makes the files of a server.
fn make(bin: &Path, folder: &Path) -> Command {
    let data = folder.join("data").display().to_string();
    let arguments = ["-D", &data, "-U", "decnet", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"];
    as_nobody(&bin.join("initdb"), &arguments)
}

/// The server itself.
fn serve(bin: &Path, folder: &Path, writes: Writes) -> Command {
    let data = folder.join("data").display().to_string();
    let sockets = format!("unix_socket_directories={}", folder.display());
    let sync = if writes == Writes::Durable { "fsync=on" } else { "fsync=off" };
    let options = ["listen_addresses=", &sockets, "max_connections=200", sync];
    let options = options.into_iter().flat_map(|option| ["-c", option]);
    as_nobody(&bin.join("postgres"), &["-D", &data].into_iter().chain(options).collect::<Vec<_>>())
}

/// Asks whether it answers.
fn ask(bin: &Path, folder: &Path) -> Command {
    as_nobody(&bin.join("pg_isready"), &["-q", "-h", &folder.display().to_string()])
}

/// A new folder for nobody but the one who runs the server.
fn folder() -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("decnet-postgres-{}", std::process::id()));
    fs::create_dir(&folder).with_context(|| format!("making {}", folder.display()))?;
    if Uid::effective().is_root() {
        let nobody = User::from_name(NOBODY)?.context("there is no user nobody")?;
        chown(&folder, Some(nobody.uid), Some(nobody.gid))?;
    }
    fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(folder)
}

/// The folder of the programs of the newest version that is installed; Debian has versions apart.
fn programs() -> Result<PathBuf> {
    let folders = fs::read_dir("/usr/lib/postgresql").context("PostgreSQL is not installed")?;
    let version = |entry: &fs::DirEntry| entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok());
    let is_server = |entry: &fs::DirEntry| entry.path().join("bin/postgres").exists();
    let newest = folders.flatten().filter(is_server).max_by_key(version);
    Ok(newest.context("PostgreSQL is not installed")?.path().join("bin"))
}

/// A command that the server accepts: it refuses to be root.
fn as_nobody(program: &Path, arguments: &[&str]) -> Command {
    let program = program.display().to_string();
    let rest = std::iter::once(program.as_str()).chain(arguments.iter().copied());
    let mut command = if Uid::effective().is_root() {
        let become_nobody = ["--reuid=nobody", "--regid=nogroup", "--clear-groups"];
        process::command("setpriv", become_nobody.into_iter().chain(rest))
    } else {
        process::command(&program, arguments)
    };
    command.current_dir("/");
    command
}
