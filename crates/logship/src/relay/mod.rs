//! Handing on what a spool has to another receiver, of every host in turn.
//!
//! Only what was acknowledged moves the place that is saved on. The receiver has the marks of all
//! hosts, and drops what it had before: so the place may be an old one after a crash, and every line
//! comes there once all the same.

mod flight;
#[cfg(test)]
mod tests;

use std::{
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use self::flight::Flight;
use crate::{
    medium::{Disk, Medium, write_atomically},
    position::{Gap, Generation, Position},
    ship::Source,
    spool::{Content, Host, Place, ReadError, Reader, Spool, SpoolId},
    tail::{Block, Next},
};

/// What a spool has, as a sender takes it.
#[derive(Debug)]
pub struct Relay {
    reader: Reader,
    /// Whose stream the receiver was told to come.
    host: Option<Host>,
    /// What follows once it was told of another.
    held: Option<Held>,
    /// Lines of what was read last.
    bytes: Vec<u8>,
    flight: Flight,
    /// Everything before it is acknowledged.
    acknowledged: Place,
    ledger: Ledger,
    damaged: u64,
}

/// A record without its host and its lines.
#[derive(Clone, Debug)]
enum Held {
    Lines(Generation, u64, u64),
    Gap(Gap),
}

/// Why it does not go on.
#[derive(Debug, Error)]
pub enum RelayError {
    /// The spool cannot be read.
    #[error("cannot read the spool")]
    Spool(#[from] ReadError),
    /// The place up to which everything was acknowledged cannot be read or replaced.
    #[error("cannot {doing} {path}")]
    Ledger {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// What the file of that place holds makes no sense.
    #[error("{path} cannot be read: if it is removed, all that is in the spool is handed on again")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// Somebody acknowledges what was never given.
    #[error("generation {} up to {} was never given", .0.generation, .0.offset)]
    NeverGiven(Position),
}

impl Relay {
    /// Reads `spool` on from the place that the file at `ledger` says; from its beginning where there
    /// is none, or where it is of another spool.
    ///
    /// # Errors
    /// [`RelayError`].
    pub fn open<M: Medium>(spool: &Spool<M>, ledger: &Path) -> Result<Self, RelayError> {
        let (ledger, acknowledged) = Ledger::open(ledger, spool.id())?;
        Ok(Self {
            reader: spool.reader(acknowledged),
            host: None,
            held: None,
            bytes: Vec::new(),
            flight: Flight::default(),
            acknowledged,
            ledger,
            damaged: 0,
        })
    }

    /// Segments that were given up because they are damaged.
    pub fn damaged(&self) -> u64 {
        self.damaged
    }

    /// Writes down what was acknowledged, and returns it: what is before it, the spool need not keep
    /// for this.
    ///
    /// # Errors
    /// [`RelayError::Ledger`]; the place before it stays true.
    pub fn save(&mut self) -> Result<Place, RelayError> {
        self.ledger.save(self.acknowledged)?;
        Ok(self.acknowledged)
    }

    /// Reads the next record; nothing for now if there is none.
    fn read(&mut self) -> Result<Option<(Host, Held)>, RelayError> {
        loop {
            match self.reader.advance() {
                Ok(None) => return Ok(None),
                Ok(Some(record)) => {
                    let held = match record.content {
                        Content::Gap(gap) => Held::Gap(gap),
                        Content::Lines { generation, from, to, bytes, .. } => {
                            self.bytes.clear();
                            self.bytes.extend_from_slice(bytes);
                            Held::Lines(generation, from, to)
                        }
                    };
                    return Ok(Some((record.host, held)));
                }
                Err(damage @ ReadError::Damaged { .. }) => {
                    tracing::error!("{damage}: what is behind that is not handed on");
                    self.damaged += 1;
                    self.reader.skip()?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn give(&mut self, held: Held) -> Next<'_> {
        let (next, end, is_open_gap) = match held {
            Held::Gap(gap) => {
                let (end, is_open) = (gap.end(), gap.is_open());
                (Next::Gap(gap), end, is_open)
            }
            Held::Lines(generation, from, to) => {
                let block = Block { generation, from, to, bytes: &self.bytes };
                (Next::Block(block), Position { generation, offset: to }, false)
            }
        };
        self.flight.push(end, is_open_gap, self.reader.place());
        next
    }
}

impl Source for Relay {
    type Error = RelayError;

    fn advance(&mut self) -> Result<Next<'_>, RelayError> {
        if let Some(held) = self.held.take() {
            return Ok(self.give(held));
        }
        let Some((host, held)) = self.read()? else { return Ok(Next::Nothing) };
        if self.host.as_ref() == Some(&host) {
            return Ok(self.give(held));
        }
        self.held = Some(held);
        Ok(Next::Host(self.host.insert(host)))
    }

    /// The receiver's marks are of many hosts, and it tells none.
    fn resume(&mut self, _: &[Position]) -> Result<(), RelayError> {
        self.reader.go_to(self.acknowledged);
        (self.host, self.held) = (None, None);
        self.flight.clear();
        Ok(())
    }

    fn release(&mut self, acknowledged: Position) -> Result<(), RelayError> {
        let place = self.flight.release(acknowledged).ok_or(RelayError::NeverGiven(acknowledged))?;
        self.acknowledged = self.acknowledged.max(place);
        Ok(())
    }
}

/// The file of the place up to which everything was acknowledged.
#[derive(Debug)]
struct Ledger {
    path: PathBuf,
    spool: SpoolId,
    saved: Option<Place>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    spool: SpoolId,
    place: Place,
}

impl Ledger {
    fn open(path: &Path, spool: SpoolId) -> Result<(Self, Place), RelayError> {
        let found = match std::fs::read(path) {
            Ok(bytes) => Some(
                serde_json::from_slice::<Saved>(&bytes)
                    .map_err(|source| RelayError::Malformed { path: path.to_owned(), source })?,
            ),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(RelayError::Ledger { doing: "read", path: path.to_owned(), source }),
        };
        let saved = found.filter(|saved| saved.spool == spool).map(|saved| saved.place);
        Ok((Self { path: path.to_owned(), spool, saved }, saved.unwrap_or(Place::START)))
    }

    fn save(&mut self, place: Place) -> Result<(), RelayError> {
        if self.saved == Some(place) {
            return Ok(());
        }
        let written = serde_json::to_vec(&Saved { spool: self.spool, place })
            .map_err(io::Error::from)
            .and_then(|bytes| write_atomically(&mut Disk, &self.path, &bytes));
        let path = self.path.clone();
        written.map_err(|source| RelayError::Ledger { doing: "replace", path, source })?;
        self.saved = Some(place);
        Ok(())
    }
}
