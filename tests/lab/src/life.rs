//! The lab as a whole: raised, and taken down to nothing.

use anyhow::{Context, Result, bail};
use nix::unistd::geteuid;

use crate::{
    booted, engine, lan,
    marker::{self, Marker},
    packages, swarm,
};

/// What [`up`] had to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Raised {
    /// Nothing: the lab stood.
    Stood,
    /// It was made.
    Made {
        /// Whether the engine was started.
        engine_started: bool,
    },
}

/// Raises the lab, whatever an earlier one left behind.
///
/// # Errors
/// When we are not root, or packages, engine or LAN cannot be had.
pub fn up() -> Result<Raised> {
    require_root()?;
    let found = marker::read()?;
    packages::install_missing()?;
    let answered = engine::answers();
    if found.is_some() && answered && lan::is_up() {
        return Ok(Raised::Stood);
    }
    let mut made = found.unwrap_or_default();
    marker::write(&made)?;
    if !answered {
        made.engine = Some(engine::start()?);
        marker::write(&made)?;
    }
    // Whatever is half there is of a lab that broke off.
    lan::remove()?;
    lan::create()?;
    Ok(Raised::Made { engine_started: !answered })
}

/// Takes down the fleet on the lab's LAN and everything that [`up`] made. Packages stay.
///
/// # Errors
/// When something of it exists and cannot be removed.
pub fn down() -> Result<()> {
    require_root()?;
    if packages::is_installed("ip") {
        swarm::stage::remove()?;
    }
    let Marker { engine, .. } = marker::read()?.unwrap_or_default();
    if engine::answers() {
        engine::remove_fleet_on(lan::PARENT).context("removing the fleet on the lab's LAN")?;
        booted::remove_all()?;
    }
    if packages::is_installed("ip") {
        lan::remove()?;
    }
    if let Some(engine) = engine {
        engine::stop(engine)?;
    }
    marker::remove()
}

fn require_root() -> Result<()> {
    if !geteuid().is_root() {
        bail!("the lab makes network namespaces and needs root: run this with sudo or as root");
    }
    Ok(())
}
