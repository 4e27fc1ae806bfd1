//! MACVLAN in bridge mode: every link has an Ethernet address of its own and links of one
//! parent reach each other, but never the parent itself.

use rtnetlink::{
    LinkMacVlan,
    packet_route::link::{LinkMessage, MacVlanMode},
};

pub(super) fn message(name: &str, parent: u32) -> LinkMessage {
    LinkMacVlan::new(name, parent, MacVlanMode::Bridge).build()
}
