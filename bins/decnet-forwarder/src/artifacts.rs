//! Captured files, on a connection of their own beside the log's.
//!
//! There is one only while there is something to send: a host of which nothing is captured costs its
//! listener no second connection. That a file is not taken, or the folder not to be read, never stops
//! the log.

use std::{io, path::PathBuf, time::Duration};

use anyhow::Context as _;
use decnet_daemon::signals::Shutdown;
use decnet_logship::{
    artifact::{SendError, Sender, Shelf, ShelfError, Window, wire::PROTOCOL},
    ship::Deadline,
};
use decnet_membership::{Pace, chance};
use thiserror::Error;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite},
    time::{Instant, sleep},
};

use crate::{
    connect::{Standing, connect},
    link::{Epoch, TICK, due, every_tick},
    live::Live,
    outbox::Outbox,
    settings::{Receiver, Settings, Way},
    status::Artifacts as Report,
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

/// Sends captured files, on one connection after another.
#[derive(Debug)]
pub(crate) struct Carrier {
    receiver: Receiver,
    /// As whom.
    identity: PathBuf,
    sender: Sender,
    epoch: Epoch,
    live: Live,
    next_look: Instant,
    /// What went wrong last, so that it is told once.
    told: Option<String>,
}

impl Carrier {
    /// Of the host's captured files; none where the receiver is no listener of ours, who would not
    /// know what to do with them.
    pub(crate) fn open(settings: &Settings, live: &Live) -> Result<Option<Self>, ShelfError> {
        let Way::Swarm(identity) = &settings.way else { return Ok(None) };
        let places = &settings.places;
        let shelf = Shelf::open(&places.artifacts, &places.ledger.join("artifacts"))?;
        Ok(Some(Self {
            receiver: settings.receiver.clone(),
            identity: identity.clone(),
            sender: Sender::new(shelf, Window::default()),
            epoch: Epoch(Instant::now()),
            live: live.clone(),
            next_look: Instant::now(),
            told: None,
        }))
    }

    /// Sends until the shutdown. What is on its way then goes on from where the receiver has it, the
    /// next time.
    pub(crate) async fn run(mut self, mut shutdown: Shutdown) {
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
                    let error = error.context(format!("cannot ship artifacts to {}", self.receiver));
                    self.complain(&error);
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
                self.complain(&error.into());
            }
            self.next_look = begun + TICK.max(begun.elapsed() * LISTING_SHARE);
        }
        if let Err(error) = self.sender.save() {
            self.complain(&error.into());
        }
        let (shelf, counts) = (self.sender.shelf(), self.sender.counts());
        let count = |number: usize| number as u64;
        self.live.artifacts(Report {
            waiting: count(shelf.waiting()),
            refused: count(shelf.refused_count()),
            kept: counts.kept,
        });
    }

    fn complain(&mut self, error: &anyhow::Error) {
        let text = format!("{error:#}");
        if self.told.as_ref() != Some(&text) {
            tracing::warn!("{text}");
            self.told = Some(text);
        }
    }

    /// One connection.
    async fn attempt(&mut self, shutdown: &mut Shutdown) -> anyhow::Result<()> {
        let standing = Standing::of(&self.identity);
        let stream = tokio::select! {
            stream = connect(&self.receiver, &self.identity, PROTOCOL) => stream?,
            () = shutdown.requested() => return Ok(()),
        };
        self.carry(stream, &standing, shutdown).await.context("a connection ended")
    }

    /// Sends over `stream` until it ends, or we do, or there is nothing to send, or what we are and
    /// whom we trust is no longer as it was when it was begun.
    async fn carry<T: AsyncRead + AsyncWrite>(
        &mut self,
        stream: T,
        standing: &Standing,
        shutdown: &mut Shutdown,
    ) -> Result<(), CarryError> {
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
                    if busy.elapsed() >= REST || !standing.holds() {
                        return Ok(());
                    }
                }
                () = shutdown.requested() => return Ok(()),
            }
        }
    }
}
