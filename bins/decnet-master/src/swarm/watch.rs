//! What time alone changes: silence, expiry, renewal.

use std::{sync::Arc, time::Duration};

use decnet_pki::clock::DAY;
use decnet_store::StoreError;

use super::{controller::Controller, heartbeats::is_due, own_listener::Look};

/// How often what changes slowly is looked after.
const SLOWLY: Duration = Duration::from_secs(60);

/// How often what runs out is told.
const DAILY: i64 = DAY;

/// What runs out within this time is told of: a renewal was due twice as long before.
const AHEAD: i64 = 15 * DAY;

/// The same of an authority, which takes a roll-over.
const AUTHORITY_AHEAD: i64 = 180 * DAY;

/// Looks after it until the task is dropped.
pub(super) async fn watch_forever(controller: Arc<Controller>) {
    let tick = controller.settings.tick;
    let slowly = (SLOWLY.as_millis() / tick.as_millis().max(1)).max(1);
    let mut told_at = i64::MIN;
    for round in 0_u128.. {
        told(soon(&controller).await.map_err(anyhow::Error::from));
        // While the authority changes its key there is something to wait for.
        if round % slowly == 0 || controller.authority.certificates().len() > 1 {
            told(slow(&controller, &mut told_at).await);
        }
        tokio::time::sleep(tick).await;
    }
}

fn told(done: anyhow::Result<()>) {
    if let Err(error) = done {
        tracing::error!("cannot look after the swarm: {error:#}");
    }
}

async fn soon(controller: &Controller) -> Result<(), StoreError> {
    if let Some(since) = controller.silent_since() {
        for host in controller.store.host_silent(since).await? {
            tracing::warn!(%host, "the host is heard no more");
        }
    }
    let now = controller.now();
    controller.sessions.close(|peer| peer.not_after < now);
    Ok(())
}

async fn slow(controller: &Controller, told_at: &mut i64) -> anyhow::Result<()> {
    let now = controller.now();
    for host in controller.store.host_expire_invited(now).await? {
        tracing::info!(%host, "a host that was invited never came");
    }
    controller.go_on_rolling().await?;
    controller.equip_listener(Look::Again).await?;
    if *told_at <= now - DAILY {
        *told_at = now;
        for warning in expiries(controller).await? {
            tracing::warn!("{warning}");
        }
    }
    Ok(())
}

/// What runs out soon. It names nobody: strangers may read it.
pub(super) async fn expiries(controller: &Controller) -> Result<Vec<String>, StoreError> {
    let now = controller.now();
    let mut warnings = Vec::new();
    let days = |end: i64| (end - now).max(0) / DAY;
    let authority = controller.authority.not_after();
    if authority - now < AUTHORITY_AHEAD {
        warnings.push(format!("the authority runs out in {} days: roll it over", days(authority)));
    }
    let own = controller.master.first_expiry();
    if own - now < AHEAD {
        warnings.push(format!("a certificate of the master runs out in {} days", days(own)));
    }
    let hosts = controller.members().await?;
    let due: Vec<_> = hosts.iter().filter(|host| is_due(host, now, AHEAD)).collect();
    if let Some(first) = due.iter().filter_map(|host| host.view.not_after).min() {
        let text = format!("certificates of {} hosts run out, the first in {} days", due.len(), days(first));
        warnings.push(text);
    }
    Ok(warnings)
}
