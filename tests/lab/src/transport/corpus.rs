//! Lines as deckies' events are, all of one length, each with a number.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
};

use anyhow::{Context, Result, ensure};
use decnet_event::{Boot, Event, Kind, Origin, Session, SessionId, Timestamp, wire};

/// Bytes of a line, without its line feed.
pub const LENGTH: usize = 303;

/// Place of the first line in the run of its emitter: all have as many digits.
const FIRST: u64 = 1_000_000;
/// How many lines there can be.
const MOST: u64 = 9_000_000;
/// Digits of the microsecond.
const MICROS: usize = 6;
/// Digits of the place.
const SEQ: usize = 7;

/// The lines of one decky.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corpus {
    /// The first line; the others have other digits at two places.
    template: Vec<u8>,
    micros: usize,
    seq: usize,
}

impl Corpus {
    /// The lines of the decky of this name.
    ///
    /// # Errors
    /// When its lines would be longer than [`LENGTH`].
    pub fn of(decky: &str) -> Result<Self> {
        let bare = encoded(decky, 0).len();
        let padding = LENGTH.checked_sub(bare).context("a line without padding is too long")?;
        let template = encoded(decky, padding);
        ensure!(template.len() == LENGTH, "a line of {} bytes", template.len());
        let behind = |mark: &[u8]| {
            let at = template.windows(mark.len()).position(|window| window == mark);
            at.map(|at| at + mark.len())
        };
        let micros = behind(b".").context("a line without a time")?;
        let seq = behind(b" seq=\"").context("a line without its place")?;
        Ok(Self { template, micros, seq })
    }

    /// Appends the line of this number and its line feed.
    pub fn push(&self, number: u64, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&self.template);
        if let Some(line) = out.get_mut(start..) {
            put(line, self.micros, MICROS, number % 1_000_000);
            put(line, self.seq, SEQ, FIRST + number % MOST);
        }
        out.push(b'\n');
    }

    /// The number of a line that is given without its line feed; nothing if it is none of these,
    /// byte for byte.
    pub fn number(&self, line: &[u8]) -> Option<u64> {
        let digits = line.get(self.seq..self.seq + SEQ)?;
        let number = std::str::from_utf8(digits).ok()?.parse::<u64>().ok()?.checked_sub(FIRST)?;
        // Compared in parts, because a copy of each line costs more than what is looked at.
        let (micros, seq) = (self.micros, self.seq);
        let is_same = |from: usize, to: usize| line.get(from..to) == self.template.get(from..to);
        let time = line.get(micros..micros + MICROS)?;
        let is_it = line.len() == LENGTH
            && is_same(0, micros)
            && is_same(micros + MICROS, seq)
            && is_same(seq + SEQ, LENGTH)
            && time == format!("{:0MICROS$}", number % 1_000_000).as_bytes();
        is_it.then_some(number)
    }

    /// Writes the first `count` lines to a file of their own.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path, count: u64) -> Result<()> {
        let failed = || format!("writing {}", path.display());
        let mut file = BufWriter::with_capacity(1 << 20, File::create(path).with_context(failed)?);
        let mut line = Vec::with_capacity(LENGTH + 1);
        for number in 0..count {
            line.clear();
            self.push(number, &mut line);
            file.write_all(&line).with_context(failed)?;
        }
        file.flush().with_context(failed)
    }
}

/// Writes a number with so many digits.
fn put(line: &mut [u8], at: usize, digits: usize, number: u64) {
    let mut rest = number;
    for byte in line.iter_mut().skip(at).take(digits).rev() {
        *byte = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
}

/// The first line, with so much padding.
fn encoded(decky: &str, padding: usize) -> Vec<u8> {
    let address = |last, port| SocketAddr::from((Ipv4Addr::new(10, 77, 0, last), port));
    let text = |text: &str| Some(text.as_bytes().to_vec());
    let event = Event {
        time: Timestamp(1_795_750_033_000_000),
        origin: Arc::new(Origin {
            decky: decky.to_owned(),
            service: "ssh".to_owned(),
            boot: Boot(0x5f0c_2a9b_e1d3_4788),
        }),
        seq: FIRST,
        session: Some(Session {
            id: SessionId(0x0000_7f3a_1b2c_3d4e),
            src: address(7, 40_022),
            dst: address(20, 22),
        }),
        kind: Kind::Command {
            command: text("wget").unwrap_or_default(),
            args: format!("-qO- http://x.example/{}", "a".repeat(padding)).into_bytes(),
        },
    };
    let mut line = Vec::new();
    // Nothing of it is long enough to be cut.
    wire::encode(&event, &mut line);
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_decode_and_tell_their_number() {
        let corpus = Corpus::of("web-01").unwrap();
        for number in [0, 1, 999_999, 1_000_000, 8_999_999] {
            let mut line = Vec::new();
            corpus.push(number, &mut line);
            assert_eq!(line.pop(), Some(b'\n'));
            assert_eq!(line.len(), LENGTH);
            let record = wire::decode(&line).unwrap();
            assert_eq!(record.hostname, "web-01");
            assert_eq!(corpus.number(&line), Some(number));
        }
    }

    #[test]
    fn no_other_line_has_a_number() {
        let corpus = Corpus::of("web-01").unwrap();
        let mut line = Vec::new();
        corpus.push(42, &mut line);
        line.pop();
        assert_eq!(Corpus::of("web-02").unwrap().number(&line), None);
        for at in 0..line.len() {
            let mut spoilt = line.clone();
            spoilt[at] ^= 1;
            assert_ne!(corpus.number(&spoilt), Some(42), "byte {at}");
        }
        line.pop();
        assert_eq!(corpus.number(&line), None);
    }
}
