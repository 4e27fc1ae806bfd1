//! Who is let in: asked within the handshake, after chain, time, direction and form.

use std::{fmt, sync::Arc};

use decnet_proto::swarm::role::{Identity, Role};
use thiserror::Error;

use crate::peer::Peer;

/// Why a peer whose certificate is good is refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Refused {
    /// Its role has nothing to do here.
    #[error("the role {0} has nothing to do here")]
    Role(Role),
    /// Its host is not in the swarm, or not the one that was asked for.
    #[error("its host is not in the swarm, or not the one that was asked for")]
    UnknownHost,
    /// Its key is not one that the host is known by.
    #[error("its key is not the host's")]
    Key,
    /// Its certificate was revoked.
    #[error("its certificate was revoked")]
    Revoked,
}

/// Decides who is let in. It is called in the middle of a handshake: it must not wait.
pub trait Admission: fmt::Debug + Send + Sync {
    /// Lets the peer in, or says why not.
    ///
    /// # Errors
    /// [`Refused`]; the peer is not told which.
    fn admit(&self, peer: &Peer) -> Result<(), Refused>;
}

/// Lets one identity in, if another admission does too: for who connects to a certain host.
#[derive(Clone, Debug)]
pub struct Only {
    identity: Identity,
    admission: Arc<dyn Admission>,
}

impl Only {
    /// Lets `identity` in, if `admission` does.
    pub fn new(identity: Identity, admission: Arc<dyn Admission>) -> Self {
        Self { identity, admission }
    }
}

impl Admission for Only {
    fn admit(&self, peer: &Peer) -> Result<(), Refused> {
        if peer.identity.role != self.identity.role {
            return Err(Refused::Role(peer.identity.role));
        }
        if peer.identity != self.identity {
            return Err(Refused::UnknownHost);
        }
        self.admission.admit(peer)
    }
}
