//! One connection with a listener of ours, from its first byte to its last.

use std::{future::pending, io, time::Duration};

use decnet_daemon::signals::Shutdown;
use decnet_logship::{
    ship::{Deadline, Filled, Sender, ShipError},
    tail::{Tail, TailError},
};
use thiserror::Error;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite},
    time::{Instant, Interval, MissedTickBehavior, interval, sleep, sleep_until},
};

use crate::{connect::Standing, live::Live, outbox::Outbox};

/// How often acknowledgements are written down, and the log's folder is looked at. What is lost of
/// acknowledgements by a crash the receiver knows.
const TICK: Duration = Duration::from_secs(1);

/// How long what is on its way may take to be acknowledged once we are to end.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// Why a connection ended that should have gone on.
#[derive(Debug, Error)]
pub(crate) enum LinkError {
    /// The network, or TLS.
    #[error("the connection broke")]
    Broken(#[from] io::Error),
    /// The receiver, or our own log.
    #[error(transparent)]
    Ship(#[from] ShipError<TailError>),
    /// Our own log.
    #[error(transparent)]
    Log(#[from] TailError),
    /// The receiver closed it.
    #[error("the receiver closed the connection")]
    Closed,
    /// The receiver says nothing.
    #[error("the receiver says nothing any more")]
    Silent,
}

/// Since when time is told to a sender.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Epoch(pub(crate) Instant);

impl Epoch {
    pub(crate) fn now(self) -> Duration {
        self.0.elapsed()
    }

    fn at(self, time: Duration) -> Instant {
        self.0 + time
    }
}

/// What a connection is carried with.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) epoch: Epoch,
    /// How often the log is looked at when there is nothing in it.
    pub(crate) poll: Duration,
    pub(crate) live: Live,
}

/// Sends over `stream` until it ends, or we do, or what we are and whom we trust is no longer as it
/// was when it was begun.
///
/// # Errors
/// [`LinkError`]; the sender is to be disconnected, and to be connected again.
pub(crate) async fn carry<T: AsyncRead + AsyncWrite>(
    stream: T,
    sender: &mut Sender<Tail>,
    terms: &Terms,
    standing: &Standing,
    shutdown: &mut Shutdown,
) -> Result<(), LinkError> {
    let Terms { epoch, poll, live } = terms;
    let (mut reader, mut writer) = tokio::io::split(stream);
    let (mut heard, mut out) = (Vec::new(), Outbox::default());
    let (mut tick, mut last_answers) = (every_tick(), None);
    sender.connect(epoch.now());
    loop {
        let mut filled = Filled::Full;
        if out.is_empty() && last_answers.is_none() {
            filled = sender.fill(&mut out.frames)?;
        }
        sender.ask(&mut out.frames, epoch.now());
        if last_answers.is_some() && out.is_empty() && sender.on_way() == 0 {
            return Ok(());
        }
        tokio::select! {
            read = reader.read_buf(&mut heard) => {
                if read? == 0 {
                    return Err(LinkError::Closed);
                }
                sender.receive(&mut heard, epoch.now())?;
                live.connected(sender.is_ready());
            }
            pushed = out.push(&mut writer) => {
                let pushed = pushed?;
                live.wrote(pushed);
                out.advance(pushed);
            }
            () = sleep(*poll), if filled == Filled::Idle && out.is_empty() => {}
            () = due(sender.deadline(), *epoch) => {
                if matches!(sender.deadline(), Deadline::GiveUp(_)) {
                    return Err(LinkError::Silent);
                }
            }
            _ = tick.tick() => {
                live.progress(sender.sent(), sender.acknowledgements());
                keep(sender.source(), live)?;
                if !standing.holds() {
                    return Ok(());
                }
            }
            () = shutdown.requested(), if last_answers.is_none() => last_answers = Some(last_moment()),
            () = until(last_answers) => return Err(LinkError::Silent),
        }
    }
}

/// Looks at the log, and writes down what was acknowledged.
pub(crate) fn keep(tail: &mut Tail, live: &Live) -> Result<(), TailError> {
    live.look(tail)?;
    tail.save()
}

pub(crate) fn every_tick() -> Interval {
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tick
}

/// When what is on its way must have arrived once we are to end.
pub(crate) fn last_moment() -> Instant {
    Instant::now() + LAST_ANSWERS
}

pub(crate) async fn until(time: Option<Instant>) {
    match time {
        None => pending().await,
        Some(time) => sleep_until(time).await,
    }
}

async fn due(deadline: Deadline, epoch: Epoch) {
    match deadline {
        Deadline::Never => pending().await,
        Deadline::Ask(time) | Deadline::GiveUp(time) => sleep_until(epoch.at(time)).await,
    }
}
