//! A hundred mebibytes of datagrams that are no requests, to the service that answers datagrams.

use std::{net::UdpSocket, path::Path, time::Duration};

use anyhow::{Context, Result};
use decnet_proto::service::ServiceId;
use lab::wait;

use super::{
    local,
    subject::{self, port},
};
use crate::bench::{
    played::EVERY,
    process::Server,
    row::{Row, Target},
};

/// Bytes that are sent; those that find no room in the socket are gone.
const FLOOD: usize = 100 * 1024 * 1024;
/// The longest that one datagram may be.
const LONGEST: usize = 65_507;

pub(super) fn rows(binary: &Path) -> Result<Vec<Row>> {
    // The other one, which takes connections, tells when the decoy is there.
    let wanted = [ServiceId::Redis, ServiceId::Snmp];
    let played: Vec<_> = EVERY.into_iter().filter(|(id, ..)| wanted.contains(id)).collect();
    let server = subject::start(binary, &played)?;
    flood(&server, 1024 * 1024)?;
    wait::pause(Duration::from_millis(300));
    let (before, cpu) = (server.resident_kib(), server.cpu_ms());
    let peak = flood(&server, FLOOD)?;
    Ok(vec![Row {
        what: "100 MiB of senseless datagrams to snmp: growth".to_owned(),
        figure: (peak - before) / 1024.0,
        unit: "MiB",
        target: Target::AtMost(1.0),
        detail: format!("{:.0} ms CPU", server.cpu_ms() - cpu),
    }])
}

/// Sends them; the most resident memory meanwhile, in KiB.
fn flood(server: &Server, length: usize) -> Result<f64> {
    let socket = UdpSocket::bind(local(0)).context("making a socket")?;
    let piece = vec![b'A'; LONGEST];
    let mut peak = server.resident_kib();
    for _ in 0..length / LONGEST {
        socket.send_to(&piece, local(port(ServiceId::Snmp))).context("sending a datagram")?;
        peak = peak.max(server.resident_kib());
    }
    Ok(peak)
}
