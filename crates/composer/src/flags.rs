//! A fleet from the command line, and what the command line may change in a fleet file.

use std::{borrow::Cow, net::Ipv4Addr};

use decnet_proto::{
    persona::OsFamily,
    plan::{Isolation, LinkDriver},
    service::ServiceId,
};
use ipnet::Ipv4Net;

use crate::{
    archetypes::Archetype,
    diagnostic::{Checked, Diagnostics, Located, Place},
    distros::{self, Distro},
    fleet::{DeckySpec, DistroChoice, FleetSpec, MAX_DECKIES, NetworkSpec, ServiceChoice, ServiceRequest},
    ini::value::{self, quoted},
    services,
};

/// The flags of `deploy` that describe a fleet, as the user gave them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlagSpec {
    /// `--deckies`: how many.
    pub deckies: Option<u32>,
    /// `--services`: slugs, comma separated.
    pub services: Option<String>,
    /// `--randomize-services`.
    pub randomize_services: bool,
    /// `--distro`: slugs, comma separated; deckies take them in turn.
    pub distro: Option<String>,
    /// `--randomize-distros`.
    pub randomize_distros: bool,
    /// `--archetype`: a slug.
    pub archetype: Option<String>,
    /// `--ip-start`: the lowest address.
    pub ip_start: Option<Ipv4Addr>,
    /// `--interface`: the parent interface.
    pub interface: Option<String>,
    /// `--subnet`.
    pub subnet: Option<Ipv4Net>,
    /// `--ipvlan`.
    pub ipvlan: bool,
    /// `--isolation`.
    pub isolation: Option<Isolation>,
}

const DECKIES: Place = Place::Flag(Cow::Borrowed("--deckies"));
const SERVICES: Place = Place::Flag(Cow::Borrowed("--services"));
const RANDOMIZE_SERVICES: Place = Place::Flag(Cow::Borrowed("--randomize-services"));
const DISTRO: Place = Place::Flag(Cow::Borrowed("--distro"));
const RANDOMIZE_DISTROS: Place = Place::Flag(Cow::Borrowed("--randomize-distros"));
const ARCHETYPE: Place = Place::Flag(Cow::Borrowed("--archetype"));
const IP_START: Place = Place::Flag(Cow::Borrowed("--ip-start"));

impl FlagSpec {
    /// The fleet that the flags alone describe: `decky-01`, `decky-02`, …
    ///
    /// # Errors
    /// Names every flag that is wrong, contradicts another or is missing.
    pub fn fleet(&self) -> Result<Checked<FleetSpec>, Diagnostics> {
        let mut found = Diagnostics::default();
        let archetype = self.archetype(&mut found);
        let services = self.service_choice(archetype, &mut found);
        let distros = self.distros(archetype, &mut found);
        let amount = self.amount(&mut found);
        let mut fleet = FleetSpec::default();
        self.set_network(&mut fleet, &mut found);
        fleet.network.ip_start = self.ip_start.map(|value| Located { value, place: IP_START });
        for (number, distro) in (1..=amount).zip(distros.into_iter().cycle()) {
            fleet.deckies.extend(self.decky(number, archetype, distro, &services, &mut found));
        }
        found.checked(fleet)
    }

    fn archetype(&self, found: &mut Diagnostics) -> Option<&'static Archetype> {
        let slug = self.archetype.as_deref()?;
        let archetype = Archetype::find(slug);
        if archetype.is_none() {
            let list = Archetype::list();
            found.error(&ARCHETYPE, format!("unknown archetype {}; allowed are {list}", quoted(slug)));
        }
        archetype
    }

    fn service_choice(
        &self,
        archetype: Option<&'static Archetype>,
        found: &mut Diagnostics,
    ) -> ServiceChoice {
        match (&self.services, self.randomize_services, archetype) {
            (Some(_), true, _) => {
                found.error(&RANDOMIZE_SERVICES, "contradicts --services: give one of them");
                ServiceChoice::Random
            }
            (Some(list), false, _) => {
                let services = parse_services(list, found);
                for clash in services::port_clashes(services.iter().copied(), &[]) {
                    found.error(&SERVICES, clash);
                }
                ServiceChoice::Listed(services.into_iter().map(ServiceRequest::plain).collect())
            }
            (None, true, _) => ServiceChoice::Random,
            (None, false, Some(archetype)) => services::of_archetype(archetype, &ARCHETYPE, found),
            (None, false, None) => {
                if self.archetype.is_none() {
                    let message =
                        "the deckies have no services: give --services, --archetype or --randomize-services";
                    found.error(&SERVICES, message);
                }
                ServiceChoice::Random
            }
        }
    }

    /// The distributions that deckies take in turn; at least one.
    fn distros(&self, archetype: Option<&'static Archetype>, found: &mut Diagnostics) -> Vec<DistroChoice> {
        let named: Vec<_> = match (&self.distro, self.randomize_distros, archetype) {
            (Some(_), true, _) => {
                found.error(&RANDOMIZE_DISTROS, "contradicts --distro: give one of them");
                Vec::new()
            }
            (Some(list), false, _) => parse_distros(list, found),
            (None, true, _) => Vec::new(),
            (None, false, Some(archetype)) => {
                archetype.distros.iter().filter_map(|slug| Distro::find(slug)).collect()
            }
            (None, false, None) => distros::ALL.iter().collect(),
        };
        if named.is_empty() {
            return vec![DistroChoice::Random];
        }
        named.into_iter().map(DistroChoice::Named).collect()
    }

    fn amount(&self, found: &mut Diagnostics) -> u32 {
        let most = u32::try_from(MAX_DECKIES).unwrap_or(u32::MAX);
        match self.deckies {
            Some(amount) if (1..=most).contains(&amount) => amount,
            Some(amount) => {
                found.error(&DECKIES, format!("{amount} is no number of deckies from 1 to {most}"));
                0
            }
            None => {
                found.error(&DECKIES, "missing: say how many deckies, or give a fleet file with --config");
                0
            }
        }
    }

    fn decky(
        &self,
        number: u32,
        archetype: Option<&'static Archetype>,
        distro: DistroChoice,
        services: &ServiceChoice,
        found: &mut Diagnostics,
    ) -> Option<DeckySpec> {
        let name = format!("decky-{number:02}").parse();
        let name: decnet_proto::ids::DeckyName = name
            .map_err(|error: decnet_proto::ids::InvalidName| found.error(&DECKIES, error.to_string()))
            .ok()?;
        Some(DeckySpec {
            place: Place::Decky(name.clone()),
            name,
            ip: None,
            archetype,
            distro,
            os: archetype.map_or(OsFamily::Linux, |archetype| archetype.os),
            services: services.clone(),
            custom: Vec::new(),
        })
    }

    /// What the flags make of a fleet file: network flags outrank it, `--services` filters each
    /// decky's list, and flags that only describe a fleet of their own are refused.
    ///
    /// # Errors
    /// Names every such flag, every unknown service, and every decky left without a service.
    pub fn apply(&self, mut fleet: FleetSpec) -> Result<Checked<FleetSpec>, Diagnostics> {
        let mut found = Diagnostics::default();
        self.refuse_fleet_flags(&mut found);
        self.set_network(&mut fleet, &mut found);
        if let Some(list) = &self.services {
            let kept = filter_names(list, &fleet, &mut found);
            for decky in &mut fleet.deckies {
                filter(decky, &kept, &mut found);
            }
        }
        found.checked(fleet)
    }

    fn refuse_fleet_flags(&self, found: &mut Diagnostics) {
        let refused = [
            (self.deckies.is_some(), DECKIES, "the sections of the file say how many deckies there are"),
            (
                self.randomize_services,
                RANDOMIZE_SERVICES,
                "a section without services and archetype has random ones",
            ),
            (self.distro.is_some(), DISTRO, "give sections the key distro"),
            (self.randomize_distros, RANDOMIZE_DISTROS, "give sections the key distro"),
            (self.archetype.is_some(), ARCHETYPE, "give sections the key archetype"),
            (self.ip_start.is_some(), IP_START, "give sections the key ip"),
        ];
        for (_, place, instead) in refused.into_iter().filter(|(given, ..)| *given) {
            found.error(&place, format!("has no meaning with --config: {instead}"));
        }
    }

    fn set_network(&self, fleet: &mut FleetSpec, found: &mut Diagnostics) {
        let NetworkSpec { interface, subnet, driver, .. } = &mut fleet.network;
        if let Some(name) = &self.interface {
            match value::interface(name) {
                Ok(name) => *interface = Some(name),
                Err(message) => found.error(&Place::Flag(Cow::Borrowed("--interface")), message),
            }
        }
        if let Some(net) = self.subnet {
            match value::subnet(&net.to_string()) {
                Ok(net) => *subnet = Some(net),
                Err(message) => found.error(&Place::Flag(Cow::Borrowed("--subnet")), message),
            }
        }
        if self.ipvlan {
            *driver = Some(LinkDriver::Ipvlan);
        }
        fleet.isolation = self.isolation.or(fleet.isolation);
    }
}

fn parse_services(list: &str, found: &mut Diagnostics) -> Vec<ServiceId> {
    let mut services = Vec::new();
    for name in names(list, found, &SERVICES, &ServiceId::list()) {
        match name.parse::<ServiceId>() {
            Ok(service) => services.push(service),
            Err(error) => found.error(&SERVICES, error.to_string()),
        }
    }
    services
}

fn parse_distros(list: &str, found: &mut Diagnostics) -> Vec<&'static Distro> {
    let allowed = Distro::list();
    let mut distros = Vec::new();
    for slug in value::list(list) {
        match Distro::find(slug) {
            Some(distro) => distros.push(distro),
            None => found.error(&DISTRO, format!("unknown distro {}; allowed are {allowed}", quoted(slug))),
        }
    }
    if value::list(list).next().is_none() {
        found.error(&DISTRO, format!("the list is empty; allowed are {allowed}"));
    }
    distros
}

/// The names of a list, each once; an empty list and a name that is there twice are errors.
fn names<'a>(list: &'a str, found: &mut Diagnostics, place: &Place, allowed: &str) -> Vec<&'a str> {
    let mut names = Vec::new();
    for name in value::list(list) {
        if names.contains(&name) {
            found.error(place, format!("{} is there twice", quoted(name)));
        } else {
            names.push(name);
        }
    }
    if names.is_empty() {
        found.error(place, format!("the list is empty; allowed are {allowed}"));
    }
    names
}

/// The names that a filter keeps: services of this build, and those that the file defines.
fn filter_names<'a>(list: &'a str, fleet: &FleetSpec, found: &mut Diagnostics) -> Vec<&'a str> {
    let names = names(list, found, &SERVICES, &ServiceId::list());
    for name in &names {
        let defined = fleet.deckies.iter().flat_map(|decky| &decky.custom).any(|custom| custom.name == *name);
        if let (Err(error), false) = (name.parse::<ServiceId>(), defined) {
            found.error(&SERVICES, error.to_string());
        }
    }
    names
}

fn filter(decky: &mut DeckySpec, kept: &[&str], found: &mut Diagnostics) {
    let ServiceChoice::Listed(requests) = &mut decky.services else {
        let message =
            format!("cannot filter {}: its services are drawn at random; name them in the file", decky.name);
        return found.error(&SERVICES, message);
    };
    let before: Vec<_> = requests.iter().map(|request| request.service.slug().to_owned()).collect();
    requests.retain(|request| kept.contains(&request.service.slug()));
    let own: Vec<_> = decky.custom.iter().map(|custom| custom.name.clone()).collect();
    decky.custom.retain(|custom| kept.contains(&custom.name.as_str()));
    if requests.is_empty() && decky.custom.is_empty() {
        let had = [before, own].concat().join(", ");
        found.error(&SERVICES, format!("leaves {} without a service; it has {had}", decky.name));
    }
}
