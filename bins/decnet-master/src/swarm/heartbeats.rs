//! What workers say of themselves, and what that tells.

use std::sync::{Arc, PoisonError};

use decnet_pki::peer::Peer;
use decnet_proto::{
    ids::{DeckyName, HostId},
    swarm::{
        operator::HostState,
        worker::{Heard, Heartbeat},
    },
};
use decnet_store::{Host, Noted, Observed, StoreError};

use super::{controller::Controller, refusal::Refusal};

/// Most deckies that are named at once.
const NAMED: usize = 20;

impl Controller {
    /// Notes what a host says, and has its loop look where that is not what is wanted.
    pub(super) async fn heard(self: &Arc<Self>, peer: &Peer, beat: &Heartbeat) -> Result<Heard, Refusal> {
        let (host, now) = (peer.identity.host, self.now());
        let before = self.store.host_heard(host, beat.into(), now).await?;
        let deckies = beat.deckies.iter().filter_map(Observed::of).collect();
        let noted = self.store.shard_observe(host, beat.generation, deckies, now).await?;
        let wanted = self.wanted.borrow().of(host);
        // What is no news, the loop knows: it waits between its attempts.
        let is_news = self.said(host, beat.generation);
        let differs = is_news && wanted.is_some_and(|goal| !goal.is_generation(beat.generation));
        let is_anew = before.boot.as_deref().is_some_and(|boot| boot != beat.boot);
        let is_back = before.state != HostState::Active;
        if is_back {
            tracing::info!(%host, "the host is heard");
        }
        if is_anew {
            tracing::info!(%host, "its agent was started anew");
        }
        if differs || is_anew || is_back {
            self.poke(host);
        } else if self.open.task(host).is_none() {
            self.drifted(host, &noted).await?;
        }
        let trust = self.trust().serial;
        Ok(Heard { trust, interval: self.settings.heartbeat })
    }

    /// Notes which plan a host says it has, and whether that is news.
    pub(super) fn said(&self, host: HostId, generation: Option<u64>) -> bool {
        let mut said = self.last_said.lock().unwrap_or_else(PoisonError::into_inner);
        said.insert(host, generation) != Some(generation)
    }

    /// Tells of deckies that are not as they should be though nobody works on them.
    async fn drifted(&self, host: HostId, noted: &Noted) -> Result<(), StoreError> {
        let is_news = |name: &&DeckyName| noted.changed.contains(name);
        let missing: Vec<_> = noted.missing.iter().filter(is_news).collect();
        if missing.is_empty() && (noted.surplus.is_empty() || noted.changed.is_empty()) {
            return Ok(());
        }
        let known = self.store.host_by_id(host).await?;
        let name = known.map_or_else(|| host.to_string(), |host| host.view.name.to_string());
        let missing = named(missing.into_iter());
        let surplus = named(noted.surplus.iter());
        let line = match (missing.as_str(), surplus.as_str()) {
            (missing, "") => format!("{name}: wanted and not there: {missing}"),
            ("", surplus) => format!("{name}: there and not wanted: {surplus}"),
            (missing, surplus) => {
                format!("{name}: wanted and not there: {missing}; there and not wanted: {surplus}")
            }
        };
        tracing::warn!("drift: {line}");
        if let Some(newest) = self.store.operation_list(1).await?.first() {
            self.note(newest.id, format!("drift: {line}")).await?;
        }
        Ok(())
    }

    /// A host answered a call, showing this certificate.
    pub(super) async fn answered(
        &self,
        host: HostId,
        before: HostState,
        peer: &Peer,
    ) -> Result<(), StoreError> {
        self.spoke(peer).await?;
        if matches!(before, HostState::Enrolled | HostState::Active | HostState::Unreachable) {
            self.store.host_state(host, HostState::Active, self.now()).await?;
        }
        Ok(())
    }

    /// Who was not heard since then is silent: for three heartbeats. Nobody is, as long as those who
    /// found no controller may still be waiting before they try again.
    pub(super) fn silent_since(&self) -> Option<i64> {
        let interval = i64::from(self.settings.heartbeat);
        (self.now() >= self.opened_at + 4 * interval).then(|| self.now() - 3 * interval)
    }
}

fn named<'a>(names: impl ExactSizeIterator<Item = &'a DeckyName>) -> String {
    let more = if names.len() > NAMED { ", …" } else { "" };
    names.take(NAMED).map(DeckyName::as_str).collect::<Vec<_>>().join(", ") + more
}

/// What is said of a host beside its name.
pub(super) fn is_due(host: &Host, now: i64, ahead: i64) -> bool {
    host.view.not_after.is_some_and(|end| end - now < ahead)
}
