//! Starting a daemon that outlives its starter, on hosts without a service manager.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use thiserror::Error;
use tokio::{
    process::{Child, Command},
    time::Instant,
};

use crate::{
    lock,
    pidfile::{self, PidFileError},
    process::Process,
};

/// How often a child that starts is asked whether it is ready.
const ASK_EVERY: Duration = Duration::from_millis(20);

/// How long a daemon must have had its role to count as started: what it lacks it has noticed by then.
const SETTLING: Duration = Duration::from_secs(1);

/// Most of its output that an error shows, in bytes.
const TAIL: u64 = 2_048;

/// What to start.
#[derive(Clone, Debug)]
pub struct Daemon {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// File to which its stdout and stderr are appended.
    pub output: PathBuf,
    /// File that names it, so that it is found again and never started twice.
    pub pid_file: PathBuf,
}

/// What a process is started in, where it is not what its starter is in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// All variables of its environment.
    pub environment: Vec<(OsString, OsString)>,
    /// Its working folder.
    pub folder: PathBuf,
}

/// Why it does not run.
#[derive(Debug, Error)]
pub enum DetachError {
    /// Its output has nowhere to go.
    #[error("cannot open {} for the output of {}", path.display(), program.display())]
    Output {
        /// The program.
        program: PathBuf,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It cannot be started.
    #[error("cannot start {}", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It ended at once.
    #[error("{} ended at once ({status}); its output in {}:\n{tail}", program.display(), output.display())]
    Ended {
        /// The program.
        program: PathBuf,
        /// How.
        status: ExitStatus,
        /// Where its output is.
        output: PathBuf,
        /// The end of it.
        tail: String,
    },
    /// It runs, but does not answer.
    #[error("{} runs as process {pid} but does not answer after {} s; see {}", program.display(), patience.as_secs(), output.display())]
    Silent {
        /// The program.
        program: PathBuf,
        /// Its process id.
        pid: u32,
        /// How long it had.
        patience: Duration,
        /// Where its output is.
        output: PathBuf,
    },
    /// One that somebody started before runs, but does not answer where this one would.
    #[error("process {pid} is already what {} would be, and does not answer here: it was started as {command:?}; give that configuration, or end it", program.display())]
    Other {
        /// The program that was to be started.
        program: PathBuf,
        /// The process that is there.
        pid: u32,
        /// How that was started.
        command: String,
    },
    /// Its pid file cannot be used.
    #[error(transparent)]
    PidFile(#[from] PidFileError),
}

/// Where the output of a daemon goes that writes events to `log_file`: `decnet.log` has
/// `decnet.collector.log` beside it.
pub fn output_beside(log_file: &Path) -> PathBuf {
    log_file.with_extension("collector.log")
}

/// Starts the daemon in a session of its own and waits until `ready` says so. When the pid
/// file names a live process, none is started and that one is waited for.
///
/// # Errors
/// [`DetachError`]; a child that ended at once leaves no pid file.
pub async fn start(
    daemon: &Daemon,
    patience: Duration,
    mut ready: impl AsyncFnMut() -> bool,
) -> Result<Process, DetachError> {
    let mut start = Start::begin(daemon, patience)?;
    loop {
        let is_ready = ready().await;
        if let Some(process) = start.look(is_ready)? {
            return Ok(process);
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
}

/// The same for a daemon that takes `role`, by its lock in `dir`: it is ready when it has had that for
/// a moment.
///
/// # Errors
/// As [`start`].
pub async fn start_role(
    daemon: &Daemon,
    (dir, role): (&Path, &str),
    patience: Duration,
) -> Result<Process, DetachError> {
    let mut start = Start::begin(daemon, patience)?;
    let mut since: Option<Instant> = None;
    loop {
        let process = start.started.find();
        let has_role = process.is_some_and(|process| lock::last_holder(dir, role) == Some(process.pid));
        since = has_role.then(|| since.unwrap_or_else(Instant::now));
        let is_ready = since.is_some_and(|since| since.elapsed() >= SETTLING);
        if let Some(process) = start.look(is_ready)? {
            return Ok(process);
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
}

/// Starts the daemon in a session of its own and in these surroundings, or in ours, and waits for nothing:
/// none if it has ended by now. Must be called within a runtime, which reaps it when it ends.
///
/// # Errors
/// [`DetachError::Output`], [`DetachError::Spawn`] and [`DetachError::PidFile`].
pub fn launch(daemon: &Daemon, around: Option<&Around>) -> Result<Option<Process>, DetachError> {
    Ok(spawn(daemon, around)?.id().and_then(Process::find))
}

/// A daemon on its way to being ready.
struct Start<'a> {
    daemon: &'a Daemon,
    started: Started,
    patience: Duration,
    deadline: Instant,
}

impl<'a> Start<'a> {
    fn begin(daemon: &'a Daemon, patience: Duration) -> Result<Self, DetachError> {
        let started = match pidfile::read(&daemon.pid_file)? {
            Some(process) => Started::Before(process),
            None => Started::Now(spawn(daemon, None)?),
        };
        Ok(Self { daemon, started, patience, deadline: Instant::now() + patience })
    }

    /// The process, once it is ready and there.
    fn look(&mut self, is_ready: bool) -> Result<Option<Process>, DetachError> {
        if let (true, Some(process)) = (is_ready, self.started.find()) {
            return Ok(Some(process));
        }
        let daemon = self.daemon;
        if let Some(status) = self.started.ended() {
            pidfile::remove(&daemon.pid_file)?;
            return Err(DetachError::Ended {
                program: daemon.program.clone(),
                status,
                output: daemon.output.clone(),
                tail: tail(&daemon.output).unwrap_or_default(),
            });
        }
        if Instant::now() >= self.deadline {
            return Err(self.started.silent(daemon, self.patience));
        }
        Ok(None)
    }
}

enum Started {
    /// By somebody before us.
    Before(Process),
    /// By us. When it is dropped the runtime still reaps what ends, as long as we live.
    Now(Child),
}

impl Started {
    /// What to say of one that does not answer.
    fn silent(&self, daemon: &Daemon, patience: Duration) -> DetachError {
        let program = daemon.program.clone();
        match self {
            Self::Before(process) => {
                DetachError::Other { program, pid: process.pid, command: command_line(process.pid) }
            }
            Self::Now(child) => {
                let pid = child.id().unwrap_or_default();
                DetachError::Silent { program, pid, patience, output: daemon.output.clone() }
            }
        }
    }

    fn find(&self) -> Option<Process> {
        match self {
            Self::Before(process) => process.is_alive().then_some(*process),
            Self::Now(child) => child.id().and_then(Process::find),
        }
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        match self {
            Self::Before(process) => (!process.is_alive()).then(ExitStatus::default),
            Self::Now(child) => child.try_wait().ok().flatten(),
        }
    }
}

/// The words that a process was started with; empty if they cannot be read.
fn command_line(pid: u32) -> String {
    let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&words).split('\0').collect::<Vec<_>>().join(" ").trim().to_owned()
}

fn spawn(daemon: &Daemon, around: Option<&Around>) -> Result<Child, DetachError> {
    let output = open_output(&daemon.output).map_err(|source| DetachError::Output {
        program: daemon.program.clone(),
        path: daemon.output.clone(),
        source,
    })?;
    let failed = |source| DetachError::Spawn { program: daemon.program.clone(), source };
    let mut command = Command::new(&daemon.program);
    command
        .args(&daemon.arguments)
        .stdin(Stdio::null())
        .stdout(output.try_clone().map_err(failed)?)
        .stderr(output)
        .current_dir(around.map_or(Path::new("/"), |around| &around.folder));
    if let Some(around) = around {
        command.env_clear().envs(around.environment.iter().map(|(name, value)| (name, value)));
    }
    // SAFETY: setsid is async-signal-safe, touches no memory of ours and allocates nothing;
    // a fresh child leads no process group, so it cannot fail for that reason.
    unsafe { command.pre_exec(|| nix::unistd::setsid().map(drop).map_err(io::Error::from)) };
    let child = command.spawn().map_err(failed)?;
    // One that has ended by now has no start time; the caller sees that it ended.
    if let Some(process) = child.id().and_then(Process::find) {
        pidfile::write(&daemon.pid_file, process)?;
    }
    Ok(child)
}

fn open_output(path: &Path) -> io::Result<File> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

/// The end of what a daemon wrote to its output, at most 2 KiB; nothing where that cannot be read.
pub fn tail_of(output: &Path) -> String {
    tail(output).unwrap_or_default()
}

fn tail(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

#[cfg(test)]
mod tests;
