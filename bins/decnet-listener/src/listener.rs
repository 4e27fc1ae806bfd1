//! The whole of it: what is opened in which order, and ended in which.

use std::{io, net::SocketAddr, path::Path, sync::Arc};

use anyhow::{Context as _, bail};
use decnet_api::{server::Plain, status::tell};
use decnet_daemon::{
    descriptors,
    signals::{Shutdown, Trigger},
};
use decnet_logship::{
    medium::Disk,
    spool::{Place, SEGMENT_BYTES, Spool},
};
use decnet_membership::{Membership, Part, follow_trust_forever, renew_forever};
use decnet_pki::{clock::Clock, sessions::Sessions};
use rustls::ServerConfig;
use tokio::{net::TcpListener, sync::Semaphore, task::JoinSet};

use crate::{
    alarm::Alarm,
    artifacts::Artifacts,
    committer::{Committer, Passed},
    deriver::Derived,
    door::{self, Hall},
    follow::Follower,
    guest::Protocol,
    hosts::Hosts,
    reading::{Reader, Reading},
    roster::Roster,
    session::Desk,
    settings::Settings,
    status::Report,
    thread,
    watch::Watch,
};

/// A listener with its door open.
#[derive(Debug)]
pub struct Listener {
    watch: Arc<Watch>,
    follower: Arc<Follower>,
    committer: Committer<Disk>,
    reader: Reading,
    door: TcpListener,
    tls: Arc<ServerConfig>,
    status: Option<Plain>,
}

impl Listener {
    /// Takes its place in the swarm, opens the spool and the log, and listens.
    ///
    /// # Errors
    /// It has not joined, another listener has the spool, a folder or file cannot be used, or a port
    /// is taken.
    pub async fn open(settings: &Settings, clock: Clock) -> anyhow::Result<Self> {
        let membership = Arc::new(membership(&settings.identity, clock)?);
        let spool = Spool::open(&settings.spool, SEGMENT_BYTES)
            .with_context(|| format!("cannot open the spool in {}", settings.spool.display()))?;
        let (hosts, derived) = (Arc::new(Hosts::default()), Arc::new(Derived::default()));
        let keeping = Arc::new(Alarm::new("what comes cannot be made durable"));
        let passed = Passed::new(Place::START);
        let reader = Reader::open(settings, &spool, &membership, &passed)?;
        let (committer, keeper) =
            Committer::new(spool, vec![passed.clone()], Arc::clone(&hosts), Arc::clone(&keeping));
        let (reader, relayed) = reader.begin(&committer, passed, Arc::clone(&derived));
        let (roster, sessions) = (Roster::default(), Sessions::default());
        let limits = settings.limits;
        let room = Arc::new(Semaphore::new(limits.unkept_of_all));
        let desk = Desk { keeper, hosts, limits, room };
        let artifacts = Artifacts::open(&settings.artifacts, settings.artifacts_quota)
            .with_context(|| format!("cannot keep artifacts in {}", settings.artifacts.display()))?;
        let hall = Arc::new(Hall::new(desk, artifacts, roster.clone(), sessions.clone()));
        let tls = membership.serving(Arc::new(roster.clone()), &Protocol::OFFERED)?;
        let folder = settings.identity.clone();
        let follower = Follower { membership: Arc::clone(&membership), roster, sessions, folder };
        follower.resume();
        descriptors::raise(limits.descriptors());
        let door = TcpListener::bind(settings.address).await;
        let door = door.with_context(|| format!("cannot listen on {}", settings.address))?;
        let status = open_status(settings.status).await?;
        let spool = settings.spool.clone();
        Ok(Self {
            watch: Arc::new(Watch { membership, hall, keeping, derived, relayed, spool }),
            follower: Arc::new(follower),
            committer,
            reader,
            door,
            tls,
            status,
        })
    }

    /// Where it takes logs.
    ///
    /// # Errors
    /// As `getsockname`.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.door.local_addr()
    }

    /// Where it tells how it goes, if it does.
    ///
    /// # Errors
    /// As `getsockname`.
    pub fn status_address(&self) -> io::Result<Option<SocketAddr>> {
        self.status.as_ref().map(Plain::address).transpose()
    }

    /// Takes logs until the shutdown; what was received by then is made durable, acknowledged and
    /// written before this returns.
    ///
    /// # Errors
    /// What makes things durable has failed in a way that it should not.
    pub async fn serve(self, shutdown: Shutdown) -> anyhow::Result<()> {
        let Self { watch, follower, committer, reader, door, tls, status } = self;
        let mut committing = thread::start("committer", committer.run())?;
        let (end_reading, may_read) = Shutdown::by_hand();
        let mut reading = reader.start(may_read)?;
        let mut work = JoinSet::new();
        work.spawn(renew_forever(Arc::clone(&watch.membership)));
        work.spawn(follow_trust_forever(Arc::clone(&watch.membership)));
        work.spawn(Arc::clone(&follower).follow_forever());
        work.spawn(follower.guard_forever());
        let (end_status, told) = Shutdown::by_hand();
        if let Some(status) = status {
            work.spawn(tell_status(status, Arc::clone(&watch), told));
        }
        let served = tokio::select! {
            () = door::serve(door, &tls, &watch.hall, shutdown) => Ok(()),
            () = committing.ended() => Err(anyhow::anyhow!("what makes things durable has ended")),
        };
        watch.hall.desk.keeper.end();
        if served.is_ok() {
            committing.ended().await;
        }
        end_reading.request();
        reading.ended().await;
        end(work, &end_status).await;
        served
    }
}

/// Runs the listener of this host until the shutdown.
///
/// # Errors
/// As [`Listener::open`] and [`Listener::serve`].
pub async fn run(settings: Settings, shutdown: Shutdown) -> anyhow::Result<()> {
    let listener = Listener::open(&settings, Clock::system()).await?;
    tracing::info!("taking logs on {}", listener.address()?);
    listener.serve(shutdown).await?;
    tracing::info!("ended");
    Ok(())
}

fn membership(identity: &Path, clock: Clock) -> anyhow::Result<Membership> {
    let opened = Membership::open(Part::Listener, identity, clock);
    let opened = opened
        .with_context(|| format!("cannot take the listener's place in its swarm ({})", identity.display()))?;
    let Some(membership) = opened else {
        bail!(
            "the listener has no identity in {}: on the master's host its controller makes it, elsewhere `decnet-listener join` with a token",
            identity.display()
        );
    };
    Ok(membership)
}

async fn open_status(address: Option<SocketAddr>) -> anyhow::Result<Option<Plain>> {
    let Some(address) = address else { return Ok(None) };
    let door = Plain::bind(address).await;
    door.map(Some).with_context(|| format!("cannot tell how it goes on {address}"))
}

async fn tell_status(door: Plain, watch: Arc<Watch>, mut told: Shutdown) {
    tell(door, move || Report::of(&watch), async move { told.requested().await }).await;
}

/// Lets whoever asks how it goes have his answer, and everything else end.
async fn end(mut work: JoinSet<()>, status: &Trigger) {
    status.request();
    work.shutdown().await;
}
