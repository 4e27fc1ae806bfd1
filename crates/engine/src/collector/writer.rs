//! One thread owns the [`Archive`]; tasks send it work and wait for the answer, which is the
//! back-pressure: a task never has more than one batch under way.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use tokio::sync::{mpsc, oneshot};

use super::{
    archive::{Archive, Counts},
    patience::Stopped,
};

/// Most jobs that wait for the thread.
const QUEUE: usize = 64;

/// Work on the archive; what it gives back tells whoever asked that it is done.
type Job = Box<dyn FnOnce(&mut Archive) -> Result<Answer, Stopped> + Send>;
type Answer = Box<dyn FnOnce() + Send>;

enum Message {
    Do(Job),
    Close(oneshot::Sender<()>),
}

/// What the archive shows to the outside while its thread is busy.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    pub(super) log_file: PathBuf,
    pub(super) counts: Counts,
}

/// The way to the thread.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    shown: Arc<Mutex<Shown>>,
}

impl Writer {
    /// Gives `archive` a thread of its own.
    pub(super) fn start(archive: Archive) -> std::io::Result<Self> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let shown = Arc::new(Mutex::new(show(&archive)));
        let window = Arc::clone(&shown);
        thread::Builder::new().name("collector".to_owned()).spawn(move || work(archive, jobs, &window))?;
        Ok(Self { queue, shown })
    }

    pub(super) fn shown(&self) -> Shown {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Has `job` done and waits for its result.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Archive) -> Result<T, Stopped> + Send + 'static,
    ) -> Result<T, Stopped> {
        let (answer, result) = oneshot::channel();
        let job: Job = Box::new(move |archive| {
            let value = job(archive)?;
            // Whoever asked may be gone; the work is done all the same.
            Ok(Box::new(move || drop(answer.send(value))))
        });
        self.queue.send(Message::Do(job)).await.map_err(|_| Stopped)?;
        result.await.map_err(|_| Stopped)
    }

    /// Saves a last checkpoint and ends the thread; the lock is free afterwards.
    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Message::Close(done)).await.is_ok() {
            // An error means that the thread has ended, which is what was asked for.
            let _ = closed.await;
        }
    }
}

fn show(archive: &Archive) -> Shown {
    Shown { log_file: archive.log_file().to_owned(), counts: archive.counts() }
}

fn work(mut archive: Archive, mut jobs: mpsc::Receiver<Message>, shown: &Mutex<Shown>) {
    while let Some(message) = jobs.blocking_recv() {
        match message {
            Message::Do(job) => {
                // After a stop, memory is ahead of the disk: nothing more may be saved.
                let Ok(answer) = job(&mut archive) else {
                    // Before the queue, whose end tells that the lock is free.
                    drop(archive);
                    return;
                };
                // Whoever hears that it is done sees it done.
                *shown.lock().unwrap_or_else(PoisonError::into_inner) = show(&archive);
                answer();
            }
            Message::Close(done) => {
                close(archive);
                // Whoever asked may be gone.
                let _ = done.send(());
                return;
            }
        }
    }
    close(archive);
}

fn close(mut archive: Archive) {
    if archive.tick().is_err() {
        tracing::error!("stopped without a last checkpoint: the log will be read to catch up");
    }
}
