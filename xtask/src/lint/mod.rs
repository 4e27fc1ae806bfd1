//! Format, lints, licences, bans, sources, unused dependencies.

mod deny;
mod licence;
mod unused;

use anyhow::{Result, bail};
use lab::{process, workspace};

use crate::tty;

type Check = fn() -> Result<()>;

const CHECKS: [(&str, Check); 4] = [
    ("format", || cargo(&["fmt", "--all", "--check"])),
    ("lints", || {
        cargo(&["clippy", "--quiet", "--locked", "--workspace", "--all-targets", "--", "--deny", "warnings"])
    }),
    ("licences, bans and sources", deny::check),
    ("unused dependencies", unused::check),
];

/// Runs every check; all of them run, whatever one finds.
pub(crate) fn run() -> Result<()> {
    let failed = CHECKS.iter().filter(|(name, check)| !passes(name, *check)).count();
    if failed > 0 {
        bail!("{failed} of {} checks failed", CHECKS.len());
    }
    Ok(())
}

fn passes(name: &str, check: Check) -> bool {
    match check() {
        Ok(()) => println!("{}  {name}", tty::green("ok")),
        Err(error) => {
            println!("{}  {name}: {error:#}", tty::red("no"));
            return false;
        }
    }
    true
}

fn cargo(arguments: &[&str]) -> Result<()> {
    process::run(process::command("cargo", arguments).current_dir(workspace::root()))
}
