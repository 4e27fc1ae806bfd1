//! Options: what the daemon offers and asks for, in which order, and what it answers.
//!
//! The daemons of BSD's line open in three bursts, each after the answers that it needs, and
//! only then start the log-in. BusyBox and IOS say all at once and wait for nothing.

use super::{
    product::Plan,
    sides::{Side, Sides},
    stream::{IAC, SB, SE, Token, Verb},
};

/// Options by number (RFC 855 and its followers).
pub(crate) mod option {
    pub(crate) const BINARY: u8 = 0;
    pub(crate) const ECHO: u8 = 1;
    pub(crate) const SUPPRESS_GO_AHEAD: u8 = 3;
    pub(crate) const STATUS: u8 = 5;
    pub(crate) const TIMING_MARK: u8 = 6;
    pub(crate) const LOGOUT: u8 = 18;
    pub(crate) const TERMINAL: u8 = 24;
    pub(crate) const WINDOW: u8 = 31;
    pub(crate) const SPEED: u8 = 32;
    pub(crate) const FLOW: u8 = 33;
    pub(crate) const LINEMODE: u8 = 34;
    pub(crate) const DISPLAY: u8 = 35;
    pub(crate) const OLD_ENVIRONMENT: u8 = 36;
    pub(crate) const AUTHENTICATION: u8 = 37;
    pub(crate) const ENCRYPTION: u8 = 38;
    pub(crate) const ENVIRONMENT: u8 = 39;
}

use option::{
    AUTHENTICATION, BINARY, DISPLAY, ECHO, ENCRYPTION, ENVIRONMENT, FLOW, LINEMODE, OLD_ENVIRONMENT, SPEED,
    STATUS, SUPPRESS_GO_AHEAD, TERMINAL, TIMING_MARK, WINDOW,
};

/// What a client told of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Client {
    /// Type of its terminal.
    pub(crate) terminal: Option<Vec<u8>>,
    /// Speed of its terminal.
    pub(crate) speed: Option<Vec<u8>>,
    /// Its X display.
    pub(crate) display: Option<Vec<u8>>,
    /// Its environment, as it came.
    pub(crate) environment: Vec<(Vec<u8>, Vec<u8>)>,
    /// Columns and rows of its window.
    pub(crate) window: Option<(u16, u16)>,
    /// Verbs and options in the order in which they came, as `DO 1`.
    pub(crate) options: Vec<(Verb, u8)>,
}

/// Options that an event lists.
const LISTED: usize = 64;
/// Variables of a client's environment that are kept.
const VARIABLES: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The first burst is out.
    Options,
    /// Values of the options that the client has were asked for.
    Values,
    /// The second burst is out.
    Echo,
    /// The log-in has begun.
    Done,
}

/// One connection's options.
#[derive(Debug)]
pub(crate) struct Negotiation {
    plan: &'static Plan,
    ours: Sides,
    theirs: Sides,
    phase: Phase,
    /// Options whose values are awaited.
    awaited: Vec<u8>,
    /// The client's special characters, to be acknowledged with the third burst.
    characters: Option<Vec<u8>>,
    /// What the client told of itself.
    pub(crate) client: Client,
}

impl Negotiation {
    /// Begins; what the daemon says first is appended to `out`.
    pub(crate) fn new(plan: &'static Plan, out: &mut Vec<u8>) -> Self {
        let mut negotiation = Self {
            plan,
            ours: Sides::default(),
            theirs: Sides::default(),
            phase: if plan.second.is_empty() { Phase::Done } else { Phase::Options },
            awaited: Vec::new(),
            characters: None,
            client: Client::default(),
        };
        negotiation.ask(plan.first, out);
        negotiation
    }

    /// Whether the log-in can begin.
    pub(crate) fn is_done(&self) -> bool {
        self.phase == Phase::Done
    }

    fn ask(&mut self, burst: &[(Verb, u8)], out: &mut Vec<u8>) {
        for (verb, option) in burst {
            let sides = if *verb == Verb::Will { &mut self.ours } else { &mut self.theirs };
            if sides.get(*option) == Side::No {
                sides.set(*option, Side::Asked);
                out.extend_from_slice(&[IAC, verb.code(), *option]);
            }
        }
    }

    /// Takes what is no data, after which [`Negotiation::advance`] may have more to say; answers are appended to `out`.
    pub(crate) fn take(&mut self, token: &Token, out: &mut Vec<u8>) {
        match token {
            Token::Option(verb, option) => {
                if self.client.options.len() < LISTED {
                    self.client.options.push((*verb, *option));
                }
                if self.plan.answers {
                    self.answer(*verb, *option, out);
                }
            }
            Token::Sub(option, content) => self.subnegotiation(*option, content, out),
            Token::Data(_) | Token::Command(_) => {}
        }
    }

    fn answer(&mut self, verb: Verb, option: u8, out: &mut Vec<u8>) {
        match (verb, option) {
            (Verb::Will, TIMING_MARK) => return,
            // Who knows no marks is taken for a client that needs every character.
            (Verb::Wont, TIMING_MARK) if self.plan.linemode => {
                return self.ask(&[(Verb::Will, SUPPRESS_GO_AHEAD), (Verb::Will, ECHO)], out);
            }
            _ => {}
        }
        let plan = self.plan;
        let (sides, known) = match verb {
            Verb::Do | Verb::Dont => (&mut self.ours, plan.ours),
            Verb::Will | Verb::Wont => (&mut self.theirs, plan.theirs),
        };
        let before = sides.get(option);
        let (agree, refuse) = match verb {
            Verb::Do | Verb::Dont => (Verb::Will, Verb::Wont),
            Verb::Will | Verb::Wont => (Verb::Do, Verb::Dont),
        };
        let mut say = |verb: Verb| out.extend_from_slice(&[IAC, verb.code(), option]);
        match (verb, before) {
            (Verb::Do | Verb::Will, Side::Asked) => sides.set(option, Side::Yes),
            (Verb::Do | Verb::Will, Side::No) if known.contains(&option) => {
                sides.set(option, Side::Yes);
                say(agree);
            }
            (Verb::Do | Verb::Will, Side::No) => say(refuse),
            (Verb::Dont | Verb::Wont, Side::Yes) => {
                sides.set(option, Side::No);
                say(refuse);
            }
            (Verb::Dont | Verb::Wont, Side::Asked) => sides.set(option, Side::No),
            _ => {}
        }
        let asked = before == Side::Asked;
        if verb == Verb::Will && before != Side::Yes && self.theirs.get(option) == Side::Yes {
            self.enabled(option, asked, out);
        }
    }

    /// What follows at once when the client has an option.
    fn enabled(&self, option: u8, asked: bool, out: &mut Vec<u8>) {
        let content: &[u8] = match option {
            LINEMODE => &[LINEMODE, 1, if asked { 3 } else { 0x10 }],
            AUTHENTICATION => &[AUTHENTICATION, 1, 2, 2, 2, 0],
            ENCRYPTION => &[ENCRYPTION, 1],
            _ => return,
        };
        sub(out, content);
        if option == LINEMODE {
            // The daemon sends a byte too many.
            out.push(0);
        }
    }

    fn subnegotiation(&mut self, option: u8, content: &[u8], out: &mut Vec<u8>) {
        let value = content.get(1..).map(<[u8]>::to_vec);
        match option {
            TERMINAL => self.client.terminal = value,
            SPEED => self.client.speed = value,
            DISPLAY => self.client.display = value,
            ENVIRONMENT | OLD_ENVIRONMENT => {
                let more = variables(content);
                let room = VARIABLES.saturating_sub(self.client.environment.len());
                self.client.environment.extend(more.into_iter().take(room));
            }
            WINDOW => {
                if let [a, b, c, d, ..] = content {
                    let pair = |high: &u8, low: &u8| u16::from_be_bytes([*high, *low]);
                    self.client.window = Some((pair(a, b), pair(c, d)));
                }
            }
            LINEMODE if content.first() == Some(&3) => {
                self.characters = content.get(1..).map(<[u8]>::to_vec);
            }
            STATUS if content.first() == Some(&1) && self.plan.answers => self.status(out),
            _ => {}
        }
        self.awaited.retain(|awaited| *awaited != option);
    }

    /// All options that are on or asked for (RFC 859).
    fn status(&self, out: &mut Vec<u8>) {
        let mut content = vec![STATUS, 0];
        for option in 0..=u8::MAX {
            for (sides, verb) in [(&self.ours, Verb::Will), (&self.theirs, Verb::Do)] {
                if sides.get(option) != Side::No {
                    content.extend([verb.code(), option]);
                }
            }
        }
        sub(out, &content);
    }

    /// Goes on to the next burst where all that it waits for has come.
    pub(crate) fn advance(&mut self, out: &mut Vec<u8>) {
        if self.phase == Phase::Options && self.plan.waits.iter().all(|o| self.theirs.get(*o) != Side::Asked)
        {
            for option in [SPEED, DISPLAY, ENVIRONMENT, OLD_ENVIRONMENT, TERMINAL] {
                if self.theirs.get(option) == Side::Yes && self.plan.waits.contains(&option) {
                    sub(out, &[option, 1]);
                    self.awaited.push(option);
                }
            }
            self.phase = Phase::Values;
        }
        if self.phase == Phase::Values && self.awaited.is_empty() {
            self.ask(self.plan.second, out);
            self.phase = Phase::Echo;
        }
        if self.phase == Phase::Echo && self.theirs.get(WINDOW) != Side::Asked {
            self.last_burst(out);
            self.phase = Phase::Done;
        }
    }

    fn last_burst(&mut self, out: &mut Vec<u8>) {
        if self.theirs.get(FLOW) == Side::Yes {
            sub(out, &[FLOW, 3]);
            if self.plan.linemode {
                out.push(0);
            }
        }
        if self.theirs.get(ECHO) == Side::Yes {
            self.theirs.set(ECHO, Side::No);
            out.extend_from_slice(&[IAC, Verb::Dont.code(), ECHO]);
        }
        self.ask(&[(Verb::Will, ECHO)], out);
        if !self.plan.linemode {
            return;
        }
        if self.theirs.get(LINEMODE) == Side::Yes {
            self.ask(&[(Verb::Do, BINARY)], out);
            self.theirs.set(LINEMODE, Side::No);
            out.extend_from_slice(&[IAC, Verb::Dont.code(), LINEMODE]);
            let characters = self.characters.take().unwrap_or_default();
            let mut content = vec![LINEMODE, 3];
            for triple in characters.chunks_exact(3) {
                if let [function, flags, value] = triple
                    && flags & 3 != 0
                {
                    content.extend([*function, flags | 0x80, *value]);
                }
            }
            sub(out, &content);
        } else {
            // A mark is asked for without being an option that anybody has.
            out.extend_from_slice(&[IAC, Verb::Do.code(), TIMING_MARK]);
            self.ask(&[(Verb::Do, BINARY)], out);
        }
    }
}

fn sub(out: &mut Vec<u8>, content: &[u8]) {
    out.extend_from_slice(&[IAC, SB]);
    for byte in content {
        out.push(*byte);
        if *byte == IAC {
            out.push(IAC);
        }
    }
    out.extend_from_slice(&[IAC, SE]);
}

/// Names and values of an environment (RFC 1572): after the kind of message, names begin with 0
/// or 3 and values with 1; a 2 makes the next byte one of its text.
fn variables(content: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut all: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let mut in_value = false;
    let mut bytes = content.iter().skip(1).copied();
    while let Some(byte) = bytes.next() {
        let text = match byte {
            0 | 3 => {
                all.push(Default::default());
                in_value = false;
                continue;
            }
            1 => {
                in_value = true;
                continue;
            }
            2 => bytes.next(),
            _ => Some(byte),
        };
        if let (Some((name, value)), Some(text)) = (all.last_mut(), text) {
            if in_value { value.push(text) } else { name.push(text) }
        }
    }
    all
}
