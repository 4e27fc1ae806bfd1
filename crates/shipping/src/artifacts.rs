//! Captured files, on a connection of their own beside the lines'.
//!
//! There is one only while there is something to send: a host of which nothing is captured costs its
//! listener no second connection. That a file is not taken, or the folder not to be read, never stops
//! the lines.

use std::{error::Error, io, path::Path, time::Duration};

use decnet_daemon::signals::Shutdown;
use decnet_logship::{
    artifact::{SendError, Sender, Shelf, ShelfError, Window},
    ship::Deadline,
};
use decnet_membership::{Pace, chance};
use decnet_proto::problem::chain;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite},
    time::{Instant, sleep},
};

use crate::{
    carry::{Epoch, Going, TICK, due, every_tick},
    outbox::Outbox,
};

/// How long a connection rests before it is closed.
const REST: Duration = Duration::from_secs(60);

/// How many times as long as it took to list the folder it is not listed again: no folder is so large
/// that this takes more than a twentieth of the processor.
const LISTING_SHARE: u32 = 20;

/// Why a connection ended that should have gone on.
#[derive(Debug, Error)]
enum CarryError {
    /// The network, or TLS.
    #[error("the connection broke")]
    Broken(#[from] io::Error),
    /// The receiver does not keep to the protocol.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The receiver closed it.
    #[error("the receiver closed the connection")]
    Closed,
    /// The receiver says nothing.
    #[error("the receiver says nothing any more")]
    Silent,
}

/// How it goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifacts {
    /// Files that are not taken yet.
    pub waiting: u64,
    /// Files among them that the receiver does not take for now.
    pub refused: u64,
    /// Files that were taken since the start.
    pub kept: u64,
}

/// The way to the receiver, and who is told how it goes.
pub trait Way {
    /// A connection.
    type Stream: AsyncRead + AsyncWrite;
    /// Why there is none.
    type Error: Error + 'static;

    /// Whom a message names.
    fn receiver(&self) -> String;

    /// Connects, to speak [`PROTOCOL`](decnet_logship::artifact::wire::PROTOCOL).
    fn connect(&mut self) -> impl Future<Output = Result<Self::Stream, Self::Error>>;

    /// Whether the connection is still one as it would be made now.
    fn going(&self) -> Going;

    /// Hears how it goes.
    fn tell(&self, artifacts: Artifacts);
}

/// Sends captured files, on one connection after another.
#[derive(Debug)]
pub struct Carrier<W> {
    way: W,
    sender: Sender,
    epoch: Epoch,
    next_look: Instant,
    /// What went wrong last, so that it is told once.
    told: Option<String>,
}

impl<W: Way> Carrier<W> {
    /// Of the files in `folder`; what was taken is written down in `ledger`.
    ///
    /// # Errors
    /// A folder cannot be used, or the ledger is another's.
    pub fn open(folder: &Path, ledger: &Path, way: W) -> Result<Self, ShelfError> {
        Ok(Self {
            way,
            sender: Sender::new(Shelf::open(folder, ledger)?, Window::default()),
            epoch: Epoch(Instant::now()),
            next_look: Instant::now(),
            told: None,
        })
    }

    /// Sends until the shutdown. What is on its way then goes on from where the receiver has it, the
    /// next time.
    pub async fn run(mut self, mut shutdown: Shutdown) {
        let mut pace = Pace::default();
        while !shutdown.is_requested() {
            self.keep();
            let mut wait = TICK;
            if self.sender.has_work(self.epoch.now()) {
                let decided = self.decided();
                let carried = self.attempt(&mut shutdown).await;
                self.sender.disconnect(self.epoch.now());
                if self.decided() > decided {
                    pace = Pace::default();
                }
                if let Err(error) = carried {
                    self.complain(format!("cannot ship artifacts to {}: {error}", self.way.receiver()));
                    wait = pace.next(chance());
                }
            }
            tokio::select! {
                () = sleep(wait) => {}
                () = shutdown.requested() => {}
            }
        }
        self.keep();
    }

    /// How often the receiver decided about one.
    fn decided(&self) -> u64 {
        let counts = self.sender.counts();
        counts.kept + counts.refusals
    }

    /// Looks for what is new, writes down what was kept, and tells how it goes.
    fn keep(&mut self) {
        if Instant::now() >= self.next_look {
            let begun = Instant::now();
            if let Err(error) = self.sender.look() {
                self.complain(chain(&error));
            }
            self.next_look = begun + TICK.max(begun.elapsed() * LISTING_SHARE);
        }
        if let Err(error) = self.sender.save() {
            self.complain(chain(&error));
        }
        let (shelf, counts) = (self.sender.shelf(), self.sender.counts());
        let count = |number: usize| number as u64;
        self.way.tell(Artifacts {
            waiting: count(shelf.waiting()),
            refused: count(shelf.refused_count()),
            kept: counts.kept,
        });
    }

    fn complain(&mut self, text: String) {
        if self.told.as_ref() != Some(&text) {
            tracing::warn!("{text}");
            self.told = Some(text);
        }
    }

    /// One connection; why it ended that should have gone on.
    async fn attempt(&mut self, shutdown: &mut Shutdown) -> Result<(), String> {
        let connected = tokio::select! {
            connected = self.way.connect() => connected,
            () = shutdown.requested() => return Ok(()),
        };
        let stream = connected.map_err(|error| chain(&error))?;
        self.carry(stream, shutdown).await.map_err(|error| chain(&error))
    }

    /// Sends over `stream` until it ends, or we do, or there is nothing to send, or what we are and
    /// whom we trust is no longer as it was when it was begun.
    async fn carry(&mut self, stream: W::Stream, shutdown: &mut Shutdown) -> Result<(), CarryError> {
        let (mut reader, mut writer) = tokio::io::split(stream);
        let (mut heard, mut out) = (Vec::new(), Outbox::default());
        let (mut tick, mut busy, epoch) = (every_tick(), Instant::now(), self.epoch);
        self.sender.connect(epoch.now());
        loop {
            if out.is_empty() {
                self.sender.fill(&mut out.frames, epoch.now());
            }
            self.sender.ask(&mut out.frames, epoch.now());
            tokio::select! {
                read = reader.read_buf(&mut heard) => {
                    if read? == 0 {
                        return Err(CarryError::Closed);
                    }
                    self.sender.receive(&mut heard, epoch.now())?;
                }
                pushed = out.push(&mut writer) => out.advance(pushed?),
                () = due(self.sender.deadline(), epoch) => {
                    if matches!(self.sender.deadline(), Deadline::GiveUp(_)) {
                        return Err(CarryError::Silent);
                    }
                }
                _ = tick.tick() => {
                    self.keep();
                    if self.sender.undecided() > 0 {
                        busy = Instant::now();
                    }
                    if busy.elapsed() >= REST || self.way.going() == Going::Anew {
                        return Ok(());
                    }
                }
                () = shutdown.requested() => return Ok(()),
            }
        }
    }
}
