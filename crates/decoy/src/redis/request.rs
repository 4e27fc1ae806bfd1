//! Requests of the Redis protocol: arrays of bulk strings, and lines typed by hand.
//!
//! Bounds and error texts are those of Redis itself (`readQueryFromClient` and what it
//! calls, as seen from the outside); the protocol is described in "Redis serialization
//! protocol specification".

use thiserror::Error;

/// Longest line, be it a request of its own or the header of an array or string.
pub const INLINE_MAX: usize = 64 * 1024;
/// Most arguments of a request.
const ARGUMENTS_MAX: i64 = 1024 * 1024;
/// Longest argument, Redis' `proto-max-bulk-len`.
const BULK_MAX: i64 = 512 * 1024 * 1024;
/// Most arguments before a log-in, where one is needed.
const STRANGER_ARGUMENTS_MAX: i64 = 10;
/// Longest argument before a log-in, where one is needed.
const STRANGER_BULK_MAX: i64 = 16_384;

/// What is wrong with a request; Redis says it and closes.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RequestError {
    /// A line without end.
    #[error("too big inline request")]
    BigInline,
    /// The header of an array without end.
    #[error("too big mbulk count string")]
    BigArrayHeader,
    /// The header of a string without end.
    #[error("too big bulk count string")]
    BigBulkHeader,
    /// The number of arguments is no number, or too large.
    #[error("invalid multibulk length")]
    ArrayLength,
    /// Too many arguments for a peer that has not logged in.
    #[error("unauthenticated multibulk length")]
    StrangerArrayLength,
    /// Something else stands where an argument begins.
    #[error("expected '$', got '{0}'")]
    NoBulk(char),
    /// The length of an argument is no number, or too large.
    #[error("invalid bulk length")]
    BulkLength,
    /// Too long an argument for a peer that has not logged in.
    #[error("unauthenticated bulk length")]
    StrangerBulkLength,
    /// A quote that is opened and not closed.
    #[error("unbalanced quotes in request")]
    Quotes,
}

/// What a call of [`Parser::advance`] came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// More bytes are needed.
    More,
    /// A request is complete: its arguments, of which there may be none.
    Request(Vec<Vec<u8>>),
}

/// Takes requests apart as they arrive; keeps only the request that is under way.
#[derive(Debug, Default)]
pub struct Parser {
    arguments: Vec<Vec<u8>>,
    /// Arguments of the current array that are still to come.
    missing: usize,
    /// The argument under way and its full length.
    bulk: Option<(Vec<u8>, usize)>,
    /// Bytes that `arguments` and `bulk` hold.
    held: usize,
    /// Bytes of an unfinished line that are known to hold no line feed.
    searched: usize,
}

impl Parser {
    /// Bytes held of a request that is not complete.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Takes from `input` what it can use. Returns how many bytes those were, and what came of it.
    /// `stranger` tells that a log-in is needed and has not happened.
    ///
    /// # Errors
    /// [`RequestError`]; the connection is beyond use then.
    pub fn advance(&mut self, input: &[u8], stranger: bool) -> Result<(usize, Progress), RequestError> {
        let mut used = 0;
        loop {
            let rest = input.get(used..).unwrap_or_default();
            if let Some((bulk, length)) = &mut self.bulk {
                let wanted = *length + 2 - bulk.len();
                let piece = rest.get(..wanted.min(rest.len())).unwrap_or_default();
                bulk.extend_from_slice(piece);
                self.held += piece.len();
                used += piece.len();
                if piece.len() < wanted {
                    return Ok((used, Progress::More));
                }
                self.finish_bulk();
                if self.missing == 0 {
                    return Ok((used, self.complete()));
                }
                continue;
            }
            let fresh = rest.get(self.searched..).unwrap_or_default();
            let Some(end) = fresh.iter().position(|b| *b == b'\n').map(|at| at + self.searched) else {
                self.searched = rest.len();
                return self.unfinished_line(rest).map(|()| (used, Progress::More));
            };
            self.searched = 0;
            let line = rest.get(..end).unwrap_or_default();
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            used += end + 1;
            if self.missing > 0 {
                self.begin_bulk(line, stranger)?;
            } else if let Some(count) = line.strip_prefix(b"*") {
                if !self.begin_array(count, stranger)? {
                    return Ok((used, Progress::Request(Vec::new())));
                }
            } else {
                return Ok((used, Progress::Request(split_line(line)?)));
            }
        }
    }

    fn unfinished_line(&self, rest: &[u8]) -> Result<(), RequestError> {
        match rest.len() >= INLINE_MAX {
            false => Ok(()),
            true if self.missing > 0 => Err(RequestError::BigBulkHeader),
            true if rest.first() == Some(&b'*') => Err(RequestError::BigArrayHeader),
            true => Err(RequestError::BigInline),
        }
    }

    /// Whether the array has arguments at all.
    fn begin_array(&mut self, count: &[u8], stranger: bool) -> Result<bool, RequestError> {
        let count = number(count).filter(|n| *n <= ARGUMENTS_MAX).ok_or(RequestError::ArrayLength)?;
        if stranger && count > STRANGER_ARGUMENTS_MAX {
            return Err(RequestError::StrangerArrayLength);
        }
        self.missing = usize::try_from(count).unwrap_or(0);
        Ok(self.missing > 0)
    }

    fn begin_bulk(&mut self, line: &[u8], stranger: bool) -> Result<(), RequestError> {
        let Some(length) = line.strip_prefix(b"$") else {
            return Err(RequestError::NoBulk(line.first().map_or('\0', |b| char::from(*b))));
        };
        let length = number(length).filter(|n| (0..=BULK_MAX).contains(n)).ok_or(RequestError::BulkLength)?;
        if stranger && length > STRANGER_BULK_MAX {
            return Err(RequestError::StrangerBulkLength);
        }
        self.bulk = Some((Vec::new(), usize::try_from(length).unwrap_or(0)));
        Ok(())
    }

    fn finish_bulk(&mut self) {
        if let Some((mut bulk, length)) = self.bulk.take() {
            bulk.truncate(length);
            self.arguments.push(bulk);
            // An argument costs its header too, so that many empty ones are not free.
            self.held += size_of::<Vec<u8>>();
            self.missing -= 1;
        }
    }

    fn complete(&mut self) -> Progress {
        self.held = 0;
        Progress::Request(std::mem::take(&mut self.arguments))
    }
}

/// A decimal number with an optional sign, nothing around it.
fn number(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok().filter(|t| !t.starts_with('+')).and_then(|t| t.parse().ok())
}

/// Splits a line as Redis does: at white space, with double quotes (and their escapes) and
/// single quotes.
fn split_line(line: &[u8]) -> Result<Vec<Vec<u8>>, RequestError> {
    let mut words = Vec::new();
    let mut rest = line.iter().copied().peekable();
    loop {
        while rest.next_if(u8::is_ascii_whitespace).is_some() {}
        if rest.peek().is_none_or(|b| *b == 0) {
            return Ok(words);
        }
        let mut word = Vec::new();
        while let Some(byte) = rest.next_if(|b| !b.is_ascii_whitespace() && *b != 0) {
            match byte {
                quote @ (b'"' | b'\'') => {
                    quoted(&mut rest, quote, &mut word)?;
                    // What follows a closing quote must be white space or the end.
                    if rest.peek().is_some_and(|b| !b.is_ascii_whitespace()) {
                        return Err(RequestError::Quotes);
                    }
                }
                byte => word.push(byte),
            }
        }
        words.push(word);
    }
}

type Bytes<'a> = std::iter::Peekable<std::iter::Copied<std::slice::Iter<'a, u8>>>;

fn quoted(rest: &mut Bytes<'_>, quote: u8, word: &mut Vec<u8>) -> Result<(), RequestError> {
    loop {
        match rest.next().ok_or(RequestError::Quotes)? {
            byte if byte == quote => return Ok(()),
            b'\\' if quote == b'"' => {
                let escaped = rest.next().ok_or(RequestError::Quotes)?;
                word.push(escape(escaped, rest));
            }
            b'\\' if rest.peek() == Some(&b'\'') => word.extend(rest.next()),
            byte => word.push(byte),
        }
    }
}

/// The byte that an escape in double quotes stands for.
fn escape(letter: u8, rest: &mut Bytes<'_>) -> u8 {
    match letter {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'a' => 7,
        b'x' => {
            let mut ahead = rest.clone();
            let digits = ahead
                .next()
                .zip(ahead.next())
                .and_then(|(h, l)| Some((char::from(h).to_digit(16)?, char::from(l).to_digit(16)?)));
            match digits {
                Some((high, low)) => {
                    *rest = ahead;
                    (high << 4 | low) as u8
                }
                None => b'x',
            }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All requests in `input`, given in pieces of `step` bytes, and the error that ended them.
    fn requests(input: &[u8], step: usize) -> (Vec<Vec<Vec<u8>>>, Option<RequestError>) {
        let (mut parser, mut buffer, mut out) = (Parser::default(), Vec::new(), Vec::new());
        for piece in input.chunks(step) {
            buffer.extend_from_slice(piece);
            loop {
                match parser.advance(&buffer, false) {
                    Err(error) => return (out, Some(error)),
                    Ok((used, progress)) => {
                        buffer.drain(..used);
                        match progress {
                            Progress::More => break,
                            Progress::Request(request) => out.push(request),
                        }
                    }
                }
            }
        }
        (out, None)
    }

    fn check(input: &[u8], expect: &[&[&str]], error: Option<RequestError>) {
        for step in [1, 2, input.len().max(1)] {
            let (seen, ended) = requests(input, step);
            let seen: Vec<Vec<_>> = seen
                .iter()
                .map(|r| r.iter().map(|a| String::from_utf8_lossy(a).into_owned()).collect())
                .collect();
            assert_eq!(
                (seen, ended),
                (expect.iter().map(|r| r.iter().map(|a| (*a).into()).collect()).collect(), error.clone())
            );
        }
    }

    #[test]
    fn requests_as_redis_reads_them() {
        check(b"*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\nPING\r\n", &[&["ECHO", "hi"], &["PING"]], None);
        check(b"\r\n*0\r\n*-1\r\n", &[&[], &[], &[]], None);
        check(b"set a \"b c\\x41\\n\" 'd\\'e'\n", &[&["set", "a", "b cA\n", "d'e"]], None);
        check(b"set \"a", &[], None);
        check(b"set \"a\n", &[], Some(RequestError::Quotes));
        check(b"set 'a'b\n", &[], Some(RequestError::Quotes));
        check(b"*abc\r\n", &[], Some(RequestError::ArrayLength));
        check(b"*1048577\r\n", &[], Some(RequestError::ArrayLength));
        check(b"*1\r\n+OK\r\n", &[], Some(RequestError::NoBulk('+')));
        check(b"*1\r\n$-1\r\n", &[], Some(RequestError::BulkLength));
        check(&[b'x'; INLINE_MAX], &[], Some(RequestError::BigInline));
    }

    #[test]
    fn a_stranger_has_less_room() {
        let check =
            |input: &[u8], error| assert_eq!(Parser::default().advance(input, true).unwrap_err(), error);
        check(b"*11\r\n", RequestError::StrangerArrayLength);
        check(b"*1\r\n$16385\r\n", RequestError::StrangerBulkLength);
    }

    proptest! {
        #[test]
        fn never_panics_and_never_holds_more_than_it_was_given(input in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut parser = Parser::default();
            if let Ok((used, _)) = parser.advance(&input, false) {
                prop_assert!(used <= input.len());
                prop_assert!(parser.held() <= input.len() * 8);
            }
        }

        #[test]
        fn arrays_round_trip(request in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 1..6), step in 1usize..9) {
            let mut input = format!("*{}\r\n", request.len()).into_bytes();
            for argument in &request {
                input.extend_from_slice(format!("${}\r\n", argument.len()).as_bytes());
                input.extend_from_slice(argument);
                input.extend_from_slice(b"\r\n");
            }
            prop_assert_eq!(requests(&input, step), (vec![request], None));
        }
    }
}
