//! Where in a container's log we are.
//!
//! Engines number no entries. A position is therefore the time of an entry, its place among
//! neighbours of the same time, and a digest of its content. It is looked for from the end of
//! the log backwards, and never compared by time: clocks are set back.

use serde::{Deserialize, Serialize};

use super::source::{Channel, Entry};

/// One entry, named so that it can be found again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// Its time in nanoseconds since the Unix epoch.
    time: i64,
    /// How many entries stand directly before it with the same time.
    index: u32,
    /// FNV-1a of its stream and content.
    digest: u64,
}

impl Position {
    /// The position of `entry`, which follows the entry at `previous`.
    pub(super) fn after(previous: Option<Self>, entry: &Entry) -> Self {
        let index = match previous {
            Some(previous) if previous.time == entry.time => previous.index.saturating_add(1),
            _ => 0,
        };
        Self { time: entry.time, index, digest: digest(entry) }
    }
}

/// Where a stretch of log begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stretch {
    /// Somewhere: the place of its first entries among neighbours of the same time is not known.
    Tail,
    /// Where the log began when it was new.
    Whole,
    /// Where the engine cut the log, perhaps between neighbours of the same time.
    Cut,
}

/// Looks for a position in a stretch of log.
pub(super) struct Finder {
    wanted: Position,
    stretch: Stretch,
    previous: Option<Position>,
    /// Whether an entry of another time came before the present one.
    counted: bool,
    found: bool,
}

impl Finder {
    pub(super) fn new(wanted: Position, stretch: Stretch) -> Self {
        Self { wanted, stretch, previous: None, counted: false, found: false }
    }

    /// Takes the next entry and says whether it stands after the wanted one.
    pub(super) fn is_after(&mut self, entry: &Entry) -> bool {
        if self.found {
            return true;
        }
        let here = Position::after(self.previous, entry);
        self.counted |= self.previous.is_some() && here.index == 0;
        self.found = match self.stretch {
            _ if self.counted => here == self.wanted,
            Stretch::Tail => false,
            Stretch::Whole => here == self.wanted,
            Stretch::Cut => {
                here.index <= self.wanted.index
                    && Position { index: self.wanted.index, ..here } == self.wanted
            }
        };
        self.previous = Some(here);
        false
    }

    pub(super) fn found(&self) -> bool {
        self.found
    }
}

fn digest(entry: &Entry) -> u64 {
    let stream = match entry.stream {
        Channel::Out => 1,
        Channel::Err => 2,
    };
    fnv(std::iter::once(stream).chain(entry.bytes.iter().copied()))
}

/// FNV-1a, 64 bits: the same in every build, which the hashers of the standard library do
/// not promise.
pub(super) fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
