//! The lab's attack: in the API within a second, once, on one host and through the swarm, whatever is killed.

use std::time::Duration;

use anyhow::{Context as _, Result};
use decnet_proto::plan::Isolation;
use lab::{
    claims,
    stage::{self, Stage},
    swarm::{self, Swarm},
};

use super::super::Ledger;
use crate::{
    image::{self, Profile},
    lab_verb, programs, tty,
};

/// How long an attack may take into the API.
const LIMIT: Duration = Duration::from_secs(1);

/// What the claims are called.
const NAMES: [&str; 4] = [
    "one host: an attack is in the API within a second",
    "one host: API and collector killed, each once",
    "swarm: an attack is in the API within a second",
    "swarm: every part of the way killed, each once",
];

/// Enters every claim.
pub(super) fn run(ledger: &mut Ledger) -> Result<()> {
    if !NAMES.iter().any(|name| ledger.wants(name)) {
        return Ok(());
    }
    println!("\n{}", tty::bold("from deckies to the API"));
    lab_verb::up()?;
    image::build(Profile::Dev)?;
    programs::build()?;
    let [arrive, survive, arrive_swarm, survive_swarm] = NAMES;
    let stage = Stage::deploy(Isolation::Decky, &stage::programs())?;
    ledger.enter(arrive, || claims::attacks_arrive(&stage, LIMIT));
    ledger.enter(survive, || claims::attacks_survive(&stage));
    stage.fleet.teardown().context("taking the fleet down")?;
    let swarm = Swarm::raise_with_fleet(&stage::programs())?;
    ledger.enter(arrive_swarm, || swarm::claims::attacks_arrive(&swarm, LIMIT));
    ledger.enter(survive_swarm, || swarm::claims::attacks_survive(&swarm));
    swarm::stage::remove().context("taking the swarm down")
}
