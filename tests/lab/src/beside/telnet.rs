//! inetutils' telnet daemon as its clients and a scanner see it, the real one and ours.

use std::{net::Ipv4Addr, time::Duration};

use anyhow::{Context, Result, ensure};

use super::{ask, same_of_both};
use crate::attacker;

/// What clients begin with: nothing, offers, refusals, options nobody knows, a broken subnegotiation.
const BEGINNINGS: &[&[u8]] = &[
    b"",
    b"\xff\xfb\x18\xff\xfb\x20\xff\xfb\x23\xff\xfb\x27",
    b"\xff\xfc\x18\xff\xfc\x20\xff\xfc\x23\xff\xfc\x27",
    b"\xff\xfd\x03\xff\xfb\x18\xff\xfb\x1f",
    b"\xff\xfd\x01\xff\xfd\x03\xff\xfe\x05",
    b"\xff\xfd\xc8\xff\xfb\xc8",
    b"\xff\xfd\x26\xff\xfb\x26",
    b"\xff\xf6",
    b"\xff\xfb\x1f\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0",
];

/// A real daemon and ours, of the same product.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// Address of the real one.
    pub real: Ipv4Addr,
    /// Address of ours.
    pub ours: Ipv4Addr,
}

impl Pair {
    /// Options are negotiated alike, byte for byte, up to the words of the log-in.
    ///
    /// # Errors
    /// When they are not.
    pub fn options_are_negotiated_alike(&self) -> Result<String> {
        let mut bytes = 0;
        for beginning in BEGINNINGS {
            let said = |host: Ipv4Addr| -> Result<Vec<u8>> {
                let answer = attacker::inside(|| ask((host, 23).into(), beginning, Duration::from_secs(2)))?;
                Ok(commands(&answer.bytes))
            };
            let (real, ours) = (said(self.real).context("the real one")?, said(self.ours).context("ours")?);
            ensure!(real == ours, "to {beginning:02x?} the real one answers {real:02x?}, ours {ours:02x?}");
            bytes += real.len();
        }
        ensure!(bytes > 50, "{bytes} bytes of options");
        Ok(format!("{} beginnings, {bytes} bytes", BEGINNINGS.len()))
    }

    /// nmap's scripts find the same.
    ///
    /// # Errors
    /// When they do not.
    pub fn a_scanner_finds_the_same(&self) -> Result<String> {
        let lines = same_of_both("nmap", [self.real, self.ours], |host| {
            let words = ["-sV", "-n", "-Pn", "-p23", "--script", "telnet-encryption,telnet-ntlm-info,banner"];
            let said = attacker::say("nmap", words.iter().copied().chain([host.to_string().as_str()]))?;
            ensure!(said.contains("telnet-encryption"), "nmap says {said:?}");
            let part = said.lines().filter(|line| line.starts_with("23/") || line.starts_with('|'));
            // Scripts speak in the order in which they happen to end; the last has the corner.
            let mut lines: Vec<_> = part.map(|line| line.trim_start_matches(['|', '_', ' '])).collect();
            lines.sort_unstable();
            Ok(lines.join("\n"))
        })?;
        Ok(format!("{lines} lines"))
    }
}

/// The bytes of telnet's commands (RFC 854), without the text between them.
fn commands(bytes: &[u8]) -> Vec<u8> {
    let mut found = Vec::new();
    let mut rest = bytes.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != 0xff {
            continue;
        }
        found.push(byte);
        let Some(verb) = rest.next() else { break };
        found.push(verb);
        match verb {
            0xfb..=0xfe => found.extend(rest.next()),
            0xfa => {
                let mut last = 0;
                for byte in rest.by_ref() {
                    found.push(byte);
                    if (last, byte) == (0xff, 0xf0) {
                        break;
                    }
                    last = byte;
                }
            }
            _ => {}
        }
    }
    found
}
