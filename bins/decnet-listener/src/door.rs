//! Connections in: who may come, how many, how often, and how long it takes them to say who they are.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use decnet_daemon::signals::Shutdown;
use decnet_pki::{peer::Peer, refusals::Rejected, sessions::Sessions};
use decnet_proto::{ids::HostId, problem, swarm::role::Role};
use rustls::ServerConfig;
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::{
    artifacts::{Artifacts, receive_artifacts},
    crowd::Crowd,
    guest::{Guest, Protocol},
    limits::Limits,
    roster::Roster,
    seats::{Seat, Seats},
    session::{self, Desk, SessionError},
};

/// Pause after a connection that could not be taken, so as not to spin.
const BREATH: Duration = Duration::from_millis(200);

/// After how long a silence TCP asks whether a peer is there.
const KEEPALIVE: Duration = Duration::from_secs(120);

/// How often it is told that connections cannot be taken.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// Why a connection was turned away or ended, beside what its certificate is refused for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turned {
    /// Nobody knows who may come.
    Stale,
    /// Its address comes too often.
    Pace,
    /// It made room for one that came later, before it said who it is.
    Crowd,
    /// It did not say in time who it is.
    Late,
    /// It did not say who it is in the way of TLS.
    Handshake,
    /// There are too many.
    Full,
    /// Its host has newer ones.
    Replaced,
    /// It may stay no longer.
    Expelled,
    /// It did not keep to the protocol.
    Protocol,
    /// It was silent, or did not listen.
    Silent,
    /// It broke, after its peer said who it is.
    Broken,
}

impl Turned {
    /// All of them.
    pub(crate) const ALL: [Self; 11] = [
        Self::Stale,
        Self::Pace,
        Self::Crowd,
        Self::Late,
        Self::Handshake,
        Self::Full,
        Self::Replaced,
        Self::Expelled,
        Self::Protocol,
        Self::Silent,
        Self::Broken,
    ];

    /// Its word, for metrics and reports.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Stale => "stale_roster",
            Self::Pace => "pace",
            Self::Crowd => "crowd",
            Self::Late => "late_handshake",
            Self::Handshake => "broken_handshake",
            Self::Full => "full",
            Self::Replaced => "replaced",
            Self::Expelled => "expelled",
            Self::Protocol => "protocol",
            Self::Silent => "silent",
            Self::Broken => "broken",
        }
    }
}

/// Everything that a connection needs.
#[derive(Debug)]
pub(crate) struct Hall {
    pub(crate) desk: Desk,
    pub(crate) artifacts: Artifacts,
    pub(crate) roster: Roster,
    pub(crate) sessions: Sessions,
    handshakes: Seats<()>,
    seats: Seats<(Role, HostId, Protocol)>,
    connections: Arc<Semaphore>,
    turned: [AtomicU64; Turned::ALL.len()],
}

impl Hall {
    pub(crate) fn new(desk: Desk, artifacts: Artifacts, roster: Roster, sessions: Sessions) -> Self {
        let Limits { connections, handshakes, of_host, .. } = desk.limits;
        Self {
            desk,
            artifacts,
            roster,
            sessions,
            handshakes: Seats::new(handshakes),
            seats: Seats::new(of_host),
            connections: Arc::new(Semaphore::new(connections)),
            turned: Default::default(),
        }
    }

    /// How many were turned away for a reason.
    pub(crate) fn count(&self, turned: Turned) -> u64 {
        self.turned.get(turned as usize).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// How many are here who said who they are.
    pub(crate) fn present(&self) -> usize {
        self.desk.limits.connections - self.connections.available_permits()
    }

    /// How many have not said it yet.
    pub(crate) fn knocking(&self) -> usize {
        self.handshakes.count(&())
    }

    fn turn_away(&self, turned: Turned) {
        if let Some(count) = self.turned.get(turned as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// One connection, from its first byte to its last.
    async fn receive(
        &self,
        tls: TlsAcceptor,
        stream: TcpStream,
        address: SocketAddr,
        knock: Seat<()>,
        mut shutdown: Shutdown,
    ) {
        let shaken = tokio::select! {
            shaken = self.shake_hands(tls, stream) => shaken,
            () = knock.lost() => Err(Some(Turned::Crowd)),
        };
        drop(knock);
        let ended = match shaken {
            Ok((stream, peer)) => self.host(stream, &peer, address, &mut shutdown).await.map_err(Some),
            Err(turned) => Err(turned),
        };
        if let Err(Some(turned)) = ended {
            self.turn_away(turned);
            tracing::debug!(%address, why = turned.word(), "ended a connection");
        }
    }

    /// Finds out who is there, or why he may not come in; nothing where his certificate was refused,
    /// which is counted by whoever did it.
    async fn shake_hands(
        &self,
        tls: TlsAcceptor,
        stream: TcpStream,
    ) -> Result<(TlsStream<TcpStream>, Peer), Option<Turned>> {
        prepare(&stream).map_err(|_| Turned::Handshake)?;
        let shaken = timeout(self.desk.limits.handshake, tls.accept(stream)).await;
        let stream = shaken
            .map_err(|_| Turned::Late)?
            .map_err(|error| Rejected::of(&error).is_none().then_some(Turned::Handshake))?;
        // The verifier has read it before.
        let peer = Peer::of_connection(stream.get_ref().1).ok().flatten().ok_or(Turned::Handshake)?;
        Ok((stream, peer))
    }

    async fn host(
        &self,
        stream: TlsStream<TcpStream>,
        peer: &Peer,
        address: SocketAddr,
        shutdown: &mut Shutdown,
    ) -> Result<(), Turned> {
        // Asked once more: who was taken off the roster since the handshake is refused here.
        let stay = self.sessions.enter(peer, &self.roster).map_err(|_| Turned::Expelled)?;
        let client = self.roster.client(&peer.fingerprint).ok_or(Turned::Expelled)?;
        let protocol = Protocol::of(stream.get_ref().1.alpn_protocol()).ok_or(Turned::Handshake)?;
        let guest = Guest::new(client, protocol);
        let _permit = self.connections.try_acquire().map_err(|_| Turned::Full)?;
        let seat = self.seats.take((guest.role, guest.host.id, protocol));
        let name = &guest.host.name;
        tracing::debug!("{name} is connected from {address}");
        tokio::select! {
            served = self.serve(stream, &guest, shutdown) => served.map_err(|error| {
                let turned = turned_for(&error);
                let error = problem::chain(&error);
                tracing::info!("ended a connection of {name} from {address}: {error}");
                turned
            }),
            () = stay.closed() => Err(Turned::Expelled),
            () = seat.lost() => Err(Turned::Replaced),
        }
    }

    /// Whatever is spoken: another protocol is another arm.
    async fn serve(
        &self,
        stream: TlsStream<TcpStream>,
        guest: &Guest,
        shutdown: &mut Shutdown,
    ) -> Result<(), SessionError> {
        match guest.protocol {
            Protocol::Log | Protocol::Plain => session::serve(stream, guest, &self.desk, shutdown).await,
            Protocol::Artifacts => {
                receive_artifacts(stream, guest, &self.desk, &self.artifacts, shutdown).await
            }
        }
    }
}

/// Small answers go at once, and TCP finds out whether who says nothing for long is still there.
fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE / 4);
    SockRef::from(stream).set_tcp_keepalive(&keepalive)
}

const fn turned_for(error: &SessionError) -> Turned {
    match error {
        SessionError::Receive(_)
        | SessionError::Frame(_)
        | SessionError::Artifacts(_)
        | SessionError::Refused(_) => Turned::Protocol,
        SessionError::Silent | SessionError::Deaf => Turned::Silent,
        SessionError::Broken(_) | SessionError::Gone(_) | SessionError::Random(_) => Turned::Broken,
    }
}

/// Takes connections until the shutdown, then lets those that are here come to their end.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: &Arc<ServerConfig>,
    hall: &Arc<Hall>,
    mut shutdown: Shutdown,
) {
    let (mut crowd, mut here) = (Crowd::new(&hall.desk.limits), JoinSet::new());
    let mut trouble = Trouble(None);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = here.join_next() => continue,
            () = shutdown.requested() => break,
        };
        match accepted {
            Ok((stream, address)) => {
                if let Err(turned) = may_knock(hall, &mut crowd, address) {
                    hall.turn_away(turned);
                    continue;
                }
                let (hall, tls, shutdown) =
                    (Arc::clone(hall), TlsAcceptor::from(Arc::clone(tls)), shutdown.clone());
                let knock = hall.handshakes.take(());
                here.spawn(async move { hall.receive(tls, stream, address, knock, shutdown).await });
            }
            Err(error) => {
                trouble.note(&error);
                sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    let all_gone = async { while here.join_next().await.is_some() {} };
    if timeout(hall.desk.limits.last_answers, all_gone).await.is_err() {
        tracing::warn!("{} connections were cut before all was acknowledged", here.len());
    }
    here.shutdown().await;
}

fn may_knock(hall: &Hall, crowd: &mut Crowd, address: SocketAddr) -> Result<(), Turned> {
    if !crowd.admits(address.ip(), Instant::now()) {
        return Err(Turned::Pace);
    }
    if hall.roster.is_stale() {
        return Err(Turned::Stale);
    }
    Ok(())
}

/// When it was last told that connections cannot be taken.
struct Trouble(Option<Instant>);

impl Trouble {
    /// Tells of it, but not of every single one.
    fn note(&mut self, error: &io::Error) {
        // One that was gone before it was taken is nobody's trouble.
        let is_news = self.0.is_none_or(|at| at.elapsed() >= TELL_EVERY);
        if error.kind() != io::ErrorKind::ConnectionAborted && is_news {
            tracing::warn!("cannot take connections: {error}");
            self.0 = Some(Instant::now());
        }
    }
}
