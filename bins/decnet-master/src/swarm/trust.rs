//! Whom workers may trust, and the number by which they know that it has changed.

use std::sync::{Arc, PoisonError, RwLock};

use decnet_proto::swarm::worker::Trust;
use decnet_store::Number;
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;

use super::controller::Controller;

/// Name under which the store keeps what was told last.
const TOLD: &str = "trust-digest";

/// What workers are told, as it is now.
#[derive(Debug, Default)]
pub(super) struct Trusted {
    told: RwLock<Option<Arc<Trust>>>,
    /// Held by who gives it a number: the largest is the last.
    numbering: Mutex<()>,
}

impl Controller {
    /// What workers are told.
    pub(super) fn trust(&self) -> Arc<Trust> {
        let known = self.trusted.told.read().unwrap_or_else(PoisonError::into_inner).clone();
        known.unwrap_or_else(|| Arc::new(self.trust_of(0)))
    }

    /// Gives what workers are told a new number, if it is not what they were told last.
    pub(super) async fn trust_changed(&self) -> anyhow::Result<()> {
        let _alone = self.trusted.numbering.lock().await;
        let digest = digest(&self.trust_of(0));
        let serial = match self.store.meta_get(TOLD).await? {
            Some(told) if told == digest => self.store.number(Number::Trust).await?,
            _ => {
                // In this order a crash costs a number, and nobody misses the change.
                let serial = self.store.number_next(Number::Trust).await?;
                self.store.meta_set(TOLD, digest).await?;
                serial
            }
        };
        let trust = Arc::new(self.trust_of(serial));
        if self.trust() == trust {
            return Ok(());
        }
        self.master.keep(&trust)?;
        *self.trusted.told.write().unwrap_or_else(PoisonError::into_inner) = Some(trust);
        Ok(())
    }

    fn trust_of(&self, serial: u64) -> Trust {
        Trust {
            serial,
            authorities: self.authority.certificates_pem(),
            master: self.master.host,
            pins: [self.master.pins(), self.roster.listener_pins()].concat(),
        }
    }
}

fn digest(trust: &Trust) -> String {
    let mut hash = Sha256::new();
    let pins = trust.pins.iter().map(|(role, pin)| format!("{role} {pin}"));
    for part in trust.authorities.iter().cloned().chain([trust.master.to_string()]).chain(pins) {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
