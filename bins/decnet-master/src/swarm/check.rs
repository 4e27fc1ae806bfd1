//! Asking every host how it is, all at once and for a bounded time.

use std::{sync::Arc, time::Instant};

use decnet_proto::swarm::operator::HostHealth;
use decnet_store::{Host, StoreError};
use tokio::task::JoinSet;

use super::controller::Controller;

impl Controller {
    /// Asks every host of the swarm.
    pub(super) async fn check(self: &Arc<Self>) -> Result<Vec<HostHealth>, StoreError> {
        let mut asking = JoinSet::new();
        for host in self.members().await? {
            let controller = Arc::clone(self);
            asking.spawn(async move { ask(&controller, &host).await });
        }
        let mut healths = asking.join_all().await;
        healths.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(healths)
    }
}

async fn ask(controller: &Controller, host: &Host) -> HostHealth {
    let begun = Instant::now();
    let answer = async { controller.agent(host)?.health().await }.await;
    let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (reachable, detail) = match answer {
        Ok(health) => (true, health.version),
        Err(error) => (error.is_answer(), error.text()),
    };
    let view = &host.view;
    HostHealth {
        host_uuid: view.uuid,
        name: view.name.clone(),
        address: view.address.clone(),
        reachable,
        detail: detail.chars().take(256).collect(),
        took_ms,
    }
}
