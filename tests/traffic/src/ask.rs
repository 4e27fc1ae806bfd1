//! Clients that ask, each over a connection of its own that is kept.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow, ensure};
use serde::Serialize;

use crate::{Api, figures::Times, request};

/// What stands in a path for a number that is another one with each request.
const NUMBER: &str = "{n}";

/// The first numbers; a client goes through them again and again. They are more than answers are kept.
const NUMBERS: usize = 499;

/// Asks for the same paths again and again.
#[derive(Debug, clap::Args)]
pub(crate) struct Ask {
    #[command(flatten)]
    api: Api,
    /// How many ask at a time.
    #[arg(long, default_value_t = 1)]
    clients: usize,
    /// How often each asks.
    #[arg(long, default_value_t = 200)]
    times: usize,
    /// For how many seconds at most, however often that is.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// A path with its query; `{n}` stands for a number that is another one with each request.
    #[arg(required = true)]
    paths: Vec<String>,
}

/// How it went.
#[derive(Debug, Serialize)]
pub(crate) struct Asked {
    /// Answers in a second.
    rate: f64,
    /// Bytes of an answer.
    bytes: f64,
    times: Times,
}

/// What a client found: milliseconds of each answer, and bytes of all.
type Found = (Vec<f64>, u64);

impl Ask {
    pub(crate) fn run(&self) -> Result<Asked> {
        let (token, begun) = (self.api.token()?, Instant::now());
        let parts: Vec<Result<Found>> = thread::scope(|scope| {
            let token = token.as_str();
            let client = |number| scope.spawn(move || self.client(token, number));
            let clients: Vec<_> = (0..self.clients).map(client).collect();
            let broken = |_| Err(anyhow!("a client broke down"));
            clients.into_iter().map(|client| client.join().unwrap_or_else(broken)).collect()
        });
        let seconds = begun.elapsed().as_secs_f64();
        let (mut times, mut bytes) = (Vec::new(), 0);
        for part in parts {
            let (some, its) = part?;
            times.extend(some);
            bytes += its;
        }
        let count = times.len().max(1) as f64;
        Ok(Asked { rate: count / seconds, bytes: bytes as f64 / count, times: Times::of(times) })
    }

    fn client(&self, token: &str, client: usize) -> Result<Found> {
        let mut connection = request::Connection::open(self.api.api)?;
        let (end, mut found) = (Instant::now() + Duration::from_secs(self.seconds), Found::default());
        for turn in 0..self.times {
            if Instant::now() > end {
                break;
            }
            // Clients begin at places that are far from each other.
            let number = (turn + client * NUMBERS / self.clients.max(1)) % NUMBERS;
            let path = self.paths.get(turn % self.paths.len()).context("no path")?;
            let request = request::get(&path.replace(NUMBER, &number.to_string()), token);
            let begun = Instant::now();
            let (status, length) = connection.ask(&request)?;
            ensure!(status == 200, "{path} is answered with {status}");
            found.0.push(begun.elapsed().as_secs_f64() * 1e3);
            found.1 += length;
        }
        Ok(found)
    }
}
