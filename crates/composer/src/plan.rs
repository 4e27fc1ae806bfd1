//! Fleet to plan: every choice is made here, once.

use std::collections::{BTreeMap, BTreeSet};

use decnet_proto::{
    ids::{DeckyName, SecretKey},
    plan::{CustomService, Decky, FleetPlan, LinkDriver, NetworkPlan},
    site::{LinkKind, Site},
};
use ipnet::Ipv4Net;

use crate::{
    allocate::{self, Lan},
    archetypes::profile_of,
    compose::compose,
    derive::Source,
    diagnostic::{Checked, Diagnostics, Place},
    distros::{self, Distro},
    fleet::{DeckySpec, DistroChoice, FleetSpec, ServiceChoice, ServiceRequest},
    persona::{self, Machine, Organisation, Setting, Taken},
    services,
};

/// Makes all choices. `seed` is the fleet's secret, `now` the time in seconds since the Unix
/// epoch, `previous` the plan that runs, whose addresses, names and boot times are kept for
/// deckies that are the same machine in both.
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
    let Some(network) = network(fleet, site, &mut found) else { return Err(found) };
    let source = Source::new(seed);
    let lan = Lan {
        subnet: network.subnet,
        gateway: network.gateway,
        host_ip: network.host_ip,
        in_use: site.in_use.as_ref(),
        ip_start: fleet.network.ip_start.as_ref(),
    };
    let addresses = allocate::allocate(&fleet.deckies, &lan, previous, &source, &mut found);
    let organisation = Organisation::draw(&source);
    let setting = Setting { source: &source, organisation: &organisation, driver: network.driver, now };
    let mut faces = Faces::new(site, &setting, previous, &fleet.deckies);
    let deckies = fleet.deckies.iter().zip(addresses).filter_map(|(spec, ip)| Some(faces.decky(spec, ip?)));
    let plan = FleetPlan {
        generation: previous.map_or(1, |plan| plan.generation.saturating_add(1)),
        isolation: fleet.isolation.unwrap_or_default(),
        deckies: deckies.collect(),
        network,
    };
    if !found.has_errors()
        && let Err(error) = compose(&plan)
    {
        let spec = fleet.deckies.iter().find(|spec| spec.name == *error.decky());
        found.error(spec.map_or(&Place::Fleet, |spec| &spec.place), error.to_string());
    }
    found.checked(plan)
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

fn network(fleet: &FleetSpec, site: &Site, found: &mut Diagnostics) -> Option<NetworkPlan> {
    let spec = &fleet.network;
    let driver = spec.driver.unwrap_or(LinkDriver::Macvlan);
    let interface = spec.interface.clone().unwrap_or_else(|| site.interface.clone());
    check_link(site, driver, found);
    let Some(subnet) = spec.subnet.or(site.subnet) else {
        let message = format!(
            "the subnet is unknown: interface {interface} has no address; give --subnet or net = in [general]"
        );
        found.error(&Place::Fleet, message);
        return None;
    };
    if let Some(gateway) = &spec.gateway {
        check_gateway(gateway.value, subnet, &gateway.place, found);
    }
    let inside = |ip: &std::net::Ipv4Addr| subnet.contains(ip);
    Some(NetworkPlan {
        interface,
        subnet,
        gateway: spec.gateway.as_ref().map(|gateway| gateway.value).or(site.gateway.filter(inside)),
        host_ip: site.host_ip.filter(inside),
        driver,
    })
}

fn check_gateway(gateway: std::net::Ipv4Addr, subnet: Ipv4Net, place: &Place, found: &mut Diagnostics) {
    if !subnet.contains(&gateway) || gateway == subnet.network() || gateway == subnet.broadcast() {
        found.error(place, format!("{gateway} is no host of {subnet}"));
    }
}

fn check_link(site: &Site, driver: LinkDriver, found: &mut Diagnostics) {
    let interface = &site.interface;
    match (site.kind, driver) {
        (LinkKind::Wifi, LinkDriver::Macvlan) => {
            let message = format!(
                "{interface} is Wi-Fi, whose access points drop frames of other Ethernet addresses: use --ipvlan or ipvlan = yes"
            );
            found.error(&Place::Fleet, message);
        }
        (LinkKind::Other, _) => {
            let message = format!("{interface} is no Ethernet interface: nothing can be attached to it");
            found.error(&Place::Fleet, message);
        }
        (LinkKind::Wifi, LinkDriver::Ipvlan) | (LinkKind::Ethernet, _) => {}
    }
}

/// Gives deckies their faces, one after the other.
struct Faces<'a> {
    setting: &'a Setting<'a>,
    /// Deckies of the running plan that are the same machine in this one.
    kept: BTreeMap<&'a DeckyName, &'a Decky>,
    taken: Taken,
}

impl<'a> Faces<'a> {
    fn new(
        site: &Site,
        setting: &'a Setting<'a>,
        previous: Option<&'a FleetPlan>,
        deckies: &[DeckySpec],
    ) -> Self {
        let before: BTreeMap<_, _> =
            previous.into_iter().flat_map(|plan| &plan.deckies).map(|decky| (&decky.name, decky)).collect();
        let same = |spec: &DeckySpec| {
            let decky = *before.get(&spec.name)?;
            let archetype = spec.archetype.map(|archetype| archetype.slug);
            let distro = distro(spec, setting.source).slug;
            let same =
                decky.archetype.as_deref() == archetype && decky.distro == distro && decky.os == spec.os;
            same.then_some((&decky.name, decky))
        };
        let kept: BTreeMap<_, _> = deckies.iter().filter_map(same).collect();
        let mut taken = Taken::default();
        taken.macs.extend(site.mac);
        kept.values().for_each(|decky| taken.keep(&decky.persona));
        Self { setting, kept, taken }
    }

    fn decky(&mut self, spec: &DeckySpec, ip: std::net::Ipv4Addr) -> Decky {
        let distro = distro(spec, self.setting.source);
        let machine = Machine { name: &spec.name, archetype: spec.archetype, family: spec.os, distro };
        let drawn;
        let requests = match &spec.services {
            ServiceChoice::Listed(requests) => requests,
            ServiceChoice::Random => {
                drawn = random_services(spec, self.setting.source);
                &drawn
            }
        };
        let kept = self.kept.get(&spec.name).map(|decky| &decky.persona);
        let (persona, services) =
            persona::derive(&machine, ip, requests, self.setting, &mut self.taken, kept);
        let hostname = persona.hostname.clone();
        Decky {
            name: spec.name.clone(),
            archetype: spec.archetype.map(|archetype| archetype.slug.to_owned()),
            distro: distro.slug.to_owned(),
            os: spec.os,
            persona,
            services,
            custom: customs(spec, &hostname, self.setting.source),
        }
    }
}

/// Images of the operator's own; one that stands in for a service gets a password that exists
/// on this decky alone, and the decky's host name, where the fleet file names none.
fn customs(spec: &DeckySpec, hostname: &str, source: &Source) -> Vec<CustomService> {
    let complete = |custom: &CustomService| {
        let mut custom = custom.clone();
        if custom.plays.is_some() {
            custom.password.get_or_insert_with(|| persona::root_password(source, spec.name.as_str()));
            custom.hostname.get_or_insert_with(|| hostname.to_owned());
        }
        custom
    };
    spec.custom.iter().map(complete).collect()
}

/// The distribution of a decky. It depends on the decky's name and not on its neighbours, so
/// that a fleet can grow and shrink without changing who stays.
fn distro(spec: &DeckySpec, source: &Source) -> &'static Distro {
    let mut stream = source.stream("distro", spec.name.as_str());
    let preferred: Vec<&'static Distro> = match (spec.distro, spec.archetype) {
        (DistroChoice::Named(distro), _) => return distro,
        (DistroChoice::Preferred, Some(archetype)) => {
            archetype.distros.iter().filter_map(|slug| Distro::find(slug)).collect()
        }
        (DistroChoice::Preferred, None) | (DistroChoice::Random, _) => distros::ALL.iter().collect(),
    };
    stream.pick(&preferred).copied().unwrap_or(&distros::DEBIAN)
}

/// One to three services that suit the machine and do not want each other's ports.
fn random_services(spec: &DeckySpec, source: &Source) -> Vec<ServiceRequest> {
    let mut stream = source.stream("services", spec.name.as_str());
    let mut pool = profile_of(spec.archetype, spec.os).plausible.to_vec();
    stream.shuffle(&mut pool);
    let wanted = stream.between(1, 3) as usize;
    let mut chosen = Vec::new();
    for service in pool {
        let with = chosen.iter().copied().chain([service]);
        if chosen.len() < wanted && services::port_clashes(with, &spec.custom).is_empty() {
            chosen.push(service);
        }
    }
    chosen.sort_unstable();
    chosen.into_iter().map(ServiceRequest::plain).collect()
}
