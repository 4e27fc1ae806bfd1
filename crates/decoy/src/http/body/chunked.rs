//! The chunked transfer coding (RFC 9112, section 7.1), piece by piece and without memory.

use super::super::product::Product;

/// Longest chunk extension or trailer section that is read over.
const OVERHEAD: usize = 8_192;

/// What came of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// So much of the body.
    Data(&'a [u8]),
    /// Nothing of the body yet.
    Nothing,
    /// The body is whole.
    End,
    /// This is no chunk.
    Malformed,
    /// The chunk is larger than any number the product counts with.
    TooLarge,
}

/// Where in the coding a stream stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// At the size of a chunk, of which so many digits have come.
    Size { digits: u8 },
    /// In what may follow the size.
    Extension,
    /// After the carriage return of the size line.
    SizeEnd,
    /// In a chunk.
    Data,
    /// After a chunk, before its carriage return or line feed.
    DataEnd,
    /// After the carriage return that follows a chunk.
    DataLineFeed,
    /// At the start of a trailer line, or of the empty line that ends the body.
    Trailer,
    /// Within a trailer line.
    TrailerLine,
    /// After the carriage return of the empty line.
    LastLineFeed,
    /// Past the end.
    Done,
}

/// Decodes one body.
#[derive(Clone, Debug)]
pub(super) struct Chunks {
    state: State,
    /// Bytes of the current chunk that are still to come, or its size so far.
    left: u64,
    overhead: usize,
    bare_line_feeds: bool,
}

impl Chunks {
    /// For a body sent to `product`: only nginx lets lines end with a bare line feed.
    pub(super) fn new(product: Product) -> Self {
        let bare_line_feeds = product == Product::Nginx;
        Self { state: State::Size { digits: 0 }, left: 0, overhead: 0, bare_line_feeds }
    }

    /// Takes what it can off the front of `bytes`: says how many bytes that was and what they are.
    pub(super) fn next<'a>(&mut self, bytes: &'a [u8]) -> (usize, Piece<'a>) {
        for (at, byte) in bytes.iter().enumerate() {
            if self.state == State::Data {
                let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len() - at);
                self.left -= length as u64;
                if self.left == 0 {
                    self.state = State::DataEnd;
                }
                return (at + length, Piece::Data(bytes.get(at..at + length).unwrap_or_default()));
            }
            match self.step(*byte) {
                Piece::Nothing => {}
                end => return (at + 1, end),
            }
        }
        (bytes.len(), Piece::Nothing)
    }

    fn step(&mut self, byte: u8) -> Piece<'static> {
        let line_end = byte == b'\r' || (byte == b'\n' && self.bare_line_feeds);
        self.state = match (self.state, byte) {
            (State::Size { digits }, _) if byte.is_ascii_hexdigit() => return self.digit(byte, digits),
            (State::Size { digits: 1.. }, _) if line_end => self.after_size(byte),
            (State::Size { digits: 1.. }, b';' | b' ' | b'\t') => State::Extension,
            (State::Extension, _) if line_end => self.after_size(byte),
            (State::Extension | State::TrailerLine, _) if self.overhead > OVERHEAD => {
                return Piece::Malformed;
            }
            (State::Extension, _) => self.over(State::Extension),
            (State::SizeEnd, b'\n') => self.data(),
            (State::DataEnd, b'\r') => State::DataLineFeed,
            (State::DataEnd, b'\n') if self.bare_line_feeds => State::Size { digits: 0 },
            (State::DataLineFeed, b'\n') => State::Size { digits: 0 },
            (State::Trailer, b'\r') => State::LastLineFeed,
            (State::Trailer, b'\n') if self.bare_line_feeds => State::Done,
            (State::LastLineFeed, b'\n') => State::Done,
            (State::TrailerLine, b'\n') => State::Trailer,
            (State::Trailer | State::TrailerLine, _) => self.over(State::TrailerLine),
            _ => return Piece::Malformed,
        };
        if self.state == State::Done { Piece::End } else { Piece::Nothing }
    }

    fn digit(&mut self, byte: u8, digits: u8) -> Piece<'static> {
        let value = u64::from(char::from(byte).to_digit(16).unwrap_or(0));
        match self
            .left
            .checked_mul(16)
            .and_then(|n| n.checked_add(value))
            .filter(|n| i64::try_from(*n).is_ok())
        {
            Some(left) => self.left = left,
            None => return Piece::TooLarge,
        }
        self.state = State::Size { digits: digits.saturating_add(1) };
        Piece::Nothing
    }

    fn over(&mut self, state: State) -> State {
        self.overhead += 1;
        state
    }

    fn after_size(&mut self, byte: u8) -> State {
        if byte == b'\r' { State::SizeEnd } else { self.data() }
    }

    fn data(&mut self) -> State {
        if self.left == 0 { State::Trailer } else { State::Data }
    }
}
