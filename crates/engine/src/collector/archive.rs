//! What happens to an entry: the book, the two files and the artifacts, kept consistent.
//!
//! No clock, task or channel drives it: [`super::writer`] does.

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
};

use decnet_event::Boot;

use super::{
    artifacts::Artifacts,
    book::Book,
    checkpoint::{Checkpoint, LockError, StateDir},
    config::Config,
    incidents::{Incidents, Told},
    outputs::{Batch, Outputs},
    patience::{Patience, StopFlag, Stopped},
    position::Position,
    recovery::Recovery,
    source::LogContainer,
};

/// Why the collector could not start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another one runs, or the state directory cannot be used.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The log would be its own JSON file.
    #[error("log file {0} must not end in .json: the JSON file beside it has that name")]
    LogIsJson(PathBuf),
    /// No random number for the collector's own run.
    #[error("cannot draw a random number: {0}")]
    Random(getrandom::Error),
    /// A file could not be used.
    #[error("cannot {doing}")]
    File {
        /// What was attempted.
        doing: String,
        /// Why it failed.
        source: io::Error,
    },
}

/// Figures since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Lines written to the log.
    pub(super) lines: u64,
    /// Artifacts completed.
    pub(super) artifacts: u64,
    /// Gaps recorded.
    pub(super) gaps: u64,
}

/// The collector without its tasks.
#[derive(Debug)]
pub(super) struct Archive {
    config: Config,
    state: StateDir,
    outputs: Outputs,
    pub(super) artifacts: Artifacts,
    pub(super) book: Book,
    pub(super) incidents: Incidents,
    pub(super) told: Told,
    pub(super) batch: Batch,
    pub(super) patience: Patience,
    pub(super) counts: Counts,
    /// Containers whose log was read to its end since the start.
    pub(super) settled: BTreeSet<String>,
    /// Whether something changed since the last checkpoint.
    pub(super) dirty: bool,
}

impl Archive {
    /// Takes the lock, recovers from whatever happened to an earlier collector, and opens
    /// the files. `stop` ends waiting for a full disk.
    ///
    /// # Errors
    /// [`OpenError`] when another collector runs, or a file cannot be used.
    pub(super) fn open(config: Config, stop: StopFlag) -> Result<Self, OpenError> {
        if config.log_file.extension().is_some_and(|suffix| suffix == "json") {
            return Err(OpenError::LogIsJson(config.log_file));
        }
        let state = StateDir::lock(&config.state_dir)?;
        let checkpoint = state.load().map_err(file("read the checkpoint", &config.state_dir))?;
        let artifacts = Artifacts::open(&config.artifacts_dir, config.artifacts)
            .map_err(file("open the artifacts", &config.artifacts_dir))?;
        let (book, told, generations) =
            recover(checkpoint, &config).map_err(file("recover the log", &config.log_file))?;
        let outputs = Outputs::open(&config.log_file, generations, config.rotation)
            .map_err(file("open the log", &config.log_file))?;
        let boot = Boot(getrandom::u64().map_err(OpenError::Random)?);
        let mut archive = Self {
            config,
            state,
            outputs,
            artifacts,
            book,
            incidents: Incidents::new(boot),
            told,
            batch: Batch::default(),
            patience: Patience::new(stop),
            counts: Counts::default(),
            settled: BTreeSet::new(),
            dirty: true,
        };
        archive.try_save().map_err(file("write the checkpoint", &archive.config.state_dir))?;
        Ok(archive)
    }

    /// Figures since the start.
    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// Goes back to where the log of `container` was read to; reading goes on after it, or
    /// from the beginning.
    pub(super) fn rewind(&mut self, container: &LogContainer) -> Option<Position> {
        self.book.rewind(container.decky.as_str(), &container.id)
    }

    /// The position that [`Self::rewind`] returned is no longer in the log.
    pub(super) fn lose(&mut self, container: &LogContainer) {
        tracing::warn!("the engine no longer has the lines of {} that come next", container.name);
        self.book.lose(container.decky.as_str(), &container.id);
    }

    /// Only containers in `ids` exist: forgets the others.
    ///
    /// # Errors
    /// [`Stopped`] when a disk was waited for.
    pub(super) fn retain(&mut self, ids: &BTreeSet<String>) -> Result<(), Stopped> {
        self.begin()?;
        let all_read = ids.is_subset(&self.settled);
        let over = self.book.retain(ids, all_read);
        self.settled.retain(|id| ids.contains(id));
        self.dirty |= !over.is_empty();
        self.abandon(|key| over.iter().any(|(decky, boot)| *decky == key.decky && *boot == key.boot))?;
        self.flush()
    }

    /// Writes a checkpoint if anything changed. To be called about once a second.
    ///
    /// # Errors
    /// [`Stopped`] when a disk was waited for.
    pub(super) fn tick(&mut self) -> Result<(), Stopped> {
        self.begin()?;
        if self.dirty { self.save() } else { Ok(()) }
    }

    /// Writes to another file from now on.
    ///
    /// # Errors
    /// The path cannot be a log, or the file cannot be opened; nothing has changed then.
    pub(super) fn move_to(&mut self, log: &Path) -> Result<(), OpenError> {
        if log.extension().is_some_and(|suffix| suffix == "json") {
            return Err(OpenError::LogIsJson(log.to_owned()));
        }
        if log == self.config.log_file {
            return Ok(());
        }
        let next = Outputs::open(log, (0, 0), self.config.rotation).map_err(file("open the log", log))?;
        self.outputs.sync().map_err(file("write the log", &self.config.log_file))?;
        let before = std::mem::replace(&mut self.outputs, next);
        if let Err(error) = self.try_save() {
            self.outputs = before;
            return Err(file("write the checkpoint", &self.config.state_dir)(error));
        }
        self.config.log_file = log.to_owned();
        Ok(())
    }

    /// The log file.
    pub(super) fn log_file(&self) -> &Path {
        &self.config.log_file
    }

    pub(super) fn begin(&mut self) -> Result<(), Stopped> {
        let outputs = &mut self.outputs;
        let mut meddled = false;
        self.patience.insist("open the log anew", || {
            meddled |= outputs.follow_meddling()?;
            Ok(())
        })?;
        if meddled { self.save() } else { Ok(()) }
    }

    /// Writes the batch; rotates when the log is full.
    pub(super) fn flush(&mut self) -> Result<(), Stopped> {
        if self.batch.lines() == 0 {
            return Ok(());
        }
        self.outputs.write(&self.batch, &mut self.patience)?;
        self.counts.lines += self.batch.lines();
        self.batch.clear();
        self.dirty = true;
        if !self.outputs.is_full() {
            return Ok(());
        }
        self.save()?;
        self.patience.insist("rotate the log", || self.outputs.rotate())?;
        self.save()
    }

    pub(super) fn save(&mut self) -> Result<(), Stopped> {
        let Self { outputs, artifacts, state, book, patience, .. } = self;
        patience.insist("write the checkpoint", || store(outputs, artifacts, state, book))?;
        self.dirty = false;
        Ok(())
    }

    fn try_save(&mut self) -> io::Result<()> {
        store(&mut self.outputs, &mut self.artifacts, &self.state, &self.book)?;
        self.dirty = false;
        Ok(())
    }
}

/// Makes durable what was written, then says so.
fn store(outputs: &mut Outputs, artifacts: &mut Artifacts, state: &StateDir, book: &Book) -> io::Result<()> {
    outputs.sync()?;
    artifacts.sync()?;
    let (log, json) = outputs.marks();
    state.save(&Checkpoint::new(log.clone(), json.clone(), book))
}

/// The book as it should be, what was told beyond the checkpoint, and the generations of
/// log and JSON file that come next.
fn recover(checkpoint: Option<Checkpoint<Book>>, config: &Config) -> io::Result<(Book, Told, (u64, u64))> {
    let mut told = Told::default();
    let Some(Checkpoint { log, json, mut book, .. }) = checkpoint else {
        let mut book = Book::rebuild();
        Recovery { book: &mut book, told: &mut told }.read_files(&config.log_file)?;
        // Where nothing was ever written, nothing is doubtful: every log is read from its
        // beginning, and its lines are told apart by their numbers.
        let book = if book.has_runs() { book } else { Book::default() };
        return Ok((book, told, (0, 0)));
    };
    Recovery { book: &mut book, told: &mut told }.follow_marks(&log, &json)?;
    let generations = (log.next_generation()?, json.next_generation()?);
    let same = log.path == config.log_file;
    Ok((book, told, if same { generations } else { (0, 0) }))
}

fn file(doing: &str, path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let doing = format!("{doing} {}", path.display());
    move |source| OpenError::File { doing, source }
}
