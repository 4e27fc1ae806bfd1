//! A crowd of simulated agents, for the figures of a controller.
//!
//! Each has its own keys, joins by a token, keeps a connection over which it tells how its ten
//! deckies are, and answers its master over mutual TLS, as `decnet-agent` does; only the deckies are
//! made up. Beside them an operator lists the hosts and has all of them asked.

#![expect(clippy::print_stdout, reason = "what it prints is its result")]

mod agent;
mod figures;
mod operator;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result};
use clap::Parser;

use crate::{agent::Agent, figures::Figures, operator::Operator};

/// Joins many agents, has them speak for a while, and prints the figures as JSON.
#[derive(Parser)]
struct Args {
    /// The controller for operators, as 127.0.0.1:8770.
    #[arg(long)]
    operators: SocketAddr,
    /// The controller for workers, as https://127.0.0.1:8771.
    #[arg(long)]
    workers: String,
    /// File of the operator's token.
    #[arg(long)]
    token: PathBuf,
    /// Folder for the agents' identities.
    #[arg(long)]
    folder: PathBuf,
    /// How many agents.
    #[arg(long, default_value_t = 200)]
    count: u16,
    /// The first port that an agent listens on; each takes the next.
    #[arg(long, default_value_t = 20_000)]
    port: u16,
    /// How long they speak, in seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let token =
        std::fs::read_to_string(&args.token).with_context(|| format!("reading {}", args.token.display()))?;
    let operator = Operator::new(args.operators, token.trim());
    let mut agents = Vec::new();
    for number in 0..args.count {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port + number));
        let joined = Agent::join(number, address, &operator, &args.workers, &args.folder).await;
        agents.push(joined.with_context(|| format!("agent {number} joins"))?);
    }
    println!("joined");
    let figures = Arc::new(Figures::default());
    for agent in agents {
        tokio::spawn(agent.live(Arc::clone(&figures)));
    }
    // Until every one has been heard, so that what follows is how it always is.
    while figures.heartbeats() < usize::from(args.count) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("speaking");
    figures.reset();
    operator.ask_for(Duration::from_secs(args.seconds), &figures).await?;
    println!("{}", serde_json::to_string(&figures.summary())?);
    Ok(())
}
