//! The decoy beside the real products, in a network namespace with nothing but loopback.

mod descriptors;
mod flood;
mod idle;
mod rates;
mod subject;

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
    // Whatever is started from here on has this namespace, which goes with the last of them.
    unshare(CloneFlags::CLONE_NEWNET).context("making a namespace of our own; this needs root")?;
    run_command(&mut command("ip", ["link", "set", "lo", "up"]))?;
    let mut rows = subject::rows(&binary)?;
    rows.extend(rates::rows(&binary)?);
    rows.extend(idle::rows(&binary)?);
    rows.extend(descriptors::rows(&binary)?);
    rows.extend(flood::rows(&binary)?);
    Ok(rows)
}

/// A port on loopback.
fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}
