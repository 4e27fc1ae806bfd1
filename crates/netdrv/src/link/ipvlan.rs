//! IPvlan in L2 mode: links share the parent's Ethernet address and are told apart by their
//! IP addresses, which Wi-Fi and port security let through.

use rtnetlink::{
    LinkIpVlan,
    packet_route::link::{IpVlanMode, LinkMessage},
};

pub(super) fn message(name: &str, parent: u32) -> LinkMessage {
    LinkIpVlan::new(name, parent, IpVlanMode::L2).build()
}
