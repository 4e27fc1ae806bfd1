//! Who did what, and who was not let to.

use std::sync::{Mutex, PoisonError};

use decnet_proto::swarm::operator::AuditEntry;

use super::{caller::Actor, controller::Controller, roster::TurnedAway};

/// Refusals that are written down in one second: strangers must not fill the log, nor drive what
/// operators did out of it.
const REFUSALS: u32 = 20;

/// Counts refusals by the second.
#[derive(Debug, Default)]
pub(super) struct Damper(Mutex<(i64, u32)>);

impl Damper {
    /// Whether one more may be written down.
    fn admits(&self, now: i64) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.0 != now {
            if state.1 > REFUSALS {
                tracing::warn!(
                    "{} refusals are not in the audit log: too many in a second",
                    state.1 - REFUSALS
                );
            }
            *state = (now, 0);
        }
        state.1 = state.1.saturating_add(1);
        state.1 <= REFUSALS
    }
}

impl Controller {
    /// Writes down what somebody did.
    pub(super) async fn acted(&self, actor: &Actor, action: &str, subject: impl Into<String>) {
        self.write(actor, action, subject.into(), true).await;
    }

    /// Writes down what somebody was not let to.
    pub(super) async fn refused(&self, actor: &Actor, action: &str, subject: impl Into<String>) {
        if self.damper.admits(self.now()) {
            self.write(actor, action, subject.into(), false).await;
        }
    }

    /// Writes down who is turned away within a handshake, for as long as the controller serves.
    pub(super) async fn write_turned_away(&self) {
        let mut told = self.turned_away.lock().await;
        while let Some(TurnedAway { peer, why }) = told.recv().await {
            let actor = Actor { name: peer.common_name, from: String::new() };
            self.refused(&actor, "handshake", format!("{}: {why}", peer.identity)).await;
        }
    }

    async fn write(&self, actor: &Actor, action: &str, subject: String, allowed: bool) {
        tracing::info!(target: "audit", actor = actor.name, from = actor.from, subject, allowed, "{action}");
        let entry = AuditEntry {
            at: self.now(),
            actor: actor.name.clone(),
            from: actor.from.clone(),
            action: action.to_owned(),
            subject,
            allowed,
        };
        if let Err(error) = self.store.audit_add(entry).await {
            tracing::error!("the audit log misses an entry: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_of_a_second_have_a_bound() {
        let damper = Damper::default();
        let admitted = |now| (0..100).filter(|_| damper.admits(now)).count();
        assert_eq!((admitted(1), admitted(1), admitted(2)), (20, 0, 20));
    }
}
