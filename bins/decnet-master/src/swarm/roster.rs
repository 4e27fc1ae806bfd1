//! Who is let in: exactly the certificates that the store calls good.
//!
//! A certificate that the authority signed and the store does not know is let in nowhere. The
//! handshake asks this list, which is replaced as a whole when the store has changed.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock},
};

use decnet_pki::{
    admission::{Admission, Refused},
    digest::{Fingerprint, Pin},
    peer::Peer,
};
use decnet_proto::swarm::{
    operator::Profile,
    role::{Identity, Role},
};
use decnet_store::{CertificateState, KnownCertificate};
use tokio::sync::mpsc;

use super::listeners;

/// Who is let in. Copies share it.
#[derive(Clone, Debug)]
pub(super) struct Roster {
    known: Arc<RwLock<Arc<Known>>>,
    turned_away: mpsc::Sender<TurnedAway>,
}

/// Somebody whose certificate our authority signed, and who was not let in.
#[derive(Clone, Debug)]
pub(super) struct TurnedAway {
    pub(super) peer: Peer,
    pub(super) why: Refused,
}

/// How many who were turned away are remembered until somebody writes them down.
const REMEMBERED: usize = 64;

#[derive(Debug, Default)]
struct Known {
    good: HashMap<Fingerprint, Entry>,
    holders: HashSet<Identity>,
    keys: HashSet<(Identity, Pin)>,
    listeners: Vec<(Role, String)>,
}

/// A good certificate.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Whose it is.
    pub(super) identity: Identity,
    /// What for.
    pub(super) profile: Profile,
    /// What its holder is called.
    pub(super) name: String,
    /// Its holder has not spoken with it yet.
    pub(super) pending: bool,
    pin: Pin,
}

impl Roster {
    /// Lets nobody in yet; who is turned away is told.
    pub(super) fn new() -> (Self, mpsc::Receiver<TurnedAway>) {
        let (turned_away, told) = mpsc::channel(REMEMBERED);
        (Self { known: Arc::default(), turned_away }, told)
    }

    /// Lets these in from now on, and nobody else.
    pub(super) fn replace(&self, good: &[KnownCertificate]) {
        let mut known = Known::default();
        for row in good {
            let certificate = &row.certificate;
            let (Ok(fingerprint), Ok(pin)) = (certificate.fingerprint.parse(), certificate.pin.parse())
            else {
                tracing::error!("the store has a certificate without a fingerprint: {certificate:?}");
                continue;
            };
            let entry = Entry {
                identity: certificate.identity,
                profile: certificate.profile,
                name: certificate.name.clone(),
                pending: row.state == CertificateState::Pending,
                pin,
            };
            known.holders.insert(entry.identity);
            known.keys.insert((entry.identity, pin));
            known.good.insert(fingerprint, entry);
        }
        known.listeners = listeners::pins(good);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
    }

    /// The good certificate with this fingerprint.
    pub(super) fn find(&self, fingerprint: &Fingerprint) -> Option<Entry> {
        self.known().good.get(fingerprint).cloned()
    }

    /// Whether anybody is let in as `identity`.
    pub(super) fn has(&self, identity: &Identity) -> bool {
        self.known().holders.contains(identity)
    }

    /// Keys by which workers know the listeners.
    pub(super) fn listener_pins(&self) -> Vec<(Role, String)> {
        self.known().listeners.clone()
    }

    /// Lets in those of it that have one of these roles.
    pub(super) fn admitting(&self, roles: &[Role]) -> Arc<dyn Admission> {
        Arc::new(Admitting { roster: self.clone(), roles: roles.to_vec() })
    }

    /// Whether a peer could show a newer certificate than the one that it shows.
    pub(super) fn has_newer(&self, peer: &Peer) -> bool {
        let newer = |(fingerprint, entry): (&Fingerprint, &Entry)| {
            entry.pending
                && (entry.identity, entry.profile) == (peer.identity, peer.profile)
                && *fingerprint != peer.fingerprint
        };
        self.known().good.iter().any(newer)
    }

    /// Whether a peer is let in by what is known now, whatever its role.
    pub(super) fn judge(&self, peer: &Peer) -> Result<(), Refused> {
        let known = self.known();
        match known.good.get(&peer.fingerprint) {
            Some(entry)
                if (entry.identity, entry.profile, entry.pin) == (peer.identity, peer.profile, peer.pin) =>
            {
                Ok(())
            }
            Some(_) => Err(Refused::Key),
            None if !known.holders.contains(&peer.identity) => Err(Refused::UnknownHost),
            None if known.keys.contains(&(peer.identity, peer.pin)) => Err(Refused::Revoked),
            None => Err(Refused::Key),
        }
    }

    fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[derive(Debug)]
struct Admitting {
    roster: Roster,
    roles: Vec<Role>,
}

impl Admission for Admitting {
    fn admit(&self, peer: &Peer) -> Result<(), Refused> {
        let role = peer.identity.role;
        let judged =
            if self.roles.contains(&role) { self.roster.judge(peer) } else { Err(Refused::Role(role)) };
        judged.inspect_err(|why| {
            // Beyond what is remembered they are counted only.
            let _ = self.roster.turned_away.try_send(TurnedAway { peer: peer.clone(), why: *why });
        })
    }
}
