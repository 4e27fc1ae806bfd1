//! Fleet to plan: every choice is made here, once.
//!
//! [`plan`] is for one host, [`plan_swarm`] for many: who stands where ([`placement`]), which LAN
//! that is ([`network`]), which address each has there, and who it is ([`faces`]).

mod faces;
mod group;
mod network;
mod placement;
mod swarm;

use std::collections::BTreeSet;

use decnet_proto::{ids::SecretKey, plan::FleetPlan, site::Site};

use self::group::{Group, draw};
pub use self::swarm::{Host, plan_swarm};
use crate::{
    diagnostic::{Checked, Diagnostics, Place},
    fleet::{DeckySpec, FleetSpec, ServiceChoice, ServiceRequest},
};

/// Makes all choices for a fleet on one host. `seed` is the fleet's secret, `now` the time in
/// seconds since the Unix epoch, `previous` the plan that runs, whose addresses, names and boot
/// times are kept for deckies that are the same machine in both.
///
/// The same arguments give the same plan.
///
/// # Errors
/// Everything that keeps the fleet from fitting the LAN.
pub fn plan(
    fleet: &FleetSpec,
    site: &Site,
    seed: &SecretKey,
    now: i64,
    previous: Option<&FleetPlan>,
) -> Result<Checked<FleetPlan>, Diagnostics> {
    let mut found = Diagnostics::default();
    check_fleet(fleet, &mut found);
    let Some(network) = network::of_the_host(fleet, site, &mut found) else { return Err(found) };
    let group = Group { site, network: network.clone(), deckies: fleet.deckies.iter().collect() };
    let before: Vec<_> = previous.into_iter().flat_map(|plan| &plan.deckies).collect();
    let generation = previous.map_or(1, |plan| plan.generation.saturating_add(1));
    let plans = draw(fleet, &[group], seed, now, &before, generation, &mut found);
    match plans.into_iter().next() {
        Some(plan) => found.checked(plan),
        None => Err(found),
    }
}

/// What only the whole fleet shows, whatever described it.
fn check_fleet(fleet: &FleetSpec, found: &mut Diagnostics) {
    if fleet.deckies.is_empty() {
        found.error(&Place::Fleet, "there are no deckies");
    }
    let mut names = BTreeSet::new();
    for decky in &fleet.deckies {
        if decky.name.as_str().len() < 2 {
            found.error(
                &decky.place,
                format!("{:?} is too short: container names have two characters", decky.name.as_str()),
            );
        }
        if !names.insert(decky.name.as_str().to_lowercase()) {
            found.error(&decky.place, format!("a decky named {} is there already", decky.name));
        }
        for reference in requests(decky).iter().flat_map(|request| &request.references) {
            found.error(&reference.place, format!("{:?} was not loaded", reference.path));
        }
    }
}

fn requests(decky: &DeckySpec) -> &[ServiceRequest] {
    match &decky.services {
        ServiceChoice::Listed(requests) => requests,
        ServiceChoice::Random => &[],
    }
}
