//! First light: both layouts of the fleet, all claims of the lab, and what takes longer.

use anyhow::{Context, Result};
use decnet_proto::plan::Isolation;
use lab::{
    claims,
    fleet::Programs,
    process,
    stage::{self, Stage},
};

use super::{Ledger, hostile};
use crate::{
    image::{self, Profile},
    lab_verb, programs, tty,
};

/// Rounds of the storm: in each the agent is killed once.
const ROUNDS: usize = 40;
/// Conversations of a round; each leaves three events.
const EACH: usize = 90;
/// Subjects of the tests of hostile input that this proof is about.
const SUBJECTS: &str = "test(/hostile::(apache|nginx|redis|vsftpd|proftpd|postfix)/)";

/// Enters every claim.
pub(super) fn run(ledger: &mut Ledger) -> Result<()> {
    lab_verb::up()?;
    image::build(Profile::Shipped)?;
    programs::build()?;
    for isolation in [Isolation::Decky, Isolation::Service] {
        println!("\n{}", tty::bold(&format!("one fleet, isolation by {isolation:?}").to_lowercase()));
        let stage = Stage::deploy(isolation, &Programs::built("debug", "decoy"))?;
        for (name, claim) in claims::ALL {
            ledger.enter(name, || claim(&stage));
        }
        ledger.enter("ten thousand events, the agent killed forty times", || storm(&stage));
        stage.fleet.teardown().context("taking the fleet down")?;
    }
    println!("\n{}", tty::bold("hostile input"));
    ledger.enter("a hundred thousand inputs for each service", || hostile(SUBJECTS));
    Ok(())
}

/// A storm on one decky, with restarts of others and a redeploy of the fleet in between.
fn storm(stage: &Stage) -> Result<String> {
    let address = (stage.decky("depot")?.persona.ip, 6379).into();
    claims::storm(stage, address, ROUNDS / 2, EACH)?;
    process::output(&mut process::command("docker", ["restart", "--time", "3", "post"]))
        .context("restarting a container")?;
    let mut again = Stage { fleet: stage.fleet.clone(), plan: stage.plan.clone() };
    again.redeploy(&stage::ini())?;
    claims::storm(stage, address, ROUNDS / 2, EACH)
}
