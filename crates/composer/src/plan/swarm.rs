//! A fleet on many hosts.

use std::{collections::BTreeMap, net::Ipv4Addr};

use decnet_proto::{
    ids::{HostId, SecretKey},
    plan::SwarmPlan,
    site::Site,
};

use super::{
    check_fleet,
    group::{Group, draw},
    network,
    placement::place,
};
use crate::{
    diagnostic::{Checked, Diagnostics, Place},
    fleet::FleetSpec,
};

/// A host of the swarm, as far as planning goes.
#[derive(Clone, Copy, Debug)]
pub struct Host<'a> {
    /// Its id.
    pub id: HostId,
    /// What operators call it.
    pub name: &'a str,
    /// Its place on its LAN.
    pub site: &'a Site,
    /// Its deckies are IPvlan links, whatever the fleet says.
    pub ipvlan: bool,
    /// Whether new deckies may go there.
    pub reachable: bool,
}

impl Host<'_> {
    /// Whether a decky can stand there, at this address if it must have it.
    pub(super) fn suits(&self, pinned: Option<Ipv4Addr>) -> bool {
        match (self.site.subnet, pinned) {
            (Some(subnet), Some(ip)) => subnet.contains(&ip),
            (subnet, None) => subnet.is_some(),
            (None, Some(_)) => false,
        }
    }
}

/// Makes all choices for a fleet on many hosts, as [`super::plan`] does for one. The order of
/// `hosts` is that in which new deckies go to them.
///
/// Every host of the swarm gets a plan, so that what ran there and is no longer wanted goes away.
///
/// # Errors
/// Everything that keeps the fleet from fitting the LANs.
pub fn plan_swarm(
    fleet: &FleetSpec,
    hosts: &[Host<'_>],
    seed: &SecretKey,
    now: i64,
    previous: Option<&SwarmPlan>,
) -> Result<Checked<SwarmPlan>, Diagnostics> {
    let mut found = Diagnostics::default();
    check_fleet(fleet, &mut found);
    note_network(fleet, hosts, &mut found);
    let places = place(&fleet.deckies, hosts, previous, &mut found);
    let mut ids = Vec::new();
    let mut groups = Vec::new();
    for (at, host) in hosts.iter().enumerate() {
        let here = fleet.deckies.iter().zip(&places).filter(|(_, place)| **place == Some(at));
        let deckies: Vec<_> = here.map(|(decky, _)| decky).collect();
        if host.site.subnet.is_none() && deckies.is_empty() {
            continue;
        }
        let mut about = Diagnostics::default();
        let network = network::of_one_of_many(fleet, host.name, host.site, host.ipvlan, &mut about);
        // A LAN on which nothing is to stand need not suit.
        if !deckies.is_empty() {
            found.extend(about);
        }
        let Some(network) = network else { continue };
        ids.push(host.id);
        groups.push(Group { site: host.site, network, deckies });
    }
    let before: Vec<_> =
        previous.into_iter().flat_map(|plan| plan.hosts.values()).flat_map(|plan| &plan.deckies).collect();
    let generation = previous.map_or(1, |plan| plan.generation.saturating_add(1));
    let plans = draw(fleet, &groups, seed, now, &before, generation, &mut found);
    let hosts: BTreeMap<_, _> = ids.into_iter().zip(plans).collect();
    found.checked(SwarmPlan { generation, hosts })
}

/// What the fleet says of one LAN says nothing of the others.
fn note_network(fleet: &FleetSpec, hosts: &[Host<'_>], found: &mut Diagnostics) {
    let Some(subnet) = fleet.network.subnet else { return };
    let others: Vec<_> =
        hosts.iter().filter(|host| host.site.subnet != Some(subnet)).map(|host| host.name).collect();
    if !others.is_empty() {
        let message = format!("the subnet {subnet} is not that of {}: they use their own", others.join(", "));
        found.warn(&Place::Fleet, message);
    }
}
