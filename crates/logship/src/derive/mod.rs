//! From the spool to what people and programs read: `master.log` and `master.json`.
//!
//! The spool is the truth; both files can be made from it again, byte for byte. So nothing here is
//! made durable line by line: [`Deriver::save`] does it about once a second, and says how far the
//! spool is needed no more. After a crash both files are cut to what was saved, and written on.
//!
//! # Rotation
//! From outside, by renaming or `copytruncate`. A name that is gone or another file's is opened
//! anew, and the place is saved before a line goes to the new file: so the place always knows the
//! files that have lines beyond it, and finds them by inode under whatever name.
//!
//! # Limits
//! - Lines of the moments before a crash come twice when a file was renamed *and* compressed or
//!   removed in these moments; `delaycompress` prevents that.
//! - `copytruncate` loses what is written while it copies, and what was written in the moments before
//!   it comes twice, if there is a crash right behind it.
//! - Of a damaged segment of the spool, what is behind the damage is left out, and told in the log
//!   of the program.

mod objects;
mod output;
mod saved;
#[cfg(test)]
mod tests;

use std::{
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use self::{
    output::{Change, Output},
    saved::{FileMark, Saved},
};
use crate::{
    medium::{Disk, Medium},
    notice::{Teller, gap_line},
    spool::{Content, Place, ReadError, Reader, Record, Spool, SpoolId},
};

/// APP-NAME of what is told here.
const LISTENER: &str = "listener";

/// Bytes of lines that are written at once.
const BATCH: usize = 256 << 10;

/// Where things are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// Every line: `master.log`.
    pub log: PathBuf,
    /// One object for each line that decodes: `master.json`.
    pub json: PathBuf,
    /// The place that is saved.
    pub place: PathBuf,
}

/// Why deriving does not go on. Trying again later goes on where it stopped.
#[derive(Debug, Error)]
pub enum DeriveError {
    /// The spool cannot be read.
    #[error("cannot read the spool")]
    Read(#[from] ReadError),
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
    /// The saved place makes no sense.
    #[error(
        "{path} cannot be read: if it is removed, lines of the last moments, and all that are still in the spool, are written again"
    )]
    Place {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
}

/// What was done since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines written to the log.
    pub lines: u64,
    /// Lines among them that do not decode, and have no object.
    pub undecodable: u64,
    /// Gaps told.
    pub gaps: u64,
    /// Segments of the spool that were given up, because they are damaged.
    pub damaged: u64,
}

/// Whether a step may be followed by another at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There is more to do.
    More,
    /// Everything that is durable in the spool is in both files.
    Done,
}

/// Writes both files.
#[derive(Debug)]
pub struct Deriver<M = Disk> {
    medium: M,
    spool: SpoolId,
    reader: Reader,
    log: Output,
    json: Output,
    place: PathBuf,
    /// As both files are on the disk.
    durable: Saved,
    /// As the file at `place` says, if it knows the files that are open: else they must not grow.
    saved: Option<Saved>,
    /// Whether the files are still to go back to what is durable.
    is_astray: bool,
    counts: Counts,
}

impl Deriver {
    /// Opens both files beside `spool`, and brings them to where they were saved.
    ///
    /// # Errors
    /// [`DeriveError`].
    pub fn open<S: Medium>(paths: &Paths, spool: &Spool<S>) -> Result<Self, DeriveError> {
        Self::open_on(Disk, paths, spool)
    }
}

impl<M: Medium> Deriver<M> {
    /// [`Deriver::open`], through another medium.
    ///
    /// # Errors
    /// [`DeriveError`].
    pub fn open_on<S: Medium>(mut medium: M, paths: &Paths, spool: &Spool<S>) -> Result<Self, DeriveError> {
        let known = Saved::load(&paths.place)?;
        let saved = known.filter(|saved| saved.spool == spool.id());
        if let Some(saved) = &saved {
            settle(&mut medium, &paths.log, &saved.log)?;
            settle(&mut medium, &paths.json, &saved.json)?;
        }
        let place = saved.as_ref().map_or(Place::START, |saved| saved.place);
        let (log, json) = (open(&mut medium, &paths.log)?, open(&mut medium, &paths.json)?);
        let durable = Saved::new(spool.id(), place, log.mark(), json.mark());
        let mut deriver = Self {
            medium,
            spool: spool.id(),
            reader: spool.reader(place),
            log,
            json,
            place: paths.place.clone(),
            durable,
            saved,
            is_astray: false,
            counts: Counts::default(),
        };
        deriver.save()?;
        Ok(deriver)
    }

    /// What was done since the start.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Writes what is new, up to a batch of it, and follows rotations.
    ///
    /// # Errors
    /// [`DeriveError`]; the next step goes on.
    pub fn step(&mut self) -> Result<Progress, DeriveError> {
        self.repair()?;
        self.flush()?;
        self.follow()?;
        if self.saved.is_none() {
            self.save()?;
        }
        let progress = self.fill()?;
        self.flush()?;
        Ok(progress)
    }

    /// Makes durable what was written, saves the place, and returns it: what is before it, the spool
    /// need not keep for this.
    ///
    /// # Errors
    /// [`DeriveError`]; the place before it stays true.
    pub fn save(&mut self) -> Result<Place, DeriveError> {
        self.repair()?;
        self.flush()?;
        self.sync()?;
        if self.saved.as_ref() != Some(&self.durable) {
            let written = self.durable.write(&mut self.medium, &self.place);
            written.map_err(|source| system("replace", &self.place, source))?;
            self.saved = Some(self.durable.clone());
        }
        Ok(self.durable.place)
    }

    /// As everything is now, if nothing is pending.
    fn state(&self) -> Saved {
        Saved::new(self.spool, self.reader.place(), self.log.mark(), self.json.mark())
    }

    fn flush(&mut self) -> Result<(), DeriveError> {
        for output in [&mut self.log, &mut self.json] {
            output.flush(&mut self.medium).map_err(|source| system("write", output.path(), source))?;
        }
        Ok(())
    }

    /// Makes both files durable. When that fails nobody knows what is: they go back to what was.
    fn sync(&mut self) -> Result<(), DeriveError> {
        let state = self.state();
        if state == self.durable {
            return Ok(());
        }
        for output in [&self.log, &self.json] {
            if let Err(source) = output.sync(&mut self.medium) {
                let error = system("sync", output.path(), source);
                self.is_astray = true;
                return Err(error);
            }
        }
        self.durable = state;
        Ok(())
    }

    fn repair(&mut self) -> Result<(), DeriveError> {
        if !self.is_astray {
            return Ok(());
        }
        self.reader.go_to(self.durable.place);
        for (output, mark) in [(&mut self.log, &self.durable.log), (&mut self.json, &self.durable.json)] {
            let cut = output.cut(&mut self.medium, mark.length);
            cut.map_err(|source| system("cut", output.path(), source))?;
        }
        self.is_astray = false;
        Ok(())
    }

    /// Looks what others did to the files. What is open then is perhaps not what is saved.
    fn follow(&mut self) -> Result<(), DeriveError> {
        let change =
            |output: &Output| output.change().map_err(|source| system("look at", output.path(), source));
        let changes = (change(&self.log)?, change(&self.json)?);
        if changes == (Change::None, Change::None) {
            return Ok(());
        }
        self.sync()?;
        for (output, change) in [(&mut self.log, changes.0), (&mut self.json, changes.1)] {
            match change {
                Change::None => {}
                Change::Moved => *output = open(&mut self.medium, output.path())?,
                Change::Resized(length) => {
                    let path = output.path().display();
                    tracing::warn!("{path} was cut or written by somebody else: going on at byte {length}");
                    output.resize(length);
                }
            }
        }
        self.durable = self.state();
        self.saved = None;
        Ok(())
    }

    fn fill(&mut self) -> Result<Progress, DeriveError> {
        while self.log.pending() < BATCH {
            match self.reader.advance() {
                Ok(None) => return Ok(Progress::Done),
                Ok(Some(record)) => take(&record, &mut self.log, &mut self.json, &mut self.counts),
                Err(damage @ ReadError::Damaged { .. }) => {
                    tracing::error!("{damage}: what is behind that is left out");
                    self.counts.damaged += 1;
                    self.reader.skip()?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Progress::More)
    }
}

/// Adds a record to what is to be written.
fn take(record: &Record<'_>, log: &mut Output, json: &mut Output, counts: &mut Counts) {
    let line;
    let bytes = match &record.content {
        Content::Lines { bytes, .. } => *bytes,
        Content::Gap(gap) => {
            counts.gaps += 1;
            line = gap_line(gap, Teller { host: record.host.name.as_str(), service: LISTENER }, record.time);
            line.as_slice()
        }
    };
    log.push(bytes);
    let (lines, decoded) = objects::push(bytes, &record.host, json.buffer());
    counts.lines += lines;
    counts.undecodable += lines - decoded;
}

/// Opens a file to be written on.
fn open(medium: &mut impl Medium, path: &Path) -> Result<Output, DeriveError> {
    Output::open(medium, path).map_err(|source| system("open", path, source))
}

/// Cuts the file that was called `path` to what was saved of it, whatever it is called now.
fn settle(medium: &mut impl Medium, path: &Path, mark: &FileMark) -> Result<(), DeriveError> {
    let found = output::find(path, mark).map_err(|source| system("look for", path, source))?;
    let Some(found) = found else {
        tracing::warn!("{} is gone: lines of its last moments may come twice", path.display());
        return Ok(());
    };
    output::cut_named(medium, &found, mark.length).map_err(|source| system("cut", &found, source))
}

fn system(doing: &'static str, path: &Path, source: io::Error) -> DeriveError {
    DeriveError::System { doing, path: path.to_owned(), source }
}
