//! Connections that say nothing: two thousand beside another client that does, and as many as the
//! product lets be on the services that greet.

use std::{
    io::Read,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
    os::fd::AsRawFd,
    path::Path,
    time::Duration,
};

use anyhow::{Context, Result};
use decnet_proto::service::ServiceId;
use lab::wait;
use nix::sys::{
    resource::{Resource, getrlimit, setrlimit},
    socket::{AddressFamily, SockFlag, SockType, SockaddrIn, bind, connect, socket},
};

use super::{
    local,
    subject::{self, port},
};
use crate::bench::{
    load::{self, Answer, Talk},
    played::{EVERY, SERVICES},
    process::Server,
    row::{Row, Target},
};

/// Connections that stay silent, over two source addresses: one alone may not have so many.
const SILENT: usize = 2_000;
/// Connections before those that are counted.
const FIRST: usize = 8;
/// Conversations whose times are taken.
const COUNT: usize = 2_000;

const PING: Talk = Talk { greeted: false, request: b"PING\r\n", answer: Answer::Line };

/// Services that speak first, and how many silent connections each lets be: `MaxStartups` of sshd
/// and `max_connections` of MariaDB leave room for no more.
const GREETING: [(ServiceId, usize); 3] =
    [(ServiceId::Mysql, 150), (ServiceId::Ssh, 100), (ServiceId::Telnet, SILENT)];

/// What the silent ones cost the other, and what they weigh.
pub(super) fn rows(binary: &Path) -> Result<Vec<Row>> {
    raise_file_limit()?;
    let redis: Vec<_> = SERVICES.into_iter().filter(|(id, ..)| *id == ServiceId::Redis).collect();
    let server = subject::start(binary, &redis)?;
    let address = local(port(ServiceId::Redis));
    // Warm, so that memory that is claimed once is not counted to the connections.
    load::run(address, PING, 4, 400)?;
    let alone = best_p99(address)?;
    let before = settled(&server);
    let silent = silent(address, SILENT)?;
    wait::pause(Duration::from_millis(500));
    let each = (settled(&server) - before) / SILENT as f64;
    let beside = best_p99(address)?;
    drop(silent);
    drop(server);
    let mut rows = vec![
        Row {
            what: "2,000 idle connections: another client's p99, extra".to_owned(),
            figure: beside - alone,
            unit: "ms",
            target: Target::AtMost(2.0),
            detail: format!("p99 {beside:.2} ms, without them {alone:.2} ms"),
        },
        Row {
            what: "2,000 idle connections: memory of each".to_owned(),
            figure: each,
            unit: "KiB",
            target: Target::AtMost(4.0),
            detail: format!("{before:.0} KiB before"),
        },
    ];
    for (service, count) in GREETING {
        rows.push(greeted(binary, service, count)?);
    }
    Ok(rows)
}

/// What connections weigh that were greeted and say nothing.
fn greeted(binary: &Path, service: ServiceId, count: usize) -> Result<Row> {
    let played: Vec<_> = EVERY.into_iter().filter(|(id, ..)| *id == service).collect();
    let server = subject::start(binary, &played)?;
    let address = local(port(service));
    // Some, and gone again, so that what is claimed for first visitors is not counted.
    drop(waiting(address, FIRST)?);
    let before = settled(&server);
    let kept = waiting(address, count)?;
    let each = (settled(&server) - before) / kept.len() as f64;
    Ok(Row {
        what: format!("idle connections to {service}: memory of each"),
        figure: each,
        unit: "KiB",
        target: Target::AtMost(4.0),
        detail: format!("{} connections; {before:.0} KiB before", kept.len()),
    })
}

/// Those of so many connections that were greeted and not turned away. They come one after the
/// other, so that what is turned away leaves no room behind that would be counted to the others.
fn waiting(address: SocketAddr, count: usize) -> Result<Vec<TcpStream>> {
    let mut kept = Vec::new();
    for at in 0..count {
        let mut stream = connect_from(source(at), address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).context("setting a limit")?;
        let mut greeting = [0; 256];
        let length = stream.read(&mut greeting).context("being greeted")?;
        if length > 0 && !greeting.starts_with(b"Exceeded") {
            kept.push(stream);
        }
    }
    Ok(kept)
}

/// Pages of the program do not count: who comes first reads them, and they are the same for all.
fn settled(server: &Server) -> f64 {
    wait::pause(Duration::from_millis(300));
    server.own_kib()
}

fn best_p99(address: SocketAddr) -> Result<f64> {
    let runs = (0..5).map(|_| load::run(address, PING, 1, COUNT).map(|load| load.p99()));
    runs.collect::<Result<Vec<_>>>().map(|p99| p99.into_iter().fold(f64::INFINITY, f64::min))
}

fn silent(address: SocketAddr, count: usize) -> Result<Vec<TcpStream>> {
    (0..count).map(|at| connect_from(source(at), address)).collect()
}

fn source(at: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 0, if at.is_multiple_of(2) { 2 } else { 3 })
}

/// A connection from a chosen address of this machine.
fn connect_from(source: Ipv4Addr, address: SocketAddr) -> Result<TcpStream> {
    let IpAddr::V4(ip) = address.ip() else { anyhow::bail!("{address} is not IPv4") };
    let [a, b, c, d] = source.octets();
    let own = SockaddrIn::new(a, b, c, d, 0);
    let [a, b, c, d] = ip.octets();
    let far = SockaddrIn::new(a, b, c, d, address.port());
    let socket = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)
        .context("making a socket")?;
    bind(socket.as_raw_fd(), &own).with_context(|| format!("taking the address {source}"))?;
    connect(socket.as_raw_fd(), &far).with_context(|| format!("connecting from {source}"))?;
    Ok(socket.into())
}

/// Both ends of the silent connections need a descriptor each.
fn raise_file_limit() -> Result<()> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).context("asking for the limit of open files")?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).context("raising the limit of open files")
}
