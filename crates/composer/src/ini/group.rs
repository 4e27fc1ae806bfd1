//! `[NAME]`: one decky, or a group of them.

use std::collections::BTreeMap;

use decnet_proto::{
    ids::DeckyName,
    persona::OsFamily,
    plan::CustomService,
    service::{ServiceId, UnknownService},
};

use super::{
    fields::Fields,
    value::{self, quoted},
};
use crate::{
    archetypes::Archetype,
    diagnostic::{Diagnostics, Located, Place},
    distros::Distro,
    fleet::{DeckySpec, DistroChoice, ServiceChoice, ServiceRequest},
    os, services,
};

/// Keys of the section.
pub(super) const KEYS: &[&str] = &["ip", "services", "archetype", "amount", "nmap_os", "distro"];

/// Most deckies of one section.
pub(super) const MAX_AMOUNT: u32 = 100;

/// The definitions of the operator's own services, by name.
pub(super) type Customs = BTreeMap<String, CustomService>;

/// Reads the section into its members.
pub(super) fn read(
    name: &str,
    fields: &Fields<'_>,
    customs: &Customs,
    found: &mut Diagnostics,
) -> Vec<DeckySpec> {
    let amount = fields.parse("amount", found, |value| value::number(value, 1, MAX_AMOUNT)).unwrap_or(1);
    let archetype = fields.parse("archetype", found, archetype);
    let (services, custom) = read_services(fields, archetype, customs, found);
    let os = fields.parse("nmap_os", found, family);
    let model = Model {
        place: fields.place(),
        ip: read_address(fields, amount, found),
        archetype,
        distro: fields.parse("distro", found, distro).map_or(DistroChoice::Preferred, DistroChoice::Named),
        os: os.or(archetype.map(|archetype| archetype.os)).unwrap_or(OsFamily::Linux),
        services,
        custom,
    };
    member_names(name, amount).filter_map(|name| model.member(&name, found)).collect()
}

/// What all members of a group have in common.
struct Model {
    place: Place,
    ip: Option<Located<std::net::Ipv4Addr>>,
    archetype: Option<&'static Archetype>,
    distro: DistroChoice,
    os: OsFamily,
    services: ServiceChoice,
    custom: Vec<CustomService>,
}

impl Model {
    fn member(&self, name: &str, found: &mut Diagnostics) -> Option<DeckySpec> {
        let name: Result<DeckyName, _> = name.parse();
        let name = name.map_err(|error| found.error(&self.place, error.to_string())).ok()?;
        Some(DeckySpec {
            name,
            place: self.place.clone(),
            ip: self.ip.clone(),
            archetype: self.archetype,
            distro: self.distro,
            os: self.os,
            services: self.services.clone(),
            custom: self.custom.clone(),
        })
    }
}

fn member_names(name: &str, amount: u32) -> impl Iterator<Item = String> {
    (1..=amount).map(move |number| if amount == 1 { name.to_owned() } else { format!("{name}-{number:02}") })
}

fn read_address(
    fields: &Fields<'_>,
    amount: u32,
    found: &mut Diagnostics,
) -> Option<Located<std::net::Ipv4Addr>> {
    let (value, place) = fields.get("ip")?;
    if amount > 1 {
        let message =
            format!("{} cannot be the address of {amount} deckies; leave out ip or amount", quoted(value));
        found.error(&place, message);
        return None;
    }
    let value = fields.parse("ip", found, value::address)?;
    Some(Located { value, place })
}

fn archetype(value: &str) -> Result<&'static Archetype, String> {
    Archetype::find(value)
        .ok_or_else(|| format!("unknown archetype {}; allowed are {}", quoted(value), Archetype::list()))
}

fn distro(value: &str) -> Result<&'static Distro, String> {
    Distro::find(value)
        .ok_or_else(|| format!("unknown distro {}; allowed are {}", quoted(value), Distro::list()))
}

fn family(value: &str) -> Result<OsFamily, String> {
    os::find(value).ok_or_else(|| format!("unknown family {}; allowed are {}", quoted(value), os::list()))
}

fn read_services(
    fields: &Fields<'_>,
    archetype: Option<&'static Archetype>,
    customs: &Customs,
    found: &mut Diagnostics,
) -> (ServiceChoice, Vec<CustomService>) {
    match (fields.get("services"), archetype) {
        (Some((value, place)), _) => listed(value, &place, customs, found),
        (None, Some(archetype)) => {
            let place = fields.get("archetype").map_or_else(|| fields.place(), |(_, place)| place);
            (services::of_archetype(archetype, &place, found), Vec::new())
        }
        (None, None) => (ServiceChoice::Random, Vec::new()),
    }
}

fn listed(
    value: &str,
    place: &Place,
    customs: &Customs,
    found: &mut Diagnostics,
) -> (ServiceChoice, Vec<CustomService>) {
    let mut requests: Vec<ServiceRequest> = Vec::new();
    let mut custom: Vec<CustomService> = Vec::new();
    for name in value::list(value) {
        let twice =
            requests.iter().any(|r| r.service.slug() == name) || custom.iter().any(|c| c.name == name);
        match (name.parse::<ServiceId>(), customs.get(name)) {
            _ if twice => found.error(place, format!("service {} is there twice", quoted(name))),
            (Ok(service), _) => requests.push(ServiceRequest::plain(service)),
            (Err(_), Some(definition)) => custom.push(definition.clone()),
            (Err(error), None) => found.error(place, unknown(&error, customs)),
        }
    }
    if value::list(value).next().is_none() {
        let list = ServiceId::list();
        found.error(place, format!("the list is empty; leave the key out, or name some of {list}"));
    }
    for clash in services::port_clashes(requests.iter().map(|request| request.service), &custom) {
        found.error(place, clash);
    }
    (ServiceChoice::Listed(requests), custom)
}

fn unknown(error: &UnknownService, customs: &Customs) -> String {
    let defined: Vec<_> = customs.keys().map(String::as_str).collect();
    match (error, defined.as_slice()) {
        (UnknownService::NotInThisBuild(_), _) | (_, []) => error.to_string(),
        (UnknownService::Unknown(_), names) => format!("{error}, and this file defines {}", names.join(", ")),
    }
}
