//! A hundred mebibytes without a terminator, from one client, to each service.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use lab::wait;

use super::{
    local,
    subject::{self, port},
};
use crate::bench::{
    played::{Played, TALKATIVE},
    process::Server,
    row::{Row, Target},
};

/// Bytes that are sent, if the service takes them.
const FLOOD: usize = 100 * 1024 * 1024;
/// How long the client goes on.
const PATIENCE: Duration = Duration::from_secs(20);

/// One row for each service.
pub(super) fn rows(binary: &Path) -> Result<Vec<Row>> {
    TALKATIVE.iter().map(|played| row(binary, *played)).collect()
}

fn row(binary: &Path, played: Played) -> Result<Row> {
    let server = subject::start(binary, &[played])?;
    let address = local(port(played.0));
    // Once, so that what is claimed for a first visitor is not counted.
    flood(&server, address, 1024 * 1024)?;
    wait::pause(Duration::from_millis(300));
    let before = server.resident_kib();
    let taken = flood(&server, address, FLOOD)?;
    Ok(Row {
        what: format!("100 MiB without a terminator to {}: growth", played.0),
        figure: (taken.peak - before) / 1024.0,
        unit: "MiB",
        target: Target::AtMost(1.0),
        detail: format!("took {:.1} MiB, {}", taken.bytes as f64 / 1024.0 / 1024.0, taken.end),
    })
}

/// What a service took of it.
struct Taken {
    bytes: usize,
    /// Most resident memory meanwhile, in KiB.
    peak: f64,
    end: &'static str,
}

fn flood(server: &Server, address: SocketAddr, length: usize) -> Result<Taken> {
    let mut stream = TcpStream::connect(address).with_context(|| format!("connecting to {address}"))?;
    stream.set_write_timeout(Some(Duration::from_millis(500))).context("setting a limit")?;
    stream.set_nonblocking(false).context("waiting for writes")?;
    let piece = [b'A'; 64 * 1024];
    let mut taken = Taken { bytes: 0, peak: server.resident_kib(), end: "kept the connection" };
    let end = Instant::now() + PATIENCE;
    while taken.bytes < length && Instant::now() < end {
        match stream.write(&piece) {
            Ok(written) => taken.bytes += written,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => {
                taken.end = "closed";
                break;
            }
        }
        read_away(&mut stream);
        if taken.bytes.is_multiple_of(16 * piece.len()) {
            taken.peak = taken.peak.max(server.resident_kib());
        }
    }
    taken.peak = taken.peak.max(server.resident_kib());
    Ok(taken)
}

/// Reads what was answered, so that nobody waits for us.
fn read_away(stream: &mut TcpStream) {
    let mut answer = [0; 4096];
    if stream.set_nonblocking(true).is_ok() {
        while stream.read(&mut answer).is_ok_and(|length| length > 0) {}
    }
    // Where it fails, the next write tells.
    let _ = stream.set_nonblocking(false);
}
