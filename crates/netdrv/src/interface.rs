//! The interfaces of a host.

use std::path::Path;

use decnet_proto::{mac::Mac, plan::LinkDriver, site::LinkKind};
use rtnetlink::{
    Handle,
    packet_route::link::{InfoKind, LinkAttribute, LinkFlags, LinkInfo, LinkLayerType, LinkMessage},
};

use crate::{error::NetError, netlink};

/// An interface, as far as it matters to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its number.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: LinkKind,
    /// Whether it is up.
    pub up: bool,
    /// Its Ethernet address.
    pub mac: Option<Mac>,
    /// Number of the bridge or bond that it is a port of.
    pub controller: Option<u32>,
    /// Number of the interface that it is built on.
    pub parent: Option<u32>,
    /// Our driver, if it is a link of that kind.
    pub driver: Option<LinkDriver>,
}

/// Every interface of this network namespace.
///
/// # Errors
/// When netlink refuses.
pub async fn interfaces() -> Result<Vec<Interface>, NetError> {
    list(&netlink::open()?).await
}

pub(crate) async fn list(netlink: &Handle) -> Result<Vec<Interface>, NetError> {
    let answers = netlink::collect("list the interfaces", netlink.link().get().execute()).await?;
    Ok(answers.into_iter().map(from_message).collect())
}

/// Finds an interface by its name.
pub(crate) fn named<'a>(all: &'a [Interface], name: &str) -> Result<&'a Interface, NetError> {
    all.iter()
        .find(|i| i.name == name)
        .ok_or_else(|| NetError::InterfaceMissing { name: name.to_owned(), available: parents(all) })
}

/// Names of the interfaces that links can be built on.
pub(crate) fn parents(all: &[Interface]) -> Vec<String> {
    all.iter()
        .filter(|i| i.kind != LinkKind::Other && i.driver.is_none() && i.controller.is_none())
        .map(|i| i.name.clone())
        .collect()
}

fn from_message(message: LinkMessage) -> Interface {
    let ethernet = message.header.link_layer_type == LinkLayerType::Ether;
    let mut interface = Interface {
        index: message.header.index,
        name: String::new(),
        kind: LinkKind::Other,
        up: message.header.flags.contains(LinkFlags::Up),
        mac: None,
        controller: None,
        parent: None,
        driver: None,
    };
    for attribute in message.attributes {
        match attribute {
            LinkAttribute::IfName(name) => interface.name = name,
            LinkAttribute::Address(bytes) if ethernet => interface.mac = bytes.try_into().ok().map(Mac),
            LinkAttribute::Controller(index) => interface.controller = Some(index),
            LinkAttribute::Link(index) => interface.parent = Some(index),
            LinkAttribute::LinkInfo(infos) => interface.driver = infos.iter().find_map(driver),
            _ => {}
        }
    }
    if ethernet {
        interface.kind = if is_wifi(&interface.name) { LinkKind::Wifi } else { LinkKind::Ethernet };
    }
    interface
}

fn driver(info: &LinkInfo) -> Option<LinkDriver> {
    match info {
        LinkInfo::Kind(InfoKind::MacVlan) => Some(LinkDriver::Macvlan),
        LinkInfo::Kind(InfoKind::IpVlan) => Some(LinkDriver::Ipvlan),
        _ => None,
    }
}

/// Whether the kernel says so in sysfs: netlink shows a Wi-Fi interface as plain Ethernet.
/// The name comes from the kernel, which allows no slash in it.
fn is_wifi(name: &str) -> bool {
    let device = Path::new("/sys/class/net").join(name);
    device.join("wireless").exists() || device.join("phy80211").exists()
}
