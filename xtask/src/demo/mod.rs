//! The first minutes with DECNET: a fleet on a LAN, attacked, and every event on the screen.

mod attack;
mod line;
mod live;

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result};
use lab::{
    fleet::{Fleet, Programs},
    lan, process, workspace,
};

use self::live::Screen;
use crate::{
    image::{self, Profile},
    lab_verb, programs, tty,
};

/// Flags of `demo`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Take the fleet and the lab down.
    #[arg(long)]
    down: bool,
}

/// Shows it, or clears it away.
pub(crate) fn run(options: &Options) -> Result<()> {
    if options.down { down() } else { up() }
}

fn folder() -> PathBuf {
    workspace::target().join("demo")
}

fn programs() -> Programs {
    Programs::built("debug", "decoy")
}

fn up() -> Result<()> {
    heading("1. a LAN, and an attacker on it");
    lab_verb::up()?;
    heading("2. building; the first time this takes some minutes");
    image::build(Profile::Shipped)?;
    programs::build()?;
    heading("3. deploying deploy/fleet-demo.ini");
    let fleet = Fleet::open(&folder(), &programs())?;
    let ini = workspace::root().join("deploy/fleet-demo.ini");
    // Its table comes from `status`, with what runs in it.
    process::run(fleet.master(["deploy", "--config"]).arg(ini).stdout(Stdio::null()))?;
    lan::forget_neighbours()?;
    fleet.wait_until_open()?;
    process::run(&mut fleet.master(["status"]))?;
    heading(&format!("4. attacking it from {}", lan::ATTACKER_IP));
    let deckies = fleet.status().context("asking what runs")?.deckies;
    let mut screen = Screen::open(&fleet.log());
    attack::run(&deckies, &mut screen)?;
    heading("5. what the deckies saw of it");
    screen.print_totals();
    farewell(&fleet);
    Ok(())
}

fn heading(text: &str) {
    println!("\n{}", tty::bold(text));
}

fn farewell(fleet: &Fleet) {
    heading("Look around");
    let near = |path: &Path| path.strip_prefix(workspace::root()).unwrap_or(path).display().to_string();
    let configuration = fleet.configuration();
    let master = format!("{} --config-file {}", near(&programs().master), configuration.display());
    let rows = [
        ("be the attacker", "cargo xtask lab shell".to_owned()),
        ("see the fleet", format!("{master} status")),
        ("watch events", format!("tail -f {}", near(&fleet.log()))),
        ("events as JSON", near(&fleet.json())),
        ("captured files", format!("ls -l {}", near(&fleet.artifacts()))),
        ("clean up", "cargo xtask demo --down".to_owned()),
    ];
    for (what, how) in rows {
        println!("  {what:<16} {}", tty::cyan(&how));
    }
}

fn down() -> Result<()> {
    if let Ok(fleet) = Fleet::open(&folder(), &programs()) {
        // Without an agent there is nothing to ask; the lab removes what is left.
        if let Err(error) = fleet.teardown() {
            println!("{} {error:#}", tty::yellow("teardown:"));
        }
    }
    lab::down()?;
    println!("fleet and lab are gone; the events stay in {}", folder().display());
    Ok(())
}
