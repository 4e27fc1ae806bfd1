//! What the updater cannot do itself, and what no push replaces.

use std::io::{self, Write as _};

use clap::{Parser, Subcommand};
use decnet_daemon::{Exit, args};
use decnet_updater::helper;

/// Starts units anew for the updater, and watches over the updater's own update.
///
/// It is part of the package and stays what it is when releases are pushed.
#[derive(Debug, Parser)]
#[command(
    name = "decnet-updater-helper",
    version,
    styles = args::STYLES,
    after_help = "Exit codes: 0 answered or watched to the end, 1 something failed, 64 usage."
)]
struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Verb {
    /// Answer the one request that comes on stdin, a connected socket: restart or show one of three units, or
    /// start the watchdog
    Answer,
}

fn main() -> Exit {
    let args = match args::parse::<Args>() {
        Ok(args) => args,
        Err(exit) => return exit,
    };
    let done = match args.verb {
        Verb::Answer => answer(),
    };
    done.map_or_else(|error| complain(&error), |()| Exit::Success)
}

#[tokio::main(flavor = "current_thread")]
async fn answer() -> anyhow::Result<()> {
    let answer = helper::answer(io::stdin()).await?;
    Ok(io::stdout().write_all(&serde_json::to_vec(&answer)?)?)
}

fn complain(error: &anyhow::Error) -> Exit {
    // Nobody is left to be told when stderr is gone.
    let _ = writeln!(io::stderr(), "decnet-updater-helper: {error:#}");
    Exit::Failure
}
