//! A shell: its state, and how it complains.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    dialect::Dialect,
    language::ast::Command,
    process::Exit,
    seat::Seat,
    signals::Listener,
    state::{Descriptors, Jobs, Options, Variables},
};
use crate::{
    caps,
    machine::{Account, Files, Machine, Time},
};

/// Why a command list does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// `break`, so many loops.
    Break(u32),
    /// `continue`, the loop so many levels out.
    Continue(u32),
    /// `return`.
    Return,
    /// `exit`, or an error that ends a shell.
    Exit,
    /// An error that ends the command line.
    Line,
    /// A signal from the terminal.
    Signal(&'static str),
}

/// How a part of a command went; the status is in the shell.
pub(crate) type Flow = Result<(), Stop>;

/// Where commands come from, as far as messages tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A terminal.
    Interactive,
    /// `-c`.
    String,
    /// A file, or standard input.
    Script,
}

/// A function.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) body: Arc<Command>,
    pub(crate) text: Arc<[u8]>,
}

/// A shell. A clone is a subshell.
#[derive(Clone, Debug)]
pub(crate) struct Shell {
    pub(crate) seat: Arc<Seat>,
    pub(crate) dialect: Dialect,
    pub(crate) account: Account,
    pub(crate) files: Files,
    /// The working directory as `cd` went there, links and all.
    pub(crate) directory: Vec<u8>,
    pub(crate) variables: Variables,
    pub(crate) functions: Arc<BTreeMap<Vec<u8>, Function>>,
    pub(crate) aliases: Arc<BTreeMap<Vec<u8>, Vec<u8>>>,
    pub(crate) options: Options,
    /// `$0`
    pub(crate) name: Vec<u8>,
    pub(crate) positional: Arc<Vec<Vec<u8>>>,
    pub(crate) status: u8,
    /// Status before the command that runs.
    pub(crate) previous: u8,
    pub(crate) descriptors: Descriptors,
    /// Commands by signal; empty ones ignore it.
    pub(crate) traps: Arc<BTreeMap<String, Vec<u8>>>,
    pub(crate) jobs: Jobs,
    /// `$$`
    pub(crate) pid: u32,
    /// The process itself, which a subshell has of its own.
    pub(crate) own_pid: u32,
    pub(crate) parent: u32,
    pub(crate) last_background: Option<u32>,
    /// Functions, sourced files and subshells around this.
    pub(crate) depth: usize,
    /// Loops around this.
    pub(crate) loops: u32,
    /// Where `return` makes sense.
    pub(crate) returns: bool,
    pub(crate) line: u32,
    pub(crate) origin: Origin,
    pub(crate) login: bool,
    pub(crate) interactive: bool,
    /// Letters that it was started with, for `$-`.
    pub(crate) letters: Vec<u8>,
    pub(crate) subshell: bool,
    /// Whether failure is looked at by what is around, so that `set -e` does not count.
    pub(crate) tested: bool,
    /// Whether what it runs is the visitor's doing, and an event.
    pub(crate) watched: bool,
    pub(crate) listener: Listener,
    /// Directories of `pushd`, the top first.
    pub(crate) stack: Vec<Vec<u8>>,
    /// Where programs were found, and how often they ran.
    pub(crate) hashed: BTreeMap<Vec<u8>, (Vec<u8>, u32)>,
    pub(crate) disabled: Vec<Vec<u8>>,
    pub(crate) history: super::terminal::History,
    pub(crate) random: u32,
    pub(crate) started: Time,
    /// Where `getopts` is inside an argument.
    pub(crate) option_place: usize,
    /// The argument where `getopts` is.
    pub(crate) option_index: usize,
    /// Limits that `ulimit` set.
    pub(crate) limits: Vec<(u8, String)>,
    /// Lines that were typed.
    pub(crate) line_count: u32,
    /// Commands told of so far by a script.
    pub(crate) told: usize,
    /// Status of the last command substitution, for assignments.
    pub(crate) substituted: Option<u8>,
    /// Interactive shells around this one, itself among them.
    pub(crate) level: usize,
    /// Whether the next program takes the place of this process.
    pub(crate) embodied: bool,
    /// The command after which a shell of `-c` has nothing more to do.
    pub(crate) last: Option<Arc<Command>>,
    /// Whether it wrote into a pipe that nobody reads.
    pub(crate) broken: bool,
    /// Whether `eval` runs.
    pub(crate) evaluating: bool,
    /// Whether a trap called `exit`.
    pub(crate) trap_exited: bool,
    /// Arrays among the arguments of `declare`, to be put into place.
    pub(crate) arrays: Vec<super::language::ast::Assignment>,
    /// Whether `exit` was told of stopped jobs.
    pub(crate) warned: bool,
}

impl Shell {
    /// The machine.
    pub(crate) fn machine(&self) -> &Arc<Machine> {
        self.seat.machine()
    }

    /// A message as this shell words it: with its name, the line, and the builtin if one speaks.
    pub(crate) fn message(&self, builtin: Option<&str>, text: &[u8]) -> Vec<u8> {
        let mut out = self.name.clone();
        out.extend_from_slice(b": ");
        let speaks = builtin.map(|name| format!("{name}: ")).unwrap_or_default();
        match self.dialect {
            Dialect::Bash if self.origin == Origin::Interactive => out.extend_from_slice(speaks.as_bytes()),
            Dialect::Bash => out.extend_from_slice(format!("line {}: {speaks}", self.line).as_bytes()),
            Dialect::Dash => out.extend_from_slice(format!("{}: {speaks}", self.line).as_bytes()),
            Dialect::Ash => {
                let place = match self.origin {
                    Origin::Interactive => speaks,
                    Origin::String if builtin.is_some() => format!("{speaks}line 0: "),
                    Origin::String => String::new(),
                    Origin::Script => format!("{speaks}line {}: ", self.line),
                };
                out.extend_from_slice(place.as_bytes());
            }
        }
        out.extend_from_slice(text);
        out.push(b'\n');
        out
    }

    /// Complains on standard error.
    pub(crate) async fn complain(&self, builtin: Option<&str>, text: impl AsRef<[u8]> + Send) {
        let message = self.message(builtin, text.as_ref());
        let _ = self.descriptors.writer(2).write(&message).await;
    }

    /// Writes to standard output; a broken pipe ends a subshell as `SIGPIPE` would.
    pub(crate) async fn print(&mut self, bytes: impl AsRef<[u8]> + Send) -> Flow {
        use crate::machine::Errno;
        match self.descriptors.writer(1).write(bytes.as_ref()).await {
            Ok(()) => Ok(()),
            Err(Errno::BrokenPipe) => {
                self.broken = true;
                self.status = Exit::Signal("PIPE").status();
                Err(Stop::Exit)
            }
            Err(_) => {
                self.status = 1;
                Ok(())
            }
        }
    }

    /// Writes to standard error.
    pub(crate) async fn print_error(&self, bytes: impl AsRef<[u8]> + Send) {
        let _ = self.descriptors.writer(2).write(bytes.as_ref()).await;
    }

    /// One step of work: others run, and signals of the terminal are heard.
    pub(crate) async fn step(&mut self) -> Flow {
        self.seat.step().await;
        self.check_signals()
    }

    /// Whether a signal came for what runs in the foreground.
    pub(crate) fn check_signals(&mut self) -> Flow {
        use super::signals::Signal;
        match self.listener.pending() {
            Some(Signal::Stop) | None => Ok(()),
            Some(signal) if self.ignores(signal.name()) => Ok(()),
            Some(signal) => Err(self.interrupted(signal.name())),
        }
    }

    /// Whether definitions of this size together may become larger by `more` bytes.
    pub(crate) fn has_room(sizes: impl Iterator<Item = usize>, more: usize) -> bool {
        sizes.sum::<usize>() + more <= caps::SHELL_DEFINITIONS
    }

    /// Whether a signal is ignored, by this shell and by all that it runs.
    pub(crate) fn ignores(&self, name: &str) -> bool {
        self.traps.get(name).is_some_and(Vec::is_empty)
    }

    /// What a signal does to a command line.
    pub(crate) fn interrupted(&mut self, name: &'static str) -> Stop {
        self.status = Exit::Signal(name).status();
        Stop::Signal(name)
    }

    /// What an error of an expansion or assignment does: it ends the shell, or the command line.
    pub(crate) fn fatal(&mut self, status: u8) -> Stop {
        self.status = status;
        if self.interactive { Stop::Line } else { Stop::Exit }
    }

    /// The next of `$RANDOM`.
    pub(crate) fn random(&mut self) -> u32 {
        self.random = self.random.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        (self.random >> 16) & 0x7fff
    }
}
