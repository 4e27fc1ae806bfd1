//! The link through which a host reaches its own deckies.
//!
//! MACVLAN and IPvlan keep a parent and its links apart, so the host itself cannot reach what
//! everybody else on the LAN can. A further link on the same parent can: it carries the
//! host's own address as a /32 and a host route to each decky, and to nothing else, so no
//! real machine is ever routed through it.
//!
//! The host's address is then on two links with two Ethernet addresses (MACVLAN). So that
//! the LAN keeps seeing one:
//! - the link answers ARP to its deckies only (the settings of [`settings`]);
//! - the link asks nobody: a question by broadcast would carry the host's address with the
//!   link's Ethernet address, and every machine that hears one corrects its table (RFC 826).
//!   The deckies' Ethernet addresses are known from the plan and stand as permanent entries.
//!
//! With IPvlan all links share the parent's Ethernet address, and none of this arises.

mod neighbours;
mod routes;
mod settings;

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
};

use decnet_proto::{mac::Mac, plan::LinkDriver};
use futures_util::TryStreamExt;
use rtnetlink::{
    Handle, LinkUnspec,
    packet_route::address::{AddressAttribute, AddressMessage},
};

use crate::{
    error::NetError,
    interface::{self, Interface},
    link, netlink,
};

/// Addresses of deckies, each with its Ethernet address where it has one of its own.
pub type Deckies = BTreeMap<Ipv4Addr, Option<Mac>>;

/// The link as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostLink {
    /// Its driver: that of the deckies.
    pub driver: LinkDriver,
    /// Its parent: that of the deckies.
    pub parent: String,
    /// The host's own address on the parent.
    pub address: Ipv4Addr,
    /// Whom it reaches.
    pub deckies: Deckies,
}

/// The link as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedHostLink {
    /// Its driver.
    pub driver: LinkDriver,
    /// Its parent, if that still exists.
    pub parent: Option<String>,
    /// Its addresses.
    pub addresses: Vec<Ipv4Addr>,
    /// Whom it reaches.
    pub deckies: Deckies,
}

impl ObservedHostLink {
    /// Whether it is as it should be.
    pub fn satisfies(&self, wanted: &HostLink) -> bool {
        self.is_on(wanted) && self.deckies == wanted.deckies
    }

    /// Whether driver, parent and address are as they should be, whomever it reaches.
    pub fn is_on(&self, wanted: &HostLink) -> bool {
        self.driver == wanted.driver
            && self.parent.as_deref() == Some(&wanted.parent)
            && self.addresses == [wanted.address]
    }
}

/// Makes the link what it should be, whatever it was, and removes that of the other driver.
///
/// # Errors
/// When the parent is missing, the kernel lacks the driver, or `CAP_NET_ADMIN` is missing.
pub async fn ensure(wanted: &HostLink) -> Result<(), NetError> {
    let netlink = netlink::open()?;
    let name = wanted.driver.host_link();
    link::delete(&netlink, other(wanted.driver).host_link()).await?;
    let all = interface::list(&netlink).await?;
    let parent = interface::named(&all, &wanted.parent)?;
    let index = link_on(&netlink, wanted.driver, parent, &all).await?;
    settings::write(name)?;
    set_address(&netlink, index, wanted.address).await?;
    let up = LinkUnspec::new_with_index(index).up().build();
    netlink.link().set(up).execute().await.map_err(netlink::failed(format!("bring {name} up")))?;
    // Entries first: a packet that takes a new route must find its neighbour known.
    neighbours::set(&netlink, index, &wanted.deckies).await?;
    routes::set(&netlink, index, wanted.address, wanted.deckies.keys().copied().collect()).await
}

/// The link as it is, if there is one.
///
/// # Errors
/// When netlink refuses.
pub async fn observe() -> Result<Option<ObservedHostLink>, NetError> {
    let netlink = netlink::open()?;
    let all = interface::list(&netlink).await?;
    let ours =
        |driver: LinkDriver| all.iter().find(|i| i.name == driver.host_link()).map(|link| (driver, link));
    let Some((driver, link)) = ours(LinkDriver::Macvlan).or_else(|| ours(LinkDriver::Ipvlan)) else {
        return Ok(None);
    };
    let parent = all.iter().find(|i| Some(i.index) == link.parent);
    let known = neighbours::get(&netlink, link.index).await?;
    let routes = routes::get(&netlink, link.index).await?;
    Ok(Some(ObservedHostLink {
        driver,
        parent: parent.map(|parent| parent.name.clone()),
        addresses: addresses(&netlink, link.index).await?.iter().filter_map(local).collect(),
        deckies: routes.into_keys().map(|ip| (ip, known.get(&ip).copied())).collect(),
    }))
}

/// Removes the link of a driver, and with it its routes; it is no error when there is none.
///
/// # Errors
/// When `CAP_NET_ADMIN` is missing.
pub async fn remove(driver: LinkDriver) -> Result<(), NetError> {
    link::delete(&netlink::open()?, driver.host_link()).await
}

const fn other(driver: LinkDriver) -> LinkDriver {
    match driver {
        LinkDriver::Macvlan => LinkDriver::Ipvlan,
        LinkDriver::Ipvlan => LinkDriver::Macvlan,
    }
}

/// Number of the link on this parent; one of its name on another parent is replaced.
async fn link_on(
    netlink: &Handle,
    driver: LinkDriver,
    parent: &Interface,
    all: &[Interface],
) -> Result<u32, NetError> {
    let name = driver.host_link();
    let fits = |i: &Interface| i.driver == Some(driver) && i.parent == Some(parent.index);
    match all.iter().find(|i| i.name == name) {
        Some(link) if fits(link) => return Ok(link.index),
        Some(_) => link::delete(netlink, name).await?,
        None => {}
    }
    link::create(netlink, driver, name, parent).await?;
    Ok(interface::named(&interface::list(netlink).await?, name)?.index)
}

async fn set_address(netlink: &Handle, index: u32, wanted: Ipv4Addr) -> Result<(), NetError> {
    let mut present = false;
    for message in addresses(netlink, index).await? {
        match local(&message) == Some(wanted) && message.header.prefix_len == 32 {
            true => present = true,
            false => {
                let attempt = netlink::failed("remove an old address of the host link");
                netlink.address().del(message).execute().await.map_err(attempt)?;
            }
        }
    }
    if present {
        return Ok(());
    }
    let attempt = netlink::failed(format!("give the host link the address {wanted}"));
    netlink.address().add(index, IpAddr::V4(wanted), 32).execute().await.map_err(attempt)
}

async fn addresses(netlink: &Handle, index: u32) -> Result<Vec<AddressMessage>, NetError> {
    let all = netlink.address().get().set_link_index_filter(index).execute();
    let all: Vec<_> = all.try_collect().await.map_err(netlink::failed("list the addresses"))?;
    Ok(all.into_iter().filter(|message| local(message).is_some()).collect())
}

fn local(message: &AddressMessage) -> Option<Ipv4Addr> {
    message.attributes.iter().find_map(|a| match a {
        AddressAttribute::Local(IpAddr::V4(ip)) => Some(*ip),
        _ => None,
    })
}
