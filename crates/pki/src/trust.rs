//! Whom a worker trusts: the authorities and the keys of its master, as the controller tells them.

use std::{collections::BTreeSet, sync::Arc};

use decnet_proto::{
    ids::HostId,
    swarm::{role::Role, worker::Trust},
};
use thiserror::Error;

use crate::{
    admission::{Admission, Refused},
    digest::{InvalidDigest, Pin},
    peer::Peer,
    pem::{self, InvalidPem},
    replaceable::Replaceable,
    roots::{InvalidRoots, Roots},
};

/// Most authorities of a swarm at one time.
pub const AUTHORITIES_MAX: usize = 4;

/// Most keys of a master's parts at one time.
pub const PINS_MAX: usize = 64;

/// Nobody can be trusted by this.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum InvalidTrust {
    /// There are more of something than a swarm has.
    #[error("a swarm has at most {AUTHORITIES_MAX} authorities and {PINS_MAX} keys of its master")]
    TooMany,
    /// An authority is no certificate.
    #[error("an authority is not one certificate")]
    Pem(#[from] InvalidPem),
    /// The authorities are none.
    #[error("the authorities cannot be trusted")]
    Roots(#[from] InvalidRoots),
    /// A pin is none.
    #[error("a key's pin is none")]
    Pin(#[from] InvalidDigest),
}

/// Lets the parts of a worker's own master in, by host, role and key. Copies share what they know.
#[derive(Clone, Debug)]
pub struct ByTrust {
    known: Arc<Replaceable<Known>>,
    roots: Roots,
    roles: Vec<Role>,
}

#[derive(Debug)]
struct Known {
    serial: u64,
    master: HostId,
    pins: BTreeSet<(Role, Pin)>,
}

impl ByTrust {
    /// Lets in those of `roles` whom `trust` knows.
    ///
    /// # Errors
    /// [`InvalidTrust`] for a document that the controller would not write.
    pub fn new(trust: &Trust, roles: &[Role]) -> Result<Self, InvalidTrust> {
        let roots = Roots::new(&authorities(trust)?)?;
        Ok(Self { known: Arc::new(Replaceable::new(known(trust)?)), roots, roles: roles.to_vec() })
    }

    /// The same trust for other roles: what one learns, the other knows.
    pub fn with_roles(&self, roles: &[Role]) -> Self {
        Self { roles: roles.to_vec(), ..self.clone() }
    }

    /// The authorities; replaced with the trust.
    pub fn roots(&self) -> Roots {
        self.roots.clone()
    }

    /// Serial number of what it knows.
    pub fn serial(&self) -> u64 {
        self.known.get().serial
    }

    /// Replaces what it knows, if `trust` is newer; whether it was.
    ///
    /// # Errors
    /// As [`Self::new`]; then nothing has changed.
    pub fn replace(&self, trust: &Trust) -> Result<bool, InvalidTrust> {
        let next = known(trust)?;
        let authorities = Roots::store(&authorities(trust)?)?;
        Ok(self.known.update(|kept| {
            let newer = next.serial > kept.serial;
            newer.then(|| {
                self.roots.set(authorities);
                next
            })
        }))
    }
}

impl Admission for ByTrust {
    fn admit(&self, peer: &Peer) -> Result<(), Refused> {
        let known = self.known.get();
        let role = peer.identity.role;
        if !self.roles.contains(&role) {
            return Err(Refused::Role(role));
        }
        if peer.identity.host != known.master {
            return Err(Refused::UnknownHost);
        }
        known.pins.contains(&(role, peer.pin)).then_some(()).ok_or(Refused::Key)
    }
}

/// The authorities' certificates of a trust.
pub(crate) fn authorities(
    trust: &Trust,
) -> Result<Vec<rustls::pki_types::CertificateDer<'static>>, InvalidTrust> {
    if trust.authorities.len() > AUTHORITIES_MAX {
        return Err(InvalidTrust::TooMany);
    }
    Ok(trust.authorities.iter().map(|pem| pem::certificate(pem)).collect::<Result<_, _>>()?)
}

fn known(trust: &Trust) -> Result<Known, InvalidTrust> {
    if trust.pins.len() > PINS_MAX {
        return Err(InvalidTrust::TooMany);
    }
    let pins = trust.pins.iter().map(|(role, pin)| Ok((*role, pin.parse()?)));
    Ok(Known {
        serial: trust.serial,
        master: trust.master,
        pins: pins.collect::<Result<_, InvalidDigest>>()?,
    })
}
