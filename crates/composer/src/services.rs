//! Sets of services: what an archetype brings, and whose ports stand in each other's way.

use decnet_proto::{
    plan::CustomService,
    service::{ServiceId, Transport},
};

use crate::{
    archetypes::Archetype,
    diagnostic::{Diagnostics, Place},
    fleet::{ServiceChoice, ServiceRequest},
};

/// The services of an archetype as far as this build has them. What it has not is a warning;
/// if that leaves none, an error.
pub(crate) fn of_archetype(archetype: &Archetype, place: &Place, found: &mut Diagnostics) -> ServiceChoice {
    let (here, later) = archetype.split_services();
    let slug = archetype.slug;
    if here.is_empty() {
        let message = format!(
            "archetype {slug} wants {}: not in this build; name its services yourself, some of {}",
            later.join(", "),
            ServiceId::list()
        );
        found.error(place, message);
    } else if !later.is_empty() {
        let message = format!("archetype {slug} is left without {}: not in this build", later.join(", "));
        found.warn(place, message);
    }
    ServiceChoice::Listed(here.into_iter().map(ServiceRequest::plain).collect())
}

/// A sentence for each port that two services want.
pub(crate) fn port_clashes(
    services: impl Iterator<Item = ServiceId>,
    custom: &[CustomService],
) -> Vec<String> {
    let built_in = services.flat_map(|service| {
        let ports = service.info().ports.iter();
        ports.map(move |port| Claim {
            port: port.number,
            transport: Some(port.transport),
            by: service.slug(),
        })
    });
    let own = custom.iter().flat_map(|custom| {
        custom.ports.iter().map(|port| Claim { port: *port, transport: None, by: &custom.name })
    });
    let mut claims: Vec<Claim<'_>> = Vec::new();
    let mut clashes = Vec::new();
    for claim in built_in.chain(own) {
        let holder = claims.iter().find(|holder| holder.clashes(&claim));
        clashes.extend(holder.map(|holder| {
            format!("services {} and {} both listen on port {}", holder.by, claim.by, claim.port)
        }));
        claims.push(claim);
    }
    clashes
}

/// A port that a service wants; without a transport, on all of them.
struct Claim<'a> {
    port: u16,
    transport: Option<Transport>,
    by: &'a str,
}

impl Claim<'_> {
    fn clashes(&self, other: &Self) -> bool {
        let both = self.transport.zip(other.transport);
        self.port == other.port && both.is_none_or(|(one, two)| one == two)
    }
}
