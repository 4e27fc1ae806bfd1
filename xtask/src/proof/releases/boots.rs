//! Releases on a machine that boots: systemd starts what is pushed, and the plug is pulled meanwhile.

use anyhow::{Context as _, Result};
use lab::{booted::claims, process, workspace};

use super::super::Ledger;
use crate::{
    image::{self, Profile},
    lab_verb, programs, tty,
};

/// Enters every claim, on one machine.
pub(super) fn run(ledger: &mut Ledger) -> Result<()> {
    let all = [claims::LIGHT, claims::HEAVY].concat();
    if !all.iter().any(|(name, _)| ledger.wants(name)) {
        return Ok(());
    }
    println!("\n{}", tty::bold("a machine that boots"));
    lab_verb::up()?;
    image::build(Profile::Dev)?;
    programs::build()?;
    // Packages bring it.
    let mut manual = process::command("cargo", ["build", "--quiet", "--locked", "--package", "manual"]);
    process::run(manual.current_dir(workspace::root()))?;
    let machine = claims::raise("proof").context("raising a machine that is a swarm")?;
    for (name, claim) in all {
        ledger.enter(name, || claim(&machine));
    }
    Ok(())
}
