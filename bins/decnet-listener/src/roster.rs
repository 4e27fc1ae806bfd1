//! Who may bring logs, as the controller says.
//!
//! It is looked up in the handshake, and again for connections that stand whenever it changes. What
//! was heard longer ago than [`GOOD_FOR`] counts for nothing: nobody is let in then, and everybody is
//! cut off. Nothing is lost by that: logs wait at the workers.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use decnet_pki::{
    admission::{Admission, Refused},
    digest::{Fingerprint, InvalidDigest},
    peer::Peer,
};
use decnet_proto::{
    ids::{HostId, HostName},
    swarm::{role::Role, worker},
};
use tokio::time::Instant;

/// How long what the controller said is good.
pub const GOOD_FOR: Duration = Duration::from_secs(300);

/// Roles of those who bring logs: workers, and listeners that hand on.
const ROLES: [Role; 2] = [Role::Agent, Role::Listener];

/// Who may bring logs. Copies share what they know.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roster(Arc<RwLock<Known>>);

#[derive(Debug, Default)]
struct Known {
    version: Option<String>,
    clients: HashMap<Fingerprint, Client>,
    hosts: HashSet<(Role, HostId)>,
    heard: Option<Heard>,
}

/// When it was heard.
#[derive(Clone, Copy, Debug)]
struct Heard {
    at: Instant,
    /// How old it was then.
    age: Duration,
}

impl Heard {
    fn age(self) -> Duration {
        self.age + self.at.elapsed()
    }
}

/// Somebody who may bring logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Client {
    pub(crate) role: Role,
    pub(crate) host: HostId,
    pub(crate) name: HostName,
}

impl Roster {
    /// Replaces what is known by what was heard so long ago; whether anything is different.
    ///
    /// # Errors
    /// [`InvalidDigest`] when somebody's fingerprint is none; then nothing has changed.
    pub(crate) fn learn(&self, roster: &worker::Roster, age: Duration) -> Result<bool, InvalidDigest> {
        let clients = roster.clients.iter().map(|entry| {
            let client = Client { role: entry.role, host: entry.host, name: entry.name.clone() };
            Ok((entry.fingerprint.parse()?, client))
        });
        let clients: HashMap<Fingerprint, Client> = clients.collect::<Result<_, InvalidDigest>>()?;
        let hosts = clients.values().map(|client| (client.role, client.host)).collect();
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_other = known.version.as_ref() != Some(&roster.version) || known.clients != clients;
        let (version, heard) = (Some(roster.version.clone()), Some(Heard { at: Instant::now(), age }));
        *known = Known { version, clients, hosts, heard };
        Ok(is_other)
    }

    /// Which one it is.
    pub(crate) fn version(&self) -> Option<String> {
        self.read(|known| known.version.clone())
    }

    /// How long ago it was heard, if it ever was.
    pub(crate) fn age(&self) -> Option<Duration> {
        self.read(|known| known.heard.map(Heard::age))
    }

    /// Whether nobody is to be let in, because nobody knows who may be.
    pub(crate) fn is_stale(&self) -> bool {
        self.read(Known::is_stale)
    }

    /// How many certificates are let in.
    pub(crate) fn len(&self) -> usize {
        self.read(|known| known.clients.len())
    }

    /// Who has this certificate, if he may bring logs.
    pub(crate) fn client(&self, fingerprint: &Fingerprint) -> Option<Client> {
        self.read(|known| known.clients.get(fingerprint).cloned())
    }

    fn read<T>(&self, look: impl FnOnce(&Known) -> T) -> T {
        look(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Known {
    fn is_stale(&self) -> bool {
        self.heard.is_none_or(|heard| heard.age() >= GOOD_FOR)
    }
}

impl Admission for Roster {
    fn admit(&self, peer: &Peer) -> Result<(), Refused> {
        let (role, host) = (peer.identity.role, peer.identity.host);
        if !ROLES.contains(&role) {
            return Err(Refused::Role(role));
        }
        self.read(|known| {
            if known.is_stale() || !known.hosts.contains(&(role, host)) {
                return Err(Refused::UnknownHost);
            }
            let client = known.clients.get(&peer.fingerprint).ok_or(Refused::Revoked)?;
            // The controller signed both: they differ only if it errs.
            if (client.role, client.host) == (role, host) { Ok(()) } else { Err(Refused::UnknownHost) }
        })
    }
}

#[cfg(test)]
mod tests {
    use decnet_pki::testing::swarm::Swarm;
    use decnet_proto::swarm::{operator::Profile, worker::RosterEntry};

    use super::*;

    pub(super) fn entry(peer: &Peer) -> RosterEntry {
        RosterEntry {
            role: peer.identity.role,
            host: peer.identity.host,
            name: "w1".parse().unwrap(),
            fingerprint: peer.fingerprint.to_string(),
        }
    }

    fn roster(version: &str, peers: &[&Peer]) -> worker::Roster {
        worker::Roster {
            version: version.to_owned(),
            clients: peers.iter().map(|peer| entry(peer)).collect(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn exactly_those_on_it_are_let_in_and_nobody_when_it_is_stale() {
        let mut swarm = Swarm::new();
        let agent = swarm.member(Profile::AgentClient).peer();
        let renewed = swarm.member(Profile::AgentClient).peer();
        let relay = swarm.member(Profile::ListenerClient).peer();
        let updater = swarm.member(Profile::UpdaterClient).peer();
        let known = Roster::default();
        assert!(known.is_stale() && known.admit(&agent) == Err(Refused::UnknownHost));

        assert_eq!(known.learn(&roster("1", &[&agent, &updater]), Duration::ZERO), Ok(true));
        assert_eq!(known.learn(&roster("1", &[&agent, &updater]), Duration::ZERO), Ok(false));
        assert_eq!(known.admit(&agent), Ok(()));
        assert_eq!(known.admit(&renewed), Err(Refused::Revoked));
        assert_eq!(known.admit(&relay), Err(Refused::UnknownHost));
        assert_eq!(known.admit(&updater), Err(Refused::Role(Role::Updater)), "even if it is on it");
        assert_eq!(known.client(&agent.fingerprint).unwrap().host, agent.identity.host);

        assert_eq!(known.learn(&roster("2", &[&renewed, &relay]), GOOD_FOR / 2), Ok(true));
        assert_eq!((known.admit(&relay), known.admit(&renewed)), (Ok(()), Ok(())));
        assert_eq!(known.admit(&agent), Err(Refused::Revoked));
        tokio::time::advance(GOOD_FOR / 2 - Duration::from_millis(1)).await;
        assert_eq!(known.admit(&relay), Ok(()));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(known.is_stale() && known.admit(&relay) == Err(Refused::UnknownHost));
    }

    #[test]
    fn one_that_cannot_be_read_changes_nothing() {
        let swarm = Swarm::new();
        let peer = swarm.credentials(swarm.hosts.identity(Role::Agent), Profile::AgentClient).peer().clone();
        let known = Roster::default();
        known.learn(&roster("1", &[&peer]), Duration::ZERO).unwrap();
        let mut bad = roster("2", &[&peer]);
        bad.clients[0].fingerprint.push('0');
        assert!(known.learn(&bad, Duration::ZERO).is_err());
        assert_eq!((known.version().as_deref(), known.admit(&peer)), (Some("1"), Ok(())));
    }
}
