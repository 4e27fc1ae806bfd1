//! Follows the log from where the record is.
//!
//! The record is a receiver like any other, whose marks change with its rows: they are the truth,
//! and the ledger of who follows only knows files again. A file that the ledger knows and the record
//! has no mark of is read from its beginning, as after an older record was put in place.

#[cfg(test)]
mod tests;

use std::{
    collections::HashSet,
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use decnet_logship::{
    ledger,
    position::{Generation, Position},
    tail::{Next, Sought, Tail, TailError},
};

use crate::{
    RecordError,
    write::{Batch, Mark, Writer},
};

/// Lines of a batch; a block more may come. The more there are, the fewer pages change for each: what
/// they touch in indices overlaps.
const LINES: u64 = 32 << 10;

/// Bytes of a batch, as there may be lines of 64 KiB; a block more may come.
const BYTES: u64 = 32 << 20;

/// How long the ledger may be behind: all that it costs is a longer way to where the marks are.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// Follows the log.
#[derive(Debug)]
pub(crate) struct Follower {
    tail: Tail,
    /// The folder of the ledger.
    state: Box<Path>,
    /// What was given and is not kept yet, in order.
    given: Vec<Position>,
    /// Stretches of the log that will never come.
    gaps: u64,
    /// The file that was read last.
    current: Option<Generation>,
    saved: Instant,
}

impl Follower {
    /// Follows `log` from `marks` on, with its ledger in the folder `state`.
    pub(crate) fn open(log: &Path, state: &Path, marks: &[Mark]) -> Result<Self, RecordError> {
        let mut tail = Tail::open(log, state, decnet_logship::tail::Options::default())?;
        tail.rewind();
        let marked: HashSet<_> = marks.iter().map(|mark| mark.generation).collect();
        let known = ledger::read(state).map_err(TailError::Ledger)?;
        let unmarked = known.iter().map(|known| known.generation).filter(|known| !marked.contains(known));
        let begins = unmarked.map(|generation| Position { generation, offset: 0 });
        for place in begins.chain(marks.iter().copied()) {
            if tail.seek(place)? == Sought::Gone {
                tracing::info!(
                    "{}: what is kept of it ends at {}, and it is gone",
                    place.generation,
                    place.offset
                );
            }
        }
        let (given, current, saved) = (Vec::new(), None, Instant::now());
        Ok(Self { tail, state: state.into(), given, gaps: 0, current, saved })
    }

    /// Adds to `batch` what comes next: as much as a batch should have, or what is there. Says whether
    /// there may be more.
    pub(crate) fn read(&mut self, batch: &mut Batch) -> Result<bool, TailError> {
        let mut bytes = 0;
        while batch.counts().lines < LINES && bytes < BYTES {
            let has_given = self.has_given();
            match self.tail.advance() {
                Ok(Next::Block(block)) => {
                    let arrival = now();
                    let end = Position { generation: block.generation, offset: block.to };
                    bytes += block.bytes.len() as u64;
                    lines(block.bytes).for_each(|line| batch.push(line, arrival));
                    self.given.push(end);
                }
                Ok(Next::Gap(gap)) => {
                    let (generation, from, why) = (gap.generation, gap.from, gap.why.word());
                    tracing::warn!(
                        "{generation}: what is behind {from} of this file of the log is lost: {why}"
                    );
                    self.gaps += 1;
                    self.given.push(gap.end());
                }
                Ok(Next::Nothing | Next::Host(_)) => return Ok(false),
                // What came before is kept first; the error will come again.
                Err(_) if has_given => return Ok(true),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Whether something was given that is not kept yet.
    pub(crate) fn has_given(&self) -> bool {
        !self.given.is_empty()
    }

    /// How far the log is kept once what was given is.
    pub(crate) fn marks(&self) -> Vec<Mark> {
        let mut marks: Vec<Mark> = Vec::new();
        for position in &self.given {
            marks.retain(|mark| mark.generation != position.generation);
            marks.push(*position);
        }
        marks
    }

    /// What was given is kept.
    pub(crate) fn release(&mut self, writer: &mut Writer) -> Result<(), RecordError> {
        let last = self.given.last().map(|position| position.generation);
        for position in self.given.drain(..) {
            self.tail.release(position)?;
        }
        if self.saved.elapsed() >= SAVE_EVERY {
            self.save()?;
        }
        if last.is_some() && self.current != last {
            self.current = last;
            let known = ledger::read(&self.state).map_err(TailError::Ledger)?;
            writer.prune_marks(&known.iter().map(|known| known.generation).collect())?;
        }
        Ok(())
    }

    /// Makes durable what the ledger should know.
    pub(crate) fn save(&mut self) -> Result<(), TailError> {
        self.saved = Instant::now();
        self.tail.save()
    }

    /// Bytes of the log that are not kept yet.
    pub(crate) fn lag(&self) -> Result<u64, TailError> {
        self.tail.lag()
    }

    /// How many stretches of the log will never come.
    pub(crate) fn gaps(&self) -> u64 {
        self.gaps
    }
}

/// The lines of a block, without their line feeds.
fn lines(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut begin = 0;
    memchr::memchr_iter(b'\n', block).map(move |end| {
        let line = block.get(begin..end).unwrap_or_default();
        begin = end + 1;
        line
    })
}

/// Microseconds since the Unix epoch.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
