//! Hosts without a service manager: programs are known by their PID files, and started as they were.
//!
//! How a program was started is written down while it is known to be the right one: before a change, and
//! now and then when none is made. In a change it is not: one that does not do may be anything.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use decnet_daemon::{
    detach::{self, Around, Daemon, DetachError},
    pidfile::{self, PidFileError},
    process::Process,
};
use decnet_release::change::Program;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use thiserror::Error;

use super::{invocation::Invocation, pause};

/// How long a program may take to end: the agent ends the step that it takes, at most a minute.
const ENDING: Duration = Duration::from_secs(75);
/// How long one may take that was killed.
const DYING: Duration = Duration::from_secs(5);
/// How often it is looked whether it has ended.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// A program cannot be ended or started.
#[derive(Debug, Error)]
pub enum PidsError {
    /// It does not run, and never did under our eyes.
    #[error("{0} does not run, and nobody knows how it was started: start it once")]
    Unknown(&'static str),
    /// It does not end.
    #[error("{program} does not end: process {pid} is there after SIGKILL")]
    Endless {
        /// Its name.
        program: &'static str,
        /// Its process.
        pid: u32,
    },
    /// It runs as another user.
    #[error("cannot see or end {program}, process {pid}")]
    Foreign {
        /// Its name.
        program: &'static str,
        /// Its process.
        pid: u32,
        /// Why.
        source: io::Error,
    },
    /// How programs were started cannot be written down or read.
    #[error("cannot use {}", path.display())]
    Memory {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Its PID file cannot be used.
    #[error(transparent)]
    PidFile(#[from] PidFileError),
    /// It cannot be started.
    #[error(transparent)]
    Start(#[from] DetachError),
}

/// Programs by their PID files.
#[derive(Clone, Debug)]
pub struct Pids {
    /// Folder of PID files.
    pub runtime_dir: PathBuf,
    /// File in which it is written down how programs were started.
    pub memory: PathBuf,
}

type Memory = BTreeMap<String, Invocation>;

impl Pids {
    /// The process of a program, if it runs.
    ///
    /// # Errors
    /// [`PidsError::PidFile`].
    pub fn process(&self, program: Program) -> Result<Option<Process>, PidsError> {
        Ok(pidfile::read(&self.pid_file(program))?)
    }

    /// Writes down how those of the programs were started that run.
    ///
    /// # Errors
    /// [`PidsError`].
    pub fn remember(&self, programs: &[Program]) -> Result<(), PidsError> {
        let before = self.recall()?;
        let mut memory = before.clone();
        for program in programs {
            let Some(process) = self.process(*program)? else { continue };
            let (program, pid) = (program.name(), process.pid);
            let seen = Invocation::of(process);
            let seen = match seen {
                // It ended in between.
                Err(_) if !process.is_alive() => continue,
                seen => seen.map_err(|source| PidsError::Foreign { program, pid, source })?,
            };
            memory.insert(program.to_owned(), seen);
        }
        if memory == before { Ok(()) } else { self.keep(&memory) }
    }

    /// Ends a program, if it runs.
    ///
    /// # Errors
    /// [`PidsError`].
    pub fn end(&self, program: Program) -> Result<(), PidsError> {
        let Some(process) = self.process(program)? else { return Ok(()) };
        for (signal, patience) in [(Signal::SIGTERM, ENDING), (Signal::SIGKILL, DYING)] {
            self.send(program, process, signal)?;
            let deadline = Instant::now() + patience;
            while Instant::now() < deadline {
                if !process.is_alive() {
                    return Ok(());
                }
                pause(LOOK_EVERY);
            }
        }
        Err(PidsError::Endless { program: program.name(), pid: process.pid })
    }

    /// Starts a program from the folder `bin`, as it was started before. Must be called within a runtime.
    ///
    /// # Errors
    /// [`PidsError`].
    pub fn start(&self, program: Program, bin: &Path) -> Result<(), PidsError> {
        let memory = self.recall()?;
        let known = memory.get(program.name()).ok_or(PidsError::Unknown(program.name()))?;
        let daemon = Daemon {
            program: bin.join(program.name()),
            arguments: known.arguments.clone(),
            output: known.output.clone().unwrap_or_else(|| self.output(program)),
            pid_file: self.pid_file(program),
        };
        let around = Around { environment: known.environment.clone(), folder: known.folder.clone() };
        detach::launch(&daemon, Some(&around))?;
        Ok(())
    }

    /// The end of what a program said, where that goes to a file.
    pub fn said(&self, program: Program) -> String {
        let memory = self.recall().unwrap_or_default();
        let known = memory.get(program.name()).and_then(|known| known.output.clone());
        detach::tail_of(&known.unwrap_or_else(|| self.output(program)))
    }

    fn send(&self, program: Program, process: Process, signal: Signal) -> Result<(), PidsError> {
        let pid = Pid::from_raw(process.pid.cast_signed());
        match kill(pid, signal) {
            Err(error) if process.is_alive() => {
                let (program, pid) = (program.name(), process.pid);
                Err(PidsError::Foreign { program, pid, source: error.into() })
            }
            _ => Ok(()),
        }
    }

    fn pid_file(&self, program: Program) -> PathBuf {
        self.runtime_dir.join(pid_file(program))
    }

    /// Where a program writes that wrote to no file before.
    fn output(&self, program: Program) -> PathBuf {
        self.memory.with_file_name(format!("{}.output.log", program.name()))
    }

    fn recall(&self) -> Result<Memory, PidsError> {
        let failed = |source| PidsError::Memory { path: self.memory.clone(), source };
        match fs::read(&self.memory) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| failed(error.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Memory::new()),
            Err(error) => Err(failed(error)),
        }
    }

    fn keep(&self, memory: &Memory) -> Result<(), PidsError> {
        let failed = |source| PidsError::Memory { path: self.memory.clone(), source };
        let text = serde_json::to_vec(memory).map_err(|error| failed(error.into()))?;
        replace(&self.memory, &text).map_err(failed)
    }
}

/// By which name a program tells which process it is.
const fn pid_file(program: Program) -> &'static str {
    match program {
        Program::Agent => "agent.pid",
        Program::Forwarder => "forwarder.pid",
        Program::Updater => "updater.pid",
    }
}

/// Whole and durable, or as it was. An environment may hold secrets: it is for its owner alone.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let staged = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&staged)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&staged, path)?;
    path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
}
