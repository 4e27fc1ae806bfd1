//! What the machine has on its network, in the words that several programs share.

use std::net::{IpAddr, SocketAddr};

use crate::{
    machine::{Distro, Maker, Socket},
    shell::Process,
};

/// One interface as programs show it.
#[derive(Clone, Debug)]
pub(super) struct Interface {
    pub(super) index: u8,
    pub(super) name: &'static str,
    pub(super) loopback: bool,
    /// Ethernet address as text.
    pub(super) mac: String,
    /// Address, prefix and broadcast address.
    pub(super) inet: (IpAddr, u8, Option<IpAddr>),
    pub(super) inet6: (IpAddr, u8),
    pub(super) mtu: u32,
    pub(super) queue: &'static str,
    /// Further names.
    pub(super) also: Option<&'static str>,
    /// Received: bytes, packets, dropped; sent: bytes, packets.
    pub(super) counters: [u64; 5],
}

/// The interfaces, the loopback first.
pub(super) fn interfaces(process: &Process) -> [Interface; 2] {
    let machine = &process.machine;
    let (net, traffic) = (machine.network(), machine.traffic());
    let loopback = Interface {
        index: 1,
        name: "lo",
        loopback: true,
        mac: "00:00:00:00:00:00".into(),
        inet: (IpAddr::from([127, 0, 0, 1]), 8, None),
        inet6: (std::net::Ipv6Addr::LOCALHOST.into(), 128),
        mtu: 65_536,
        queue: "noqueue",
        also: None,
        counters: [traffic.local.0, traffic.local.1, 0, traffic.local.0, traffic.local.1],
    };
    let (bytes, packets) = (traffic.bytes, traffic.packets);
    let own = Interface {
        index: 2,
        name: net.interface,
        loopback: false,
        mac: net.mac.to_string(),
        inet: (net.address.into(), net.prefix, Some(net.broadcast().into())),
        inet6: (net.link_local().into(), 64),
        mtu: 1_500,
        queue: queue(machine.distro(), machine.hardware().maker),
        also: also(net.interface),
        counters: [bytes.0, packets.0, traffic.dropped, bytes.1, packets.1],
    };
    [loopback, own]
}

/// How packets wait: several queues where the card has them.
const fn queue(distro: Distro, maker: Maker) -> &'static str {
    match (distro, maker) {
        (Distro::Alpine319 | Distro::CentOs7, Maker::Qemu) => "pfifo_fast",
        (_, Maker::Qemu | Maker::Board) => "fq_codel",
        _ => "mq",
    }
}

/// The name that the place of the card gives, beside the one of its slot.
fn also(name: &str) -> Option<&'static str> {
    match name {
        "ens18" => Some("enp0s18"),
        "ens192" => Some("enp11s0"),
        "eno1" => Some("enp2s0f0"),
        "eno1np0" => Some("enp1s0f0np0"),
        _ => None,
    }
}

/// Whether the distribution's programs and kernel tell of further names.
pub(super) const fn shows_also(distro: Distro) -> bool {
    !matches!(distro, Distro::CentOs7 | Distro::Ubuntu20 | Distro::Alpine319 | Distro::Firmware)
}

/// Sockets in the order of the kernel's tables: TCP, then UDP; IPv4 before IPv6; listening first.
pub(super) fn sockets(process: &Process) -> Vec<Socket> {
    let mut all = process.machine.sockets(process.files.source());
    all.sort_by_key(|socket| (socket.udp, socket.local.is_ipv6(), !socket.listens, socket.local.port()));
    all
}

/// Whether a socket takes IPv4 and IPv6 alike: it is bound to no address of IPv6, and to its port
/// nobody else is.
pub(super) fn is_dual(socket: &Socket, all: &[Socket]) -> bool {
    let twin = all.iter().any(|other| {
        other.udp == socket.udp
            && other.local.port() == socket.local.port()
            && other.local.is_ipv4()
            && other.listens
    });
    socket.listens && socket.local.is_ipv6() && socket.local.ip().is_unspecified() && !twin
}

/// The name of a port, of `/etc/services` as the visitor sees it.
pub(super) fn services(process: &Process) -> impl Fn(&SocketAddr, bool) -> Option<String> {
    let table = process.files.read(b"/etc/services").unwrap_or_default();
    let table = super::text(&table);
    move |place, udp| {
        let wanted = format!("{}/{}", place.port(), if udp { "udp" } else { "tcp" });
        table.lines().find_map(|line| {
            let mut words = line.split_whitespace();
            let name = words.next()?;
            (words.next()? == wanted).then(|| name.to_owned())
        })
    }
}
