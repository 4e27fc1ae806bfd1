//! Follows a log, whatever is done to its files: whole lines, each once, in order.
//!
//! # How a log is followed
//!
//! The files of a log are known in the order in which they were written. Each is held open until all
//! of it is acknowledged, so that a name that changes, or goes, takes nothing away. The next lines
//! are those of the first file that has some.
//!
//! - **Renamed** (`decnet.log` → `decnet.log.1`): the handle is read to its end. Only when something
//!   is in a later file, and then the end is met once more, is the file over: who writes a log goes to
//!   the new file for good. A last line that has no line feed then is given as if it had one.
//! - **Copied and cut** (`copytruncate`): the file is shorter than what was read of it, or begins with
//!   other bytes. The copy is found by the hash of its first bytes and read on from there; what
//!   stands under the old name is a new generation.
//! - **While nobody looked**: files are found again by device, inode and first bytes, or by first
//!   bytes alone. Files that are not known were written later, for known files stay in the ledger as
//!   long as they are there; their names say in which order, or, where these are of both kinds
//!   (`.1`, `-20261127`), the time of their last write does.
//! - **Gone**: a file that is not to be found, while a later one has something in it, is a
//!   [`Loss::Gone`](crate::position::Loss). Without a later one it may still come back.
//!
//! A file is taken for a copy, and not read, when it begins like one that is known. So two files
//! of one log must not begin with the same line; lines of ours have a time and a number.
//!
//! # How it is used
//!
//! For each connection: [`Tail::rewind`], then [`Tail::seek`] for every mark of the receiver. Then
//! [`Tail::advance`] as long as there is room, [`Tail::release`] for each acknowledgement, and
//! [`Tail::save`] now and then. While nothing is asked for, as without a connection, [`Tail::look`]
//! every second or so.
//!
//! # What is durable when
//!
//! A generation is in the ledger, with its first line, before any of it is given: what a receiver has
//! of it is never sent again under another. Acknowledgements are in the ledger when [`Tail::save`]
//! returns. Losing them costs nothing where the receiver tells its marks.
//!
//! # Limits
//!
//! - What is written to a file after something was written to a later one is not seen.
//! - A renamed file that was never seen under the name of the log is not followed before something is
//!   in it.
//! - In which order files were written is told by their times where one of them has no name any more
//!   and the other was not seen before.
//! - A file that loses its end, as in a crash of the machine, goes on as a new generation from its
//!   last whole line, behind a gap of unknown length; what was appended between the cut and the next
//!   look is in that gap.
//! - A gap of unknown length is told again when the connection breaks before something behind it is
//!   acknowledged.
//! - Memory: one buffer of 256 KiB (or a line), and a kilobyte for each file that is not acknowledged
//!   to its end or still in the folder. At most [`MAX_OPEN`] files are open; further ones wait.
//! - Files that are removed keep their disk space until they are acknowledged.

mod adopt;
mod backlog;
mod file;
mod flight;
mod lag;
mod lines;
mod listing;
mod read;
#[cfg(test)]
mod tests;

use std::{
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

pub use self::backlog::backlog;
use self::{file::Followed, flight::Flight};
use crate::{
    ledger::{Ledger, LedgerError},
    position::{Gap, Generation, Position},
    spool::Host,
};

/// Most files that are open at a time.
pub const MAX_OPEN: usize = 256;

/// The least that a line may be limited to: every receiver takes 2,048 bytes (RFC 5425, 4.3.1).
pub const MIN_LINE: usize = 2048;

/// How much is read at once.
const BLOCK: usize = 256 << 10;

/// What may be set.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Most bytes of a line without its line feed, at least [`MIN_LINE`]; longer ones are cut.
    pub line_limit: usize,
    /// Most bytes that may wait to be given before the oldest are dropped; nothing: all wait.
    pub lag_limit: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self { line_limit: 64 << 10, lag_limit: None }
    }
}

/// Whole lines of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// Of which file.
    pub generation: Generation,
    /// Where the first line begins.
    pub from: u64,
    /// Where the last one ends.
    pub to: u64,
    /// The lines, each ended by its line feed, as they are in the file. Where there are fewer bytes
    /// than between `from` and `to`, it is one line that was too long, and says so at its end.
    pub bytes: &'a [u8],
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next<'a> {
    /// Lines.
    Block(Block<'a>),
    /// Something that will never come.
    Gap(Gap),
    /// From where many hosts' logs come: what follows is this one's.
    Host(&'a Host),
    /// Nothing for now: ask again later. Also where too many files wait to be acknowledged.
    Nothing,
}

/// Whether a place that a receiver told is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sought {
    /// The next lines of this generation begin there.
    Found,
    /// It was acknowledged once, and is no longer to be found. What is still to come of the file, if
    /// anything is, comes as a gap from there.
    Gone,
    /// The generation is not known: nothing has changed.
    Unknown,
}

/// Why a log cannot be followed.
#[derive(Debug, Error)]
pub enum TailError {
    /// A file or folder cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The ledger cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// There is no name to be had for a new file.
    #[error("the system has no random numbers")]
    Random(#[source] getrandom::Error),
    /// Somebody acknowledges what was never given.
    #[error("generation {} up to {} was never given", .0.generation, .0.offset)]
    NeverGiven(Position),
}

/// A log that is followed.
#[derive(Debug)]
pub struct Tail {
    log: PathBuf,
    options: Options,
    ledger: Ledger,
    /// Every file that is known, the oldest first.
    files: Vec<Followed>,
    flight: Flight,
    buffer: Vec<u8>,
    /// Whether more is known than the ledger on disk says.
    dirty: bool,
    /// Bytes read since the folder was looked at.
    unlooked: usize,
}

impl Tail {
    /// Takes the ledger in `state` and follows `log` from where it says. Where there never was a
    /// ledger, everything that is left of the log comes, the oldest first.
    ///
    /// # Errors
    /// When the ledger is held by others or damaged, or the folder of the log cannot be read.
    pub fn open(log: &Path, state: &Path, options: Options) -> Result<Self, TailError> {
        let (ledger, known) = Ledger::open(state)?;
        // Of a file without a whole line nothing was given: it is as good as new.
        let known = known.into_iter().filter(|known| known.prefix.length > 0);
        let line_limit = options.line_limit.max(MIN_LINE);
        let mut tail = Self {
            log: log.to_owned(),
            options: Options { line_limit, ..options },
            ledger,
            files: known.map(Followed::from_ledger).collect(),
            flight: Flight::default(),
            buffer: vec![0; BLOCK.max(2 * line_limit)],
            dirty: false,
            unlooked: 0,
        };
        tail.look()?;
        Ok(tail)
    }

    /// Goes back to what is acknowledged, because what was under way is lost.
    pub fn rewind(&mut self) {
        self.flight.clear();
        for file in self.files.iter_mut().filter(|file| !file.known.is_finished()) {
            file.go_to(file.known.acknowledged);
        }
    }

    /// Goes on with a generation where the receiver says that it has everything before; what others
    /// say of other generations stays. After [`Tail::rewind`], once for each mark of the receiver.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn seek(&mut self, mark: Position) -> Result<Sought, TailError> {
        let known = self.files.iter().position(|file| file.generation() == mark.generation);
        let Some(file) = known.and_then(|at| self.files.get_mut(at)) else { return Ok(Sought::Unknown) };
        let (acknowledged, end) = (file.known.acknowledged, file.known.end);
        let offset = end.map_or(mark.offset, |end| end.min(mark.offset));
        let goes_back = offset < acknowledged;
        if file.known.is_finished() && !goes_back {
            return Ok(Sought::Found);
        }
        let (read, was_finished) = (file.read, file.known.is_finished());
        file.go_to(offset);
        if goes_back && !self.is_at_hand(mark.generation)? {
            // What is still to come of it is a gap: that begins where the receiver is, or the receiver
            // could not take it.
            if was_finished {
                self.with(mark.generation, |file| {
                    file.go_to(acknowledged);
                    file.read = read;
                });
            }
            return Ok(Sought::Gone);
        }
        self.flight.forget(mark.generation);
        self.dirty = true;
        self.end_at_mark(mark.generation, offset)?;
        Ok(Sought::Found)
    }

    /// Everything up to `position`, in the order in which it was given, is acknowledged.
    ///
    /// # Errors
    /// When that was never given.
    pub fn release(&mut self, position: Position) -> Result<(), TailError> {
        let Some(released) = self.flight.release(position) else {
            let is_it = |file: &&Followed| file.generation() == position.generation;
            let known = self.files.iter().find(is_it).map(|file| file.known.acknowledged);
            let is_old = known.is_some_and(|acknowledged| acknowledged >= position.offset);
            return if is_old { Ok(()) } else { Err(TailError::NeverGiven(position)) };
        };
        for stretch in released {
            self.with(stretch.generation, |file| {
                file.acknowledge(stretch.to);
                if stretch.closes {
                    file.end_at(stretch.to);
                }
            });
        }
        self.dirty = true;
        Ok(())
    }

    /// Makes durable what was acknowledged; does nothing where nothing was.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn save(&mut self) -> Result<(), TailError> {
        if self.dirty {
            self.record()?;
        }
        Ok(())
    }

    /// How many bytes are there that are not acknowledged.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn lag(&self) -> Result<u64, TailError> {
        self.files.iter().try_fold(0, |sum: u64, file| {
            let more = file.unacknowledged().map_err(failed(&file.path))?;
            Ok(sum.saturating_add(more))
        })
    }

    /// The last place that is acknowledged.
    pub fn acknowledged(&self) -> Option<Position> {
        let file = self.files.iter().rfind(|file| file.known.acknowledged > 0)?;
        Some(Position { generation: file.generation(), offset: file.known.acknowledged })
    }

    fn record(&mut self) -> Result<(), TailError> {
        self.ledger.save(self.files.iter().map(|file| &file.known))?;
        for file in &mut self.files {
            file.recorded = Some(file.known.prefix.length);
        }
        self.dirty = false;
        Ok(())
    }

    fn with(&mut self, generation: Generation, change: impl FnOnce(&mut Followed)) {
        if let Some(file) = self.files.iter_mut().find(|file| file.generation() == generation) {
            change(file);
        }
    }
}

/// Says what could not be read.
fn failed(path: &Path) -> impl FnOnce(io::Error) -> TailError {
    move |source| TailError::Read { path: path.to_owned(), source }
}
