//! `lab up`, `lab down`, `lab shell`.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Subcommand;
use lab::{Raised, lan, process};

use crate::tty;

/// What to do with the lab.
#[derive(Clone, Copy, Subcommand)]
pub(crate) enum Verb {
    /// Raise it: packages, engine, attacker's namespace, LAN.
    Up,
    /// Take down the fleet on it and all that `up` made; packages stay.
    Down,
    /// Open a shell as the attacker.
    Shell,
}

/// Does it.
pub(crate) fn run(verb: Verb) -> Result<()> {
    match verb {
        Verb::Up => up(),
        Verb::Down => down(),
        Verb::Shell => shell(),
    }
}

/// Raises the lab and says what that took.
pub(crate) fn up() -> Result<()> {
    let missing = lab::packages::missing();
    if !missing.is_empty() {
        println!("installing {}", missing.join(", "));
    }
    if let Raised::Made { engine_started: true } = lab::up()? {
        println!("started Docker, log in {}", lab::workspace::lab().join("dockerd.log").display());
    }
    println!("the lab stands");
    println!(
        "  host {} on {}, attacker {} in namespace {}",
        lan::HOST_IP,
        lan::PARENT,
        lan::ATTACKER_IP,
        lan::NAMESPACE
    );
    Ok(())
}

fn down() -> Result<()> {
    lab::down()?;
    println!("the lab is gone; packages that were installed stay");
    Ok(())
}

fn shell() -> Result<()> {
    if !lan::is_up() {
        bail!("there is no lab: raise it with `cargo xtask lab up`");
    }
    let shell = std::env::var_os("SHELL").map_or_else(|| PathBuf::from("/bin/bash"), PathBuf::from);
    println!("{} you are the attacker, {}; `exit` leaves", tty::bold("lab:"), lan::ATTACKER_IP);
    let mut command = lab::attacker::command("env", ["PS1=attacker# "]);
    command.arg(shell).stdin(std::process::Stdio::inherit());
    // The exit code of a shell is that of its last command, and says nothing of ours.
    let _ = process::run(&mut command);
    Ok(())
}
