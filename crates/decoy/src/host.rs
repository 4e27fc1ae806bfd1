//! What all sessions of a decoy share.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use decnet_proto::persona::{Persona, ProductName, ServiceSpec};

use crate::{caps, emitter::Emitter, machine::Machine, tls::MachineIdentity};

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
    machine: OnceLock<Arc<Machine>>,
    captured: Mutex<BTreeSet<[u8; 32]>>,
    serving: Mutex<Arc<[ServiceSpec]>>,
}

impl Host {
    /// A decoy that says what it sees to `emitter`.
    pub fn new(persona: Persona, emitter: Arc<Emitter>) -> Self {
        Self {
            persona,
            emitter,
            identity: MachineIdentity::default(),
            claimed: AtomicUsize::new(0),
            machine: OnceLock::new(),
            captured: Mutex::default(),
            serving: Mutex::new(Arc::new([])),
        }
    }

    /// The services that run now, for those that tell of the others.
    pub fn serving(&self) -> Arc<[ServiceSpec]> {
        Arc::clone(&self.serving.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Says which services run now.
    pub fn set_serving(&self, services: impl IntoIterator<Item = ServiceSpec>) {
        let services: Arc<[ServiceSpec]> = services.into_iter().collect();
        if let Some(machine) = self.machine.get() {
            machine.set_products(products(&services));
        }
        *self.serving.lock().unwrap_or_else(PoisonError::into_inner) = services;
    }

    /// What a log-in finds, the same for all services; made when it is first asked for.
    pub fn machine(&self) -> &Arc<Machine> {
        self.machine.get_or_init(|| {
            let machine = Machine::new(&self.persona);
            machine.set_products(products(&self.serving()));
            Arc::new(machine)
        })
    }

    /// Whether a captured file of that SHA-256 is new to this decoy.
    pub(crate) fn first_sight(&self, sha256: [u8; 32]) -> bool {
        let mut captured = self.captured.lock().unwrap_or_else(PoisonError::into_inner);
        if captured.len() >= caps::CAPTURES_KNOWN {
            captured.clear();
        }
        captured.insert(sha256)
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

fn products(services: &[ServiceSpec]) -> Vec<ProductName> {
    services.iter().map(|service| service.product.name).collect()
}

#[cfg(test)]
mod tests {
    use crate::{caps, testing};

    #[test]
    fn captures_are_known_to_a_bound() {
        let host = testing::host(1);
        let digest = |number: usize| {
            let mut digest = [0; 32];
            digest[..8].copy_from_slice(&number.to_le_bytes());
            digest
        };
        let most = caps::CAPTURES_KNOWN;
        assert!((1..most).all(|number| host.first_sight(digest(number))));
        assert!(!host.first_sight(digest(1)));
        assert!(host.first_sight(digest(most)));
        // Then there are too many: all are forgotten, and new again.
        assert!(host.first_sight(digest(1)));
        assert!(!host.first_sight(digest(1)));
        assert!(host.first_sight(digest(most)));
    }
}
