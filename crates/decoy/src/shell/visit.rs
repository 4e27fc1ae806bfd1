//! A visit: somebody logged in, and runs a shell or a command.

use std::sync::Arc;

use tokio::sync::watch;

use super::{
    pipe::{Reader, Writer},
    process::{Environment, Exit, Process},
    seat::Seat,
    signals::Signal,
    terminal::{Parts, Size, Tty},
};
use crate::{
    conn::Witness,
    machine::{Account, Errno, Files, LogIn, Machine, Via},
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
        let Login { account, witness, via, terminal, mut environment } = login;
        let source = witness.session().src.ip().to_canonical();
        let entry =
            LogIn { account: &account, peer: witness.session().src, via, terminal: terminal.is_some() };
        let presence = machine.log_in(entry);
        if let (Via::Ssh, Some(device)) = (via, presence.terminal()) {
            environment.push((b"SSH_TTY".to_vec(), format!("/dev/{device}").into_bytes()));
        }
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
        let shell = self.account.shell.clone().into_bytes();
        let base = shell.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        let name = [b"-", base].concat();
        self.start(vec![name], shell, streams).await
    }

    /// Runs one command line, as `ssh host command` does.
    pub async fn run(&self, command: &[u8], streams: Streams) -> Exit {
        super::watch::tell(&self.seat, command);
        let shell = self.account.shell.clone().into_bytes();
        let base = shell.rsplit(|byte| *byte == b'/').next().unwrap_or_default().to_vec();
        self.start(vec![base, b"-c".to_vec(), command.to_vec()], shell, streams).await
    }

    /// Runs the file `path` as the first process of the visit.
    async fn start(&self, args: Vec<Vec<u8>>, path: Vec<u8>, streams: Streams) -> Exit {
        let keyboard = streams.input.clone();
        let tty = self.tty(&streams).await;
        let (input, output, errors) = match &tty {
            Some(tty) => (
                Reader::terminal(Arc::clone(tty)),
                Writer::terminal(Arc::clone(tty)),
                Writer::terminal(Arc::clone(tty)),
            ),
            None => (streams.input, streams.output, streams.errors),
        };
        let pid = self.seat.presence().shell();
        if args.len() > 1 {
            self.seat.presence().exec(pid, &args, &path);
        }
        let kept = output.clone();
        let process = Process {
            args,
            environment: self.environment(),
            account: self.account.clone(),
            input,
            output,
            errors,
            files: self.files.as_process(pid),
            machine: Arc::clone(self.seat.machine()),
            seat: Arc::clone(&self.seat),
            pid,
            parent: pid.saturating_sub(1),
        };
        let exit = match super::execute::look(&self.files, &path) {
            Ok(found) => super::execute::run(process, path, found),
            Err(error) => return not_there(&process, &path, error).await,
        };
        let exit = match &tty {
            Some(tty) => tokio::select! {
                exit = exit => exit,
                () = tty.type_from(&keyboard) => Exit::Signal("HUP"),
            },
            None => {
                let exit = exit.await;
                self.seat.settle(&kept, 1).await;
                exit
            }
        };
        if let Some(tty) = &tty {
            tty.finish();
        }
        exit
    }

    /// The terminal, made when it is first needed.
    async fn tty(&self, streams: &Streams) -> Option<Arc<Tty>> {
        let terminal = self.terminal.as_ref()?;
        let tty = Arc::new(Tty::new(Parts {
            name: terminal.name.clone(),
            device: self.device().unwrap_or("pts/0").to_owned(),
            size: terminal.size.clone(),
            screen: streams.output.clone(),
            signals: Arc::clone(self.seat.signals()),
        }));
        let title = format!("{}@{}", self.account.name, self.seat.machine().persona().hostname);
        let now = self.seat.machine().now().seconds;
        tty.record(self.seat.witness(), &self.account.shell, &title, now).await;
        self.seat.set_tty(Arc::clone(&tty));
        Some(tty)
    }

    /// What every log-in has, and what was given beside it.
    fn environment(&self) -> Environment {
        let account = &self.account;
        let path = if account.is_root() {
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        } else {
            "/usr/local/bin:/usr/bin:/bin:/usr/games"
        };
        let mut all: Environment = [
            ("USER", account.name.as_str()),
            ("LOGNAME", &account.name),
            ("HOME", &account.home),
            ("PATH", path),
            ("SHELL", &account.shell),
        ]
        .into_iter()
        .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()))
        .collect();
        if let Some(terminal) = &self.terminal {
            all.push((b"TERM".to_vec(), terminal.name.clone().into_bytes()));
        }
        for (name, value) in &self.environment {
            all.retain(|(known, _)| known != name);
            all.push((name.clone(), value.clone()));
        }
        all
    }

    /// Sends a signal to what runs in the foreground.
    pub fn signal(&self, signal: Signal) {
        self.seat.signal(signal);
    }
}

/// What sshd and login say of a shell that is not there.
async fn not_there(process: &Process, path: &[u8], error: Errno) -> Exit {
    process.complain([path, b": ", error.text().as_bytes(), b"\n"].concat()).await;
    Exit::FAILURE
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.seat.end();
    }
}
