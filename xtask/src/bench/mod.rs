//! Figures of ours, each beside its peer in the same run on the same machine.
//!
//! A run prints its rows and records them in `docs/reference/benchmarks.md`. Ratios, counts
//! and CPU time say something anywhere; wall times say something of the machine.

pub(crate) mod api;
mod cli;
mod daemon;
mod decoy;
mod deploy;
mod docker;
pub(crate) mod ingest;
mod load;
mod machine;
mod measure;
mod peer;
mod played;
pub(crate) mod process;
mod record;
pub(crate) mod row;
mod ssh;
mod swarm;
mod transport;
mod updates;

use anyhow::{Result, bail};
use clap::ValueEnum;

pub(crate) use decoy::alone;
pub(crate) use measure::run as measure;
use row::Row;
pub(crate) use updates::hundred;

use crate::tty;

/// What to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bench {
    /// The decoy beside nginx, Redis and MariaDB: rates, memory, many connections, few descriptors.
    Decoy,
    /// SSH beside Debian's sshd: log-ins, and sessions at a prompt.
    Ssh,
    /// Fifty deckies beside fifty idle containers.
    Deploy,
    /// The command line and the start of a daemon: CPU time and memory.
    Cli,
    /// A controller with two hundred agents.
    Swarm,
    /// A release that comes to a hundred workers.
    Updates,
    /// The log's way beside rsyslog's: a million lines, kills, strangers.
    Transport,
    /// A million lines become a record, beside plain inserts.
    Ingest,
    /// The API over a million events: questions, crowds, listeners, memory.
    Api,
}

impl Bench {
    fn name(self) -> &'static str {
        match self {
            Self::Decoy => "decoy",
            Self::Ssh => "ssh",
            Self::Deploy => "deploy",
            Self::Cli => "cli",
            Self::Swarm => "swarm",
            Self::Updates => "updates",
            Self::Transport => "transport",
            Self::Ingest => "ingest",
            Self::Api => "api",
        }
    }
}

/// Measures, prints, records. A row that misses its target is an error.
pub(crate) fn run(bench: Bench) -> Result<()> {
    let rows = match bench {
        Bench::Decoy => decoy::run()?,
        Bench::Ssh => ssh::run()?,
        Bench::Deploy => deploy::run()?,
        Bench::Cli => cli::run()?,
        Bench::Swarm => swarm::run()?,
        Bench::Updates => updates::run()?,
        Bench::Transport => transport::run()?,
        Bench::Ingest => ingest::run()?,
        Bench::Api => api::run()?,
    };
    println!("\n{}", tty::bold(&format!("bench {}", bench.name())));
    rows.iter().for_each(Row::print);
    let path = record::write(bench.name(), &rows)?;
    println!("recorded in {}", path.display());
    let missed = rows.iter().filter(|row| !row.holds()).count();
    if missed > 0 {
        bail!("{missed} of {} rows miss their target", rows.len());
    }
    Ok(())
}
