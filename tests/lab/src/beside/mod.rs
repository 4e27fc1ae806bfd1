//! Ours beside the real product: the same client, the same words, the answers compared.

pub mod conversations;
pub mod guessing;
pub mod intrusion;
pub mod mysql;
pub mod snmp;
pub mod ssh;
pub mod telnet;

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use crate::lan;

/// What a service answers to bytes, and how it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// All that it said.
    pub bytes: Vec<u8>,
    /// Whether it closed within the time that it was given.
    pub closed: bool,
}

/// Connects, sends `probe`, and reads until the peer closes, says more than 64 KiB or `limit` is
/// over. To be called in the attacker's namespace.
///
/// # Errors
/// When the connection is refused.
pub fn ask(address: SocketAddr, probe: &[u8], limit: Duration) -> Result<Answer> {
    let end = Instant::now() + limit;
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))
        .with_context(|| format!("connecting to {address}"))?;
    // A peer that closed already lets the write fail; what it said still counts.
    let _ = stream.write_all(probe);
    let mut bytes = Vec::new();
    let mut piece = vec![0; 16 * 1024];
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() || bytes.len() > 64 * 1024 {
            return Ok(Answer { bytes, closed: false });
        }
        stream.set_read_timeout(Some(left)).context("setting a limit")?;
        match stream.read(&mut piece) {
            Ok(0) => return Ok(Answer { bytes, closed: true }),
            Ok(length) => bytes.extend_from_slice(piece.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                return Ok(Answer { bytes, closed: true });
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                return Ok(Answer { bytes, closed: false });
            }
            Err(error) => return Err(error).with_context(|| format!("reading from {address}")),
        }
    }
}

/// Asks the real one and ours the same and compares what they say line by line, apart from their
/// addresses; gives back how many lines they say.
fn same_of_both(what: &str, hosts: [Ipv4Addr; 2], of: impl Fn(Ipv4Addr) -> Result<String>) -> Result<usize> {
    let said = |host: Ipv4Addr, name: &'static str| {
        let said = of(host).with_context(|| name)?.replace(&host.to_string(), "HOST");
        // The real one is asked by the host that it runs on.
        Ok::<_, anyhow::Error>(said.replace(&lan::ATTACKER_IP.to_string(), "HOST"))
    };
    let [real, ours] = hosts;
    same_text(what, &said(real, "the real one")?, &said(ours, "ours")?)
}

/// Compares two texts line by line; the first difference is the error.
///
/// # Errors
/// When they differ.
pub fn same_text(what: &str, real: &str, ours: &str) -> Result<usize> {
    let (mut left, mut right) = (real.lines(), ours.lines());
    let mut number = 0;
    loop {
        number += 1;
        match (left.next(), right.next()) {
            (None, None) => return Ok(number - 1),
            (one, other) => {
                ensure!(one == other, "{what}, line {number}: the real one has {one:?}, ours {other:?}");
            }
        }
    }
}

/// A text whose numbers are blanked, and the spaces that depend on how long they are.
fn without_figures(text: &str) -> String {
    let mut blanked = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' if blanked.ends_with('#') => {}
            '0'..='9' => blanked.push('#'),
            ' ' | '-' if blanked.ends_with(c) => {}
            c => blanked.push(c),
        }
    }
    blanked
}
