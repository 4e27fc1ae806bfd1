//! Many hosts and one master: enrolment, faults, who is let in where, leaving.

use anyhow::{Context as _, Result};
use lab::swarm::{Swarm, claims};

use super::{Ledger, figures};
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
    Ok(figures::printed(package, &["--filterset", "test(matrix)"], &[], "matrix: ")?.join("; "))
}
