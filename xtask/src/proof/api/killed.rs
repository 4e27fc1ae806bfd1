//! The API killed again and again while it takes lines in.

use std::time::Duration;

use anyhow::Result;
use lab::{api::Host, transport::Chance, wait};
use serde_json::Value;

use super::{Ground, kept::each_once};
use crate::{
    bench::ingest,
    traffic::{self, Beside},
};

/// Lines that are there before, and lines that come meanwhile, so many in a second.
const BACKLOG: u64 = 200_000;
const LIVE: u64 = 100_000;
const RATE: u64 = 5_000;

/// Seeds of the two: no line is in both.
const SEEDS: (u64, u64) = (11, 12);

/// How long the API runs at most until it is killed.
const LIFE: u64 = 900;

/// How long all of it may take to be kept in the end.
const PATIENCE: Duration = Duration::from_secs(120);

/// Kills the API until every line has come, and compares what it keeps with the log.
pub(super) fn holds(ground: &Ground) -> Result<String> {
    let mut host = Host::make(&ground.folder("killed"), &ground.programs, "")?;
    let client = ingest::known(&mut host)?;
    traffic::write(host.log(), BACKLOG, SEEDS.0)?;
    let [rate, lines, seed] = [RATE, LIVE, SEEDS.1].map(|number| number.to_string());
    let mut pace = traffic::command(&["pace", "--rate", &rate, "--lines", &lines, "--seed", &seed]);
    let writer = Beside::start(pace.arg("--file").arg(host.log()))?;
    let (mut chance, mut kills) = (Chance::of(SEEDS.0), 0);
    let begun = std::time::Instant::now();
    while begun.elapsed().as_secs() < LIVE / RATE {
        host.api.start()?;
        wait::pause(Duration::from_millis(chance.below(LIFE)));
        host.api.kill()?;
        kills += 1;
    }
    writer.end::<Value>()?;
    host.start()?;
    host.wait_for(&client, BACKLOG + LIVE, PATIENCE)?;
    let kept = each_once(&client, host.log())?;
    host.api.end()?;
    Ok(format!("{kept} lines, killed {kills} times: each once"))
}
