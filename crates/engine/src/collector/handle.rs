//! The collector as its daemon holds it.

use std::{
    future::Future,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use decnet_event::Kind;
use decnet_proto::agent::CollectorStatus;
use tokio::sync::{Mutex, Semaphore, mpsc, oneshot};

use super::{
    archive::{Archive, OpenError},
    config::Config,
    outputs::json_path,
    patience::{StopFlag, Stopped},
    reader::Shared,
    source::LogSource,
    supervisor::{Drain, Supervisor},
    writer::Writer,
};

/// Most logs that are read from their middle at once.
const READINGS: usize = 8;

/// How long the last writes may take when the collector ends.
const LAST_WRITES: Duration = Duration::from_secs(5);

/// A collector. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Collector {
    writer: Writer,
    stop: StopFlag,
    reconcile: Duration,
    streams: Arc<AtomicU32>,
    drains: mpsc::Sender<Drain>,
    /// Taken by [`Collector::run`] while it runs.
    requests: Arc<Mutex<mpsc::Receiver<Drain>>>,
}

/// A container could not be drained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DrainError {
    /// There is no such container, or the collector does not run.
    #[error("nobody reads the container")]
    NotRead,
    /// It took too long; collecting goes on.
    #[error("its log was not read to the end in time")]
    TimedOut,
}

impl Collector {
    /// Takes the lock, recovers from whatever happened to an earlier collector, and opens the
    /// files. Blocks for as long as the log beyond the checkpoint takes to read.
    ///
    /// # Errors
    /// [`OpenError`] when another collector runs, or a file cannot be used.
    pub fn open(config: Config) -> Result<Self, OpenError> {
        let stop = StopFlag::default();
        let reconcile = config.reconcile;
        let archive = Archive::open(config, stop.clone())?;
        let writer = Writer::start(archive).map_err(|source| OpenError::File {
            doing: "start the thread of the collector".to_owned(),
            source,
        })?;
        let (drains, requests) = mpsc::channel(64);
        let (streams, requests) = (Arc::default(), Arc::new(Mutex::new(requests)));
        Ok(Self { writer, stop, reconcile, streams, drains, requests })
    }

    /// Collects from `source` until `shutdown`, then writes a last checkpoint and frees the
    /// lock. A collector runs once.
    ///
    /// # Errors
    /// [`Stopped`] when it cannot write any more.
    pub async fn run<S: LogSource>(
        &self,
        source: S,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), Stopped> {
        let mut requests = self.requests.lock().await;
        let shared = Shared {
            source: Arc::new(source),
            writer: self.writer.clone(),
            readings: Arc::new(Semaphore::new(READINGS)),
            reconcile: self.reconcile,
        };
        let mut supervisor = Supervisor::new(shared, Arc::clone(&self.streams));
        let stopped = tokio::select! {
            stopped = supervisor.run(&mut requests) => Err(stopped),
            () = shutdown => Ok(()),
        };
        drop(supervisor);
        self.streams.store(0, Ordering::Relaxed);
        self.close().await;
        stopped
    }

    async fn close(&self) {
        if tokio::time::timeout(LAST_WRITES, self.writer.close()).await.is_err() {
            // It waits for a full disk. What it could not write is read again next time.
            self.stop.stop();
            self.writer.close().await;
        }
    }

    /// How it goes.
    pub fn status(&self) -> CollectorStatus {
        let shown = self.writer.shown();
        CollectorStatus {
            log_file: shown.log_file.display().to_string(),
            json_file: json_path(&shown.log_file).display().to_string(),
            streams: self.streams.load(Ordering::Relaxed),
            lines: shown.counts.lines,
            artifacts: shown.counts.artifacts,
            gaps: shown.counts.gaps,
        }
    }

    /// Writes to another file from now on.
    ///
    /// # Errors
    /// The path cannot be a log, the file cannot be opened, or the collector has ended;
    /// nothing has changed then.
    pub async fn set_log_file(&self, log: &Path) -> Result<(), OpenError> {
        let path = log.to_owned();
        let moved = self.writer.call(move |archive| Ok(archive.move_to(&path))).await;
        moved.map_err(|stopped| OpenError::File {
            doing: format!("write to {}", log.display()),
            source: std::io::Error::other(stopped),
        })?
    }

    /// Writes an event that no decoy can tell, under the collector's own name.
    ///
    /// # Errors
    /// [`Stopped`] when the collector has ended.
    pub async fn report(&self, decky: &str, kind: Kind) -> Result<(), Stopped> {
        let decky = decky.to_owned();
        self.writer.call(move |archive| archive.report(&decky, kind)).await
    }

    /// Waits until everything that the log of a container holds has been collected, at most
    /// `limit`. To be called between the end of a container and its removal, which takes its
    /// log with it. `container` is its name or id.
    ///
    /// # Errors
    /// [`DrainError`]; collecting goes on all the same.
    pub async fn drain(&self, container: &str, limit: Duration) -> Result<(), DrainError> {
        let (done, drained) = oneshot::channel();
        let asked = async {
            let drain = Drain { container: container.to_owned(), done };
            self.drains.send(drain).await.map_err(|_| DrainError::NotRead)?;
            drained.await.map_err(|_| DrainError::NotRead)
        };
        tokio::time::timeout(limit, asked).await.map_err(|_| DrainError::TimedOut)?
    }
}
