//! One connection, from its first byte to its last.

use std::{future::pending, io, time::Duration};

use decnet_daemon::signals::Shutdown;
use decnet_logship::{
    ship::{Deadline, Filled, Sender, ShipError},
    tail::{Tail, TailError},
};
use thiserror::Error;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::{Instant, MissedTickBehavior, interval, sleep, sleep_until},
};

/// How often acknowledgements are written down. What is lost of them by a crash the receiver knows.
const SAVE_EVERY: Duration = Duration::from_secs(1);

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

/// Frames that are not written yet.
#[derive(Debug, Default)]
struct Outbox {
    frames: Vec<u8>,
    written: usize,
    /// Whether TLS may still hold some of what was written.
    is_unflushed: bool,
}

impl Outbox {
    fn rest(&self) -> &[u8] {
        self.frames.get(self.written..).unwrap_or_default()
    }

    fn is_empty(&self) -> bool {
        self.rest().is_empty()
    }

    fn advance(&mut self, count: usize) {
        self.written += count;
        self.is_unflushed = true;
        if self.is_empty() {
            self.frames.clear();
            self.written = 0;
        }
    }
}

/// Sends over `stream` until it ends, or we do. `poll` is how often the log is looked at when there
/// is nothing in it.
///
/// # Errors
/// [`LinkError`]; the sender is to be disconnected, and to be connected again.
pub(crate) async fn carry<T: AsyncRead + AsyncWrite>(
    stream: T,
    sender: &mut Sender<Tail>,
    epoch: Epoch,
    poll: Duration,
    shutdown: &mut Shutdown,
) -> Result<(), LinkError> {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let (mut heard, mut out) = (Vec::new(), Outbox::default());
    let mut save = interval(SAVE_EVERY);
    save.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last_answers: Option<Instant> = None;
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
            }
            pushed = push(&mut writer, &out) => match pushed? {
                Pushed::Bytes(count) => out.advance(count),
                Pushed::All => out.is_unflushed = false,
            },
            () = sleep(poll), if filled == Filled::Idle && out.is_empty() => {}
            () = due(sender.deadline(), epoch) => {
                if matches!(sender.deadline(), Deadline::GiveUp(_)) {
                    return Err(LinkError::Silent);
                }
            }
            _ = save.tick() => sender.source().save().map_err(ShipError::Source)?,
            () = shutdown.requested(), if last_answers.is_none() => {
                last_answers = Some(Instant::now() + LAST_ANSWERS);
            }
            () = until(last_answers) => return Err(LinkError::Silent),
        }
    }
}

/// What left us.
enum Pushed {
    /// So many bytes of what is to be written.
    Bytes(usize),
    /// Everything, out of TLS, too.
    All,
}

/// Writes some of what is to be written; waits for ever when there is nothing.
async fn push<T: AsyncWrite + Unpin>(writer: &mut T, out: &Outbox) -> io::Result<Pushed> {
    if !out.is_empty() {
        writer.write(out.rest()).await.map(Pushed::Bytes)
    } else if out.is_unflushed {
        writer.flush().await.map(|()| Pushed::All)
    } else {
        pending().await
    }
}

async fn due(deadline: Deadline, epoch: Epoch) {
    match deadline {
        Deadline::Never => pending().await,
        Deadline::Ask(time) | Deadline::GiveUp(time) => sleep_until(epoch.at(time)).await,
    }
}

async fn until(time: Option<Instant>) {
    match time {
        None => pending().await,
        Some(time) => sleep_until(time).await,
    }
}
