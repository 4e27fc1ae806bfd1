//! Who each decky is: what it was before, or drawn from the fleet's secret and its name.

use std::{collections::BTreeMap, net::Ipv4Addr};

use decnet_proto::{
    ids::DeckyName,
    mac::Mac,
    plan::{CustomService, Decky},
};

use crate::{
    archetypes::profile_of,
    derive::Source,
    distros::{self, Distro},
    fleet::{DeckySpec, DistroChoice, ServiceChoice, ServiceRequest},
    persona::{self, Machine, Setting, Taken},
    services,
};

/// Gives deckies their faces, one after the other.
pub(super) struct Faces<'a> {
    /// Deckies of the running plan that are the same machine in this one.
    kept: BTreeMap<&'a DeckyName, &'a Decky>,
    taken: Taken,
}

impl<'a> Faces<'a> {
    /// For a fleet whose running deckies are `before`, on hosts with these Ethernet addresses.
    pub(super) fn new(
        macs: impl Iterator<Item = Mac>,
        source: &Source,
        before: impl Iterator<Item = &'a Decky>,
        deckies: &[DeckySpec],
    ) -> Self {
        let before: BTreeMap<_, _> = before.map(|decky| (&decky.name, decky)).collect();
        let same = |spec: &DeckySpec| {
            let decky = *before.get(&spec.name)?;
            let archetype = spec.archetype.map(|archetype| archetype.slug);
            let distro = distro(spec, source).slug;
            let same =
                decky.archetype.as_deref() == archetype && decky.distro == distro && decky.os == spec.os;
            same.then_some((&decky.name, decky))
        };
        let kept: BTreeMap<_, _> = deckies.iter().filter_map(same).collect();
        let mut taken = Taken::default();
        taken.macs.extend(macs);
        kept.values().for_each(|decky| taken.keep(&decky.persona));
        Self { kept, taken }
    }

    /// The decky of a description.
    pub(super) fn decky(&mut self, spec: &DeckySpec, ip: Ipv4Addr, setting: &Setting<'_>) -> Decky {
        let distro = distro(spec, setting.source);
        let machine = Machine { name: &spec.name, archetype: spec.archetype, family: spec.os, distro };
        let drawn;
        let requests = match &spec.services {
            ServiceChoice::Listed(requests) => requests,
            ServiceChoice::Random => {
                drawn = random_services(spec, setting.source);
                &drawn
            }
        };
        let kept = self.kept.get(&spec.name).map(|decky| &decky.persona);
        let (persona, services) = persona::derive(&machine, ip, requests, setting, &mut self.taken, kept);
        let hostname = persona.hostname.clone();
        Decky {
            name: spec.name.clone(),
            archetype: spec.archetype.map(|archetype| archetype.slug.to_owned()),
            distro: distro.slug.to_owned(),
            os: spec.os,
            persona,
            services,
            custom: customs(spec, &hostname, setting.source),
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
