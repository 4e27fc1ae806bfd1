//! After the log-in: channels, what runs in them, and everything that is asked for besides.
//!
//! One task does all of it. [`mux::Mux`] is the protocol without I/O; a [`program::Program`] is
//! what runs in a channel; [`Connection`] moves bytes between the link and both.

mod channel;
mod forward;
mod message;
mod mux;
mod program;
mod request;
#[cfg(test)]
mod tests;

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::sync::watch;

use self::{
    channel::Phase,
    mux::{Grants, Mux, SESSIONS, Stop, Task, What},
    program::{PIPE, Pending, Pipes, Program},
    request::Cells,
};
use super::{
    auth::Login,
    greeting,
    link::Link,
    policy::Policy,
    sftp::{self, Transfer},
    wire::message as begin,
};
use crate::{
    caps,
    conn::{Claim, End, Witness},
    machine::{Machine, Via},
    shell::{
        Environment, Exit, Login as Entry, Streams, Terminal, Visit,
        pipe::{self, Writer},
        terminal::Size,
    },
};

/// Takes `bytes` as messages with their length in front, for fuzz targets.
#[cfg(any(test, feature = "testing"))]
pub(super) fn parse(bytes: &[u8]) {
    let Some(build) = super::product::Build::find("debian") else { return };
    let mut mux = Mux::new(Grants { policy: Policy::of(build), terminal: true });
    let mut reader = super::wire::Reader::new(bytes);
    while let Ok(payload) = reader.string() {
        if mux.handle(payload).is_err() {
            return;
        }
        mux.flush_data();
        mux.flush_ends();
        mux.out.clear();
        mux.tasks.clear();
    }
}

/// Where a visitor is.
pub(super) struct Place {
    pub(super) machine: Arc<Machine>,
    pub(super) witness: Witness,
    pub(super) policy: Policy,
}

/// A program and what it holds of the session.
struct Running {
    program: Program,
    size: watch::Sender<Size>,
    /// Where keys are typed, of a program with a terminal.
    keyboard: Option<Writer>,
    /// Whether it is a shell with a terminal, which minds few signals.
    interactive: bool,
    _memory: Claim,
}

/// Everything after the log-in.
struct Connection<'a, L> {
    link: &'a mut L,
    place: &'a Place,
    login: &'a Login,
    mux: Mux,
    running: [Option<Box<Running>>; SESSIONS],
}

/// Serves a visitor who is logged in until one of both ends it.
pub(super) async fn serve<L: Link>(link: &mut L, place: &Place, login: &Login) -> Result<(), End> {
    link.announce().await?;
    for notice in &login.notices {
        link.send(&message::debug(notice)).await?;
    }
    let grants = Grants { policy: place.policy, terminal: login.terminal };
    let running = Default::default();
    Connection { link, place, login, mux: Mux::new(grants), running }.run().await
}

impl<L: Link> Connection<'_, L> {
    async fn run(mut self) -> Result<(), End> {
        loop {
            self.settle();
            for payload in std::mem::take(&mut self.mux.out) {
                self.link.send(&payload).await?;
            }
            let Some(payload) = self.wait().await? else { continue };
            let handled = self.mux.handle(&payload);
            self.work().await?;
            match handled {
                Ok(()) => {}
                Err(Stop::Silent(error)) => {
                    self.place.witness.protocol_error(error, &payload);
                    return Ok(());
                }
                Err(Stop::Disconnect(text)) => {
                    self.place.witness.protocol_error("connection protocol", &payload);
                    self.send_all().await?;
                    return Err(self.link.disconnect(&text).await);
                }
            }
        }
    }

    async fn send_all(&mut self) -> Result<(), End> {
        for payload in std::mem::take(&mut self.mux.out) {
            self.link.send(&payload).await?;
        }
        Ok(())
    }

    /// Waits for a message or for a program. Who sends more than programs read has to wait, and
    /// programs wait for who reads less than they write.
    async fn wait(&mut self) -> Result<Option<Vec<u8>>, End> {
        let Self { link, mux, running, .. } = self;
        if link.backlog() >= caps::SSH_BACKLOG {
            return link.next().await.map(Some);
        }
        let congested = mux.unread() >= caps::SSH_UNREAD;
        let programs = poll_fn(|cx| poll_programs(mux, running, cx));
        if congested {
            programs.await;
            return Ok(None);
        }
        tokio::select! {
            biased;
            payload = link.next() => payload.map(Some),
            () = programs => Ok(None),
        }
    }

    /// Sends what programs wrote, tells how they ended, and closes what is over.
    fn settle(&mut self) {
        self.mux.flush_data();
        let tells = self.link.facts().is_openssh;
        for (number, slot) in self.running.iter_mut().enumerate() {
            let Some((running, session)) = slot.as_deref_mut().zip(self.mux.session(number)) else {
                continue;
            };
            let channel = &mut session.channel;
            let mut out = Vec::new();
            let refused = running.program.take_refusal();
            let exit = running.program.take_exit(channel);
            if let Some(exit) = exit {
                if !running.program.had_last_words() {
                    channel.flush_end(&mut out);
                }
                channel.phase = Phase::Exited;
                out.push(match exit {
                    Exit::Code(code) => message::exit_status(channel.remote, code),
                    Exit::Signal(name) => message::exit_signal(channel.remote, name),
                });
            }
            if exit.is_some() || refused {
                channel.refuse_input(tells, &mut out);
            }
            self.mux.out.append(&mut out);
        }
        for number in self.mux.flush_ends() {
            if let Some(slot) = self.running.get_mut(number) {
                *slot = None;
            }
        }
    }

    /// Does what the last message came to.
    async fn work(&mut self) -> Result<(), End> {
        for task in std::mem::take(&mut self.mux.tasks) {
            match task {
                Task::Start { channel, what } => self.start(channel, what)?,
                Task::Resize { channel, cells } => {
                    if let Some(running) = self.running(channel) {
                        running.size.send_replace(size(cells));
                    }
                }
                Task::Signal { channel, name } => self.signal(channel, name),
                Task::HangUp { channel } => {
                    if let Some(running) = self.running(channel).filter(|r| r.keyboard.is_some()) {
                        running.program.kill("HUP");
                    }
                }
                Task::Prove { keys, reply } => self.prove(&keys, reply),
                Task::Say(kind) => self.place.witness.emit(kind),
                Task::Unimplemented => {
                    self.send_all().await?;
                    self.link.refuse().await?;
                }
            }
        }
        Ok(())
    }

    fn running(&mut self, channel: usize) -> Option<&mut Running> {
        self.running.get_mut(channel)?.as_deref_mut()
    }

    /// A shell at a terminal goes on after most signals; what is typed there interrupts it.
    fn signal(&mut self, channel: usize, name: &'static str) {
        let Some(running) = self.running(channel) else { return };
        match name {
            "TERM" | "QUIT" | "INT" if running.interactive => {
                if let (Some(keyboard), "INT") = (running.keyboard.clone(), name) {
                    running.program.also(Box::pin(async move {
                        let _ = keyboard.write(b"\x03").await;
                    }));
                }
            }
            _ => running.program.kill(name),
        }
    }

    fn prove(&mut self, keys: &[u8], reply: bool) {
        let proofs = self.link.prove(keys);
        if !reply {
            return;
        }
        self.mux.out.push(match proofs {
            Some(proofs) => [begin(message::REQUEST_SUCCESS), proofs].concat(),
            None => begin(message::REQUEST_FAILURE),
        });
    }

    fn start(&mut self, channel: usize, what: What) -> Result<(), End> {
        let Some(session) = self.mux.session(channel) else { return Ok(()) };
        let memory = self.place.witness.claim(caps::SSH_PROGRAM).ok_or(End::Budget)?;
        let (asked, environment) = (session.terminal.clone(), std::mem::take(&mut session.environment));
        let keeps_input = asked.is_some() || session.channel.input_is_closed();
        let (size, window) = watch::channel(size(asked.as_ref().map_or(NO_WINDOW, |t| t.cells)));
        let terminal = asked
            .map(|asked| Terminal { name: String::from_utf8_lossy(&asked.name).into_owned(), size: window });
        let (to_program, input) = {
            let (reader, writer) = pipe::pipe(PIPE);
            (writer, reader)
        };
        let (from_program, output) = pipe::pipe(PIPE);
        let (errors_from, errors) = pipe::pipe(PIPE);
        let (seated, shell) = (terminal.is_some(), what == What::Shell);
        let apart = !seated && what != What::Transfer;
        let errors = if apart { errors } else { output.clone() };
        let streams = Streams { input, output, errors };
        let run = self.program(what, terminal, environment, streams);
        let keyboard = seated.then(|| to_program.clone());
        let pipes = Pipes { input: to_program, output: from_program, errors: apart.then_some(errors_from) };
        let program = Program::new(run, pipes, keeps_input);
        let running = Running { program, size, keyboard, interactive: seated && shell, _memory: memory };
        if let Some(slot) = self.running.get_mut(channel) {
            *slot = Some(Box::new(running));
        }
        Ok(())
    }

    /// What runs, as a future that begins when it is polled.
    fn program(
        &self,
        what: What,
        terminal: Option<Terminal>,
        sent: Environment,
        streams: Streams,
    ) -> Pending<Exit> {
        let account = self.login.account.clone();
        let witness = self.place.witness.clone();
        let mut environment = self.environment(sent);
        let forced = self.login.command.clone();
        if let (Some(_), What::Command(command)) = (&forced, &what) {
            environment.push((b"SSH_ORIGINAL_COMMAND".to_vec(), command.clone()));
        }
        let machine = Arc::clone(&self.place.machine);
        let seated = terminal.is_some();
        let source = witness.session().src.ip().to_canonical();
        // Before the visit is entered into what the greeting is made of.
        let greets = seated && what == What::Shell && forced.is_none();
        let greeting = greets.then(|| greeting::text(&machine, &account, &machine.files(source, &account)));
        let entry = Entry {
            account: account.clone(),
            witness: witness.clone(),
            via: Via::Ssh,
            terminal,
            environment,
        };
        let visit = Visit::open(&machine, entry);
        match (forced, what) {
            (Some(command), _) | (None, What::Command(command)) => {
                Box::pin(async move { visit.run(&command, streams).await })
            }
            (None, What::Shell) => Box::pin(async move {
                if let Some(text) = greeting {
                    let _ = streams.output.write(&text).await;
                }
                visit.interactive(streams).await
            }),
            (None, What::Transfer) => {
                let extensions = self.place.policy.sftp_extensions;
                let transfer = Transfer { files: visit.files(), machine, account, witness, extensions };
                Box::pin(async move {
                    let exit = sftp::serve(transfer, streams.input, streams.output).await;
                    drop(visit);
                    exit
                })
            }
        }
    }

    /// Variables of the client, and those that name the connection.
    fn environment(&self, mut sent: Environment) -> Environment {
        let session = self.place.witness.session();
        let (from, to) = (session.src, session.dst);
        let (from_ip, to_ip) = (from.ip().to_canonical(), to.ip().to_canonical());
        let client = format!("{from_ip} {} {}", from.port(), to.port());
        let connection = format!("{from_ip} {} {to_ip} {}", from.port(), to.port());
        sent.push((b"SSH_CLIENT".to_vec(), client.into_bytes()));
        sent.push((b"SSH_CONNECTION".to_vec(), connection.into_bytes()));
        sent
    }
}

/// What a program without a terminal has for a window.
const NO_WINDOW: Cells = Cells { columns: 0, rows: 0 };

fn size(cells: Cells) -> Size {
    let short = |number: u32| u16::try_from(number).unwrap_or(u16::MAX);
    Size { columns: short(cells.columns), rows: short(cells.rows) }
}

/// Moves what can be moved between channels and programs; ready when anything was.
fn poll_programs(
    mux: &mut Mux,
    running: &mut [Option<Box<Running>>; SESSIONS],
    cx: &mut Context<'_>,
) -> Poll<()> {
    let mut moved = false;
    for (number, slot) in running.iter_mut().enumerate() {
        if let (Some(running), Some(session)) = (slot, mux.session(number)) {
            moved |= running.program.poll(&mut session.channel, cx);
        }
    }
    if moved { Poll::Ready(()) } else { Poll::Pending }
}
