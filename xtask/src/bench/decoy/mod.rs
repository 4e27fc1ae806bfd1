//! The decoy beside the real products, in a network namespace with nothing but loopback.

mod datagrams;
mod descriptors;
mod flood;
mod idle;
mod rates;
pub(super) mod subject;

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context, Result};
use lab::process::{command, run as run_command};
use nix::sched::{CloneFlags, unshare};

use super::{peer, row::Row};
use crate::image::{self, Profile};

/// Runs every part and gives back its rows.
pub(super) fn run() -> Result<Vec<Row>> {
    let binary = image::build(Profile::Shipped)?;
    peer::fetch()?;
    alone()?;
    let mut rows = subject::rows(&binary)?;
    rows.extend(rates::rows(&binary)?);
    rows.extend(idle::rows(&binary)?);
    rows.extend(descriptors::rows(&binary)?);
    rows.extend(flood::rows(&binary)?);
    rows.extend(datagrams::rows(&binary)?);
    Ok(rows)
}

/// Goes into a network namespace with nothing but loopback. Whatever is started from here on is in
/// it, and it goes with the last of them.
pub(crate) fn alone() -> Result<()> {
    unshare(CloneFlags::CLONE_NEWNET).context("making a namespace of our own; this needs root")?;
    run_command(&mut command("ip", ["link", "set", "lo", "up"]))
}

/// A port on loopback.
pub(super) fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}
