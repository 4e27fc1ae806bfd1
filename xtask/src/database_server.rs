//! Servers of databases for tests and measurements: private ones, in a folder that goes with each.
//!
//! Debian's packages bring the programs; their services are never started. A server listens on a Unix socket in
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

/// Debian's packages of them.
const PACKAGES: [&str; 2] = ["postgresql", "mariadb-server"];

/// Who runs them, where we are root.
const NOBODY: &str = "nobody";

/// How long a server may take to begin, and to end.
const PATIENCE: Duration = Duration::from_secs(120);

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// PostgreSQL.
    Postgres,
    /// MariaDB.
    MariaDb,
}

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
    sort: Sort,
    folder: PathBuf,
    child: Child,
}

/// Installs what of them is not there.
///
/// # Errors
/// When `apt-get` fails.
pub(crate) fn install() -> Result<()> {
    packages::install_absent(&PACKAGES)
}

impl Server {
    /// Starts one that has no databases yet.
    ///
    /// # Errors
    /// When it is not installed, or does not begin.
    pub(crate) fn start(sort: Sort, writes: Writes) -> Result<Self> {
        let folder = folder(sort)?;
        process::output(&mut sort.make(&folder)?).context("making the files of a server")?;
        let log = fs::File::create(folder.join("log")).context("making the log of a server")?;
        let mut command = sort.serve(&folder, writes)?;
        let child = command.stdout(Stdio::null()).stderr(log).spawn().context("starting a server")?;
        let mut server = Self { sort, folder, child };
        server.wait()?;
        Ok(server)
    }

    /// The URL of a database that is there, as `decnet-master` takes it; who opens it may make others.
    pub(crate) fn url(&self) -> String {
        let folder = self.folder.display();
        match self.sort {
            Sort::Postgres => format!("postgres://decnet@/postgres?host={folder}"),
            Sort::MariaDb => format!("mariadb://root@/mysql?socket={folder}/socket"),
        }
    }

    /// Makes a database, and answers with its URL.
    ///
    /// # Errors
    /// When the server refuses, for one because it is there.
    pub(crate) fn database(&self, name: &str) -> Result<String> {
        process::output(&mut self.sort.create(&self.folder, name)?).context("making a database")?;
        let folder = self.folder.display();
        Ok(match self.sort {
            Sort::Postgres => format!("postgres://decnet@/{name}?host={folder}"),
            Sort::MariaDb => format!("mariadb://root@/{name}?socket={folder}/socket"),
        })
    }

    /// Waits until it answers.
    fn wait(&mut self) -> Result<()> {
        let begin = Instant::now();
        while !process::succeeds(&mut self.sort.ask(&self.folder)?) {
            let has_ended = self.child.try_wait()?.is_some();
            if has_ended || begin.elapsed() > PATIENCE {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                bail!("{} does not answer: {log}", self.sort.name());
            }
            pause(Duration::from_millis(100));
        }
        Ok(())
    }

    /// Has it end in good order, or else at once.
    fn stop(&mut self) -> Result<()> {
        let pid = Pid::from_raw(i32::try_from(self.child.id())?);
        kill(pid, self.sort.farewell())?;
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
            println!("{} was not stopped: {error:#}", self.sort.name());
        }
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            println!("{} is left behind: {error}", self.folder.display());
        }
    }
}

impl Sort {
    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::MariaDb => "MariaDB",
        }
    }

    /// What ends it in good order, without waiting for anybody.
    const fn farewell(self) -> Signal {
        match self {
            Self::Postgres => Signal::SIGINT,
            Self::MariaDb => Signal::SIGTERM,
        }
    }

    /// Makes the files of a server.
    fn make(self, folder: &Path) -> Result<Command> {
        let data = folder.join("data").display().to_string();
        Ok(match self {
            Self::Postgres => as_nobody(
                &postgres("initdb")?,
                &["-D", &data, "-U", "decnet", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
            ),
            Self::MariaDb => as_nobody(
                Path::new("mariadb-install-db"),
                &[
                    "--no-defaults",
                    &format!("--datadir={data}"),
                    "--auth-root-authentication-method=normal",
                    "--skip-test-db",
                ],
            ),
        })
    }

    /// The server itself.
    fn serve(self, folder: &Path, writes: Writes) -> Result<Command> {
        let (folder, data) = (folder.display(), folder.join("data").display().to_string());
        match self {
            Self::Postgres => {
                let sockets = format!("unix_socket_directories={folder}");
                let sync = if writes == Writes::Durable { "fsync=on" } else { "fsync=off" };
                let options = ["listen_addresses=", &sockets, "max_connections=200", sync];
                let options = options.into_iter().flat_map(|option| ["-c", option]);
                Ok(as_nobody(
                    &postgres("postgres")?,
                    &["-D", &data].into_iter().chain(options).collect::<Vec<_>>(),
                ))
            }
            Self::MariaDb => {
                let (data, socket, pid) = (
                    format!("--datadir={data}"),
                    format!("--socket={folder}/socket"),
                    format!("--pid-file={folder}/pid"),
                );
                let place =
                    ["--no-defaults", &data, &socket, &pid, "--skip-networking", "--max-connections=200"];
                // Tables that nothing outlives need no files of their own, either.
                let quick = [
                    "--innodb-flush-log-at-trx-commit=0",
                    "--innodb-flush-method=nosync",
                    "--innodb-doublewrite=0",
                    "--innodb-file-per-table=0",
                ];
                let quick = quick.into_iter().filter(|_| writes == Writes::Quick);
                Ok(as_nobody(
                    Path::new("/usr/sbin/mariadbd"),
                    &place.into_iter().chain(quick).collect::<Vec<_>>(),
                ))
            }
        }
    }

    /// Makes a database.
    fn create(self, folder: &Path, name: &str) -> Result<Command> {
        let (place, statement) = (folder.display(), format!("CREATE DATABASE {name}"));
        Ok(match self {
            Self::Postgres => as_nobody(
                &postgres("psql")?,
                &["-q", "-h", &place.to_string(), "-U", "decnet", "-d", "postgres", "-c", &statement],
            ),
            Self::MariaDb => as_nobody(
                Path::new("mariadb"),
                &["--no-defaults", &format!("--socket={place}/socket"), "--user=root", "-e", &statement],
            ),
        })
    }

    /// Asks whether it answers.
    fn ask(self, folder: &Path) -> Result<Command> {
        let folder = folder.display();
        Ok(match self {
            Self::Postgres => as_nobody(&postgres("pg_isready")?, &["-q", "-h", &folder.to_string()]),
            Self::MariaDb => as_nobody(
                Path::new("mariadb-admin"),
                &["--no-defaults", &format!("--socket={folder}/socket"), "--user=root", "ping"],
            ),
        })
    }
}

/// A new folder for nobody but the one who runs the server.
fn folder(sort: Sort) -> Result<PathBuf> {
    let name = format!("decnet-{}-{}", sort.name().to_lowercase(), std::process::id());
    let folder = std::env::temp_dir().join(name);
    fs::create_dir(&folder).with_context(|| format!("making {}", folder.display()))?;
    if Uid::effective().is_root() {
        let nobody = User::from_name(NOBODY)?.context("there is no user nobody")?;
        chown(&folder, Some(nobody.uid), Some(nobody.gid))?;
    }
    fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(folder)
}

/// A program of the newest PostgreSQL that is installed; Debian has versions apart.
fn postgres(program: &str) -> Result<PathBuf> {
    let folders = fs::read_dir("/usr/lib/postgresql").context("PostgreSQL is not installed")?;
    let version = |entry: &fs::DirEntry| entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok());
    let is_server = |entry: &fs::DirEntry| entry.path().join("bin/postgres").exists();
    let newest = folders.flatten().filter(is_server).max_by_key(version);
    Ok(newest.context("PostgreSQL is not installed")?.path().join("bin").join(program))
}

/// A command that servers accept: they refuse to be root.
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
