//! `/proc/net`: interface, routes, neighbours, sockets.

use std::{
    fmt::Write as _,
    net::{IpAddr, Ipv4Addr},
};

use crate::machine::{scene::Scene, sockets};

fn reversed(address: Ipv4Addr) -> String {
    format!("{:08X}", u32::from(address).swap_bytes())
}

pub(super) fn interfaces(scene: &Scene<'_>) -> Vec<u8> {
    let traffic = scene.machine.traffic();
    let mut out = "Inter-|   Receive                                                |  Transmit\n face |bytes    packets \
                   errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n"
        .to_owned();
    let mut row = |name: &str, bytes: (u64, u64), packets: (u64, u64), dropped: u64, multicast: u64| {
        let _ = writeln!(
            out,
            "{name:>6}: {:>7} {:>7}    0 {dropped:>4}    0     0          0 {multicast:>9} {:>8} {:>7}    0    0    0     0       0          0",
            bytes.0, packets.0, bytes.1, packets.1
        );
    };
    row("lo", (traffic.local.0, traffic.local.0), (traffic.local.1, traffic.local.1), 0, 0);
    row(scene.machine.network().interface, traffic.bytes, traffic.packets, traffic.dropped, 0);
    out.into_bytes()
}

pub(super) fn routes(scene: &Scene<'_>) -> Vec<u8> {
    let net = scene.machine.network();
    let mut out = format!(
        "{:<127}\n",
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT"
    );
    let mut row = |destination: Ipv4Addr, gateway: Ipv4Addr, flags: u32, mask: Ipv4Addr| {
        let line = format!(
            "{}\t{}\t{}\t{flags:04X}\t0\t0\t0\t{}\t0\t0\t0",
            net.interface,
            reversed(destination),
            reversed(gateway),
            reversed(mask)
        );
        let _ = writeln!(out, "{line:<127}");
    };
    row(Ipv4Addr::UNSPECIFIED, net.gateway, 3, Ipv4Addr::UNSPECIFIED);
    row(net.network(), Ipv4Addr::UNSPECIFIED, 1, net.mask());
    out.into_bytes()
}

pub(super) fn neighbours(scene: &Scene<'_>) -> Vec<u8> {
    let net = scene.machine.network();
    let mut out =
        "IP address       HW type     Flags       HW address            Mask     Device\n".to_owned();
    let _ = writeln!(
        out,
        "{:<16} 0x1         0x2         {}     *        {}",
        net.gateway.to_string(),
        net.gateway_mac,
        net.interface
    );
    out.into_bytes()
}

pub(super) fn trie(scene: &Scene<'_>) -> Vec<u8> {
    let net = scene.machine.network();
    let (network, prefix, own, last) = (net.network(), net.prefix, net.address, net.broadcast());
    let table = format!(
        "  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n     +-- {network}/{prefix} 2 0 2\n        \
         +-- {network}/{} 2 0 2\n           |-- {network}\n              /{prefix} link UNICAST\n           |-- {own}\n              \
         /32 host LOCAL\n        |-- {last}\n           /32 link BROADCAST\n     +-- 127.0.0.0/8 2 0 2\n        +-- 127.0.0.0/31 1 0 0\n           \
         |-- 127.0.0.0\n              /8 host LOCAL\n           |-- 127.0.0.1\n              /32 host LOCAL\n        |-- 127.255.255.255\n           \
         /32 link BROADCAST\n",
        (prefix + 2).min(30),
    );
    format!("Main:\n{table}Local:\n{table}").into_bytes()
}

pub(super) fn addresses6(scene: &Scene<'_>) -> Vec<u8> {
    let net = scene.machine.network();
    let own: String = net.link_local().octets().iter().map(|b| format!("{b:02x}")).collect();
    format!("{own} 02 40 20 80 {:>8}\n00000000000000000000000000000001 01 80 10 80       lo\n", net.interface)
        .into_bytes()
}

pub(super) fn protocols(_: &Scene<'_>) -> Vec<u8> {
    let mut out = "protocol  size sockets  memory press maxhdr  slab module     cl co di ac io in de sh ss gs se re bi br ha uh gp em\n".to_owned();
    for (name, size, sockets) in [
        ("PACKET", 1_536, 1),
        ("UNIX", 1_024, 74),
        ("RAW", 976, 0),
        ("UDP", 1_152, 2),
        ("TCP", 2_304, 4),
        ("NETLINK", 1_080, 15),
    ] {
        let _ = writeln!(
            out,
            "{name:<9} {size:>4} {sockets:>6}      -1   NI       0   no   kernel      n  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n"
        );
    }
    out.into_bytes()
}

pub(super) fn sockets(scene: &Scene<'_>) -> Vec<u8> {
    let tcp = sockets::list(scene.machine, scene.source);
    let used = tcp.len() + 94;
    let count = |udp: bool| tcp.iter().filter(|s| s.udp == udp).count();
    format!(
        "sockets: used {used}\nTCP: inuse {} orphan 0 tw 0 alloc {} mem 2\nUDP: inuse {} mem 1\nUDPLITE: inuse 0\nRAW: inuse 0\nFRAG: inuse 0 memory 0\n",
        count(false),
        count(false) + 2,
        count(true)
    )
    .into_bytes()
}

fn table(scene: &Scene<'_>, udp: bool, six: bool) -> Vec<u8> {
    let mut out = match (udp, six) {
        (false, false) => format!("{:<149}\n", "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"),
        (true, false) => format!("{:<127}\n", "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops"),
        (false, true) => "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n".to_owned(),
        (true, true) => "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n".to_owned(),
    };
    let list = sockets::list(scene.machine, scene.source);
    let own = list.iter().filter(|socket| socket.udp == udp && socket.local.is_ipv6() == six);
    for (number, socket) in own.enumerate() {
        let state = match (socket.listens, udp) {
            (true, false) => "0A",
            (true, true) => "07",
            (false, _) => "01",
        };
        let end = |address: IpAddr, port: u16| match address {
            IpAddr::V4(address) => format!("{}:{port:04X}", reversed(address)),
            IpAddr::V6(address) => {
                let words = address.octets();
                let text: String = words
                    .chunks(4)
                    .map(|w| w.iter().rev().map(|b| format!("{b:02X}")).collect::<String>())
                    .collect();
                format!("{text}:{port:04X}")
            }
        };
        let line = format!(
            "{number:>4}: {} {} {state} 00000000:00000000 00:00000000 00000000 {:>5}        0 {} {} 0000000000000000{}",
            end(socket.local.ip(), socket.local.port()),
            end(socket.remote.ip(), socket.remote.port()),
            socket.uid,
            socket.inode,
            if udp { 2 } else { 1 },
            if udp { " 0" } else { " 100 0 0 10 0" },
        );
        let _ = if six { writeln!(out, "{line}") } else { writeln!(out, "{line:<149}") };
    }
    out.into_bytes()
}

pub(super) fn tcp(scene: &Scene<'_>) -> Vec<u8> {
    table(scene, false, false)
}

pub(super) fn tcp6(scene: &Scene<'_>) -> Vec<u8> {
    table(scene, false, true)
}

pub(super) fn udp(scene: &Scene<'_>) -> Vec<u8> {
    table(scene, true, false)
}

pub(super) fn udp6(scene: &Scene<'_>) -> Vec<u8> {
    table(scene, true, true)
}

pub(super) fn unix(scene: &Scene<'_>) -> Vec<u8> {
    let mut out = "Num       RefCount Protocol Flags    Type St Inode Path\n".to_owned();
    let paths = [
        "/run/systemd/private",
        "/run/systemd/notify",
        "/run/systemd/journal/stdout",
        "/run/systemd/journal/dev-log",
        "/run/dbus/system_bus_socket",
        "/run/udev/control",
    ];
    for (number, path) in paths.iter().enumerate().filter(|_| scene.machine.distro().has_systemd()) {
        let _ = writeln!(
            out,
            "0000000000000000: 00000002 00000000 00010000 0001 01 {} {path}",
            11_204 + number * 37
        );
    }
    out.into_bytes()
}
