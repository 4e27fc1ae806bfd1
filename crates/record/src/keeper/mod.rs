//! The thread that keeps the record: it alone writes.
//!
//! It reads lines and keeps them, batch behind batch. When nothing is there it waits; when something
//! fails, as on a full disk, it tries again until it works, and says so meanwhile. Between batches it
//! does other work in small pieces ([`Chore`]): behind what comes in, but never not at all.

mod chore;
mod desk;
mod pause;
mod run;
mod status;
mod stop;
#[cfg(test)]
mod tests;

use std::{
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
};

pub use self::status::Status;
pub(crate) use self::{
    chore::{Chore, Worked},
    stop::Stop,
};
use self::{desk::Desk, run::Keeper};
use crate::{
    Database, RecordError, Watch,
    accounts::{AccountError, Accounts},
    alerts::{Alerts, OldAlerts},
    file,
    follow::Follower,
    retention::{Limits, Retention},
    settings::Setting,
    sql::{Connection, Mode},
    text::Builder,
    write::{Purged, Writer},
};

/// What a record is kept from, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the record is.
    pub database: Database,
    /// The log: `decnet.json` or `master.json`.
    pub log: PathBuf,
    /// What is removed again.
    pub limits: Limits,
}

/// A record that is being kept, until the last clone of this is dropped.
#[derive(Clone, Debug)]
pub struct Record(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    watch: Arc<Watch>,
    status: Arc<status::Shared>,
    stop: Arc<Stop>,
    desk: Arc<Desk>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Record {
    /// Opens the record, making it where there is none, and begins to keep it.
    ///
    /// # Errors
    /// [`RecordError::Held`] or [`RecordError::Taken`] when another process keeps it, [`RecordError::Newer`],
    /// [`RecordError::OpenFolder`], [`RecordError::File`], [`RecordError::Log`].
    pub fn start(options: Options) -> Result<Self, RecordError> {
        let retention = Retention::new(options.limits);
        let chores: Vec<Box<dyn Chore>> =
            vec![Box::new(Builder::default()), Box::new(retention), Box::new(OldAlerts::default())];
        Self::start_with(&options, chores)
    }

    /// The same, with what else is to be done between batches.
    pub(crate) fn start_with(options: &Options, chores: Vec<Box<dyn Chore>>) -> Result<Self, RecordError> {
        let ledger = file::prepare_folder(&options.database.ledger())?;
        let mut writer = Writer::open(&options.database)?;
        let follower = Follower::open(&options.log, &ledger, &writer.marks()?)?;
        let (watch, status, stop) = (Arc::clone(writer.watch()), Arc::default(), Arc::<Stop>::default());
        let desk = Arc::<Desk>::default();
        let shared = (Arc::clone(&status), Arc::clone(&stop), Arc::clone(&desk));
        let keeper = Keeper::new(writer, follower, chores, shared.0, shared.1, shared.2);
        let thread = thread::Builder::new().name("record".to_owned()).spawn(|| keeper.run());
        let thread = thread.map_err(|source: io::Error| RecordError::File { path: ledger, source })?;
        Ok(Self(Arc::new(Kept { watch, status, stop, desk, thread: Mutex::new(Some(thread)) })))
    }

    /// Who wants to know of new events asks here.
    pub fn watch(&self) -> &Watch {
        &self.0.watch
    }

    /// How it goes.
    pub fn status(&self) -> Status {
        self.0.status.get()
    }

    /// Has accounts looked after by the thread that writes, between two batches.
    ///
    /// # Errors
    /// Those of `work`; [`RecordError::Closed`] when the record is not kept any more.
    pub fn accounts<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Accounts<'_>) -> Result<T, AccountError> + Send + 'static,
    ) -> Result<T, AccountError> {
        self.0.desk.ask(&self.0.stop, |connection| work(&mut Accounts::new(connection)))?
    }

    /// Has rules, receivers and deliveries of alerts looked after by the thread that writes, between two batches:
    /// all that `work` does, or nothing.
    ///
    /// # Errors
    /// Those of `work`; [`RecordError::Closed`] when the record is not kept any more.
    pub fn alerts<T, E>(
        &self,
        work: impl FnOnce(&mut Alerts<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<RecordError> + Send + 'static,
    {
        let job = |connection: &mut Connection| {
            connection.all_or_nothing(Mode::Write, |connection| work(&mut Alerts::over(connection)))
        };
        self.0.desk.ask(&self.0.stop, job)?
    }

    /// Removes all that was learnt of attackers, and every event; what is kept already does not come again.
    /// Users, receivers and settings stay.
    ///
    /// # Errors
    /// [`RecordError::Closed`], [`RecordError::Busy`], and when the database refuses: then nothing is gone.
    pub fn purge(&self) -> Result<Purged, RecordError> {
        self.0.desk.ask_writer(&self.0.stop, Writer::purge)?
    }

    /// Keeps a setting.
    ///
    /// # Errors
    /// As [`Record::purge`].
    pub fn set(&self, setting: Setting, value: i64) -> Result<(), RecordError> {
        self.0.desk.ask(&self.0.stop, move |connection| setting.keep(connection, value))?
    }

    /// Keeps the batch that is under way, and then nothing any more.
    pub fn stop(&self) {
        self.0.stop();
    }
}

impl Kept {
    fn stop(&self) {
        self.stop.set();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A thread that failed has told it already.
        let _ = thread.map(JoinHandle::join);
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.stop();
    }
}
