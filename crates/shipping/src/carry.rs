//! One connection with a listener of ours, from its first byte to its last.

use std::{error::Error, future::pending, io, time::Duration};

use decnet_daemon::signals::Shutdown;
use decnet_logship::ship::{Deadline, Filled, Sender, ShipError, Source};
use thiserror::Error;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite},
    time::{Instant, Interval, MissedTickBehavior, interval, sleep, sleep_until},
};

use crate::outbox::{Outbox, Pushed};

/// How often an onlooker is called, whatever happens.
pub const TICK: Duration = Duration::from_secs(1);

/// How long what is on its way may take to be acknowledged once we are to end.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// Why a connection ended that should have gone on.
#[derive(Debug, Error)]
pub enum CarryError<E: Error + 'static> {
    /// The network, or TLS.
    #[error("the connection broke")]
    Broken(#[from] io::Error),
    /// The receiver, or what is sent.
    #[error(transparent)]
    Ship(#[from] ShipError<E>),
    /// The receiver closed it.
    #[error("the receiver closed the connection")]
    Closed,
    /// The receiver says nothing.
    #[error("the receiver says nothing any more")]
    Silent,
}

/// Since when time is told to a sender.
#[derive(Clone, Copy, Debug)]
pub struct Epoch(pub Instant);

impl Epoch {
    /// The time.
    pub fn now(self) -> Duration {
        self.0.elapsed()
    }

    fn at(self, time: Duration) -> Instant {
        self.0 + time
    }
}

/// What a connection is carried with.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// The same for all connections of a sender.
    pub epoch: Epoch,
    /// How often it is asked for more when there is nothing.
    pub poll: Duration,
}

/// Whether a connection goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Going {
    /// It does.
    On,
    /// Another one is to be begun: what we are, or whom we trust, has changed.
    Anew,
}

/// Who looks on while a connection is carried.
pub trait Onlooker<S: Source> {
    /// The receiver spoke.
    fn heard(&mut self, sender: &Sender<S>);

    /// Something left us.
    fn wrote(&mut self, pushed: Pushed);

    /// A second has passed: writes down what was acknowledged.
    ///
    /// # Errors
    /// What is sent cannot be looked at, or what was acknowledged cannot be written down.
    fn tick(&mut self, sender: &mut Sender<S>) -> Result<Going, S::Error>;
}

/// Sends over `stream` until it ends, or we do, or the onlooker wants another one.
///
/// # Errors
/// [`CarryError`]; the sender is to be disconnected, and to be connected again.
pub async fn carry<T: AsyncRead + AsyncWrite, S: Source>(
    stream: T,
    sender: &mut Sender<S>,
    terms: Terms,
    onlooker: &mut impl Onlooker<S>,
    shutdown: &mut Shutdown,
) -> Result<(), CarryError<S::Error>> {
    let Terms { epoch, poll } = terms;
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
                    return Err(CarryError::Closed);
                }
                sender.receive(&mut heard, epoch.now())?;
                onlooker.heard(sender);
            }
            pushed = out.push(&mut writer) => {
                let pushed = pushed?;
                onlooker.wrote(pushed);
                out.advance(pushed);
            }
            () = sleep(poll), if filled == Filled::Idle && out.is_empty() => {}
            () = due(sender.deadline(), epoch) => {
                if matches!(sender.deadline(), Deadline::GiveUp(_)) {
                    return Err(CarryError::Silent);
                }
            }
            _ = tick.tick() => {
                if onlooker.tick(sender).map_err(ShipError::Source)? == Going::Anew {
                    return Ok(());
                }
            }
            () = shutdown.requested(), if last_answers.is_none() => last_answers = Some(last_moment()),
            () = until(last_answers) => return Err(CarryError::Silent),
        }
    }
}

/// Ticks every second.
pub fn every_tick() -> Interval {
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tick
}

/// When what is on its way must have arrived once we are to end.
pub fn last_moment() -> Instant {
    Instant::now() + LAST_ANSWERS
}

/// Waits until a time, or for ever.
pub async fn until(time: Option<Instant>) {
    match time {
        None => pending().await,
        Some(time) => sleep_until(time).await,
    }
}

/// Waits until something is due, or for ever.
pub async fn due(deadline: Deadline, epoch: Epoch) {
    match deadline {
        Deadline::Never => pending().await,
        Deadline::Ask(time) | Deadline::GiveUp(time) => sleep_until(epoch.at(time)).await,
    }
}
