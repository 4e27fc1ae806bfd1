//! What all sessions of a decoy share.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use decnet_proto::persona::Persona;

use crate::{caps, emitter::Emitter, tls::MachineIdentity};

/// One decoy: its persona, its way out, its TLS identity, its memory.
#[derive(Debug)]
pub struct Host {
    /// Who it is.
    pub persona: Persona,
    /// Where events go.
    pub emitter: Arc<Emitter>,
    /// Key and certificate of the machine, the same for all of its services.
    pub identity: MachineIdentity,
    claimed: AtomicUsize,
}

impl Host {
    /// A decoy that says what it sees to `emitter`.
    pub fn new(persona: Persona, emitter: Arc<Emitter>) -> Self {
        Self { persona, emitter, identity: MachineIdentity::default(), claimed: AtomicUsize::new(0) }
    }

    /// Claims memory for a session, if there is some.
    pub(crate) fn claim(&self, bytes: usize) -> bool {
        let before = self.claimed.fetch_add(bytes, Ordering::Relaxed);
        let fits = before.saturating_add(bytes) <= caps::DECOY_MEMORY;
        if !fits {
            self.claimed.fetch_sub(bytes, Ordering::Relaxed);
        }
        fits
    }

    pub(crate) fn release(&self, bytes: usize) {
        self.claimed.fetch_sub(bytes, Ordering::Relaxed);
    }
}
