//! Sockets of the machine: what listens, and the visitor's own connection.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use decnet_proto::persona::ProductName;

use super::{Distro, Machine, Via};

/// A socket as `ss` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    /// Whether it is UDP.
    pub udp: bool,
    /// Whether it waits for peers.
    pub listens: bool,
    /// Own end.
    pub local: SocketAddr,
    /// The peer's end.
    pub remote: SocketAddr,
    /// User that made it.
    pub uid: u32,
    /// Number of the socket.
    pub inode: u64,
    /// Name and id of the process.
    pub process: (String, u32),
}

/// Counters of the interfaces.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traffic {
    /// Bytes received and sent.
    pub(crate) bytes: (u64, u64),
    /// Packets received and sent.
    pub(crate) packets: (u64, u64),
    /// Packets dropped on the way in.
    pub(crate) dropped: u64,
    /// Bytes and packets over loopback.
    pub(crate) local: (u64, u64),
}

impl Machine {
    /// Sockets that somebody from `source` sees.
    pub(crate) fn sockets(&self, source: IpAddr) -> Vec<Socket> {
        list(self, source)
    }

    /// Counters at this moment; they grow with the uptime.
    pub(crate) fn traffic(&self) -> Traffic {
        let up = self.uptime().unsigned_abs();
        let rate = 2 + self.number("packets a second", 6);
        let tenths = u64::from(self.now().nanos / 100_000_000);
        let received = up * rate + tenths * rate / 10 + 4_120;
        let sent = received * 11 / 17;
        Traffic {
            bytes: (received * 212 + up % 97, sent * 341 + up % 61),
            packets: (received, sent),
            dropped: up / 61,
            local: (up / 9 * 84 + 21_504, up / 9 + 256),
        }
    }
}

/// Port, process and user of what a product listens on.
const fn port(product: ProductName) -> (u16, &'static str, &'static str) {
    match product {
        ProductName::Apache => (80, "apache2", "root"),
        ProductName::Nginx => (80, "nginx", "root"),
        ProductName::Vsftpd => (21, "vsftpd", "root"),
        ProductName::Proftpd => (21, "proftpd", "root"),
        ProductName::Mariadb => (3_306, "mariadbd", "mysql"),
        ProductName::Mysql => (3_306, "mysqld", "mysql"),
        ProductName::Redis => (6_379, "redis-server", "redis"),
        ProductName::Postfix => (25, "master", "root"),
        ProductName::Snmpd => (161, "snmpd", "root"),
        ProductName::Openssh => (22, "sshd", "root"),
        ProductName::Telnetd => (23, "inetutils-inetd", "root"),
    }
}

/// All sockets that somebody from `source` sees.
pub(crate) fn list(machine: &Machine, source: IpAddr) -> Vec<Socket> {
    let tasks = machine.tasks(source);
    let mut out = Vec::new();
    let mut listen = |local: SocketAddr, udp: bool, name: &str| {
        let task = tasks.iter().find(|task| task.name == name.as_bytes());
        let any: IpAddr =
            if local.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        out.push(Socket {
            udp,
            listens: true,
            local,
            remote: SocketAddr::new(any, 0),
            uid: task.map_or(0, |task| task.uid),
            inode: 12_000 + machine.number(&format!("socket {local} {udp}"), 9_000),
            process: (name.to_owned(), task.map_or(1, |task| task.pid)),
        });
    };
    let any4 = |port| SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
    let any6 = |port| SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
    let ssh = if machine.distro() == Distro::Firmware { "dropbear" } else { "sshd" };
    listen(any4(22), false, ssh);
    listen(any6(22), false, ssh);
    for product in machine.products() {
        let (port, name, _) = port(product);
        match product {
            ProductName::Openssh => {}
            ProductName::Apache => listen(any6(port), false, name),
            ProductName::Snmpd => listen(any4(port), true, name),
            _ => listen(any4(port), false, name),
        }
    }
    match machine.distro() {
        Distro::Ubuntu22 | Distro::Ubuntu20 => {
            let stub = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 53), 53));
            listen(stub, false, "systemd-resolve");
            listen(stub, true, "systemd-resolve");
        }
        Distro::Rocky9 | Distro::Fedora39 | Distro::CentOs7 | Distro::Alpine319 => {
            listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 323)), true, "chronyd");
            listen(SocketAddr::from((Ipv6Addr::LOCALHOST, 323)), true, "chronyd");
        }
        _ => {}
    }
    out.extend(visitors(machine, source));
    out
}

/// The connections that the visitor came by.
fn visitors(machine: &Machine, source: IpAddr) -> impl Iterator<Item = Socket> {
    machine.connections(source).into_iter().map(move |(remote, via, pid)| {
        let (port, name) = match via {
            Via::Ssh => (22, "sshd"),
            Via::Telnet => (23, "in.telnetd"),
        };
        Socket {
            udp: false,
            listens: false,
            local: SocketAddr::from((machine.network().address, port)),
            remote,
            uid: 0,
            inode: 22_000 + u64::from(pid) % 40_000,
            process: (name.to_owned(), pid),
        }
    })
}
