//! Who may bring logs, as listeners are told: the good certificates of agents' clients, whose
//! forwarders speak with them, and of listeners' clients, which hand on.

use std::{sync::Arc, time::Duration};

use decnet_proto::{
    ids::HostName,
    swarm::{
        operator::Profile,
        worker::{ROSTER_WAIT, Roster, RosterEntry},
    },
};
use decnet_store::{KnownCertificate, NewCertificate, listener_name};
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

/// What listeners are told, as it is now.
#[derive(Debug)]
pub(super) struct LogRoster(watch::Sender<Arc<Roster>>);

impl Default for LogRoster {
    fn default() -> Self {
        Self(watch::Sender::new(Arc::new(roster_of(&[]))))
    }
}

impl LogRoster {
    /// These are the good certificates from now on; those who wait are told if that is news.
    pub(super) fn replace(&self, good: &[KnownCertificate]) {
        let next = roster_of(good);
        self.0.send_if_modified(|known| {
            let is_news = known.version != next.version;
            if is_news {
                *known = Arc::new(next);
            }
            is_news
        });
    }

    /// The roster: at once if it is not of the version `have`, else as soon as it is not, or when
    /// the caller has waited long enough.
    pub(super) async fn follow(&self, have: Option<&str>) -> Arc<Roster> {
        let mut news = self.0.subscribe();
        let other = async {
            // The sender lives as long as the controller.
            let _ = news.wait_for(|roster| Some(roster.version.as_str()) != have).await;
        };
        let _ = tokio::time::timeout(Duration::from_secs(u64::from(ROSTER_WAIT)), other).await;
        Arc::clone(&self.0.borrow())
    }
}

fn roster_of(good: &[KnownCertificate]) -> Roster {
    let mut clients: Vec<_> = good.iter().filter_map(|known| entry(&known.certificate)).collect();
    clients.sort_by(|a, b| (a.role, &a.name, &a.fingerprint).cmp(&(b.role, &b.name, &b.fingerprint)));
    Roster { version: version(&clients), clients }
}

fn entry(certificate: &NewCertificate) -> Option<RosterEntry> {
    let name: HostName = match certificate.profile {
        Profile::AgentClient => certificate.name.parse().ok(),
        Profile::ListenerClient => listener_name(&certificate.name),
        _ => return None,
    }
    .or_else(|| {
        tracing::error!("a certificate that the store has is of nobody: {certificate:?}");
        None
    })?;
    let (role, host) = (certificate.identity.role, certificate.identity.host);
    Some(RosterEntry { role, host, name, fingerprint: certificate.fingerprint.clone() })
}

fn version(clients: &[RosterEntry]) -> String {
    let mut hash = Sha256::new();
    for RosterEntry { role, host, name, fingerprint } in clients {
        // None of these has a space or a line's end in it.
        hash.update(format!("{role} {host} {name} {fingerprint}\n"));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use decnet_proto::{
        ids::HostId,
        swarm::role::{Identity, Role},
    };
    use decnet_store::{CertificateState, listener_holder};

    use super::*;

    fn known(profile: Profile, name: &str, number: u8) -> KnownCertificate {
        let host: HostId = "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b".parse().unwrap();
        let digest = format!("{number:02x}").repeat(32);
        let certificate = NewCertificate {
            identity: Identity { role: profile.role(), host },
            profile,
            name: name.to_owned(),
            fingerprint: digest.clone(),
            pin: digest.clone(),
            authority: digest,
            not_after: 10,
        };
        KnownCertificate {
            certificate,
            state: CertificateState::Pending,
            issued_at: 1,
            used_at: None,
            revoked: None,
        }
    }

    #[test]
    fn clients_of_agents_and_listeners_are_on_it_and_nobody_else() {
        let all: Vec<_> = Profile::ALL
            .into_iter()
            .zip(1..)
            .map(|(profile, number)| match profile.role() {
                Role::Listener => known(profile, &listener_holder(&"far".parse().unwrap()), number),
                _ => known(profile, "w1", number),
            })
            .collect();
        let roster = roster_of(&all);
        let found: Vec<_> = roster.clients.iter().map(|entry| (entry.role, entry.name.as_str())).collect();
        assert_eq!(found, [(Role::Agent, "w1"), (Role::Listener, "far")]);
        let turned: Vec<_> = all.iter().rev().cloned().collect();
        assert_eq!(roster_of(&turned), roster, "in any order");
        assert_ne!(roster_of(&all[..2]).version, roster.version);
        assert!(roster_of(&[known(Profile::ListenerClient, "w1", 1)]).clients.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_it_waits_for_news() {
        let told = LogRoster::default();
        let first = told.follow(None).await;
        let begun = tokio::time::Instant::now();
        assert_eq!(told.follow(Some("another")).await, first);
        assert_eq!(begun.elapsed(), Duration::ZERO);
        assert_eq!(told.follow(Some(&first.version)).await, first);
        assert_eq!(begun.elapsed(), Duration::from_secs(20));
        let good = [known(Profile::AgentClient, "w1", 1)];
        let later = async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            told.replace(&[]);
            tokio::time::sleep(Duration::from_secs(3)).await;
            told.replace(&good);
        };
        let (news, ()) = tokio::join!(told.follow(Some(&first.version)), later);
        assert_eq!((news.clients.len(), begun.elapsed()), (1, Duration::from_secs(26)));
    }
}
