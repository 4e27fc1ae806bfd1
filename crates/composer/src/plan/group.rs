//! Deckies of each host: addresses from one ledger for each LAN, faces from one for the fleet.

use std::{collections::BTreeMap, net::Ipv4Addr};

use decnet_proto::{
    ids::SecretKey,
    plan::{Decky, FleetPlan, NetworkPlan},
    site::Site,
};
use ipnet::Ipv4Net;

use super::faces::Faces;
use crate::{
    allocate::{self, Lan},
    compose::compose,
    derive::Source,
    diagnostic::{Diagnostics, Place},
    fleet::{DeckySpec, FleetSpec},
    persona::{Organisation, Setting},
};

/// A host with the deckies that it gets.
pub(super) struct Group<'a> {
    pub(super) site: &'a Site,
    pub(super) network: NetworkPlan,
    pub(super) deckies: Vec<&'a DeckySpec>,
}

/// The plans of all groups, in their order; `before` are the deckies that run.
pub(super) fn draw(
    fleet: &FleetSpec,
    groups: &[Group<'_>],
    seed: &SecretKey,
    now: i64,
    before: &[&Decky],
    generation: u64,
    found: &mut Diagnostics,
) -> Vec<FleetPlan> {
    let source = Source::new(seed);
    let addresses = addresses(fleet, groups, before, &source, found);
    let organisation = Organisation::draw(&source);
    let macs = groups.iter().filter_map(|group| group.site.mac);
    let mut faces = Faces::new(macs, &source, before.iter().copied(), &fleet.deckies);
    let mut plans = Vec::new();
    for group in groups {
        let driver = group.network.driver;
        let setting = Setting { source: &source, organisation: &organisation, driver, now };
        let decky = |spec: &&DeckySpec| {
            let ip = addresses.get(spec.name.as_str())?;
            Some(faces.decky(spec, *ip, &setting))
        };
        let plan = FleetPlan {
            generation,
            isolation: fleet.isolation.unwrap_or_default(),
            deckies: group.deckies.iter().filter_map(decky).collect(),
            network: group.network.clone(),
        };
        check(&plan, fleet, found);
        plans.push(plan);
    }
    plans
}

/// Whether containers can be made of a plan, unless something is wrong already.
fn check(plan: &FleetPlan, fleet: &FleetSpec, found: &mut Diagnostics) {
    if !found.has_errors()
        && let Err(error) = compose(plan)
    {
        let spec = fleet.deckies.iter().find(|spec| spec.name == *error.decky());
        found.error(spec.map_or(&Place::Fleet, |spec| &spec.place), error.to_string());
    }
}

/// Addresses by the decky's name. Hosts of one subnet share a LAN, as far as anybody can tell: no
/// address is given twice on it.
fn addresses<'a>(
    fleet: &'a FleetSpec,
    groups: &[Group<'a>],
    before: &[&Decky],
    source: &Source,
    found: &mut Diagnostics,
) -> BTreeMap<&'a str, Ipv4Addr> {
    let mut lans: BTreeMap<Ipv4Net, Vec<&Group<'a>>> = BTreeMap::new();
    for group in groups {
        lans.entry(group.network.subnet).or_default().push(group);
    }
    let start = fleet.network.ip_start.as_ref();
    // A lowest address is for the LAN that has it; one that no LAN has is wrong for the first.
    let mut homeless = start.filter(|start| !lans.keys().any(|subnet| subnet.contains(&start.value)));
    let mut all = BTreeMap::new();
    for (subnet, groups) in lans {
        let ip_start = homeless.take().or(start.filter(|start| subnet.contains(&start.value)));
        let lan = Lan {
            subnet,
            gateways: groups.iter().filter_map(|group| group.network.gateway).collect(),
            host_ips: groups.iter().filter_map(|group| group.network.host_ip).collect(),
            in_use: groups.iter().filter_map(|group| group.site.in_use.as_ref()).flatten().copied().collect(),
            ip_start,
        };
        let deckies: Vec<_> = groups.iter().flat_map(|group| group.deckies.iter().copied()).collect();
        let given = allocate::allocate(&deckies, &lan, before, source, found);
        let names = deckies.iter().map(|decky| decky.name.as_str());
        all.extend(names.zip(given).filter_map(|(name, ip)| Some((name, ip?))));
    }
    all
}
