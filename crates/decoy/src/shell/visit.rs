//! A visit: somebody logged in, and runs a shell or a command.

use std::sync::Arc;

use tokio::sync::watch;

use super::{
    pipe::{Reader, Writer},
    process::{Environment, Exit},
    seat::Seat,
    signals::Signal,
    terminal::Size,
};
use crate::{
    conn::Witness,
    machine::{Account, Files, LogIn, Machine, Via},
};

/// A terminal that was asked for.
#[derive(Clone, Debug)]
pub struct Terminal {
    /// Value of `TERM`.
    pub name: String,
    /// Size of the window, which may change.
    pub size: watch::Receiver<Size>,
}

/// Who logged in, and how.
#[derive(Debug)]
pub struct Login {
    /// The account.
    pub account: Account,
    /// The session that carries the visit.
    pub witness: Witness,
    /// How it came.
    pub via: Via,
    /// The terminal, if one was asked for.
    pub terminal: Option<Terminal>,
    /// Variables beside those that every log-in has, which they replace.
    pub environment: Environment,
}

/// The three streams of a shell or command. With a terminal, errors go to `output` too, and the
/// carrier passes on what is typed as it comes.
#[derive(Debug)]
pub struct Streams {
    /// What it reads.
    pub input: Reader,
    /// What it says.
    pub output: Writer,
    /// Where it complains.
    pub errors: Writer,
}

/// Somebody who is logged in. Dropped, it ends everything that still runs.
#[derive(Debug)]
pub struct Visit {
    seat: Arc<Seat>,
    account: Account,
    terminal: Option<Terminal>,
    environment: Environment,
    files: Files,
}

impl Visit {
    /// Enters the visit into the machine's tables.
    pub fn open(machine: &Arc<Machine>, login: Login) -> Self {
        let Login { account, witness, via, terminal, environment } = login;
        let source = witness.session().src.ip().to_canonical();
        let entry =
            LogIn { account: &account, peer: witness.session().src, via, terminal: terminal.is_some() };
        let presence = machine.log_in(entry);
        let mut files = machine.files(source, &account);
        let _ = files.change_directory(account.home.as_bytes());
        let seat = Arc::new(Seat::new(Arc::clone(machine), witness, account.clone(), presence));
        Self { seat, account, terminal, environment, files }
    }

    /// The files as the visitor sees them, from the home directory.
    pub fn files(&self) -> Files {
        self.files.clone()
    }

    /// The terminal's device without `/dev/`, as `pts/0`.
    pub fn device(&self) -> Option<&str> {
        self.seat.presence().terminal()
    }

    /// Runs the account's shell until it ends.
    pub async fn interactive(&self, streams: Streams) -> Exit {
        self.refuse(streams).await
    }

    /// Runs one command line, as `ssh host command` does.
    pub async fn run(&self, command: &[u8], streams: Streams) -> Exit {
        let _ = command;
        self.refuse(streams).await
    }

    /// What an account without a shell says.
    async fn refuse(&self, streams: Streams) -> Exit {
        let _ = streams.output.write(b"This account is currently not available.\n").await;
        Exit::FAILURE
    }

    /// Sends a signal to what runs in the foreground.
    pub fn signal(&self, signal: Signal) {
        self.seat.signal(signal);
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.seat.end();
    }
}
