//! The heavy claims, each with its figure.

mod first_light;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::tty;

/// What to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Proof {
    /// One host, a fleet attacked for real, every event on disk.
    FirstLight,
}

/// Claims with what came of them, printed as they come.
#[derive(Default)]
struct Ledger {
    failed: usize,
    all: usize,
}

impl Ledger {
    /// Enters a claim.
    fn enter(&mut self, name: &str, outcome: Result<String>) {
        self.all += 1;
        let name = name.replace('_', " ");
        match outcome {
            Ok(figure) => println!("{}  {name:<46} {}", tty::green("ok"), tty::dim(&figure)),
            Err(error) => {
                self.failed += 1;
                println!("{}  {name:<46} {error:#}", tty::red("no"));
            }
        }
    }
}

/// Proves it. A claim that does not hold is an error.
pub(crate) fn run(proof: Proof) -> Result<()> {
    let mut ledger = Ledger::default();
    match proof {
        Proof::FirstLight => first_light::run(&mut ledger)?,
    }
    println!("\n{} of {} claims hold", ledger.all - ledger.failed, ledger.all);
    if ledger.failed > 0 {
        bail!("{} claims do not hold", ledger.failed);
    }
    Ok(())
}
