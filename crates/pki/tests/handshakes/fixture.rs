//! A swarm of one master, two workers and an operator, and whoever else holds certificates.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::{Arc, Mutex},
};

use decnet_pki::{
    admission::{Admission, Refused},
    authority::Authority,
    clock::{Clock, DAY},
    credentials::{Credentials, Presented},
    digest::{Fingerprint, Pin},
    keys::Key,
    peer::Peer,
    refusals::Refusals,
    roots::Roots,
    tls::Terms,
};
use decnet_proto::{
    ids::HostId,
    swarm::{
        operator::Profile,
        profile::Direction,
        role::{Identity, Role},
        worker::Trust,
    },
};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair, SanType};
use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    sign::CertifiedKey,
};
use time::OffsetDateTime;
use uuid::Uuid;

pub(crate) const NOW: i64 = 1_800_000_000;

/// What a certificate says, in whatever words.
pub(crate) struct Wording {
    pub(crate) names: Vec<SanType>,
    pub(crate) usages: Vec<ExtendedKeyUsagePurpose>,
    pub(crate) common_name: String,
    pub(crate) good: (i64, i64),
}

impl Wording {
    pub(crate) fn of(identity: Identity, direction: Direction) -> Self {
        Self {
            names: vec![uri(&identity.to_string())],
            usages: vec![usage(direction)],
            common_name: "w1".to_owned(),
            good: (NOW - 300, NOW + 90 * DAY),
        }
    }
}

pub(crate) fn uri(text: &str) -> SanType {
    SanType::URI(text.try_into().unwrap())
}

pub(crate) fn usage(direction: Direction) -> ExtendedKeyUsagePurpose {
    match direction {
        Direction::Server => ExtendedKeyUsagePurpose::ServerAuth,
        Direction::Client => ExtendedKeyUsagePurpose::ClientAuth,
    }
}

/// Whom the master's servers let in, as a store would know them.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    pins: Mutex<BTreeMap<Identity, BTreeSet<Pin>>>,
    revoked: Mutex<BTreeSet<Fingerprint>>,
}

impl Roster {
    pub(crate) fn add(&self, peer: &Peer) {
        self.pins.lock().unwrap().entry(peer.identity).or_default().insert(peer.pin);
    }

    pub(crate) fn revoke(&self, peer: &Peer) {
        self.revoked.lock().unwrap().insert(peer.fingerprint);
    }

    pub(crate) fn admitting(self: &Arc<Self>, roles: &[Role]) -> Arc<dyn Admission> {
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

pub(crate) struct Swarm {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) authority: Authority,
    pub(crate) foreign: Authority,
    pub(crate) clock: Clock,
    pub(crate) roster: Arc<Roster>,
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) master: HostId,
    pub(crate) worker: HostId,
    pub(crate) other_worker: HostId,
    pub(crate) pins: Vec<(Role, String)>,
}

impl Swarm {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self {
            authority: Authority::open_or_create(&dir.path().join("ca"), NOW).unwrap(),
            foreign: Authority::open_or_create(&dir.path().join("foreign"), NOW).unwrap(),
            dir,
            clock: Clock::held(NOW),
            roster: Arc::default(),
            refusals: Arc::default(),
            master: HostId(Uuid::from_u128(1)),
            worker: HostId(Uuid::from_u128(2)),
            other_worker: HostId(Uuid::from_u128(3)),
            pins: Vec::new(),
        }
    }

    /// Where a role is at home.
    pub(crate) fn home(&self, role: Role) -> HostId {
        match role {
            Role::Agent | Role::Updater | Role::Operator => self.worker,
            Role::Master | Role::Controller | Role::Listener => self.master,
        }
    }

    pub(crate) fn identity(&self, role: Role) -> Identity {
        Identity { role, host: self.home(role) }
    }

    /// What a part of the swarm shows, signed by the authority and known to everybody.
    pub(crate) fn member(&mut self, profile: Profile) -> Presented {
        let key = Key::draw().unwrap();
        let identity = self.identity(profile.role());
        let request = key.request(profile).unwrap();
        let signed = self.authority.sign(profile, identity, "w1", &request, self.clock.now()).unwrap();
        let credentials = Credentials::new(&key, &signed.der, &self.authority.certificates()).unwrap();
        self.know(credentials.peer());
        Presented::new(credentials)
    }

    pub(crate) fn know(&mut self, peer: &Peer) {
        self.roster.add(peer);
        self.pins.push((peer.identity.role, peer.pin.to_string()));
    }

    /// A certificate of any words, signed with the key of the authority itself.
    pub(crate) fn forged(&self, wording: Wording) -> Arc<CertifiedKey> {
        forged(&self.dir.path().join("ca"), &self.authority, wording)
    }

    /// The same, signed by another authority.
    pub(crate) fn foreign(&self, wording: Wording) -> Arc<CertifiedKey> {
        forged(&self.dir.path().join("foreign"), &self.foreign, wording)
    }

    pub(crate) fn roots(&self) -> Roots {
        Roots::new(&self.authority.certificates()).unwrap()
    }

    pub(crate) fn terms(&self, admission: Arc<dyn Admission>) -> Terms {
        Terms {
            roots: self.roots(),
            admission,
            alpn: Vec::new(),
            clock: self.clock.clone(),
            refusals: Arc::clone(&self.refusals),
        }
    }

    pub(crate) fn trust(&self, serial: u64) -> Trust {
        Trust {
            serial,
            authorities: self.authority.certificates_pem(),
            master: self.master,
            pins: self.pins.clone(),
        }
    }
}

fn forged(dir: &std::path::Path, authority: &Authority, wording: Wording) -> Arc<CertifiedKey> {
    let issuer = KeyPair::from_pem(&fs::read_to_string(dir.join("ca-1.key")).unwrap()).unwrap();
    let certificate = authority.certificates().remove(0);
    let issuer = Issuer::from_ca_cert_der(&certificate, issuer).unwrap();
    let pair = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.subject_alt_names = wording.names;
    params.extended_key_usages = wording.usages;
    params.distinguished_name.push(DnType::CommonName, wording.common_name);
    params.not_before = OffsetDateTime::from_unix_timestamp(wording.good.0).unwrap();
    params.not_after = OffsetDateTime::from_unix_timestamp(wording.good.1).unwrap();
    let leaf = params.signed_by(&pair, &issuer).unwrap().der().clone();
    certified(&pair, vec![leaf, certificate])
}

/// What rustls shows, whatever it is.
pub(crate) fn certified(pair: &KeyPair, chain: Vec<CertificateDer<'static>>) -> Arc<CertifiedKey> {
    let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pair.serialized_der()));
    Arc::new(CertifiedKey::new(chain, rustls::crypto::ring::sign::any_ecdsa_type(&der).unwrap()))
}
