//! Reading the spool while it is written.

use std::{
    fs::File,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use decnet_event::Timestamp;
use decnet_proto::ids::HostName;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    entry::Host,
    head::{Head, Kind},
    recovery::end_before,
    segment,
    window::{Found, Window},
};
use crate::position::{Gap, Generation, Loss};

/// A place in a spool: everything before it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Number of the segment.
    pub(crate) segment: u64,
    /// Bytes from its beginning.
    pub(crate) offset: u64,
}

impl Place {
    /// Before everything.
    pub const START: Self = Self { segment: 0, offset: 0 };

    /// Number of the segment that it is in.
    pub const fn segment(self) -> u64 {
        self.segment
    }
}

/// How far the spool is durable.
#[derive(Debug, Default)]
pub(super) struct Extent(Mutex<Place>);

impl Extent {
    pub(super) fn set(&self, segment: u64, offset: u64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Place { segment, offset };
    }

    pub(super) fn get(&self) -> Place {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Where it stands.
    pub place: Place,
    /// Whose it is.
    pub host: Host,
    /// When it came.
    pub time: Timestamp,
    /// What it says.
    pub content: Content<'a>,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// Lines, in order, each ended by a line feed.
    Lines {
        /// Of which file.
        generation: Generation,
        /// Offset of the first.
        from: u64,
        /// Offset behind the last.
        to: u64,
        /// How many.
        lines: u32,
        /// The lines.
        bytes: &'a [u8],
    },
    /// What will never come.
    Gap(Gap),
}

/// Why reading does not go on.
#[derive(Debug, Error)]
pub enum ReadError {
    /// Something else than a record stands there, or nothing: [`Reader::skip`] gives up the segment.
    #[error("segment {} of the spool is damaged at byte {}", at.segment, at.offset)]
    Damaged {
        /// Where.
        at: Place,
    },
    /// The system refused.
    #[error("cannot read {path}")]
    System {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Reads records in their order, as far as they are durable.
#[derive(Debug)]
pub struct Reader {
    folder: PathBuf,
    place: Place,
    extent: Arc<Extent>,
    /// What is open of the segment of `place`.
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    window: Window,
    /// Where the segment ends, once another follows it.
    end: Option<u64>,
}

impl Reader {
    pub(super) fn new(folder: PathBuf, place: Place, extent: Arc<Extent>) -> Self {
        Self { folder, place, extent, open: None }
    }

    /// Where it is: before the record that comes next.
    pub fn place(&self) -> Place {
        self.place
    }

    /// The next record, or nothing for now.
    ///
    /// # Errors
    /// [`ReadError`]; trying again does not help against damage.
    pub fn advance(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        let Some(head) = self.find()? else { return Ok(None) };
        let at = self.place;
        let damaged = ReadError::Damaged { at };
        let Some(open) = &mut self.open else { return Err(damaged) };
        let (name, body) = open.window.pass(&head);
        self.place.offset += head.length() as u64;
        record(&head, at, name, body).map(Some).ok_or(damaged)
    }

    /// Goes to another place of the same spool.
    pub fn go_to(&mut self, place: Place) {
        self.open = None;
        self.place = place;
    }

    /// Gives up what is left of the segment, because it is damaged.
    ///
    /// # Errors
    /// [`ReadError::System`].
    pub fn skip(&mut self) -> Result<(), ReadError> {
        let newest = self.extent.get();
        self.open = None;
        self.place = match self.following()? {
            Some(segment) if self.place.segment < newest.segment => Place { segment, offset: 0 },
            _ => newest,
        };
        Ok(())
    }

    /// The head of the next record with lines or a gap.
    fn find(&mut self) -> Result<Option<Head>, ReadError> {
        loop {
            // Before anything is looked at: what is durable now will be found.
            let newest = self.extent.get();
            if self.place >= newest {
                return self.check_not_beyond(newest);
            }
            let limit = self.open_until(newest)?;
            let Some(open) = &mut self.open else { return Ok(None) };
            let found = open.window.peek(limit);
            self.place.offset = open.window.at();
            if let Ok(Found::Whole(head)) = found {
                if head.kind != Kind::Marks {
                    return Ok(Some(head));
                }
                open.window.pass(&head);
                self.place.offset = open.window.at();
                continue;
            }
            match found.map_err(|source| self.system(source))? {
                Found::Whole(_) => {}
                Found::Torn => return Err(ReadError::Damaged { at: self.place }),
                Found::End if self.place.segment >= newest.segment => return Ok(None),
                Found::End => self.go_to_following()?,
            }
        }
    }

    /// A place that is not reached yet is one of another spool.
    fn check_not_beyond(&self, newest: Place) -> Result<Option<Head>, ReadError> {
        if self.place == newest { Ok(None) } else { Err(ReadError::Damaged { at: self.place }) }
    }

    /// Opens the segment of the place, and says how far it may be read.
    fn open_until(&mut self, newest: Place) -> Result<u64, ReadError> {
        if self.place.segment == 0 {
            self.go_to_following()?;
        }
        let mut open = match self.open.take() {
            Some(open) => open,
            None => Open { window: self.window()?, end: None },
        };
        let limit = match open.end {
            Some(end) => end,
            None if self.place.segment == newest.segment => newest.offset,
            None => self.end()?,
        };
        if self.place.segment != newest.segment {
            open.end = Some(limit);
        }
        self.open = Some(open);
        // A place behind the end was none.
        if limit < self.place.offset { Err(ReadError::Damaged { at: self.place }) } else { Ok(limit) }
    }

    fn window(&self) -> Result<Window, ReadError> {
        match File::open(self.path()) {
            Ok(file) => Ok(Window::new(file, self.place.offset)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(ReadError::Damaged { at: self.place })
            }
            Err(error) => Err(self.system(error)),
        }
    }

    /// Where the segment of the place ends, as the one behind it says.
    fn end(&self) -> Result<u64, ReadError> {
        let damaged = ReadError::Damaged { at: self.place };
        let Some(next) = self.following()? else { return Err(damaged) };
        let end = end_before(&segment::path(&self.folder, next)).map_err(|source| self.system(source))?;
        end.ok_or(damaged)
    }

    fn go_to_following(&mut self) -> Result<(), ReadError> {
        let Some(segment) = self.following()? else { return Err(ReadError::Damaged { at: self.place }) };
        self.open = None;
        self.place = Place { segment, offset: 0 };
        Ok(())
    }

    /// The first segment behind the one of the place.
    fn following(&self) -> Result<Option<u64>, ReadError> {
        let listed = segment::list(&self.folder);
        let numbers = listed.map_err(|source| ReadError::System { path: self.folder.clone(), source })?;
        Ok(numbers.range(self.place.segment.saturating_add(1)..).next().copied())
    }

    fn path(&self) -> PathBuf {
        segment::path(&self.folder, self.place.segment)
    }

    fn system(&self, source: io::Error) -> ReadError {
        ReadError::System { path: self.path(), source }
    }
}

fn record<'a>(head: &Head, place: Place, name: &[u8], body: &'a [u8]) -> Option<Record<'a>> {
    let name: HostName = std::str::from_utf8(name).ok()?.parse().ok()?;
    let Head { generation, from, to, lines, .. } = *head;
    let content = match head.kind {
        Kind::Lines => Content::Lines { generation, from, to, lines, bytes: body },
        Kind::Gap => {
            let why = Loss::ALL.into_iter().find(|loss| loss.word().as_bytes() == body)?;
            Content::Gap(Gap { generation, from, to, why })
        }
        Kind::Marks => return None,
    };
    Some(Record { place, host: Host { id: head.host, name }, time: head.time, content })
}
