//! What becomes of the attempt to reach another host: the firewall before the machine lets
//! nothing out, so that names are not resolved and connections are refused. Nothing here ever
//! sends a packet.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use decnet_event::Kind;

use crate::shell::Process;

/// Why no connection came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Nothing listens there.
    Refused,
    /// The firewall, or a host that does not exist.
    NoRoute,
    /// No way to networks of that family.
    NoNetwork,
    /// What listens closed the connection at once.
    Reset,
}

impl Failure {
    /// As `strerror` says it.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Refused => "Connection refused",
            Self::NoRoute => "No route to host",
            Self::NoNetwork => "Network is unreachable",
            Self::Reset => "Connection reset by peer",
        }
    }

    /// As events say it.
    const fn status(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::NoRoute | Self::NoNetwork => "unreachable",
            Self::Reset => "reset",
        }
    }
}

/// Why a name has no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// The name servers do not answer.
    Temporary,
    /// It cannot be a name.
    Never,
}

impl Unknown {
    /// As `gai_strerror` says it.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Temporary => "Temporary failure in name resolution",
            Self::Never => "Name or service not known",
        }
    }
}

/// An IPv4 address as `inet_aton` reads it: of one to four numbers.
pub(super) fn numeric(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Some(address);
    }
    let mut value: u32 = 0;
    let parts: Vec<&str> = host.split('.').collect();
    let (last, front) = parts.split_last()?;
    if front.len() > 3 {
        return None;
    }
    for (place, part) in front.iter().enumerate() {
        let number = integer(part).filter(|number| *number < 256)?;
        value |= number << (24 - 8 * place);
    }
    let rest = integer(last)?;
    let room = 32 - 8 * u32::try_from(front.len()).ok()?;
    (u64::from(rest) < 1_u64 << room).then_some(Ipv4Addr::from(value | rest).into())
}

fn integer(text: &str) -> Option<u32> {
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u32::from_str_radix(digits, 16).ok();
    }
    if text.len() > 1 && text.starts_with('0') {
        return u32::from_str_radix(text, 8).ok();
    }
    if text.starts_with('+') { None } else { text.parse().ok() }
}

/// Addresses of a host, as the visitor's own `/etc/hosts` has them.
pub(super) async fn lookup(process: &Process, host: &str) -> Result<Vec<IpAddr>, Unknown> {
    if let Some(address) = numeric(host) {
        return Ok(vec![address]);
    }
    let known = hosts(process, host);
    if !known.is_empty() {
        return Ok(known);
    }
    let fine = |label: &str| !label.is_empty() && label.len() < 64;
    let name = host.strip_suffix('.').unwrap_or(host);
    if name.len() > 253
        || !name.split('.').all(fine)
        || name.contains(|c: char| c.is_whitespace() || c.is_control())
    {
        return Err(Unknown::Never);
    }
    pause(process, 4).await;
    Err(Unknown::Temporary)
}

fn hosts(process: &Process, host: &str) -> Vec<IpAddr> {
    let text = process.files.read(b"/etc/hosts").unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mut out = Vec::new();
    for line in text.lines().take(1_000) {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let Some(address) = words.next().and_then(|word| word.parse().ok()) else { continue };
        if words.any(|word| word.eq_ignore_ascii_case(host)) && !out.contains(&address) {
            out.push(address);
        }
    }
    out.sort_by_key(IpAddr::is_ipv4);
    out
}

/// The address that an IPv4 program takes: the first of that family, if there is one.
pub(super) async fn lookup_first(process: &Process, host: &str) -> Result<IpAddr, Unknown> {
    let all = lookup(process, host).await?;
    all.iter().find(|address| address.is_ipv4()).or(all.first()).copied().ok_or(Unknown::Temporary)
}

/// How long an answer from the gateway takes, in microseconds.
pub(super) fn round_trip(process: &Process) -> u64 {
    let machine = &process.machine;
    180 + machine.number("round trip", 700) + u64::from(machine.now().nanos / 1_000) % 97
}

/// Waits for `times` answers of the gateway.
pub(super) async fn pause(process: &Process, times: u32) {
    tokio::time::sleep(Duration::from_micros(round_trip(process)) * times).await;
}

/// Whether an address is the machine itself.
pub(super) fn is_own(process: &Process, address: IpAddr) -> bool {
    let net = process.machine.network();
    address.is_loopback()
        || address.is_unspecified()
        || address == IpAddr::from(net.address)
        || address == IpAddr::from(net.link_local())
}

/// Whether an address is in the machine's network.
pub(super) fn is_near(process: &Process, address: IpAddr) -> bool {
    let net = process.machine.network();
    let IpAddr::V4(address) = address else { return false };
    u32::from(address) & u32::from(net.mask()) == u32::from(net.network())
}

/// Tries to connect, and takes as long as it takes to fail.
pub(super) async fn connect(process: &Process, address: IpAddr, port: u16) -> Failure {
    let net = process.machine.network();
    if is_own(process, address) {
        let sockets = process.machine.sockets(process.files.source());
        let listens =
            |socket: &crate::machine::Socket| socket.listens && !socket.udp && socket.local.port() == port;
        return if sockets.iter().any(listens) { Failure::Reset } else { Failure::Refused };
    }
    if address.is_ipv6() {
        return Failure::NoNetwork;
    }
    if address == IpAddr::from(net.gateway) {
        pause(process, 1).await;
        return Failure::Refused;
    }
    if is_near(process, address) {
        // Nobody answers the three questions for the Ethernet address.
        tokio::time::sleep(Duration::from_millis(3_060 + process.machine.number("arp", 40))).await;
    } else {
        pause(process, 2).await;
    }
    Failure::NoRoute
}

/// Tells that something was to be fetched.
pub(super) fn fetch(process: &Process, url: &str, why: Result<Failure, Unknown>) {
    let status = why.map_or("unresolved", Failure::status);
    let path = super::clipped(url.as_bytes());
    process.seat.witness().emit(Kind::DownloadAttempt { path, status });
}

/// Tells that another host was to be reached.
pub(super) fn call(process: &Process, host: &str, port: Option<u16>, why: Result<Failure, Unknown>) {
    let status = why.map_or("unresolved", Failure::status);
    let target = super::clipped(host.as_bytes());
    let program = super::clipped(process.name());
    process.seat.witness().emit(Kind::OutboundAttempt { program, target, port, status });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_the_c_library_reads_them() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(numeric(text).map(|a| a.to_string()).as_deref(), expect, "{text}");
        };
        check("203.0.113.9", Some("203.0.113.9"));
        check("203.0.113", Some("203.0.0.113"));
        check("0x7f.1", Some("127.0.0.1"));
        check("3405803785", Some("203.0.113.9"));
        check("[2001:db8::1]", Some("2001:db8::1"));
        check("256.1.1.1", None);
        check("example.com", None);
        check("1.2.3.4.5", None);
        check("", None);
    }

    proptest::proptest! {
        #[test]
        fn any_host_is_read(host in ".{0,40}") {
            let _ = numeric(&host);
        }
    }
}
