//! Host routes through the host link.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

use rtnetlink::{
    Handle, RouteMessageBuilder,
    packet_route::route::{RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteScope},
};

use crate::{error::NetError, netlink};

/// Destinations of the host routes through a link, each with its source address.
pub(super) async fn get(
    netlink: &Handle,
    index: u32,
) -> Result<BTreeMap<Ipv4Addr, Option<Ipv4Addr>>, NetError> {
    let all = RouteMessageBuilder::<Ipv4Addr>::new().build();
    let all = netlink::collect("list the routes", netlink.route().get(all).execute()).await?;
    Ok(all.iter().filter(|route| is_ours(route, index)).filter_map(ends).collect())
}

/// Makes the host routes through a link lead to exactly these addresses.
pub(super) async fn set(
    netlink: &Handle,
    index: u32,
    source: Ipv4Addr,
    wanted: BTreeSet<Ipv4Addr>,
) -> Result<(), NetError> {
    let present = get(netlink, index).await?;
    for ip in present.keys().filter(|ip| !wanted.contains(ip)) {
        let attempt = netlink::failed(format!("remove the route to {ip}"));
        netlink.route().del(route(index, *ip).build()).execute().await.map_err(attempt)?;
    }
    for ip in wanted.into_iter().filter(|ip| present.get(ip) != Some(&Some(source))) {
        let attempt = netlink::failed(format!("add the route to {ip}"));
        let route = route(index, ip).pref_source(source).build();
        netlink.route().add(route).replace().execute().await.map_err(attempt)?;
    }
    Ok(())
}

fn route(index: u32, ip: Ipv4Addr) -> RouteMessageBuilder<Ipv4Addr> {
    RouteMessageBuilder::<Ipv4Addr>::new()
        .destination_prefix(ip, 32)
        .output_interface(index)
        .scope(RouteScope::Link)
}

fn is_ours(route: &RouteMessage, index: u32) -> bool {
    route.header.table == RouteHeader::RT_TABLE_MAIN
        && route.header.destination_prefix_length == 32
        && route.attributes.contains(&RouteAttribute::Oif(index))
}

fn ends(route: &RouteMessage) -> Option<(Ipv4Addr, Option<Ipv4Addr>)> {
    let (mut destination, mut source) = (None, None);
    for attribute in &route.attributes {
        match attribute {
            RouteAttribute::Destination(RouteAddress::Inet(ip)) => destination = Some(*ip),
            RouteAttribute::PrefSource(RouteAddress::Inet(ip)) => source = Some(*ip),
            _ => {}
        }
    }
    destination.map(|destination| (destination, source))
}
