//! The plan of a fleet: every choice, made once, immutable, numbered.

use std::{collections::BTreeMap, net::Ipv4Addr};

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{DeckyName, HostId},
    persona::{OsFamily, Persona, ServiceSpec},
};

/// Driver of the deckies' links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum LinkDriver {
    /// Each decky has a MAC address of its own.
    Macvlan,
    /// IPvlan in L2 mode: all share the parent's MAC address.
    Ipvlan,
}

impl LinkDriver {
    /// The name that Docker and the kernel use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Macvlan => "macvlan",
            Self::Ipvlan => "ipvlan",
        }
    }

    /// The interface through which the host reaches its own deckies.
    pub const fn host_link(self) -> &'static str {
        match self {
            Self::Macvlan => "decnet_macvlan0",
            Self::Ipvlan => "decnet_ipvlan0",
        }
    }
}

/// How a decky is cut into containers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Isolation {
    /// One container per decky.
    #[default]
    Decky,
    /// A base container that holds the address and one container per service.
    Service,
}

/// The LAN that the deckies of one host join.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NetworkPlan {
    /// Parent interface.
    pub interface: String,
    /// Subnet of the LAN.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::openapi::Subnet))]
    pub subnet: Ipv4Net,
    /// Default gateway of the deckies, if the LAN has one.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::Address>))]
    pub gateway: Option<Ipv4Addr>,
    /// The host's own address on the LAN, if it has one.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::Address>))]
    pub host_ip: Option<Ipv4Addr>,
    /// Driver of the links.
    pub driver: LinkDriver,
}

/// A built-in service in whose place an operator's image stands: the image is handed what that
/// service would have got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum StandIn {
    /// A real OpenSSH server, say.
    Ssh,
    /// A real telnet server.
    Telnet,
}

impl StandIn {
    /// Every one of them.
    pub const ALL: [Self; 2] = [Self::Ssh, Self::Telnet];

    /// The slug of the service.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Ssh => "ssh",
            Self::Telnet => "telnet",
        }
    }

    /// Names of the variables that hand root's password and the host name to the image.
    pub const fn variables(self) -> [&'static str; 2] {
        match self {
            Self::Ssh => ["SSH_ROOT_PASSWORD", "SSH_HOSTNAME"],
            Self::Telnet => ["TELNET_ROOT_PASSWORD", "TELNET_HOSTNAME"],
        }
    }
}

/// A container of the operator's own that joins a decky's namespace (`[custom-NAME]`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CustomService {
    /// Its name.
    pub name: String,
    /// Image reference.
    pub image: String,
    /// Command and arguments; empty for the image's own.
    pub command: Vec<String>,
    /// Ports it is said to listen on, for clash checks.
    pub ports: Vec<u16>,
    /// The service in whose place it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plays: Option<StandIn>,
    /// Root's password, for one that stands in; in a plan it always has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Host name for one that stands in; in a plan it always has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
}

/// One decky, with all choices made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Decky {
    /// Name in the fleet.
    pub name: DeckyName,
    /// Slug of its archetype, if it has one.
    pub archetype: Option<String>,
    /// Slug of its distro.
    pub distro: String,
    /// Family that shapes its TCP/IP stack.
    pub os: OsFamily,
    /// Everything an attacker can see; its address and MAC are there.
    pub persona: Persona,
    /// Built-in services.
    pub services: Vec<ServiceSpec>,
    /// Containers of the operator's own.
    pub custom: Vec<CustomService>,
}

/// The plan of a whole fleet. A stored plan never changes; an older generation is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FleetPlan {
    /// 1 for the first plan of a fleet, one more for each that follows.
    pub generation: u64,
    /// The LAN.
    pub network: NetworkPlan,
    /// How deckies are cut into containers.
    pub isolation: Isolation,
    /// The deckies, in the order of the fleet file.
    pub deckies: Vec<Decky>,
}

/// The plan of a fleet that many hosts carry. A stored plan never changes; an older generation is
/// refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwarmPlan {
    /// 1 for the first plan of a fleet, one more for each that follows.
    pub generation: u64,
    /// What each host runs, all of the same generation. A host without deckies runs nothing.
    pub hosts: BTreeMap<HostId, FleetPlan>,
}
