//! Live connections by identity, so that a revocation ends them at once.
//!
//! A connection outlives its certificate unless somebody closes it: who keeps the time calls
//! [`Sessions::close`] for peers whose `not_after` has passed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use crate::{
    admission::{Admission, Refused},
    peer::Peer,
};

/// The live connections of a server. Copies share them.
#[derive(Clone, Debug, Default)]
pub struct Sessions(Arc<Mutex<Live>>);

#[derive(Debug, Default)]
struct Live {
    next: u64,
    all: HashMap<u64, Entry>,
}

#[derive(Debug)]
struct Entry {
    peer: Peer,
    closing: watch::Sender<bool>,
}

/// A live connection, until it is dropped.
#[derive(Debug)]
pub struct Session {
    number: u64,
    closing: watch::Receiver<bool>,
    sessions: Sessions,
}

impl Sessions {
    /// Counts a connection as live. Whoever serves it ends it when [`Session::closed`] does.
    ///
    /// Between the handshake and this call the peer may have been revoked: [`Self::enter`] asks
    /// again.
    pub fn register(&self, peer: &Peer) -> Session {
        let (closing, closed) = watch::channel(false);
        let mut live = self.live();
        let number = live.next;
        live.next += 1;
        live.all.insert(number, Entry { peer: peer.clone(), closing });
        Session { number, closing: closed, sessions: self.clone() }
    }

    /// Counts a connection as live, then asks once more whether its peer is let in: whoever was
    /// revoked since its handshake is refused here, whoever is revoked later is closed.
    ///
    /// # Errors
    /// [`Refused`] as the admission says.
    pub fn enter(&self, peer: &Peer, admission: &dyn Admission) -> Result<Session, Refused> {
        let session = self.register(peer);
        admission.admit(peer)?;
        Ok(session)
    }

    /// Closes every connection whose peer is `meant`; how many those were.
    pub fn close(&self, meant: impl Fn(&Peer) -> bool) -> usize {
        let mut live = self.live();
        let closed: Vec<_> = live.all.extract_if(|_, entry| meant(&entry.peer)).collect();
        drop(live);
        for (_, entry) in &closed {
            // One whose session was just dropped needs no telling.
            let _ = entry.closing.send(true);
        }
        closed.len()
    }

    /// How many live connections are of peers that are `meant`.
    pub fn count(&self, meant: impl Fn(&Peer) -> bool) -> usize {
        self.live().all.values().filter(|entry| meant(&entry.peer)).count()
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        // What `meant` does with a panic leaves the map whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// Ends when the connection must.
    pub fn closed(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut closing = self.closing.clone();
        async move {
            let _ = closing.wait_for(|closing| *closing).await;
        }
    }

    /// Whether the connection must end.
    pub fn is_closed(&self) -> bool {
        *self.closing.borrow()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.sessions.live().all.remove(&self.number);
    }
}
