//! The heavy claims, each with its figure.

mod api;
mod figures;
mod first_light;
mod releases;
mod ssh;
mod swarm;
mod transport;

use anyhow::{Result, bail, ensure};
use clap::ValueEnum;

use crate::tty;

/// What to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Proof {
    /// One host, a fleet attacked for real, every event on disk.
    FirstLight,
    /// ssh and telnet that are OpenSSH and a real log-in, mysql, snmp.
    Ssh,
    /// A master and three workers, killed, cut, rebooted; who is let in where.
    Swarm,
    /// Lines on their way to the master: killed, cut, rotated, beside rsyslog, among strangers.
    Transport,
    /// Releases: the same from two builds, changes that die, machines that boot, a hundred workers, three real ones.
    Releases,
    /// The record and its API: at ten million events, killed, without room, asked by everybody.
    Api,
}

/// Claims with what came of them, printed as they come.
#[derive(Default)]
struct Ledger {
    /// What the name of a claim has to contain to be tried; empty for all.
    only: String,
    failed: usize,
    all: usize,
}

impl Ledger {
    /// Whether a claim is to be tried.
    fn wants(&self, name: &str) -> bool {
        name.replace('_', " ").contains(&self.only)
    }

    /// Tries a claim and enters what came of it.
    fn enter(&mut self, name: &str, claim: impl FnOnce() -> Result<String>) {
        if self.wants(name) {
            self.enter_always(name, claim);
        }
    }

    /// The same of one that belongs to every other.
    fn enter_always(&mut self, name: &str, claim: impl FnOnce() -> Result<String>) {
        let name = name.replace('_', " ");
        self.all += 1;
        match claim() {
            Ok(figure) => println!("{}  {name:<46} {}", tty::green("ok"), tty::dim(&figure)),
            Err(error) => {
                self.failed += 1;
                println!("{}  {name:<46} {error:#}", tty::red("no"));
            }
        }
    }
}

/// Inputs for each service.
const INPUTS: &str = "100000";

/// Random and mutated input for the services whose tests `filter` selects, in the decoy's own
/// tests, as many at a time as there are processors.
fn hostile(filter: &str) -> Result<String> {
    let words = ["--lib", "--no-fail-fast", "--failure-output", "immediate", "--filterset", filter];
    // A hundred thousand inputs take longer than a test may.
    let words = [&words[..], &["--profile", "proof", "--cargo-profile", "hostile"]].concat();
    Ok(figures::printed("decnet-decoy", &words, &[("HOSTILE_INPUTS", INPUTS)], "hostile: ")?.join("; "))
}

/// Proves it, or those of its claims whose name contains `only`. A claim that does not hold is an
/// error, and so is a proof without a claim.
pub(crate) fn run(proof: Proof, only: String) -> Result<()> {
    let mut ledger = Ledger { only, ..Ledger::default() };
    match proof {
        Proof::FirstLight => first_light::run(&mut ledger)?,
        Proof::Ssh => ssh::run(&mut ledger)?,
        Proof::Swarm => swarm::run(&mut ledger)?,
        Proof::Transport => transport::run(&mut ledger)?,
        Proof::Releases => releases::run(&mut ledger)?,
        Proof::Api => api::run(&mut ledger)?,
    }
    println!("\n{} of {} claims hold", ledger.all - ledger.failed, ledger.all);
    ensure!(ledger.all > 0, "no claim has {:?} in its name", ledger.only);
    if ledger.failed > 0 {
        bail!("{} claims do not hold", ledger.failed);
    }
    Ok(())
}
