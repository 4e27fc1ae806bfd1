//! Listeners: who they are, by which keys workers know them, and when each was heard.
//!
//! All are parts of the master and of its host; they are told apart by their names. Nobody connects
//! to them here, so when a listener begins to show a new key is not seen: the keys of its two newest
//! certificates are good.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use decnet_pki::peer::Peer;
use decnet_proto::{
    ids::HostName,
    swarm::{
        operator::Profile,
        role::Role,
        worker::{Route, Trust},
    },
};
use decnet_store::{KnownCertificate, StoreError, listener_name};

use super::{controller::Controller, own_listener::OWN};

/// Keys of one listener that workers know at one time.
const KEYS: usize = 2;

/// How long a listener takes to show a new key, in seconds: it waits until workers know it.
const SWITCH: i64 = 15 * 60;

/// When each listener was heard last, and what it then knew.
#[derive(Debug, Default)]
pub(super) struct Heard(Mutex<HashMap<HostName, Word>>);

#[derive(Clone, Copy, Debug, Default)]
struct Word {
    at: i64,
    /// Serial number of the trust that it fetched last.
    trust: u64,
}

impl Heard {
    /// When a listener was heard last, if it was since the controller began.
    pub(super) fn at(&self, name: &HostName) -> Option<i64> {
        self.words().get(name).map(|word| word.at)
    }

    /// Forgets one that is no more.
    pub(super) fn forget(&self, name: &HostName) {
        self.words().remove(name);
    }

    fn words(&self) -> MutexGuard<'_, HashMap<HostName, Word>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Controller {
    /// The name of a listener that asks.
    pub(super) fn listener(&self, peer: &Peer) -> Option<HostName> {
        listener_name(&self.roster.find(&peer.fingerprint)?.name)
    }

    /// Notes that a listener asked.
    pub(super) fn hear_listener(&self, peer: &Peer, route: Route, told: &Trust) {
        let Some(name) = self.listener(peer) else { return };
        let mut words = self.heard_listeners.words();
        let word = words.entry(name).or_default();
        word.at = self.now();
        if route == Route::Trust {
            word.trust = told.serial;
        }
    }

    /// Whether the master's own listener runs: it was heard lately. Nobody can tell while one that
    /// runs may still be waiting to ask again.
    pub(super) fn hears_own_listener(&self) -> bool {
        let lately = self.now() - self.patience();
        let asked = self.heard_listeners.words().iter().any(|(name, word)| is_own(name) && word.at >= lately);
        asked || self.opened_at > lately
    }

    /// Seconds after which who has not been heard is not there.
    fn patience(&self) -> i64 {
        4 * i64::from(self.settings.heartbeat)
    }

    /// Listeners that do not know this trust yet.
    pub(super) async fn late_listeners(&self, serial: u64) -> Result<Vec<HostName>, StoreError> {
        let good = self.store.certificate_good(self.now()).await?;
        let knows = |name: &HostName| {
            let word = self.heard_listeners.words().get(name).copied();
            word.is_some_and(|word| word.trust >= serial) || self.is_away(name)
        };
        Ok(names(&good).into_iter().filter(|name| !knows(name)).collect())
    }

    /// Listeners that still have to show certificates of this authority, and do not.
    pub(super) async fn waiting_listeners(&self, authority: &str) -> Result<Vec<HostName>, StoreError> {
        let good = self.store.certificate_good(self.now()).await?;
        let since = self.now() - SWITCH;
        let is_old = |known: &&KnownCertificate| known.certificate.authority != authority;
        let waits = |name: &HostName| {
            [Profile::ListenerServer, Profile::ListenerClient].into_iter().any(|profile| {
                let own: Vec<_> = of(&good, name, profile).collect();
                // What was just signed is not shown yet.
                let settled = own
                    .iter()
                    .rev()
                    .find(|known| profile == Profile::ListenerClient || known.issued_at < since);
                settled.or(own.first()).is_some_and(is_old)
            })
        };
        Ok(names(&good).into_iter().filter(|name| waits(name) && !self.is_away(name)).collect())
    }

    /// Whether it is the master's own and does not run: the controller sees to its folder then.
    fn is_away(&self, name: &HostName) -> bool {
        is_own(name) && !self.hears_own_listener()
    }
}

/// Whether it is the master's own.
pub(super) fn is_own(name: &HostName) -> bool {
    name.as_str() == OWN
}

/// Keys by which workers know the listeners, in an order that the certificates' has nothing to do
/// with.
pub(super) fn pins(good: &[KnownCertificate]) -> Vec<(Role, String)> {
    let newest = |name: &HostName| {
        let own: Vec<_> = of(good, name, Profile::ListenerServer).collect();
        let pins = own.into_iter().rev().map(|known| known.certificate.pin.clone());
        let mut keys: Vec<String> = Vec::new();
        for pin in pins {
            if keys.len() < KEYS && !keys.contains(&pin) {
                keys.push(pin);
            }
        }
        keys
    };
    let mut pins: Vec<_> = names(good).iter().flat_map(newest).map(|pin| (Role::Listener, pin)).collect();
    pins.sort_unstable();
    pins
}

/// The certificates of a listener, the oldest first.
fn of<'a>(
    good: &'a [KnownCertificate],
    name: &'a HostName,
    profile: Profile,
) -> impl Iterator<Item = &'a KnownCertificate> {
    let own = move |known: &&KnownCertificate| {
        known.certificate.profile == profile && listener_name(&known.certificate.name).as_ref() == Some(name)
    };
    good.iter().filter(own)
}

/// Listeners that have good certificates, by their names.
fn names(good: &[KnownCertificate]) -> Vec<HostName> {
    let of_listeners = good.iter().filter(|known| known.certificate.identity.role == Role::Listener);
    let named = of_listeners.filter_map(|known| listener_name(&known.certificate.name));
    named.collect::<BTreeSet<_>>().into_iter().collect()
}
