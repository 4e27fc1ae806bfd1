//! A real machine at a decky's address wins at once: the decky goes.
//!
//! Two machines with one address disturb whoever is really there, and a decky must never do that.
//! It stays away until the next deployment, which asks the LAN who is there.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use decnet_engine::Engine;
use decnet_event::Kind;
use decnet_netdrv::Claim;
use decnet_proto::{
    agent::TeardownRequest,
    ids::DeckyName,
    mac::Mac,
    plan::{Decky, FleetPlan},
};

use super::teardown;
use crate::{agent::Agent, machine::Machine};

/// How often it is looked whether other addresses are ours by now.
const EVERY: Duration = Duration::from_secs(2);
/// How long nobody listens after listening failed.
const REST: Duration = Duration::from_secs(30);

/// Listens, and lets deckies go, again and again.
pub(crate) async fn give_way_forever<E: Engine + 'static, M: Machine>(agent: Arc<Agent<E, M>>) {
    let mut told = String::new();
    loop {
        let Some(wanted) = agent.wanted().filter(|plan| !plan.deckies.is_empty()) else {
            tokio::time::sleep(EVERY).await;
            continue;
        };
        let ours = addresses(&wanted);
        let conflict = agent.machine.conflict(&wanted.network.interface, &ours);
        match tokio::time::timeout(EVERY, conflict).await {
            Err(_) => {}
            Ok(Ok(claim)) => give_way(&agent, &wanted, claim).await,
            Ok(Err(e)) => {
                let error = decnet_engine::chain(&*e);
                if error != told {
                    tracing::warn!("address conflicts are not noticed: {error}");
                    told = error;
                }
                tokio::time::sleep(REST).await;
            }
        }
    }
}

fn addresses(plan: &FleetPlan) -> Vec<(Ipv4Addr, Option<Mac>)> {
    plan.deckies.iter().map(|decky| (decky.persona.ip, decky.persona.mac)).collect()
}

/// Takes the decky with the claimed address down.
async fn give_way<E: Engine + 'static, M: Machine>(agent: &Arc<Agent<E, M>>, plan: &FleetPlan, claim: Claim) {
    let has_it = |decky: &&Decky| decky.persona.ip == claim.ip;
    let Some(name) = plan.deckies.iter().find(has_it).map(|decky| decky.name.clone()) else { return };
    tracing::warn!(decky = name.as_str(), "{} has its address {}: it gives way", claim.mac, claim.ip);
    let kind = Kind::AddressConflict { ip: claim.ip.to_string(), mac: claim.mac.to_string() };
    agent.collection.report(name.as_str(), kind).await;
    if let Err(e) = go(agent, &name, claim.mac).await {
        tracing::error!(decky = name.as_str(), "cannot give way: {e}");
    }
}

async fn go<E: Engine + 'static, M: Machine>(
    agent: &Arc<Agent<E, M>>,
    name: &DeckyName,
    mac: Mac,
) -> Result<(), crate::refusal::Refusal> {
    // An operation that runs is waited for: what it does may be the end of the conflict.
    let _turn = agent.turn.lock().await;
    let still = agent.wanted().is_some_and(|plan| plan.deckies.iter().any(|decky| decky.name == *name));
    if !still {
        return Ok(());
    }
    agent.store().give_way(name, mac)?;
    let request = TeardownRequest::Decky(name.clone());
    let operation = agent.begin()?;
    let failures = teardown::carry_out(agent, &request, &operation).await;
    for failure in &failures {
        tracing::error!(subject = failure.subject, "cannot {}: {}", failure.step, failure.error);
    }
    operation.finish(failures);
    Ok(())
}
