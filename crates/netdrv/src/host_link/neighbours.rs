//! Permanent entries of the neighbour table: whose Ethernet address is known asks nobody.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
};

use decnet_proto::mac::Mac;
use rtnetlink::{
    Handle,
    packet_route::{
        AddressFamily,
        neighbour::{NeighbourAddress, NeighbourAttribute, NeighbourMessage, NeighbourState},
    },
};

use super::Deckies;
use crate::{error::NetError, netlink};

/// The permanent entries of a link.
pub(super) async fn get(netlink: &Handle, index: u32) -> Result<BTreeMap<Ipv4Addr, Mac>, NetError> {
    Ok(permanent(netlink, index).await?.iter().filter_map(entry).collect())
}

/// Makes the permanent entries of a link exactly those that are known.
pub(super) async fn set(netlink: &Handle, index: u32, wanted: &Deckies) -> Result<(), NetError> {
    let wanted: BTreeMap<_, _> = wanted.iter().filter_map(|(ip, mac)| mac.map(|mac| (*ip, mac))).collect();
    let mut present = BTreeMap::new();
    for message in permanent(netlink, index).await? {
        match entry(&message) {
            Some((ip, mac)) if wanted.contains_key(&ip) => _ = present.insert(ip, mac),
            _ => {
                let attempt = netlink::failed("remove an old neighbour of the host link");
                netlink.neighbours().del(message).execute().await.map_err(attempt)?;
            }
        }
    }
    for (ip, mac) in wanted.iter().filter(|(ip, mac)| present.get(ip) != Some(mac)) {
        let attempt = netlink::failed(format!("make {ip} known as {mac}"));
        let request = netlink.neighbours().add(index, IpAddr::V4(*ip)).link_layer_address(&mac.0);
        request.replace().execute().await.map_err(attempt)?;
    }
    Ok(())
}

async fn permanent(netlink: &Handle, index: u32) -> Result<Vec<NeighbourMessage>, NetError> {
    let all = netlink.neighbours().get().set_address_family(AddressFamily::Inet).execute();
    let mut all = netlink::collect("list the neighbours", all).await?;
    all.retain(|m| m.header.ifindex == index && m.header.state == NeighbourState::Permanent);
    Ok(all)
}

fn entry(message: &NeighbourMessage) -> Option<(Ipv4Addr, Mac)> {
    let (mut ip, mut mac) = (None, None);
    for attribute in &message.attributes {
        match attribute {
            NeighbourAttribute::Destination(NeighbourAddress::Inet(found)) => ip = Some(*found),
            NeighbourAttribute::LinkLayerAddress(bytes) => mac = bytes.as_slice().try_into().ok().map(Mac),
            _ => {}
        }
    }
    ip.zip(mac)
}
