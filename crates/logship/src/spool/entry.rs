//! What is to be kept, and what of it is new.

use std::{collections::BTreeMap, io::IoSlice};

use decnet_event::Timestamp;
use decnet_proto::ids::{HostId, HostName};
use thiserror::Error;

use super::{
    head::{HEAD, Head, Kind},
    marks::{Mark, Marks},
};
use crate::position::{Gap, Generation, Position};

/// Most bytes of the lines of one entry.
pub const MAX_LINES: usize = 1 << 20;

/// Whose stream something is of: who it is by its certificate, and what it was called then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Who.
    pub id: HostId,
    /// What it is called.
    pub name: HostName,
}

/// Something to keep.
#[derive(Clone, Copy, Debug)]
pub enum Entry<'a> {
    /// Whole lines.
    Lines {
        /// Of whom.
        host: &'a Host,
        /// Of which file.
        generation: Generation,
        /// Offset of the first.
        from: u64,
        /// Offset behind the last. It is `from` and the length of `bytes`, but for a line that was cut
        /// and stands for more: such a line is an entry of its own, had whole or not at all.
        to: u64,
        /// The lines, each ended by a line feed, at most [`MAX_LINES`] bytes.
        bytes: &'a [u8],
    },
    /// What will never come.
    Gap {
        /// Of whom.
        host: &'a Host,
        /// What.
        gap: &'a Gap,
    },
}

/// Why an entry is not kept.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// Something before it is missing, and no gap said so.
    #[error("it begins at byte {from}, but only what is before byte {mark} is here")]
    Above {
        /// The high-water mark.
        mark: u64,
        /// Where the entry begins.
        from: u64,
    },
    /// It begins below the mark, and no line of it ends there.
    #[error("no line of it ends at byte {mark}, up to which everything is here")]
    Torn {
        /// The high-water mark.
        mark: u64,
    },
    /// It is no sequence of whole lines.
    #[error("it does not end with a line feed")]
    Unterminated,
    /// It is longer than [`MAX_LINES`].
    #[error("{length} bytes of lines are more than {MAX_LINES}")]
    TooLong {
        /// Its length.
        length: usize,
    },
    /// It stands for more than it has, and nobody can say which of its lines does.
    #[error("a line that was cut does not come alone")]
    NotAlone,
    /// It ends before it begins, or says that it is shorter than it is.
    #[error("bytes {from} to {to} are no place for it")]
    Misplaced {
        /// Where it would begin.
        from: u64,
        /// Where it would end.
        to: u64,
    },
}

/// A record to be written.
#[derive(Debug)]
pub(super) struct Fresh<'a> {
    head: [u8; HEAD],
    name: &'a [u8],
    body: &'a [u8],
}

impl Fresh<'_> {
    pub(super) fn parts(&self) -> [IoSlice<'_>; 3] {
        [IoSlice::new(&self.head), IoSlice::new(self.name), IoSlice::new(self.body)]
    }

    pub(super) fn length(&self) -> u64 {
        (HEAD + self.name.len() + self.body.len()) as u64
    }
}

/// Entries on their way to the disk, and the marks as they will be once it has them.
#[derive(Debug)]
pub(super) struct Draft<'m, 'a> {
    marks: &'m Marks,
    now: Timestamp,
    moved: BTreeMap<(HostId, Generation), Mark>,
    /// Every move, in order.
    moves: Vec<(HostId, Generation, Mark)>,
    fresh: Vec<Fresh<'a>>,
}

impl<'m, 'a> Draft<'m, 'a> {
    pub(super) fn new(marks: &'m Marks, now: Timestamp) -> Self {
        Self { marks, now, moved: BTreeMap::new(), moves: Vec::new(), fresh: Vec::new() }
    }

    /// Takes what is new of an entry, and says where the mark will be.
    pub(super) fn admit(&mut self, entry: &Entry<'a>) -> Result<Position, Refusal> {
        let (host, generation) = match *entry {
            Entry::Lines { host, generation, .. } => (host.id, generation),
            Entry::Gap { host, gap } => (host.id, gap.generation),
        };
        match *entry {
            Entry::Lines { host, from, to, bytes, .. } => self.lines(host, generation, (from, to), bytes)?,
            Entry::Gap { host, gap } => self.gap(host, gap)?,
        }
        let offset = self.mark(host, generation).map_or(0, |mark| mark.offset);
        Ok(Position { generation, offset })
    }

    /// Records and moves of marks, where there is anything new.
    pub(super) fn finish(self) -> (Vec<Fresh<'a>>, Vec<(HostId, Generation, Mark)>) {
        (self.fresh, self.moves)
    }

    fn mark(&self, host: HostId, generation: Generation) -> Option<Mark> {
        let moved = self.moved.get(&(host, generation)).copied();
        moved.or_else(|| self.marks.get(host, generation))
    }

    fn lines(
        &mut self,
        host: &'a Host,
        generation: Generation,
        (from, to): (u64, u64),
        bytes: &'a [u8],
    ) -> Result<(), Refusal> {
        check_lines(from, to, bytes)?;
        let mark = self.mark(host.id, generation).map_or(from, |mark| mark.offset);
        if from > mark {
            return Err(Refusal::Above { mark, from });
        }
        if to <= mark {
            return Ok(());
        }
        let bytes = behind(bytes, mark - from, to - from).ok_or(Refusal::Torn { mark })?;
        let lines = u32::try_from(memchr::memchr_iter(b'\n', bytes).count()).unwrap_or(u32::MAX);
        let head = self.head(Kind::Lines, host.id, generation, (mark, to), lines);
        self.push(head, host, bytes);
        Ok(())
    }

    fn gap(&mut self, host: &'a Host, gap: &Gap) -> Result<(), Refusal> {
        let Gap { generation, from, to, why } = *gap;
        if from > to {
            return Err(Refusal::Misplaced { from, to });
        }
        let known = self.mark(host.id, generation);
        let mark = known.map_or(from, |mark| mark.offset);
        if from > mark {
            return Err(Refusal::Above { mark, from });
        }
        let is_open = from == to;
        let was_told = if is_open { known.is_some_and(|known| known.after_open_gap) } else { false };
        if to < mark || (to == mark && (!is_open || was_told)) {
            return Ok(());
        }
        let head = self.head(Kind::Gap, host.id, generation, (mark, to), 0);
        self.push(head, host, why.word().as_bytes());
        Ok(())
    }

    fn head(
        &self,
        kind: Kind,
        host: HostId,
        generation: Generation,
        (from, to): (u64, u64),
        lines: u32,
    ) -> Head {
        Head { kind, name: 0, tail: 0, host, generation, from, to, time: self.now, lines }
    }

    fn push(&mut self, head: Head, host: &'a Host, body: &'a [u8]) {
        let name = host.name.as_str().as_bytes();
        self.fresh.push(Fresh { head: head.seal(name, body), name, body });
        let mark = mark_after(&head);
        self.moved.insert((host.id, head.generation), mark);
        self.moves.push((host.id, head.generation, mark));
    }
}

/// The mark once a record is durable.
pub(super) fn mark_after(head: &Head) -> Mark {
    Mark { offset: head.to, after_open_gap: head.kind == Kind::Gap && head.from == head.to }
}

fn check_lines(from: u64, to: u64, bytes: &[u8]) -> Result<(), Refusal> {
    if bytes.len() > MAX_LINES {
        return Err(Refusal::TooLong { length: bytes.len() });
    }
    if bytes.last() != Some(&b'\n') {
        return Err(Refusal::Unterminated);
    }
    let length = bytes.len() as u64;
    match to.checked_sub(from) {
        Some(whole) if whole == length => Ok(()),
        Some(whole) if whole > length => {
            let is_one = memchr::memchr(b'\n', bytes) == Some(bytes.len() - 1);
            if is_one { Ok(()) } else { Err(Refusal::NotAlone) }
        }
        _ => Err(Refusal::Misplaced { from, to }),
    }
}

/// What of `bytes`, which stand for `whole` bytes, is behind the first `known` ones.
fn behind(bytes: &[u8], known: u64, whole: u64) -> Option<&[u8]> {
    if known == 0 {
        return Some(bytes);
    }
    if whole != bytes.len() as u64 {
        return None;
    }
    let (had, new) = bytes.split_at_checked(usize::try_from(known).ok()?)?;
    had.ends_with(b"\n").then_some(new)
}
