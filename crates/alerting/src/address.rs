//! From the name of a receiver to a connection.
//!
//! Refused are the addresses that can never be a receiver: none, this network's, link-local ones (among them those at
//! which clouds hand their machines keys), multicast, broadcast and reserved ones. Private addresses and this very
//! machine are where receivers are. What is connected to is an address that was looked at, so that a name which means
//! one thing now and another one in a moment is no way around it.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _},
    time::Duration,
};

use thiserror::Error;
use tokio::{net::TcpStream, time::timeout};

/// Most addresses of a name that are tried.
const TRIED: usize = 4;

/// How long one address is tried while there are others.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where clouds hand out keys beyond the link-local addresses: Alibaba's, Oracle's, Amazon's.
const METADATA: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// Nobody can be reached.
#[derive(Debug, Error)]
pub(crate) enum Unreachable {
    /// The name means nothing.
    #[error("cannot look up {host}")]
    Unknown {
        /// The name.
        host: String,
        /// Why.
        source: io::Error,
    },
    /// The name means no address that may be a receiver.
    #[error("{host} has no address that may be a receiver's")]
    Refused {
        /// The name.
        host: String,
    },
    /// Nobody listens there.
    #[error("cannot connect to {address}")]
    Connect {
        /// The last address that was tried.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

/// The addresses of a receiver that `may` be one, in the order of the system.
pub(crate) async fn resolve(
    host: &str,
    port: u16,
    may: fn(IpAddr) -> bool,
) -> Result<Vec<SocketAddr>, Unreachable> {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let unknown = |host: &str, source| Unreachable::Unknown { host: host.to_owned(), source };
    let name = (host.clone(), port);
    let found = tokio::task::spawn_blocking(move || name.to_socket_addrs()).await;
    let found = found.map_err(io::Error::other).flatten().map_err(|source| unknown(&host, source))?;
    let allowed: Vec<_> = found.filter(|address| may(address.ip())).take(TRIED).collect();
    if allowed.is_empty() { Err(Unreachable::Refused { host }) } else { Ok(allowed) }
}

/// A connection to the first of the addresses that takes one.
pub(crate) async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, Unreachable> {
    let mut last = Unreachable::Refused { host: String::new() };
    for address in addresses {
        let connected = timeout(PATIENCE, TcpStream::connect(address)).await;
        match connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(stream) => return Ok(stream),
            Err(source) => last = Unreachable::Connect { address: *address, source },
        }
    }
    Err(last)
}

/// Whether there can be a receiver.
pub(crate) fn may_receive(address: IpAddr) -> bool {
    let address = embedded(address.to_canonical());
    let possible = match address {
        IpAddr::V4(v4) => {
            let [first, ..] = v4.octets();
            !v4.is_link_local() && (1..224).contains(&first)
        }
        IpAddr::V6(v6) => !v6.is_unspecified() && !v6.is_multicast() && !v6.is_unicast_link_local(),
    };
    possible && !METADATA.contains(&address)
}

/// Whether it is this very machine.
pub(crate) fn is_own(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// The IPv4 address in one that is translated (RFC 6052), or in an old compatible one.
fn embedded(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    match v6.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0, 0, 0, 0, 0, 0, high @ 1..=0xffff, low] => {
            let bits = u32::from(high) << 16 | u32::from(low);
            IpAddr::V4(Ipv4Addr::from_bits(bits))
        }
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_never_be_a_receiver_is_refused() {
        let check = |text: &str, expect| assert_eq!(may_receive(text.parse().unwrap()), expect, "{text}");
        for good in [
            "10.0.0.7",
            "192.168.1.1",
            "127.0.0.1",
            "::1",
            "fd00::7",
            "203.0.113.9",
            "2001:db8::1",
            "64:ff9b::a00:7",
        ] {
            check(good, true);
        }
        for bad in [
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "169.254.1.1",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "::",
            "fe80::1",
            "ff02::1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "::169.254.169.254",
            "fd00:ec2::254",
            "100.100.100.200",
            "192.0.0.192",
        ] {
            check(bad, false);
        }
    }

    #[tokio::test]
    async fn names_and_addresses_lead_to_addresses() {
        let own = "127.0.0.1:7".parse().unwrap();
        assert_eq!(resolve("127.0.0.1", 7, may_receive).await.unwrap(), [own]);
        assert_eq!(resolve("[::1]", 7, may_receive).await.unwrap(), ["[::1]:7".parse().unwrap()]);
        assert!(resolve("localhost", 7, is_own).await.unwrap().iter().all(|address| address.port() == 7));
        let refused = resolve("169.254.169.254", 80, may_receive).await;
        assert!(matches!(refused, Err(Unreachable::Refused { .. })));
        assert!(matches!(resolve("10.0.0.1", 25, is_own).await, Err(Unreachable::Refused { .. })));
        assert!(matches!(resolve("no name", 7, may_receive).await, Err(Unreachable::Unknown { .. })));
    }
}
