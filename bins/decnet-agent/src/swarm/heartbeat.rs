//! Telling the controller how things stand, and learning whom to trust.

use std::{sync::Arc, time::Duration};

use decnet_api::client::{CallError, Client};
use decnet_daemon::provenance;
use decnet_engine::Engine;
use decnet_membership::{Membership, Pace, catch_up, chance};
use decnet_proto::{
    agent::SiteQuery,
    swarm::{
        API_VERSION,
        worker::{Heard, Heartbeat, Route},
    },
};

use crate::{agent::Agent, machine::Machine};

/// Bounds of what the controller may ask for.
const INTERVAL: (u32, u32) = (1, 300);
/// How long a heartbeat may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Tells it again and again, until the host leaves. What runs does not depend on it.
pub(crate) async fn beat_forever<E: Engine + 'static, M: Machine>(
    agent: Arc<Agent<E, M>>,
    membership: Arc<Membership>,
) {
    let controller = match membership.controller() {
        Ok(controller) => controller.with_patience(PATIENCE),
        Err(error) => {
            let error = decnet_engine::chain(&error);
            return tracing::error!("the master hears nothing of this host: {error}");
        }
    };
    let (mut pace, mut told) = (Pace::default(), None);
    let mut left = membership.left();
    loop {
        let wait = match beat(&agent, &membership, &controller).await {
            Ok(heard) => {
                if told.take().is_some() {
                    tracing::info!("the controller answers again");
                }
                pace = Pace::default();
                Duration::from_secs(heard.interval.clamp(INTERVAL.0, INTERVAL.1).into())
            }
            Err(error) => {
                let error = decnet_engine::chain(&error);
                if told.as_ref() != Some(&error) {
                    tracing::warn!("the controller does not hear this host, whose deckies run on: {error}");
                    told = Some(error);
                }
                pace.next(chance())
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = left.requested() => return,
        }
    }
}

async fn beat<E: Engine + 'static, M: Machine>(
    agent: &Agent<E, M>,
    membership: &Membership,
    controller: &Client,
) -> Result<Heard, CallError> {
    let body = heartbeat(agent, membership).await;
    let heard: Heard = controller.send(Route::Heartbeat.method(), Route::Heartbeat.path(), &body).await?;
    if heard.trust > membership.trusts()
        && let Err(error) = catch_up(membership, controller).await
    {
        tracing::error!("{}", decnet_engine::chain(&error));
    }
    Ok(heard)
}

async fn heartbeat<E: Engine + 'static, M: Machine>(
    agent: &Agent<E, M>,
    membership: &Membership,
) -> Heartbeat {
    let status = agent.status().await;
    Heartbeat {
        api: API_VERSION,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        release: provenance::release(),
        boot: provenance::boot(),
        generation: status.generation,
        deckies: status.deckies,
        // Nobody is asked who is there: that is for planning, and not every few seconds.
        site: agent.survey(&SiteQuery::default()).await.ok(),
        not_after: membership.first_expiry().1.not_after,
        trust: membership.trusts(),
    }
}
