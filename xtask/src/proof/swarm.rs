//! Many hosts and one master: enrolment, faults, who is let in where, leaving.

use anyhow::{Context as _, Result, ensure};
use lab::{
    process,
    swarm::{Swarm, claims},
    workspace,
};

use super::Ledger;
use crate::{
    image::{self, Profile},
    lab_verb, programs, tty,
};

/// Enters every claim.
pub(super) fn run(ledger: &mut Ledger) -> Result<()> {
    lab_verb::up()?;
    image::build(Profile::Dev)?;
    programs::build()?;
    let swarm = Swarm::raise(&lab::stage::programs())?;
    for (title, claims) in [("a swarm", claims::LIGHT), ("faults", claims::HEAVY), ("leaving", claims::LAST)]
    {
        println!("\n{}", tty::bold(title));
        for (name, claim) in claims {
            ledger.enter(name, || claim(&swarm));
        }
    }
    lab::swarm::stage::remove().context("taking the swarm down")?;
    println!("\n{}", tty::bold("who is let in where"));
    for (name, package) in [("controller", "decnet-master"), ("agent", "decnet-agent"), ("pki", "decnet-pki")]
    {
        ledger.enter(&format!("every identity at every route: {name}"), || matrix(package));
    }
    Ok(())
}

/// Runs a package's matrix of identities and routes, and gives back its counts.
fn matrix(package: &str) -> Result<String> {
    let arguments = ["nextest", "run", "--locked", "--package", package, "--success-output", "immediate"];
    let mut command = process::command("cargo", arguments);
    let output = command
        .args(["--filterset", "test(matrix)"])
        .current_dir(workspace::root())
        .output()
        .context("starting the tests")?;
    let said = process::both(&output);
    ensure!(output.status.success(), "{}", super::faults(&said));
    let figures: Vec<_> = said.lines().filter_map(|line| line.trim().strip_prefix("matrix: ")).collect();
    ensure!(!figures.is_empty(), "no matrix was tried");
    Ok(figures.join("; "))
}
