//! Where others leave work for the thread that writes.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError, mpsc},
};

use super::stop::Stop;
use crate::{RecordError, sql::Connection, write::Writer};

/// Most pieces of work that wait.
const MOST: usize = 256;

type Job = Box<dyn FnOnce(&mut Writer) + Send>;

/// Work that waits to be done between batches, in the order in which it came.
#[derive(Default)]
pub(super) struct Desk(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    is_closed: bool,
}

impl Desk {
    /// Has `work` done by the thread, and waits for what comes of it.
    ///
    /// # Errors
    /// [`RecordError::Closed`] when the thread ends before that, [`RecordError::Busy`].
    pub(super) fn ask<T: Send + 'static>(
        &self,
        stop: &Stop,
        work: impl FnOnce(&mut Connection) -> T + Send + 'static,
    ) -> Result<T, RecordError> {
        self.ask_writer(stop, |writer| work(writer.connection()))
    }

    /// The same, for work that concerns what the writer knows of the database.
    ///
    /// # Errors
    /// As [`Desk::ask`].
    pub(super) fn ask_writer<T: Send + 'static>(
        &self,
        stop: &Stop,
        work: impl FnOnce(&mut Writer) -> T + Send + 'static,
    ) -> Result<T, RecordError> {
        let (answer, answered) = mpsc::sync_channel(1);
        let job: Job = Box::new(move |writer| {
            // Who asked may have gone; it is done all the same.
            let _ = answer.send(work(writer));
        });
        let mut waiting = self.lock();
        if waiting.is_closed {
            return Err(RecordError::Closed);
        }
        if waiting.jobs.len() >= MOST {
            return Err(RecordError::Busy);
        }
        waiting.jobs.push_back(job);
        drop(waiting);
        stop.call();
        answered.recv().map_err(|_| RecordError::Closed)
    }

    /// Does all that waits.
    pub(super) fn work(&self, writer: &mut Writer) {
        // The lock is not held while a job is done: others may be left meanwhile.
        while let Some(job) = self.next() {
            job(writer);
        }
    }

    fn next(&self) -> Option<Job> {
        self.lock().jobs.pop_front()
    }

    /// Takes nothing any more. What waits is not done, and who waits for it is told.
    pub(super) fn close(&self) {
        let mut waiting = self.lock();
        waiting.is_closed = true;
        waiting.jobs.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("waiting", &self.lock().jobs.len()).finish_non_exhaustive()
    }
}
