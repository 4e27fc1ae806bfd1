//! The LAN of a host: what its survey found, and what the fleet says instead.

use std::net::Ipv4Addr;

use decnet_proto::{
    plan::{LinkDriver, NetworkPlan},
    site::{LinkKind, Site},
};
use ipnet::Ipv4Net;

use crate::{
    diagnostic::{Diagnostics, Place},
    fleet::FleetSpec,
};

/// The LAN of the only host, for which the fleet was written.
pub(super) fn of_the_host(fleet: &FleetSpec, site: &Site, found: &mut Diagnostics) -> Option<NetworkPlan> {
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
    let inside = |ip: &Ipv4Addr| subnet.contains(ip);
    Some(NetworkPlan {
        interface,
        subnet,
        gateway: spec.gateway.as_ref().map(|gateway| gateway.value).or(site.gateway.filter(inside)),
        host_ip: site.host_ip.filter(inside),
        driver,
    })
}

fn check_gateway(gateway: Ipv4Addr, subnet: Ipv4Net, place: &Place, found: &mut Diagnostics) {
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

/// The LAN of one of many hosts: its own survey decides. What the fleet says of the network counts
/// where it is about the very subnet.
pub(super) fn of_one_of_many(
    fleet: &FleetSpec,
    host: &str,
    site: &Site,
    ipvlan: bool,
    found: &mut Diagnostics,
) -> Option<NetworkPlan> {
    let Some(subnet) = site.subnet else {
        let message = format!("host {host} has no address on {}: its subnet is unknown", site.interface);
        found.error(&Place::Fleet, message);
        return None;
    };
    let driver =
        if ipvlan { LinkDriver::Ipvlan } else { fleet.network.driver.unwrap_or(LinkDriver::Macvlan) };
    check_link(site, driver, found);
    let inside = |ip: &Ipv4Addr| subnet.contains(ip);
    let said = fleet.network.gateway.as_ref().filter(|gateway| inside(&gateway.value));
    if let Some(gateway) = said {
        check_gateway(gateway.value, subnet, &gateway.place, found);
    }
    Some(NetworkPlan {
        interface: site.interface.clone(),
        subnet,
        gateway: said.map(|gateway| gateway.value).or(site.gateway.filter(inside)),
        host_ip: site.host_ip.filter(inside),
        driver,
    })
}
