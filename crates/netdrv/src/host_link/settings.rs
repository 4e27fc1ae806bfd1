//! Kernel settings of the host link.

use std::{fs, io};

use crate::error::{NEEDS_NET_ADMIN, NetError};

/// Each setting below `/proc/sys/net`, with the link's name for `{}`, and its value.
const SETTINGS: [(&str, &str); 5] = [
    // The link speaks no IPv6: no router solicitation from it, no address learned on it.
    ("ipv6/conf/{}/disable_ipv6", "1"),
    // It answers ARP only to those whom the host reaches through it: its deckies. To the rest
    // of the LAN the parent answers, with its own Ethernet address.
    ("ipv4/conf/{}/arp_filter", "1"),
    // It answers for its own address only, not for others of the host.
    ("ipv4/conf/{}/arp_ignore", "1"),
    // Where it has to ask, it asks with its own address, not with others of the host.
    ("ipv4/conf/{}/arp_announce", "2"),
    // IPvlan hands frames for the host's address to this link; what comes from the rest of the
    // LAN must not be dropped because its way back is the parent.
    ("ipv4/conf/{}/rp_filter", "2"),
];

pub(super) fn write(link: &str) -> Result<(), NetError> {
    for (setting, value) in SETTINGS {
        let path = format!("/proc/sys/net/{}", setting.replace("{}", link));
        match fs::write(&path, value) {
            // A kernel without IPv6 needs no switch for it.
            Err(e) if e.kind() == io::ErrorKind::NotFound && setting.starts_with("ipv6") => {}
            Err(e) => return Err(NetError::of(format!("write {value} to {path}"), e, NEEDS_NET_ADMIN)),
            Ok(()) => {}
        }
    }
    Ok(())
}
