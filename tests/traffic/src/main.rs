//! What an API of the record is given to do, for its figures: lines of attacks, and clients.
//!
//! `write` and `pace` write a log as a collector does, at once or as time goes by. `ask` asks an API the same
//! things again and again, `listen` hears its stream. `insert` is the peer: the same lines in a plain table.
//! Each prints one JSON object at its end.
//!
//! The token is read from a file: what stands on a command line everybody sees.

#![expect(clippy::print_stdout, reason = "what it prints is its result")]

mod ask;
mod figures;
mod insert;
mod lines;
mod listen;
mod pace;
mod request;
mod write;

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde::Serialize;

/// Writes lines of attacks, asks an API, listens to it.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Write a log of one day.
    Write(write::Write),
    /// Add lines to a log as time goes by.
    Pace(pace::Pace),
    /// Ask for the same paths again and again.
    Ask(ask::Ask),
    /// Hear the events as they come.
    Listen(listen::Listen),
    /// Insert the objects of a log into a plain table.
    Insert(insert::Insert),
}

/// Which API, and who asks.
#[derive(Clone, Debug, clap::Args)]
struct Api {
    /// Where it listens, without TLS.
    #[arg(long)]
    api: SocketAddr,
    /// File of the token.
    #[arg(long)]
    token: PathBuf,
}

impl Api {
    fn token(&self) -> Result<String> {
        let text = std::fs::read_to_string(&self.token);
        Ok(text.with_context(|| format!("reading {}", self.token.display()))?.trim().to_owned())
    }
}

fn main() -> Result<()> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).context("asking how many files may be open")?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most).context("letting more files be open")?;
    match Arguments::parse().verb {
        Verb::Write(verb) => print(&verb.run()?),
        Verb::Pace(verb) => print(&verb.run()?),
        Verb::Ask(verb) => print(&verb.run()?),
        Verb::Listen(verb) => print(&verb.run()?),
        Verb::Insert(verb) => print(&verb.run()?),
    }
}

fn print(figures: &impl Serialize) -> Result<()> {
    println!("{}", serde_json::to_string(figures).context("encoding figures")?);
    Ok(())
}
