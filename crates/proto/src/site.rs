//! What a survey found on a host.

use std::{collections::BTreeSet, net::Ipv4Addr};

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use crate::mac::Mac;

/// Kind of the parent interface, as far as it decides what can be built on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum LinkKind {
    /// Ethernet, virtual Ethernet or bridge: MACVLAN and IPvlan work.
    Ethernet,
    /// Wi-Fi: access points drop frames from other MAC addresses, so only IPvlan works.
    Wifi,
    /// Anything else: nothing can be built on it.
    Other,
}

/// A host's place on a LAN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Name of the parent interface.
    pub interface: String,
    /// What kind it is.
    pub kind: LinkKind,
    /// The host's own Ethernet address on it, if it has one.
    pub mac: Option<Mac>,
    /// The host's own address on it, if it has one.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::Address>))]
    pub host_ip: Option<Ipv4Addr>,
    /// The subnet of that address.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::Subnet>))]
    pub subnet: Option<Ipv4Net>,
    /// The default gateway reached through it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::Address>))]
    pub gateway: Option<Ipv4Addr>,
    /// Addresses that answered ARP; `None` when nobody asked.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<BTreeSet<crate::openapi::Address>>))]
    pub in_use: Option<BTreeSet<Ipv4Addr>>,
}
