//! All channels of a connection: messages in, answers and things to do out.
//!
//! It does no I/O: [`Mux::handle`] takes a message and leaves answers in a queue; what needs the
//! world outside comes back as [`Task`]s.

use decnet_event::Kind;

use super::{
    channel::{Channel, PACKET, Phase},
    forward,
    message::{self, Reason},
    request::{Asked, Cells, Global, Open, Request, Wanted},
};
use crate::ssh::{
    policy::Policy,
    wire::{Malformed, Reader},
};

/// `MaxSessions`.
pub(super) const SESSIONS: usize = 10;
/// Variables that a client may set, at most.
const VARIABLES: usize = 128;
/// Bytes of their names and values that are kept, at most.
const VARIABLE_BYTES: usize = 16 * 1024;

/// How a connection ends because of what the peer sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Without a word.
    Silent(&'static str),
    /// With a message.
    Disconnect(Vec<u8>),
}

impl From<Malformed> for Stop {
    fn from(_: Malformed) -> Self {
        Self::Silent("malformed message")
    }
}

/// What is to be done outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Task {
    Start {
        channel: usize,
        what: What,
    },
    Resize {
        channel: usize,
        cells: Cells,
    },
    Signal {
        channel: usize,
        name: &'static str,
    },
    /// The peer closed the channel of a running program.
    HangUp {
        channel: usize,
    },
    /// Somebody wants the host keys proven: the request's body.
    Prove {
        keys: Vec<u8>,
        reply: bool,
    },
    Say(Kind),
    /// The message is of a type that is not known here.
    Unimplemented,
}

/// What runs in a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Shell,
    Command(Vec<u8>),
    Transfer,
}

/// The terminal that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Terminal {
    pub(super) name: Vec<u8>,
    pub(super) cells: Cells,
}

/// A channel and what was set up for its program.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) channel: Channel,
    pub(super) terminal: Option<Terminal>,
    pub(super) environment: Vec<(Vec<u8>, Vec<u8>)>,
    /// Whether it is a subsystem, which takes no signals.
    transfer: bool,
}

/// What a log-in may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grants {
    pub(super) policy: Policy,
    /// Whether there are terminals for it.
    pub(super) terminal: bool,
}

/// All channels.
#[derive(Debug)]
pub(super) struct Mux {
    grants: Grants,
    sessions: [Option<Box<Session>>; SESSIONS],
    no_more: bool,
    /// Answers that wait to be sent.
    pub(super) out: Vec<Vec<u8>>,
    /// Things that wait to be done.
    pub(super) tasks: Vec<Task>,
}

impl Mux {
    pub(super) fn new(grants: Grants) -> Self {
        Self { grants, sessions: Default::default(), no_more: false, out: Vec::new(), tasks: Vec::new() }
    }

    /// A session by its number.
    pub(super) fn session(&mut self, number: usize) -> Option<&mut Session> {
        self.sessions.get_mut(number)?.as_deref_mut()
    }

    /// Bytes that programs have not read.
    pub(super) fn unread(&self) -> usize {
        self.sessions.iter().flatten().map(|session| session.channel.unread()).sum()
    }

    /// Sends what programs wrote.
    pub(super) fn flush_data(&mut self) {
        for session in self.sessions.iter_mut().flatten() {
            session.channel.flush_data(&mut self.out);
        }
    }

    /// Ends what is at its end; the numbers of channels that are over.
    pub(super) fn flush_ends(&mut self) -> Vec<usize> {
        let mut over = Vec::new();
        for (number, slot) in self.sessions.iter_mut().enumerate() {
            let Some(session) = slot else { continue };
            session.channel.flush_end(&mut self.out);
            if session.channel.finish(&mut self.out) {
                *slot = None;
                over.push(number);
            }
        }
        over
    }

    /// Takes a message of the peer.
    pub(super) fn handle(&mut self, payload: &[u8]) -> Result<(), Stop> {
        let Some((number, body)) = payload.split_first() else { return Ok(()) };
        match *number {
            message::GLOBAL_REQUEST => self.global(body),
            message::CHANNEL_OPEN => self.open(body),
            message::CHANNEL_REQUEST => self.request(body),
            message::DATA => self.data(body),
            message::EXTENDED_DATA => self.extended_data(body),
            message::EOF => {
                self.bare(body, "ieof")?.channel.receive_end();
                Ok(())
            }
            message::CLOSE => self.close(body),
            message::WINDOW_ADJUST => self.widen(body),
            message::OPEN_CONFIRMATION => self.not_opening(body, "open confirmation"),
            message::OPEN_FAILURE => self.not_opening(body, "open failure"),
            // Answers to what was not asked.
            message::REQUEST_SUCCESS
            | message::REQUEST_FAILURE
            | message::CHANNEL_SUCCESS
            | message::CHANNEL_FAILURE => Ok(()),
            _ => {
                self.tasks.push(Task::Unimplemented);
                Ok(())
            }
        }
    }

    fn global(&mut self, body: &[u8]) -> Result<(), Stop> {
        let request = Global::parse(body)?;
        self.tasks.extend(forward::of_global(&request.kind).map(Task::Say));
        match request.kind {
            Asked::Prove(keys) => {
                self.tasks.push(Task::Prove { keys: keys.to_vec(), reply: request.reply });
                return Ok(());
            }
            Asked::NoMoreSessions => self.no_more = true,
            Asked::Listen { .. } => self.out.push(message::debug(forward::NO_PORTS)),
            Asked::ListenSocket { .. } => self.out.push(message::debug(forward::NO_SOCKETS)),
            Asked::Other => {}
        }
        if request.reply {
            let granted = matches!(request.kind, Asked::NoMoreSessions);
            self.out.push(vec![if granted { message::REQUEST_SUCCESS } else { message::REQUEST_FAILURE }]);
        }
        Ok(())
    }

    fn open(&mut self, body: &[u8]) -> Result<(), Stop> {
        let open = Open::parse(body)?;
        if open.kind == Wanted::Session {
            return self.open_session(&open);
        }
        self.tasks.extend(forward::of_open(&open.kind).map(Task::Say));
        if let Wanted::Tunnel { mode } = open.kind {
            self.out.push(message::debug(forward::no_tunnel(mode)));
        }
        let reason = match open.kind {
            Wanted::Connection { .. } => Reason::Prohibited,
            _ => Reason::ConnectFailed,
        };
        self.out.push(message::refusal(open.remote, reason));
        Ok(())
    }

    fn open_session(&mut self, open: &Open<'_>) -> Result<(), Stop> {
        if self.no_more {
            let text = b"Possible attack: attempt to open a session after additional sessions disabled";
            return Err(Stop::Disconnect(text.to_vec()));
        }
        let free = self.sessions.iter_mut().enumerate().find(|(_, slot)| slot.is_none());
        let Some((number, slot)) = free else {
            self.out.push(message::refusal(open.remote, Reason::ConnectFailed));
            return Ok(());
        };
        let channel = Channel::new(open.remote, open.window, open.packet);
        *slot = Some(Box::new(Session { channel, terminal: None, environment: Vec::new(), transfer: false }));
        let number = u32::try_from(number).unwrap_or_default();
        self.out.push(message::confirmation(open.remote, number, 0, PACKET));
        Ok(())
    }

    /// The channel that a message is about.
    fn about<'a>(
        &mut self,
        body: &'a [u8],
        what: &'static str,
    ) -> Result<(&mut Session, usize, Reader<'a>), Stop> {
        let mut reader = Reader::new(body);
        let Ok(id) = reader.u32() else {
            return Err(Stop::Disconnect(format!("Invalid {what} message").into_bytes()));
        };
        let number = usize::try_from(id).unwrap_or(usize::MAX);
        match self.sessions.get_mut(number).and_then(Option::as_deref_mut) {
            Some(session) => Ok((session, number, reader)),
            None => {
                // As C prints it, which has a sign.
                let id = id.cast_signed();
                let text = format!("{what} packet referred to nonexistent channel {id}");
                Err(Stop::Disconnect(text.into_bytes()))
            }
        }
    }

    /// The channel of a message that holds nothing more.
    fn bare(&mut self, body: &[u8], what: &'static str) -> Result<&mut Session, Stop> {
        let (session, _, rest) = self.about(body, what)?;
        match rest.end() {
            Ok(()) => Ok(session),
            Err(Malformed) => Err(Stop::Disconnect(format!("Invalid {what} message").into_bytes())),
        }
    }

    fn data(&mut self, body: &[u8]) -> Result<(), Stop> {
        let (session, _, mut rest) = self.about(body, "data")?;
        if session.channel.phase != Phase::Larval {
            let data = rest.string()?;
            rest.end()?;
            session.channel.receive(data);
        }
        Ok(())
    }

    /// No program of a server takes extended data, but how it is refused can be seen.
    fn extended_data(&mut self, body: &[u8]) -> Result<(), Stop> {
        let (session, number, mut rest) = self.about(body, "extended data")?;
        if session.channel.phase == Phase::Larval {
            return Ok(());
        }
        if session.channel.had_end() {
            let text = format!("Received extended_data after EOF on channel {number}.");
            return Err(Stop::Disconnect(text.into_bytes()));
        }
        match rest.u32() {
            Ok(_) => Ok(()),
            Err(Malformed) => Err(Stop::Disconnect(b"Invalid extended_data message".to_vec())),
        }
    }

    fn close(&mut self, body: &[u8]) -> Result<(), Stop> {
        let mut out = std::mem::take(&mut self.out);
        let closed = self.bare(body, "oclose").map(|session| session.channel.receive_close(&mut out));
        self.out = out;
        closed?;
        let channel = usize::try_from(Reader::new(body).u32()?).unwrap_or(usize::MAX);
        self.tasks.push(Task::HangUp { channel });
        Ok(())
    }

    /// A window of a channel that is gone may still be widened: the peer could not know.
    fn widen(&mut self, body: &[u8]) -> Result<(), Stop> {
        let Ok((session, _, mut rest)) = self.about(body, "window adjust") else {
            return match Reader::new(body).u32() {
                Ok(_) => Ok(()),
                Err(Malformed) => Err(Stop::Disconnect(b"Invalid window adjust message".to_vec())),
            };
        };
        let (Ok(bytes), Ok(())) = (rest.u32(), rest.end()) else {
            return Err(Stop::Disconnect(b"Invalid window adjust message".to_vec()));
        };
        session.channel.widen(bytes).ok_or(Stop::Silent("window overflows"))
    }

    /// The server opens no channels, so that there is none whose opening could be answered.
    fn not_opening(&mut self, body: &[u8], what: &'static str) -> Result<(), Stop> {
        let (_, number, _) = self.about(body, what)?;
        let text = format!("Received {what} for non-opening channel {number}.");
        Err(Stop::Disconnect(text.into_bytes()))
    }

    fn request(&mut self, body: &[u8]) -> Result<(), Stop> {
        let mut reader = Reader::new(body);
        let (id, name, reply) = (reader.u32()?, reader.text()?, reader.boolean()?);
        let number = usize::try_from(id).unwrap_or(usize::MAX);
        if self.session(number).is_none() {
            let text = format!("server_input_channel_req: unknown channel {}", id.cast_signed());
            return Err(Stop::Disconnect(text.into_bytes()));
        }
        let success = self.granted(number, name, reader)?;
        if let Some(session) = self.session(number).filter(|session| reply && !session.channel.is_closing()) {
            let answer = message::answer(session.channel.remote, success);
            self.out.push(answer);
        }
        Ok(())
    }

    /// Does what a request asks for, or not.
    fn granted(&mut self, number: usize, name: &[u8], body: Reader<'_>) -> Result<bool, Stop> {
        let grants = self.grants;
        let Some(session) = self.sessions.get_mut(number).and_then(Option::as_deref_mut) else {
            return Ok(false);
        };
        let phase = session.channel.phase;
        let setting_up = matches!(
            name,
            b"shell"
                | b"exec"
                | b"subsystem"
                | b"pty-req"
                | b"env"
                | b"x11-req"
                | b"auth-agent-req@openssh.com"
        );
        if setting_up && phase != Phase::Larval {
            return Ok(false);
        }
        if name == b"pty-req" && session.terminal.is_some() && grants.terminal {
            return Err(Stop::Disconnect(b"Protocol error: you already have a pty.".to_vec()));
        }
        let request = match Request::parse(name, body) {
            Ok(request) => request,
            // A signal that cannot be read is refused like one that is not known.
            Err(Malformed) if name == b"signal" => return Ok(false),
            Err(malformed) => return Err(malformed.into()),
        };
        match request {
            Request::Shell => self.start(number, What::Shell),
            Request::Command(command) => self.start(number, What::Command(command.to_vec())),
            Request::Subsystem(b"sftp") => self.start(number, What::Transfer),
            Request::Terminal { name, cells } if grants.terminal => {
                session.terminal = Some(Terminal { name: name.to_vec(), cells });
            }
            Request::Variable { name, value } => return Ok(set(session, &grants.policy, name, value)),
            Request::Resize(cells) => {
                if let Some(terminal) = &mut session.terminal {
                    terminal.cells = cells;
                    self.tasks.push(Task::Resize { channel: number, cells });
                }
            }
            Request::Signal(name) => return Ok(self.signal(number, name)),
            Request::Break => return Ok(session.terminal.is_some() && phase == Phase::Running),
            Request::EndOfWriting => {
                session.channel.receive_end_of_writing();
                return Ok(false);
            }
            Request::Terminal { .. }
            | Request::Subsystem(_)
            | Request::X11
            | Request::Agent
            | Request::Unknown => return Ok(false),
        }
        Ok(true)
    }

    fn start(&mut self, number: usize, what: What) {
        let Some(session) = self.sessions.get_mut(number).and_then(Option::as_deref_mut) else { return };
        session.transfer = what == What::Transfer;
        let errors = session.terminal.is_none() && !session.transfer;
        session.channel.start(errors, &mut self.out);
        self.tasks.push(Task::Start { channel: number, what });
    }

    fn signal(&mut self, number: usize, name: &[u8]) -> bool {
        const NAMES: &[&str] = &["HUP", "INT", "KILL", "QUIT", "TERM", "USR1", "USR2"];
        let known = NAMES.iter().find(|known| known.as_bytes() == name);
        let running = self.session(number).is_some_and(|s| s.channel.phase == Phase::Running && !s.transfer);
        match known.filter(|_| running) {
            Some(name) => self.tasks.push(Task::Signal { channel: number, name }),
            None => return false,
        }
        true
    }
}

/// Keeps a variable for the program, if the client may set it.
fn set(session: &mut Session, policy: &Policy, name: &[u8], value: &[u8]) -> bool {
    let held: usize = session.environment.iter().map(|(name, value)| name.len() + value.len()).sum();
    let fits = session.environment.len() <= VARIABLES && held + name.len() + value.len() <= VARIABLE_BYTES;
    let allowed = fits && policy.lets_set(name);
    if allowed {
        session.environment.retain(|(known, _)| known != name);
        session.environment.push((name.to_vec(), value.to_vec()));
    }
    allowed
}
