//! A program and what it is given: arguments, environment, streams, files.

use std::{future::Future, pin::Pin, sync::Arc};

use super::{
    pipe::{Reader, Writer},
    seat::Seat,
    terminal::Tty,
};
use crate::machine::{Account, Files, Machine};

/// A future that a program or a shell returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A program: it works on what its process was given and says how it ended.
pub type Program = for<'a> fn(&'a mut Process) -> BoxFuture<'a, Exit>;

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It returned this status.
    Code(u8),
    /// This signal ended it; its name without `SIG`, as `PIPE`.
    Signal(&'static str),
}

impl Exit {
    /// It went well.
    pub const SUCCESS: Self = Self::Code(0);
    /// It failed.
    pub const FAILURE: Self = Self::Code(1);

    /// The status as `$?` shows it.
    pub fn status(self) -> u8 {
        match self {
            Self::Code(code) => code,
            Self::Signal(name) => super::signals::number(name).map_or(255, |number| 128 + number),
        }
    }
}

/// Names and values that a program is given.
pub type Environment = Vec<(Vec<u8>, Vec<u8>)>;

/// A running program.
#[derive(Debug)]
pub struct Process {
    /// Name it was called by, and arguments.
    pub args: Vec<Vec<u8>>,
    /// Environment, each name once.
    pub environment: Environment,
    /// Whose it is.
    pub account: Account,
    /// Standard input.
    pub input: Reader,
    /// Standard output.
    pub output: Writer,
    /// Standard error.
    pub errors: Writer,
    /// Files as it sees them, with its working directory and umask.
    pub files: Files,
    /// The machine it runs on.
    pub machine: Arc<Machine>,
    /// The visit it belongs to.
    pub seat: Arc<Seat>,
    /// Its process id.
    pub pid: u32,
    /// The process id of its parent.
    pub parent: u32,
}

impl Process {
    /// The name it was called by, without directories.
    pub fn name(&self) -> &[u8] {
        let called = self.args.first().map(Vec::as_slice).unwrap_or_default();
        called.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
    }

    /// Arguments after the name.
    pub fn arguments(&self) -> &[Vec<u8>] {
        self.args.get(1..).unwrap_or_default()
    }

    /// A variable of the environment.
    pub fn variable(&self, name: &str) -> Option<&[u8]> {
        let found = self.environment.iter().find(|(key, _)| key == name.as_bytes());
        found.map(|(_, value)| value.as_slice())
    }

    /// The terminal, if standard output, error or input is it.
    pub fn tty(&self) -> Option<&Arc<Tty>> {
        let on = self.output.is_terminal() || self.errors.is_terminal() || self.input.is_terminal();
        self.seat.tty().filter(|_| on)
    }

    /// Writes to standard output.
    ///
    /// # Errors
    /// How the program ends when nobody reads, or the file takes no more: `?` it.
    pub async fn print(&self, bytes: impl AsRef<[u8]> + Send) -> Result<(), Exit> {
        use crate::machine::Errno;
        match self.output.write(bytes.as_ref()).await {
            Ok(()) => Ok(()),
            Err(Errno::BrokenPipe) => Err(Exit::Signal("PIPE")),
            Err(error) => {
                let name = String::from_utf8_lossy(self.name()).into_owned();
                self.complain(format!("{name}: write error: {}\n", error.text())).await;
                Err(Exit::FAILURE)
            }
        }
    }

    /// Writes to standard error, and does not care whether that works.
    pub async fn complain(&self, bytes: impl AsRef<[u8]> + Send) {
        let _ = self.errors.write(bytes.as_ref()).await;
    }

    /// Says on standard error what went wrong, with the program's name before it, and fails.
    pub async fn fail(&self, text: impl AsRef<[u8]> + Send) -> Exit {
        let line = [self.name(), b": ", text.as_ref(), b"\n"].concat();
        self.complain(line).await;
        Exit::FAILURE
    }
}
