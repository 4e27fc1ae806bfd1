//! The host's place on a LAN.

use std::{collections::BTreeSet, net::IpAddr, net::Ipv4Addr};

use decnet_proto::{agent::SiteQuery, site::Site};
use ipnet::Ipv4Net;
use rtnetlink::{
    Handle, RouteMessageBuilder,
    packet_route::{
        address::{AddressAttribute, AddressMessage},
        route::{RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteType},
    },
};

use crate::{
    arp,
    error::NetError,
    interface::{self, Interface},
    netlink,
};

/// Tells where a host stands: the named interface or that of the default route, its address,
/// subnet and gateway, and with `probe` the addresses of the subnet that answer ARP.
///
/// Without `probe` it needs no rights. A host's own deckies do not answer a probe sent from
/// their parent, as MACVLAN keeps the two apart; those of other hosts do, as any machine.
///
/// # Errors
/// When the interface does not exist or cannot be told; with `probe`, when `CAP_NET_RAW` is
/// missing, the interface is down or no Ethernet, or the subnet is unknown or wider than a /20.
pub async fn survey(query: &SiteQuery) -> Result<Site, NetError> {
    let netlink = netlink::open()?;
    let all = interface::list(&netlink).await?;
    let defaults = default_routes(&netlink).await?;
    let chosen = choose(&all, query.interface.as_deref(), &defaults)?;
    let place = Place::of(chosen.index, &addresses(&netlink).await?, query.subnet, &defaults);
    let in_use = match query.probe {
        true => Some(probe(chosen, &place).await?),
        false => None,
    };
    Ok(Site {
        interface: chosen.name.clone(),
        kind: chosen.kind,
        mac: chosen.mac,
        host_ip: place.host_ip,
        subnet: place.subnet,
        gateway: place.gateway,
        in_use,
    })
}

fn choose<'a>(
    all: &'a [Interface],
    name: Option<&str>,
    defaults: &[DefaultRoute],
) -> Result<&'a Interface, NetError> {
    if let Some(name) = name {
        return interface::named(all, name);
    }
    defaults
        .iter()
        .min_by_key(|route| route.metric)
        .and_then(|route| all.iter().find(|i| i.index == route.interface))
        .ok_or_else(|| NetError::NoDefaultRoute { available: interface::parents(all) })
}

async fn probe(interface: &Interface, place: &Place) -> Result<BTreeSet<Ipv4Addr>, NetError> {
    let name = || interface.name.clone();
    let subnet = place.subnet.ok_or_else(|| NetError::SubnetUnknown { name: name() })?;
    let mac = interface.mac.ok_or_else(|| NetError::UnsuitableParent { name: name() })?;
    if !interface.up {
        return Err(NetError::InterfaceDown { name: name() });
    }
    let sender = arp::Sender { interface: interface.index, mac, ip: place.host_ip };
    let answers = arp::sweep(sender, subnet).await?;
    Ok(answers.into_iter().map(|(ip, _)| ip).collect())
}

/// Addresses of an interface and what is reached through it.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    host_ip: Option<Ipv4Addr>,
    subnet: Option<Ipv4Net>,
    gateway: Option<Ipv4Addr>,
}

impl Place {
    /// Takes the interface's first address, or the first one inside the wanted subnet.
    fn of(
        interface: u32,
        addresses: &[(u32, Ipv4Net)],
        wanted: Option<Ipv4Net>,
        defaults: &[DefaultRoute],
    ) -> Self {
        let own = || addresses.iter().filter(|(index, _)| *index == interface).map(|(_, net)| *net);
        let inside = |net: &Ipv4Net| wanted.is_none_or(|wanted| wanted.contains(&net.addr()));
        let address = own().find(inside).or_else(|| own().next());
        let subnet = wanted.or(address).map(|net| net.trunc());
        let gateway = defaults
            .iter()
            .filter(|route| route.interface == interface)
            .filter_map(|route| route.gateway)
            .find(|gateway| subnet.is_none_or(|subnet| subnet.contains(gateway)));
        Self { host_ip: address.map(|net| net.addr()), subnet, gateway }
    }
}

/// A default route of the main table.
#[derive(Debug)]
struct DefaultRoute {
    interface: u32,
    gateway: Option<Ipv4Addr>,
    metric: u32,
}

async fn default_routes(netlink: &Handle) -> Result<Vec<DefaultRoute>, NetError> {
    let all = RouteMessageBuilder::<Ipv4Addr>::new().build();
    let answers = netlink::collect("list the routes", netlink.route().get(all).execute()).await?;
    Ok(answers.iter().filter(|route| is_default(route)).flat_map(ways_out).collect())
}

fn is_default(route: &RouteMessage) -> bool {
    route.header.destination_prefix_length == 0
        && route.header.table == RouteHeader::RT_TABLE_MAIN
        && route.header.kind == RouteType::Unicast
}

/// The ways of a route: one, or several where the load is spread.
fn ways_out(route: &RouteMessage) -> Vec<DefaultRoute> {
    let metric = route.attributes.iter().find_map(|a| match a {
        RouteAttribute::Priority(metric) => Some(*metric),
        _ => None,
    });
    let metric = metric.unwrap_or(0);
    let spread = route.attributes.iter().find_map(|a| match a {
        RouteAttribute::MultiPath(hops) => Some(hops),
        _ => None,
    });
    if let Some(hops) = spread {
        let way =
            |interface, attributes: &[_]| DefaultRoute { interface, gateway: gateway(attributes), metric };
        return hops.iter().map(|hop| way(hop.interface_index, &hop.attributes)).collect();
    }
    let interface = route.attributes.iter().find_map(|a| match a {
        RouteAttribute::Oif(index) => Some(*index),
        _ => None,
    });
    interface
        .map(|interface| DefaultRoute { interface, gateway: gateway(&route.attributes), metric })
        .into_iter()
        .collect()
}

fn gateway(attributes: &[RouteAttribute]) -> Option<Ipv4Addr> {
    attributes.iter().find_map(|a| match a {
        RouteAttribute::Gateway(RouteAddress::Inet(ip)) => Some(*ip),
        _ => None,
    })
}

/// Every IPv4 address with the number of its interface.
async fn addresses(netlink: &Handle) -> Result<Vec<(u32, Ipv4Net)>, NetError> {
    let answers = netlink::collect("list the addresses", netlink.address().get().execute()).await?;
    Ok(answers.iter().filter_map(address).collect())
}

fn address(message: &AddressMessage) -> Option<(u32, Ipv4Net)> {
    let local = message.attributes.iter().find_map(|a| match a {
        AddressAttribute::Local(IpAddr::V4(ip)) => Some(*ip),
        _ => None,
    })?;
    let net = Ipv4Net::new(local, message.header.prefix_len).ok()?;
    Some((message.header.index, net))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESSES: [(u32, &str); 4] =
        [(1, "127.0.0.1/8"), (2, "192.0.2.7/24"), (2, "198.51.100.7/25"), (3, "203.0.113.7/24")];

    /// What is found through interface 2, as `host subnet gateway`.
    #[track_caller]
    fn check(wanted: Option<&str>, gateways: &[(u32, &str)], expect: &str) {
        let addresses = ADDRESSES.map(|(index, net)| (index, net.parse().unwrap()));
        let way = |(interface, gateway): &(u32, &str)| DefaultRoute {
            interface: *interface,
            gateway: gateway.parse().ok(),
            metric: 0,
        };
        let defaults: Vec<_> = gateways.iter().map(way).collect();
        let place = Place::of(2, &addresses, wanted.map(|net| net.parse().unwrap()), &defaults);
        let shown = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        let (host, subnet) =
            (place.host_ip.map(|ip| ip.to_string()), place.subnet.map(|net| net.to_string()));
        let gateway = place.gateway.map(|ip| ip.to_string());
        assert_eq!(format!("{} {} {}", shown(host), shown(subnet), shown(gateway)), expect);
    }

    #[test]
    fn a_place_is_that_of_the_interface_and_the_subnet() {
        check(None, &[(2, "192.0.2.1")], "192.0.2.7 192.0.2.0/24 192.0.2.1");
        check(None, &[(3, "203.0.113.1")], "192.0.2.7 192.0.2.0/24 -");
        check(None, &[(2, "198.51.100.1")], "192.0.2.7 192.0.2.0/24 -");
        check(Some("198.51.100.0/24"), &[(2, "198.51.100.1")], "198.51.100.7 198.51.100.0/24 198.51.100.1");
        check(Some("10.0.0.9/8"), &[(2, "192.0.2.1")], "192.0.2.7 10.0.0.0/8 -");
        check(Some("192.0.2.64/26"), &[(2, "none")], "192.0.2.7 192.0.2.64/26 -");
    }

    #[test]
    fn the_cheapest_default_route_names_the_interface() {
        let interface = |index: u32| Interface {
            index,
            name: format!("if{index}"),
            kind: decnet_proto::site::LinkKind::Ethernet,
            up: true,
            mac: None,
            controller: None,
            parent: None,
            driver: None,
        };
        let all = [interface(1), interface(2)];
        let way = |interface, metric| DefaultRoute { interface, gateway: None, metric };
        let named = |defaults: &[DefaultRoute]| choose(&all, None, defaults).map(|i| i.name.clone()).ok();
        assert_eq!(named(&[way(1, 600), way(2, 100)]).as_deref(), Some("if2"));
        assert_eq!(named(&[way(9, 0)]), None, "an interface that is gone");
        assert_eq!(named(&[]), None);
    }
}
