//! The thread that keeps the record: it alone writes.
//!
//! It reads lines and keeps them, batch behind batch. When nothing is there it waits; when something
//! fails, as on a full disk, it tries again until it works, and says so meanwhile. Between batches it
//! does other work in small pieces ([`Chore`]): behind what comes in, but never not at all.

mod chore;
mod pause;
mod run;
mod status;
mod stop;
#[cfg(test)]
mod tests;

use std::{
    io,
    path::PathBuf,
    sync::Arc,
    thread::{self, JoinHandle},
};

use self::run::Keeper;
pub use self::status::Status;
pub(crate) use self::{
    chore::{Chore, Worked},
    stop::Stop,
};
use crate::{
    RecordError, Watch,
    file::{self, beside},
    follow::Follower,
    retention::{Limits, Retention},
    write::Writer,
};

/// What a record is kept from, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// The file of the record. A lock and the ledger of the log are beside it.
    pub path: PathBuf,
    /// The log: `decnet.json` or `master.json`.
    pub log: PathBuf,
    /// What is removed again.
    pub limits: Limits,
}

/// A record that is being kept, until this is dropped.
#[derive(Debug)]
pub struct Record {
    watch: Arc<Watch>,
    status: Arc<status::Shared>,
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

impl Record {
    /// Opens the record, making it where there is none, and begins to keep it.
    ///
    /// # Errors
    /// [`RecordError::Held`] when another process keeps it, [`RecordError::Newer`],
    /// [`RecordError::OpenFolder`], [`RecordError::File`], [`RecordError::Log`].
    pub fn start(options: Options) -> Result<Self, RecordError> {
        let retention = Retention::new(options.limits);
        Self::start_with(&options, vec![Box::new(retention)])
    }

    /// The same, with what else is to be done between batches.
    pub(crate) fn start_with(options: &Options, chores: Vec<Box<dyn Chore>>) -> Result<Self, RecordError> {
        let path = file::prepare_folder(&options.path)?;
        let mut writer = Writer::open(&path)?;
        let follower = Follower::open(&options.log, &beside(&path, ".follow"), &writer.marks()?)?;
        let (watch, status, stop) = (Arc::clone(writer.watch()), Arc::default(), Arc::default());
        let keeper = Keeper::new(writer, follower, chores, Arc::clone(&status), Arc::clone(&stop));
        let thread = thread::Builder::new().name("record".to_owned()).spawn(|| keeper.run());
        let thread = thread.map_err(|source: io::Error| RecordError::File { path, source })?;
        Ok(Self { watch, status, stop, thread: Some(thread) })
    }

    /// Who wants to know of new events asks here.
    pub fn watch(&self) -> Arc<Watch> {
        Arc::clone(&self.watch)
    }

    /// How it goes.
    pub fn status(&self) -> Status {
        self.status.get()
    }
}

/// The batch that is under way is kept first.
impl Drop for Record {
    fn drop(&mut self) {
        self.stop.set();
        // A thread that failed has told it already.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
