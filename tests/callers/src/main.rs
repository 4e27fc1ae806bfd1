//! Whoever may call at a listener of logs, for its proofs and figures: hosts of the swarm by the
//! thousand, strangers of every sort, and hosts that misbehave.
//!
//! What a caller found is printed as one line of JSON.

#![expect(clippy::print_stdout, reason = "what it prints is its result")]

mod bother;
mod call;
mod enrol;
mod hold;
mod intrude;
mod overlong;
mod patience;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use serde::Serialize;

/// Calls at a listener.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Let many hosts into a swarm.
    Enrol(enrol::Enrol),
    /// Hold connections of many hosts until standard input ends.
    Hold(hold::Hold),
    /// Try to get in as everybody who should not.
    Intrude(intrude::Intrude),
    /// Be a nuisance for a while.
    Bother(bother::Bother),
    /// Say that a frame of 256 MiB comes, and send it.
    Overlong(overlong::Overlong),
    /// Begin something and see how long the listener waits for the rest.
    Patience(patience::Patience),
}

fn main() -> ExitCode {
    let outcome = run(Args::parse());
    if let Err(error) = &outcome {
        println!("error: {error:#}");
    }
    if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[tokio::main(flavor = "current_thread")]
async fn run(args: Args) -> Result<()> {
    match args.verb {
        Verb::Enrol(verb) => verb.run().await,
        Verb::Hold(verb) => verb.run().await,
        Verb::Intrude(verb) => verb.run().await,
        Verb::Bother(verb) => verb.run().await,
        Verb::Overlong(verb) => verb.run().await,
        Verb::Patience(verb) => verb.run().await,
    }
}

/// Prints what was found.
fn tell<T: Serialize>(found: &T) -> Result<()> {
    println!("{}", serde_json::to_string(found)?);
    Ok(())
}
