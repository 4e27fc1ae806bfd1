//! The byte stream of telnet (RFC 854), taken apart: data, commands, options, subnegotiations.

use crate::caps;

/// Interpret as command.
pub(crate) const IAC: u8 = 255;
/// End of a subnegotiation.
pub(crate) const SE: u8 = 240;
/// Begin of a subnegotiation.
pub(crate) const SB: u8 = 250;

/// The four verbs of negotiation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// The peer will do it.
    Will,
    /// The peer will not.
    Wont,
    /// The peer wants it done.
    Do,
    /// The peer wants it not done.
    Dont,
}

impl Verb {
    /// Its code.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Will => 251,
            Self::Wont => 252,
            Self::Do => 253,
            Self::Dont => 254,
        }
    }

    const fn of(code: u8) -> Option<Self> {
        match code {
            251 => Some(Self::Will),
            252 => Some(Self::Wont),
            253 => Some(Self::Do),
            254 => Some(Self::Dont),
            _ => None,
        }
    }
}

/// A piece of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A byte for whoever reads the terminal. A carriage return comes without what follows it.
    Data(u8),
    /// A command without option.
    Command(u8),
    /// A verb and its option.
    Option(Verb, u8),
    /// Option and content of a subnegotiation; only its beginning when it is too long.
    Sub(u8, Vec<u8>),
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Plain,
    /// After a carriage return: a line feed or zero belongs to it.
    Return,
    Command,
    Option(Verb),
    Sub(Vec<u8>),
    SubCommand(Vec<u8>),
}

/// Takes a stream apart, byte by byte.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    state: State,
}

impl Decoder {
    /// Takes the next byte; a piece may end with it.
    pub(crate) fn push(&mut self, byte: u8) -> Option<Token> {
        match std::mem::take(&mut self.state) {
            State::Return if byte == b'\n' || byte == 0 => None,
            State::Plain | State::Return => self.plain(byte),
            State::Command => self.command(byte),
            State::Option(verb) => Some(Token::Option(verb, byte)),
            State::Sub(content) if byte == IAC => {
                self.state = State::SubCommand(content);
                None
            }
            State::Sub(mut content) => {
                keep(&mut content, byte);
                self.state = State::Sub(content);
                None
            }
            State::SubCommand(content) if byte == SE => end(&content),
            State::SubCommand(mut content) => {
                keep(&mut content, byte);
                self.state = State::Sub(content);
                None
            }
        }
    }

    fn plain(&mut self, byte: u8) -> Option<Token> {
        match byte {
            IAC => {
                self.state = State::Command;
                None
            }
            b'\r' => {
                self.state = State::Return;
                Some(Token::Data(byte))
            }
            _ => Some(Token::Data(byte)),
        }
    }

    fn command(&mut self, byte: u8) -> Option<Token> {
        match (byte, Verb::of(byte)) {
            (IAC, _) => Some(Token::Data(IAC)),
            (SB, _) => {
                self.state = State::Sub(Vec::new());
                None
            }
            (_, Some(verb)) => {
                self.state = State::Option(verb);
                None
            }
            (_, None) => Some(Token::Command(byte)),
        }
    }
}

fn keep(content: &mut Vec<u8>, byte: u8) {
    if content.len() < caps::TELNET_SUBNEGOTIATION {
        content.push(byte);
    }
}

fn end(content: &[u8]) -> Option<Token> {
    let (option, content) = content.split_first()?;
    Some(Token::Sub(*option, content.to_vec()))
}

/// What a terminal says, as it goes over the line. Where `returns`, a carriage return that no
/// line feed follows is marked with a zero, as BSD's daemons do.
pub(crate) fn escape(bytes: &[u8], returns: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 8);
    let mut rest = bytes.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        out.push(byte);
        match byte {
            IAC => out.push(IAC),
            b'\r' if returns && rest.peek().is_some_and(|next| *next != b'\n') => out.push(0),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(bytes: &[u8]) -> Vec<Token> {
        let mut decoder = Decoder::default();
        bytes.iter().filter_map(|byte| decoder.push(*byte)).collect()
    }

    #[test]
    fn streams_are_taken_apart() {
        let data = |text: &[u8]| text.iter().map(|byte| Token::Data(*byte)).collect::<Vec<_>>();
        assert_eq!(tokens(b"a\r\nb\r\0c\rd\n\n"), data(b"a\rb\rc\rd\n\n"));
        assert_eq!(tokens(b"\xff\xff\xff\xf6"), [Token::Data(255), Token::Command(246)]);
        assert_eq!(tokens(b"\xff\xfd\x63"), [Token::Option(Verb::Do, 99)]);
        assert_eq!(tokens(b"\xff\xfa\x1f\0\xff\xff\xff\xf0"), [Token::Sub(31, vec![0, 255])]);
        assert_eq!(tokens(b"\xff\xfa\xff\xf0x"), data(b"x"));
    }

    #[test]
    fn long_subnegotiations_are_cut() {
        let long = [b"\xff\xfa\x18", &vec![b'A'; 3 * caps::TELNET_SUBNEGOTIATION][..], b"\xff\xf0x"].concat();
        let tokens = tokens(&long);
        assert!(matches!(&tokens[0], Token::Sub(24, content) if content.len() < caps::TELNET_SUBNEGOTIATION));
        assert_eq!(tokens[1], Token::Data(b'x'));
    }

    #[test]
    fn what_is_said_is_escaped() {
        assert_eq!(escape(b"a\r\nb\rc\xff", true), b"a\r\nb\r\0c\xff\xff");
        assert_eq!(escape(b"a\rc\xff", false), b"a\rc\xff\xff");
    }

    proptest! {
        #[test]
        fn no_byte_becomes_two(bytes: Vec<u8>) {
            prop_assert!(tokens(&bytes).len() <= bytes.len());
        }

        #[test]
        fn escaped_data_comes_back(bytes: Vec<u8>) {
            let plain: Vec<u8> = bytes.into_iter().filter(|byte| !matches!(byte, b'\r' | b'\n' | 0)).collect();
            let back: Vec<Token> = plain.iter().map(|byte| Token::Data(*byte)).collect();
            prop_assert_eq!(tokens(&escape(&plain, true)), back);
        }
    }
}
