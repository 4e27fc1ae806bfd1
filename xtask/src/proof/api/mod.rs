//! The record, its API and its alerts: at ten million events, killed, without room, asked by everybody, and in
//! the lab.

mod full;
mod kept;
mod killed;
mod lab_attack;
mod matrix;
mod millions;
mod schema;
mod throttle;
mod tokens;
mod webhooks;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use lab::{transport::site::Programs, workspace};

use super::Ledger;
use crate::{bench::alone, programs, tty};

/// What every claim has.
struct Ground {
    programs: Programs,
    folder: PathBuf,
}

impl Ground {
    /// A folder of a claim.
    fn folder(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Enters every claim.
pub(super) fn run(ledger: &mut Ledger) -> Result<()> {
    programs::build_api()?;
    let release: &Path = &workspace::target().join("release");
    let ground =
        Ground { programs: Programs::in_folder(release)?, folder: workspace::lab().join("proof-api") };
    let asked = "whatever is asked, the API does not fail";
    // It comes from its registry, which nobody reaches who is alone.
    let asker = ledger.wants(asked).then(|| schema::installed(&ground.folder("schemathesis")));
    alone()?;
    println!("\n{}", tty::bold("who may"));
    ledger.enter("every route, asked by everybody", || matrix::holds(&ground));
    ledger.enter("log-in is throttled", || throttle::holds(&ground));
    ledger.enter("tokens and passwords are in no file", || tokens::hold(&ground));
    ledger.enter(asked, || schema::holds(&ground, &asker.context("it was not installed")??));
    println!("\n{}", tty::bold("once, whatever happens"));
    ledger.enter("kill -9 while a backlog and new lines are taken in", || killed::holds(&ground));
    ledger.enter("no room on the disk pauses, and goes on", || full::holds(&ground));
    ledger.enter("alerts reach receivers that fail, or are listed as dead", webhooks::hold);
    println!("\n{}", tty::bold("ten million events"));
    millions::run(ledger, &ground)?;
    lab_attack::run(ledger)
}
