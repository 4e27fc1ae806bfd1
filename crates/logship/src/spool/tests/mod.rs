//! What was acknowledged is there once, whatever happens.

mod cases;
mod recovery;
mod schedule;
mod speed;

use std::path::Path;

use decnet_event::Timestamp;
use decnet_proto::ids::HostId;
use uuid::Uuid;

use super::{Content, Entry, Host, Place, Reader, Spool};
use crate::position::{Gap, Generation, Loss};

const NOW: Timestamp = Timestamp(1_764_154_033_000_042);

fn host(number: u8) -> Host {
    Host { id: HostId(Uuid::from_bytes([number; 16])), name: format!("w{number}").parse().unwrap() }
}

fn generation(number: u8) -> Generation {
    Generation([number; 16])
}

/// Lines from byte `from` on.
fn lines<'a>(host: &'a Host, from: u64, bytes: &'a [u8]) -> Entry<'a> {
    Entry::Lines { host, generation: generation(1), from, to: from + bytes.len() as u64, bytes }
}

fn gap(from: u64, to: u64) -> Gap {
    Gap { generation: generation(1), from, to, why: Loss::Gone }
}

/// The text of all that comes now, gaps as `(from-to)`.
fn read(reader: &mut Reader) -> String {
    let mut out = String::new();
    while let Some(record) = reader.advance().unwrap() {
        match record.content {
            Content::Lines { bytes, .. } => out.push_str(std::str::from_utf8(bytes).unwrap()),
            Content::Gap(Gap { from, to, .. }) => out.push_str(&format!("({from}-{to})\n")),
        }
    }
    out
}

/// All that a spool has, as a new process finds it.
fn all(folder: &Path) -> String {
    read(&mut Spool::open(folder, u64::MAX).unwrap().reader(Place::START))
}
