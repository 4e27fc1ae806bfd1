//! A fleet as the operator described it: what was asked for, before any choice is made.

use std::{collections::BTreeMap, net::Ipv4Addr};

use decnet_proto::{
    ids::DeckyName,
    persona::OsFamily,
    plan::{CustomService, Isolation, LinkDriver},
    service::ServiceId,
    site::{LinkKind, Site},
};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use crate::{
    archetypes::Archetype,
    diagnostic::{Diagnostics, Located, Place},
    distros::Distro,
    files::FileReference,
    wire,
};

/// Most deckies of a fleet.
pub const MAX_DECKIES: usize = 4096;

/// A whole fleet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FleetSpec {
    /// The LAN.
    pub network: NetworkSpec,
    /// How deckies are cut into containers, if it was said.
    pub isolation: Option<Isolation>,
    /// The deckies, groups expanded, in the order of the file.
    pub deckies: Vec<DeckySpec>,
}

impl FleetSpec {
    /// The site as far as the fleet itself describes it: enough for a dry run on a machine that
    /// has no such interface.
    ///
    /// # Errors
    /// When the fleet names no interface or no subnet.
    pub fn site(&self) -> Result<Site, Diagnostics> {
        let mut found = Diagnostics::default();
        let network = &self.network;
        if network.interface.is_none() {
            found.error(
                &Place::Fleet,
                "the interface is unknown; give --interface or interface = in [general]",
            );
        }
        if network.subnet.is_none() {
            found.error(&Place::Fleet, "the subnet is unknown; give --subnet or net = in [general]");
        }
        let site = Site {
            interface: network.interface.clone().unwrap_or_default(),
            kind: LinkKind::Ethernet,
            mac: None,
            host_ip: None,
            subnet: network.subnet,
            gateway: network.gateway.as_ref().map(|gateway| gateway.value),
            in_use: None,
        };
        found.checked(site).map(|checked| checked.value)
    }
}

/// What was said of the LAN; the survey of the site fills the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSpec {
    /// Parent interface.
    pub interface: Option<String>,
    /// Subnet.
    pub subnet: Option<Ipv4Net>,
    /// Default gateway of the deckies.
    pub gateway: Option<Located<Ipv4Addr>>,
    /// Driver of the links; MACVLAN when nothing was said.
    pub driver: Option<LinkDriver>,
    /// Lowest address that a decky without one of its own may get.
    pub ip_start: Option<Located<Ipv4Addr>>,
}

/// One decky.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeckySpec {
    /// Its name in the fleet.
    pub name: DeckyName,
    /// Where it was described.
    pub place: Place,
    /// The address that it must have.
    pub ip: Option<Located<Ipv4Addr>>,
    /// What kind of machine it is.
    #[serde(with = "wire::archetype")]
    pub archetype: Option<&'static Archetype>,
    /// Which distribution it runs.
    pub distro: DistroChoice,
    /// Family of its TCP/IP stack.
    pub os: OsFamily,
    /// Its built-in services.
    pub services: ServiceChoice,
    /// Images of the operator's own that join it.
    pub custom: Vec<CustomService>,
}

/// Which distribution a decky runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DistroChoice {
    /// This one.
    Named(#[serde(with = "wire::distro")] &'static Distro),
    /// One that its archetype prefers, any one if it has no archetype.
    Preferred,
    /// Any one.
    Random,
}

/// Which built-in services a decky has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServiceChoice {
    /// These; none if the decky has only images of the operator's own.
    Listed(Vec<ServiceRequest>),
    /// One to three that suit its archetype and family.
    Random,
}

/// A built-in service with its persona keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceRequest {
    /// Which one.
    pub service: ServiceId,
    /// Checked keys, without those that name files.
    pub config: BTreeMap<String, String>,
    /// Contents of files, as [`decnet_proto::persona::ServiceSpec::files`] has them.
    pub files: BTreeMap<String, String>,
    /// Files that its keys name and that are not loaded yet; a fleet that goes over a wire has none.
    #[serde(skip)]
    pub references: Vec<FileReference>,
}

impl ServiceRequest {
    /// A service without a persona section.
    pub fn plain(service: ServiceId) -> Self {
        Self { service, config: BTreeMap::new(), files: BTreeMap::new(), references: Vec::new() }
    }
}
