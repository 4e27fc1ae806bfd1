//! Places in the stream of a host.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// A file of a log, whatever its name is by now: 16 bytes, drawn when it is first seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub [u8; 16]);

impl Generation {
    /// A new one.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn draw() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }
}

/// A place: the first byte that does not count any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Which file.
    pub generation: Generation,
    /// Bytes from its beginning.
    pub offset: u64,
}

/// Something of a log that will never come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Of which file.
    pub generation: Generation,
    /// First offset that is missing.
    pub from: u64,
    /// First offset that is not missing; the same as `from` where nobody knows how much there was.
    pub to: u64,
    /// Why.
    pub why: Loss,
}

impl Gap {
    /// Whether nobody knows how much there was. Such a gap ends where the lines before it end, so it
    /// has an acknowledgement of its own: theirs says nothing of it.
    pub fn is_open(&self) -> bool {
        self.from == self.to
    }

    /// Where what comes behind it stands.
    pub fn end(&self) -> Position {
        Position { generation: self.generation, offset: self.to }
    }
}

/// How many of `ends`, which were given in this order and of which the flag says whether each is an
/// open gap, an acknowledgement of everything before `position` covers.
pub(crate) fn covered(ends: impl Iterator<Item = (Position, bool)>, position: Position) -> usize {
    let mut count = 0;
    for (end, is_open_gap) in ends {
        let is_covered = end.generation == position.generation && end.offset <= position.offset;
        if !is_covered || (is_open_gap && end == position && count > 0) {
            break;
        }
        count += 1;
    }
    count
}

/// Why something will never come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The sender fell too far behind, and its limit says that the oldest goes.
    Lag,
    /// The file was removed, compressed or cut before it was read to its end.
    Gone,
}

impl Loss {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Lag, Self::Gone];

    /// Its word on the wire and on disk.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Lag => "lag",
            Self::Gone => "gone",
        }
    }
}

/// The text is no generation.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a generation is 32 lower-case hexadecimal digits")]
pub struct InvalidGeneration;

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Generation {
    type Err = InvalidGeneration;

    /// Takes exactly what `Display` writes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != 32 || !text.bytes().all(is_digit) {
            return Err(InvalidGeneration);
        }
        u128::from_str_radix(text, 16).map(|number| Self(number.to_be_bytes())).map_err(|_| InvalidGeneration)
    }
}

impl Serialize for Generation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Generation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_generation_is_what_it_prints(bytes: [u8; 16]) {
            let generation = Generation(bytes);
            prop_assert_eq!(generation.to_string().parse(), Ok(generation));
        }

        #[test]
        fn any_text_is_read(text: String) {
            let _ = text.parse::<Generation>();
        }
    }

    #[test]
    fn an_open_gap_is_not_covered_by_the_lines_before_it() {
        let at = |number, offset| Position { generation: Generation([number; 16]), offset };
        let given = [(at(1, 5), false), (at(1, 10), false), (at(1, 10), true), (at(2, 3), false)];
        let count = |from: usize, position| covered(given.into_iter().skip(from), position);
        assert_eq!(count(0, at(1, 4)), 0);
        assert_eq!(count(0, at(1, 10)), 2);
        assert_eq!(count(2, at(1, 10)), 1);
        assert_eq!(count(0, at(1, 11)), 3);
        assert_eq!(count(3, at(2, 3)), 1);
    }

    #[test]
    fn nothing_else_is_one() {
        for text in ["", "0", &"A".repeat(32), &"0".repeat(33), &format!("+{}", "0".repeat(31))] {
            assert_eq!(text.parse::<Generation>(), Err(InvalidGeneration), "{text}");
        }
    }
}
