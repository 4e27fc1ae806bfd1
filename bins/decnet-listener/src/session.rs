//! One connection that brings lines, from its greeting to its end.

use std::{future::pending, io, sync::Arc};

use decnet_daemon::signals::Shutdown;
use decnet_logship::{
    artifact,
    position::{Generation, Position},
    receive::{Arrival, FRAME_TIME, PlainSession, ReceiveError, Session, Speaker},
    spool::Refusal,
};
use decnet_proto::frame::{FrameError, Limit};
use thiserror::Error;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{Semaphore, mpsc},
    time::{Duration, Instant, sleep_until},
};

use crate::{
    committer::{Batch, Gone, Keeper, Kept},
    guest::{Guest, Protocol},
    hosts::{Connected, Hosts},
    limits::Limits,
    link::{Link, Turn},
};

/// Why a connection ended that its peer did not end.
#[derive(Debug, Error)]
pub(crate) enum SessionError {
    /// The network, or TLS.
    #[error("the connection broke")]
    Broken(#[from] io::Error),
    /// The peer does not keep to the protocol.
    #[error(transparent)]
    Receive(#[from] ReceiveError),
    /// The same of one that brings artifacts.
    #[error(transparent)]
    Artifacts(#[from] artifact::ReceiveError),
    /// The peer does not send frames.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// What it brought does not follow what is here.
    #[error("what it brought cannot be kept")]
    Refused(#[from] Refusal),
    /// It says nothing, or only half of something.
    #[error("it was silent for too long, or too long busy with one frame")]
    Silent,
    /// It does not take what we say.
    #[error("it does not take what it is told")]
    Deaf,
    /// There is nobody who keeps what came.
    #[error(transparent)]
    Gone(#[from] Gone),
    /// There are no random numbers.
    #[error("cannot draw an id for what comes")]
    Random(#[from] getrandom::Error),
}

/// What all sessions share.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) keeper: Keeper,
    pub(crate) hosts: Arc<Hosts>,
    pub(crate) limits: Limits,
    /// Room for what is not durable, in bytes.
    pub(crate) room: Arc<Semaphore>,
}

/// What understands what comes.
#[derive(Debug)]
enum Ear {
    Ours(Session),
    Plain(PlainSession),
}

impl Ear {
    fn hear(&mut self, bytes: &[u8], now: Duration) -> Result<(), SessionError> {
        match self {
            Self::Ours(session) => Ok(session.receive(bytes, now)?),
            Self::Plain(session) => Ok(session.receive(bytes, now)?),
        }
    }

    fn arrivals(&mut self) -> Vec<Arrival> {
        match self {
            Self::Ours(session) => session.arrivals(),
            Self::Plain(session) => session.arrival().into_iter().collect(),
        }
    }

    fn deadline(&self) -> Duration {
        match self {
            Self::Ours(session) => session.deadline(),
            Self::Plain(session) => session.deadline(),
        }
    }

    fn answer(&mut self, durable: &[Position], out: &mut Vec<u8>) {
        match self {
            Self::Ours(session) => session.acknowledge(durable, out),
            // There is no way to say it.
            Self::Plain(_) => {}
        }
    }
}

/// A connection that brings lines.
#[derive(Debug)]
struct Visit<'a, T> {
    desk: &'a Desk,
    link: Link<T>,
    ear: Ear,
    connected: Connected,
    epoch: Instant,
    /// Bytes that came and are not known to be durable.
    unkept: usize,
    reply: mpsc::UnboundedSender<Kept>,
    kept: mpsc::UnboundedReceiver<Kept>,
    /// Until when no more of this host is read.
    paused: Option<Instant>,
    /// Since when it is read, after it was not.
    listens_since: Option<Instant>,
}

/// Takes what comes until the peer ends it, or the shutdown comes and all is acknowledged.
///
/// # Errors
/// [`SessionError`]; what came before it is kept all the same.
pub(crate) async fn serve<T: AsyncRead + AsyncWrite + Unpin>(
    stream: T,
    guest: &Guest,
    desk: &Desk,
    shutdown: &mut Shutdown,
) -> Result<(), SessionError> {
    let mut visit = Visit::begin(stream, guest, desk).await?;
    let ended = visit.go_on(shutdown).await;
    // What came whole before a fault is good.
    visit.hand_over().await?;
    ended?;
    visit.link.close().await;
    Ok(())
}

impl<'a, T: AsyncRead + AsyncWrite + Unpin> Visit<'a, T> {
    async fn begin(stream: T, guest: &Guest, desk: &'a Desk) -> Result<Self, SessionError> {
        let mut link = Link::new(stream);
        let ear = match guest.protocol {
            Protocol::Plain => {
                let generation = Generation::draw()?;
                let limit = desk.limits.frame;
                Ear::Plain(PlainSession::new(guest.host.clone(), generation, limit, Duration::ZERO))
            }
            Protocol::Log | Protocol::Artifacts => {
                let speaker = guest.speaker();
                let (marks, limit) = match &speaker {
                    Speaker::Host(host) => (desk.keeper.marks(host.id).await?, desk.limits.frame),
                    // It brings what many brought: it goes by what was acknowledged. A line that came
                    // to it from a sender of another make may have grown since, because four bytes
                    // stand for each line feed inside of it.
                    Speaker::Relay => (Vec::new(), Limit::nearest(4 * desk.limits.frame.payload())),
                };
                Session::greet(&marks, link.out());
                Ear::Ours(Session::new(speaker, limit, Duration::ZERO))
            }
        };
        let (reply, kept) = mpsc::unbounded_channel();
        let connected = desk.hosts.get(&guest.host).connected(&guest.host.name);
        let epoch = Instant::now();
        let (paused, listens_since) = (None, None);
        Ok(Self { desk, link, ear, connected, epoch, unkept: 0, reply, kept, paused, listens_since })
    }

    async fn go_on(&mut self, shutdown: &mut Shutdown) -> Result<(), SessionError> {
        let mut is_ending = false;
        loop {
            if is_ending && self.unkept == 0 && self.link.is_written() {
                return Ok(());
            }
            let listens = self.listens(is_ending);
            let due = self.due(listens);
            let (ear, epoch) = (&mut self.ear, self.epoch);
            tokio::select! {
                turn = self.link.turn(listens, |bytes| ear.hear(bytes, epoch.elapsed())) => match turn? {
                    Turn::Heard(bytes) => self.heard(bytes).await?,
                    Turn::Written => {}
                    Turn::Closed => return Ok(()),
                },
                Some(kept) = self.kept.recv() => self.answer(kept)?,
                () = until(self.paused) => self.paused = None,
                () = until(due) => {
                    let has_heard_all = self.link.is_written();
                    return Err(if has_heard_all { SessionError::Silent } else { SessionError::Deaf });
                }
                () = shutdown.requested(), if !is_ending => is_ending = true,
            }
        }
    }

    /// Whether more is to be read.
    fn listens(&mut self, is_ending: bool) -> bool {
        let listens = !is_ending
            && self.paused.is_none()
            && self.unkept < self.desk.limits.unkept
            && !self.link.is_full();
        if !listens {
            self.listens_since = None;
        } else if self.listens_since.is_none() {
            self.listens_since = Some(Instant::now());
        }
        listens
    }

    /// When the peer has had its time.
    fn due(&mut self, listens: bool) -> Option<Instant> {
        let deaf = self.link.unwritten().map(|since| since + self.desk.limits.deaf);
        // While it was not listened to, it could not be heard.
        let patience = self.listens_since.map(|since| since + FRAME_TIME);
        let silent = patience.map(|patience| patience.max(self.epoch + self.ear.deadline()));
        match (deaf, silent.filter(|_| listens)) {
            (Some(deaf), Some(silent)) => Some(deaf.min(silent)),
            (one, other) => one.or(other),
        }
    }

    async fn heard(&mut self, bytes: usize) -> Result<(), SessionError> {
        self.paused = self.connected.heard(bytes, self.desk.limits.host_rate);
        self.hand_over().await?;
        self.ear.answer(&[], self.link.out());
        Ok(())
    }

    /// Hands over what came, once there is room for it.
    async fn hand_over(&mut self) -> Result<(), Gone> {
        let arrivals = self.ear.arrivals();
        if arrivals.is_empty() {
            return Ok(());
        }
        let bytes = arrivals.iter().map(Arrival::size).sum::<usize>();
        // One that is larger than all room there is may come alone.
        let wanted = u32::try_from(bytes.min(self.desk.limits.unkept_of_all)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.desk.room).acquire_many_owned(wanted).await.map_err(|_| Gone)?;
        self.unkept += bytes;
        self.desk.keeper.keep(Batch { arrivals, bytes, reply: self.reply.clone(), room })
    }

    fn answer(&mut self, kept: Kept) -> Result<(), SessionError> {
        self.unkept = self.unkept.saturating_sub(kept.bytes);
        self.ear.answer(&kept.durable, self.link.out());
        kept.refusal.map_or(Ok(()), |refusal| Err(refusal.into()))
    }
}

async fn until(time: Option<Instant>) {
    match time {
        None => pending().await,
        Some(time) => sleep_until(time).await,
    }
}

#[cfg(test)]
mod tests;
