//! Releases that come to a master's three workers, while somebody asks the deckies.

use anyhow::{Context as _, Result};
use lab::{
    releases::{claims, prober::Prober, stage::Stage},
    swarm::Swarm,
};

use super::super::Ledger;
use crate::{
    image::{self, Profile},
    lab_verb, programs, tty,
};

/// That the deckies answered, over all that was done before.
const ANSWERED: &str = "three workers: the deckies answered all the while";

/// What a claim is called among those of releases.
fn called(name: &str) -> String {
    format!("three workers: {name}")
}

/// Enters every claim.
pub(super) fn run(ledger: &mut Ledger) -> Result<()> {
    let all = || claims::LIGHT.iter().chain(claims::HEAVY);
    if !all().chain(claims::LAST).any(|(name, _)| ledger.wants(&called(name))) {
        return Ok(());
    }
    println!("\n{}", tty::bold("a master and three workers"));
    lab_verb::up()?;
    image::build(Profile::Dev)?;
    programs::build()?;
    let stage = Stage::on(Swarm::raise_with_fleet(&lab::stage::programs())?)?;
    let prober = Prober::start(&stage.swarm)?;
    for (name, claim) in all() {
        ledger.enter(&called(name), || claim(&stage));
    }
    let probed = prober.stop()?;
    // Whichever claims are tried, this belongs to each of them.
    ledger.enter_always(ANSWERED, || probed.whole());
    for (name, claim) in claims::LAST {
        ledger.enter(&called(name), || claim(&stage));
    }
    lab::swarm::stage::remove().context("taking the swarm down")
}
