//! A crowd of simulated workers to which a controller brings a release, for the figures of that.
//!
//! Each has an agent's and an updater's identity of its own, joins by a token, takes the archive over mutual
//! TLS as `decnet-updater` does, and computes its digest; what it would install is made up.

#![expect(clippy::print_stdout, reason = "what it prints is its result")]

mod archive;
mod operator;
mod worker;

use std::{net::SocketAddr, path::PathBuf, time::Instant};

use anyhow::{Context as _, Result, ensure};
use clap::{Parser, Subcommand};
use serde::Serialize;

use crate::{operator::Operator, worker::Worker};

#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    step: Step,
}

#[derive(Subcommand)]
enum Step {
    /// Makes a key and a release that is signed with it.
    Prepare {
        /// Folder for both.
        #[arg(long)]
        folder: PathBuf,
        /// Size of the release, in MiB.
        #[arg(long, default_value_t = 32)]
        size: usize,
    },
    /// Joins the workers, has the release brought to them, and prints the figures as JSON.
    Run(Run),
}

#[derive(clap::Args)]
struct Run {
    /// The controller for operators, as 127.0.0.1:8770.
    #[arg(long)]
    operators: SocketAddr,
    /// The controller for workers, as https://127.0.0.1:8771.
    #[arg(long)]
    workers: String,
    /// File of the operator's token.
    #[arg(long)]
    token: PathBuf,
    /// Folder of the release, and for the workers' identities.
    #[arg(long)]
    folder: PathBuf,
    /// How many workers.
    #[arg(long, default_value_t = 100)]
    count: u16,
    /// The first port that an updater listens on; each takes the next.
    #[arg(long, default_value_t = 21_000)]
    port: u16,
    /// How many of them are a wave, in percent.
    #[arg(long, default_value_t = 25)]
    wave: u8,
}

/// What is printed.
#[derive(Serialize)]
struct Figures {
    /// Workers that run the release.
    updated: usize,
    /// Size of the archive, in bytes.
    archive: u64,
    /// Bytes that all of them took.
    taken: u64,
    /// From the request until all of it was over, in seconds.
    seconds: f64,
}

#[tokio::main]
async fn main() -> Result<()> {
    match Args::parse().step {
        Step::Prepare { folder, size } => archive::make(&folder, size * 1024 * 1024),
        Step::Run(run) => run.go().await,
    }
}

impl Run {
    async fn go(self) -> Result<()> {
        let token = std::fs::read_to_string(&self.token)
            .with_context(|| format!("reading {}", self.token.display()))?;
        let operator = Operator::new(self.operators, token.trim());
        let mut workers = Vec::new();
        for number in 0..self.count {
            let port = self.port.checked_add(number).context("there are no such ports")?;
            let worker = Worker::join(number, port, &operator, &self.workers, &self.folder).await;
            workers.push(worker.with_context(|| format!("worker {number} joins"))?);
        }
        println!("joined");
        let release = operator.hand_in(&archive::path(&self.folder)).await?;
        println!("taken");
        let begun = Instant::now();
        let view = operator.update(&release, self.wave).await?;
        let seconds = begun.elapsed().as_secs_f64();
        ensure!(view.succeeded(), "it did not come to all: {view:?}");
        let updated = workers.iter().filter(|worker| worker.runs(&release.name)).count();
        let taken = workers.iter().map(Worker::taken).sum();
        let figures = Figures { updated, archive: release.size, taken, seconds };
        println!("{}", serde_json::to_string(&figures)?);
        Ok(())
    }
}
