//! Everything that came, in the order in which it was acknowledged.
//!
//! Layout, invariants and recovery stand in the [crate's head](crate).

mod entry;
mod head;
mod lock;
mod marks;
mod reader;
mod recovery;
mod segment;
#[cfg(test)]
mod tests;
mod window;

use std::{
    fs::DirBuilder,
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use decnet_event::Timestamp;
use decnet_proto::ids::HostId;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use self::{
    entry::{Draft, Fresh},
    lock::Lock,
    marks::Marks,
    reader::Extent,
    segment::{Opening, Segment},
};
pub use self::{
    entry::{Entry, Host, MAX_LINES, Refusal},
    reader::{Content, Place, ReadError, Reader, Record},
};
use crate::{
    medium::{Disk, Medium, folder_of, is_full},
    position::{Generation, Position},
};

/// A segment of so many bytes is followed by another.
pub const SEGMENT_BYTES: u64 = 64 << 20;

/// Which spool: drawn when it is begun. A place in one means nothing in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SpoolId(pub(crate) Generation);

/// Why a spool cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("{path} is held by process {holder}")]
    Held {
        /// The lock.
        path: PathBuf,
        /// Its process id.
        holder: String,
    },
    /// The system refused.
    #[error("cannot {doing} {path}")]
    System {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// There are no random numbers.
    #[error("cannot draw an id for a new spool")]
    Random(#[from] getrandom::Error),
}

/// Why a group was not made durable. Nothing of it counts; it can be tried again at any time.
#[derive(Debug, Error)]
pub enum CommitError {
    /// The disk is full, or what this user may have of it.
    #[error("no room in {folder}")]
    Full {
        /// The folder of the spool.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something else.
    #[error("cannot write to {folder}")]
    Failed {
        /// The folder of the spool.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The end of the spool.
#[derive(Debug)]
enum Tail {
    /// This segment is written to.
    Open(Segment),
    /// This one ends here, whatever it has; the next is begun with the next record.
    Left { number: u64, end: u64 },
}

/// A spool, open for writing.
#[derive(Debug)]
pub struct Spool<M = Disk> {
    folder: PathBuf,
    segment_bytes: u64,
    medium: M,
    id: SpoolId,
    marks: Marks,
    tail: Tail,
    extent: Arc<Extent>,
    _lock: Lock,
}

impl Spool {
    /// Opens the spool in `folder`, which is made where it is missing, and recovers it. A segment of
    /// `segment_bytes`, usually [`SEGMENT_BYTES`], is followed by another.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(folder: &Path, segment_bytes: u64) -> Result<Self, OpenError> {
        Self::open_on(Disk, folder, segment_bytes)
    }
}

impl<M: Medium> Spool<M> {
    /// [`Spool::open`], through another medium.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_on(mut medium: M, folder: &Path, segment_bytes: u64) -> Result<Self, OpenError> {
        let made = DirBuilder::new().recursive(true).mode(0o750).create(folder);
        let made = made.and_then(|()| medium.sync_folder(folder_of(folder)));
        made.map_err(|source| OpenError::System { doing: "make", path: folder.to_owned(), source })?;
        let lock = Lock::take(folder)?;
        let (id, marks, tail) = match recovery::recover(&mut medium, folder)? {
            None => (SpoolId(Generation::draw()?), Marks::default(), Tail::Left { number: 0, end: 0 }),
            Some(found) => {
                let tail = match found.damaged {
                    None => Tail::Open(found.segment),
                    // Its number is not used again: a reader may have been in it.
                    Some(number) => Tail::Left { number, end: found.segment.length },
                };
                (found.spool, found.marks, tail)
            }
        };
        let extent = Arc::new(Extent::default());
        if let Tail::Open(segment) = &tail {
            extent.set(segment.number, segment.length);
        }
        Ok(Self { folder: folder.to_owned(), segment_bytes, medium, id, marks, tail, extent, _lock: lock })
    }

    /// Which spool this is.
    pub fn id(&self) -> SpoolId {
        self.id
    }

    /// How far the generations of a host were taken, the one that came last first: at most 16.
    pub fn marks(&self, host: HostId) -> Vec<Position> {
        self.marks.of(host)
    }

    /// Makes `entries` durable, all of them by one `fdatasync`, and says of each how far its
    /// generation is taken once it counts, or why it is refused. What was had before is dropped, and
    /// refusing one entry does nothing to others.
    ///
    /// # Errors
    /// [`CommitError`] when nothing of the group counts; the same group can be tried again.
    pub fn commit(
        &mut self,
        entries: &[Entry<'_>],
        now: Timestamp,
    ) -> Result<Vec<Result<Position, Refusal>>, CommitError> {
        let mut draft = Draft::new(&self.marks, now);
        let verdicts = entries.iter().map(|entry| draft.admit(entry)).collect();
        let (fresh, moves) = draft.finish();
        if !fresh.is_empty() {
            self.write(&fresh, now).map_err(|source| self.failed(source))?;
        }
        for (host, generation, mark) in moves {
            self.marks.set(host, generation, mark);
        }
        Ok(verdicts)
    }

    /// Reads records from `from` on, while others are written.
    pub fn reader(&self, from: Place) -> Reader {
        Reader::new(self.folder.clone(), from, Arc::clone(&self.extent))
    }

    /// Removes the segments before `place`, which every reader must have durably passed, and says
    /// how many they were.
    ///
    /// # Errors
    /// What the system says; some may be gone then.
    pub fn remove_before(&mut self, place: Place) -> io::Result<usize> {
        let newest = self.extent.get().segment;
        let mut count = 0;
        for number in segment::list(&self.folder)?.range(..place.segment.min(newest)) {
            std::fs::remove_file(segment::path(&self.folder, *number))?;
            count += 1;
        }
        Ok(count)
    }

    fn failed(&self, source: io::Error) -> CommitError {
        let folder = self.folder.clone();
        if is_full(&source) {
            CommitError::Full { folder, source }
        } else {
            CommitError::Failed { folder, source }
        }
    }

    fn write(&mut self, fresh: &[Fresh<'_>], now: Timestamp) -> io::Result<()> {
        self.begin_if_needed(now)?;
        // `begin_if_needed` leaves an open one behind.
        let Tail::Open(segment) = &mut self.tail else { return Err(io::ErrorKind::NotFound.into()) };
        let mut parts: Vec<_> = fresh.iter().flat_map(Fresh::parts).collect();
        let end = segment.length;
        let written = match self.medium.append(&segment.file, &mut parts) {
            Ok(()) => self.medium.sync(&segment.file).map_err(|error| (Undo::Leave, error)),
            Err(error) => Err((Undo::Cut, error)),
        };
        if let Err((undo, error)) = written {
            let cut = self.medium.cut(&segment.file, end);
            if undo == Undo::Leave || cut.is_err() {
                self.tail = Tail::Left { number: segment.number, end };
            }
            return Err(error);
        }
        segment.length += fresh.iter().map(Fresh::length).sum::<u64>();
        self.extent.set(segment.number, segment.length);
        Ok(())
    }

    fn begin_if_needed(&mut self, now: Timestamp) -> io::Result<()> {
        let (number, end_before) = match &self.tail {
            Tail::Open(segment) if segment.length < self.segment_bytes => return Ok(()),
            Tail::Open(segment) => (segment.number, segment.length),
            Tail::Left { number, end } => (*number, *end),
        };
        let number = number + 1;
        let opening = Opening { number, end_before, spool: self.id, marks: &self.marks, now };
        let segment = Segment::begin(&mut self.medium, &self.folder, &opening)?;
        self.extent.set(segment.number, segment.length);
        self.tail = Tail::Open(segment);
        Ok(())
    }
}

/// What is done about records that do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Undo {
    /// They are cut off.
    Cut,
    /// Nobody knows what is durable of them: that, and the segment is left.
    Leave,
}
