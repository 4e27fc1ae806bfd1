//! One connection that brings artifacts, from its greeting to its end.
//!
//! Files are written, hashed and synchronised on threads that may wait, a few at a time: neither a
//! slow disk nor 10 MiB to be hashed stops a connection but the one that brought them, and no host's
//! artifacts take the processor from everybody's log. A connection holds what came of it in one turn,
//! and while it rests nothing.

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    future::pending,
    io, mem,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use decnet_daemon::signals::Shutdown;
use decnet_logship::{
    artifact::{Now, Session, Tally, wire::Refusal},
    keep::{Keep, KeepError, Limits},
};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::Semaphore,
    task::spawn_blocking,
    time::{Duration, Instant, sleep_until},
};

use crate::{
    clock,
    committer::Gone,
    guest::Guest,
    link::{Link, Turn},
    session::{Desk, SessionError},
};

const MIB: u64 = 1 << 20;

/// The largest that a decky captures.
const LARGEST: u64 = 10 * MIB;

/// What stays free for the log.
const RESERVE: u64 = 256 * MIB;

/// How many connections may have what they brought written at the same time.
const HANDS: usize = 2;

/// What artifacts go to.
#[derive(Debug)]
pub(crate) struct Artifacts {
    keep: Keep,
    hands: Arc<Semaphore>,
    kept: AtomicU64,
    bytes: AtomicU64,
    refused: [AtomicU64; Refusal::ALL.len()],
}

/// What came of artifacts since the start.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Counts {
    /// How many are here that were brought, also those that had been.
    pub kept: u64,
    /// Bytes of them that came.
    pub bytes: u64,
    /// How often one was not taken, by reason.
    pub refused: BTreeMap<String, u64>,
}

impl Artifacts {
    /// Opens the folder of artifacts; a host may bring `daily_bytes` in a day.
    pub(crate) fn open(folder: &Path, daily_bytes: u64) -> Result<Self, KeepError> {
        let keep = Keep::open(folder, Limits { size: LARGEST, daily_bytes, reserve: RESERVE })?;
        Ok(Self {
            keep,
            hands: Arc::new(Semaphore::new(HANDS)),
            kept: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            refused: Default::default(),
        })
    }

    /// What came of them since the start.
    pub(crate) fn counts(&self) -> Counts {
        let refused = Refusal::ALL.iter().zip(&self.refused);
        Counts {
            kept: self.kept.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            refused: refused
                .map(|(why, count)| (why.word().to_owned(), count.load(Ordering::Relaxed)))
                .collect(),
        }
    }

    fn count(&self, tally: &Tally) {
        self.kept.fetch_add(tally.kept, Ordering::Relaxed);
        self.bytes.fetch_add(tally.bytes, Ordering::Relaxed);
        for (all, more) in self.refused.iter().zip(tally.refused) {
            all.fetch_add(more, Ordering::Relaxed);
        }
    }

    /// Puts what came where it belongs, and appends the answer. When it is given up meanwhile, what
    /// was begun of it is ended all the same.
    async fn put(
        &self,
        mut session: Session,
        bytes: Vec<u8>,
        now: Now,
        out: &mut Vec<u8>,
    ) -> Result<Session, SessionError> {
        let hand = Arc::clone(&self.hands).acquire_owned().await.map_err(|_| Gone)?;
        let keep = self.keep.clone();
        let put = spawn_blocking(move || {
            let mut answer = Vec::new();
            let taken = session.receive(&bytes, &keep, now, &mut answer);
            drop(hand);
            (session, answer, taken)
        });
        let (mut session, answer, taken) = put.await.map_err(|_| Gone)?;
        self.count(&session.tally());
        out.extend_from_slice(&answer);
        taken?;
        Ok(session)
    }
}

/// Takes artifacts until the peer ends it, or the shutdown comes: what is not whole then goes on where
/// it is, with the next connection.
///
/// # Errors
/// [`SessionError`]; what came before it is kept all the same.
pub(crate) async fn receive_artifacts<T: AsyncRead + AsyncWrite + Unpin>(
    stream: T,
    guest: &Guest,
    desk: &Desk,
    artifacts: &Artifacts,
    shutdown: &mut Shutdown,
) -> Result<(), SessionError> {
    let connected = desk.hosts.get(&guest.host).connected(&guest.host.name);
    let (epoch, mut link) = (Instant::now(), Link::new(stream));
    let mut session = Session::new(guest.host.id, Duration::ZERO);
    let (mut brought, mut paused) = (Vec::new(), None);
    Session::greet(link.out());
    loop {
        let listens = paused.is_none() && !link.is_full();
        let deaf = link.unwritten().map(|since| since + desk.limits.deaf);
        let silent = listens.then(|| epoch + session.deadline());
        tokio::select! {
            // What came while we were busy counts before the time that it took.
            biased;
            () = shutdown.requested() => return Ok(()),
            turn = link.turn(listens, |bytes| gather(&mut brought, bytes)) => match turn? {
                Turn::Heard(count) => {
                    paused = connected.heard(count, desk.limits.host_rate);
                    let now = Now { date: clock::now(), time: epoch.elapsed() };
                    session = artifacts.put(session, mem::take(&mut brought), now, link.out()).await?;
                }
                Turn::Written => {}
                Turn::Closed => return Ok(()),
            },
            () = until(paused) => paused = None,
            () = until(deaf) => return Err(SessionError::Deaf),
            () = until(silent) => return Err(SessionError::Silent),
        }
    }
}

fn gather(brought: &mut Vec<u8>, bytes: &[u8]) -> io::Result<()> {
    brought.extend_from_slice(bytes);
    Ok(())
}

async fn until(time: Option<Instant>) {
    match time {
        None => pending().await,
        Some(time) => sleep_until(time).await,
    }
}
