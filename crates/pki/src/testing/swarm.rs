//! A swarm: one authority, a clock that stands, and who knows whom.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, Mutex},
};

use decnet_proto::swarm::{
    operator::Profile,
    role::{Identity, Role},
    worker::Trust,
};
use tempfile::TempDir;

use super::{NOW, cast::Hosts, forge::Forge};
use crate::{
    admission::{Admission, Refused},
    authority::Authority,
    clock::Clock,
    credentials::{Credentials, Presented},
    digest::{Fingerprint, Pin},
    keys::Key,
    peer::Peer,
    refusals::Refusals,
    roots::Roots,
    tls::Terms,
};

/// Whom the master's servers let in, as a store would know them.
#[derive(Debug, Default)]
pub struct Roster {
    pins: Mutex<BTreeMap<Identity, BTreeSet<Pin>>>,
    revoked: Mutex<BTreeSet<Fingerprint>>,
}

impl Roster {
    /// Knows somebody's key.
    ///
    /// # Panics
    /// When somebody who had it panicked.
    pub fn add(&self, peer: &Peer) {
        self.pins.lock().unwrap().entry(peer.identity).or_default().insert(peer.pin);
    }

    /// Knows that a certificate is good no more.
    ///
    /// # Panics
    /// When somebody who had it panicked.
    pub fn revoke(&self, peer: &Peer) {
        self.revoked.lock().unwrap().insert(peer.fingerprint);
    }

    /// Lets those of these roles in whom it knows.
    pub fn admitting(self: &Arc<Self>, roles: &[Role]) -> Arc<dyn Admission> {
        Arc::new(Admitting { roster: Arc::clone(self), roles: roles.to_vec() })
    }
}

#[derive(Debug)]
struct Admitting {
    roster: Arc<Roster>,
    roles: Vec<Role>,
}

impl Admission for Admitting {
    fn admit(&self, peer: &Peer) -> Result<(), Refused> {
        if !self.roles.contains(&peer.identity.role) {
            return Err(Refused::Role(peer.identity.role));
        }
        if self.roster.revoked.lock().unwrap().contains(&peer.fingerprint) {
            return Err(Refused::Revoked);
        }
        let pins = self.roster.pins.lock().unwrap();
        let known = pins.get(&peer.identity).ok_or(Refused::UnknownHost)?;
        known.contains(&peer.pin).then_some(()).ok_or(Refused::Key)
    }
}

/// A swarm of one master, two workers and an operator.
#[derive(Debug)]
pub struct Swarm {
    /// Where everything is kept.
    pub dir: TempDir,
    /// Its authority.
    pub authority: Authority,
    /// Another authority, which nobody in it knows.
    pub foreign: Authority,
    /// What time it is there; it stands at [`NOW`] at first.
    pub clock: Clock,
    /// Whom its master lets in.
    pub roster: Arc<Roster>,
    /// Who was refused, by [`Self::terms`].
    pub refusals: Arc<Refusals>,
    /// Which hosts there are.
    pub hosts: Hosts,
    /// Keys of everybody who is known, by role.
    pub pins: Vec<(Role, String)>,
}

impl Swarm {
    /// An empty one.
    ///
    /// # Panics
    /// When its folder cannot be made.
    #[expect(clippy::new_without_default, reason = "it makes a folder")]
    pub fn new() -> Self {
        Self::at(Clock::held(NOW))
    }

    /// An empty one that goes by this clock.
    ///
    /// # Panics
    /// When its folder cannot be made.
    pub fn at(clock: Clock) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let authority = |name: &str| Authority::open_or_create(&dir.path().join(name), clock.now()).unwrap();
        Self {
            authority: authority("ca"),
            foreign: authority("foreign"),
            dir,
            clock,
            roster: Arc::default(),
            refusals: Arc::default(),
            hosts: Hosts::default(),
            pins: Vec::new(),
        }
    }

    /// Folder of the authority.
    pub fn authority_dir(&self) -> PathBuf {
        self.dir.path().join("ca")
    }

    /// Signs whatever it is told, with the authority's key.
    pub fn forge(&self) -> Forge {
        Forge::of(&self.authority_dir())
    }

    /// The same with the other authority's.
    pub fn foreign_forge(&self) -> Forge {
        Forge::of(&self.dir.path().join("foreign"))
    }

    /// What a part of the swarm shows, signed by the authority and known to everybody.
    ///
    /// # Panics
    /// When the authority does not sign.
    pub fn member(&mut self, profile: Profile) -> Presented {
        let credentials = self.credentials(self.hosts.identity(profile.role()), profile);
        self.know(credentials.peer());
        Presented::new(credentials)
    }

    /// A new key and its certificate, which nobody knows yet.
    ///
    /// # Panics
    /// When the authority does not sign.
    pub fn credentials(&self, identity: Identity, profile: Profile) -> Credentials {
        let key = Key::draw().unwrap();
        let request = key.request(profile).unwrap();
        let signed = self.authority.sign(profile, identity, "w1", &request, self.clock.now()).unwrap();
        Credentials::new(&key, &signed.der, &self.authority.certificates()).unwrap()
    }

    /// Knows somebody's key.
    pub fn know(&mut self, peer: &Peer) {
        self.roster.add(peer);
        self.pins.push((peer.identity.role, peer.pin.to_string()));
    }

    /// The authority, as what is trusted.
    ///
    /// # Panics
    /// Never: its certificates are an authority's.
    pub fn roots(&self) -> Roots {
        Roots::new(&self.authority.certificates()).unwrap()
    }

    /// Terms on which an end speaks that admits by this.
    pub fn terms(&self, admission: Arc<dyn Admission>) -> Terms {
        Terms {
            roots: self.roots(),
            admission,
            alpn: Vec::new(),
            clock: self.clock.clone(),
            refusals: Arc::clone(&self.refusals),
        }
    }

    /// Whom workers are told to trust.
    pub fn trust(&self, serial: u64) -> Trust {
        Trust {
            serial,
            authorities: self.authority.certificates_pem(),
            master: self.hosts.master,
            pins: self.pins.clone(),
        }
    }
}
