//! A log as time goes by.

use std::{
    fs::File,
    io::Write as _,
    path::PathBuf,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result};
use decnet_event::Timestamp;
use serde::Serialize;

use crate::lines::Fleet;

/// Adds lines to a log as time goes by.
#[derive(Debug, clap::Args)]
pub(crate) struct Pace {
    /// The log.
    #[arg(long)]
    file: PathBuf,
    /// Lines in a second.
    #[arg(long, default_value_t = 100)]
    rate: u32,
    /// How many lines in all.
    #[arg(long)]
    lines: u32,
    /// What the lines follow from: others for another seed.
    #[arg(long)]
    seed: u64,
}

/// What was added.
#[derive(Debug, Serialize)]
pub(crate) struct Paced {
    lines: u32,
    seconds: f64,
}

impl Pace {
    pub(crate) fn run(&self) -> Result<Paced> {
        let wrong = || format!("writing {}", self.file.display());
        let mut file = File::options().create(true).append(true).open(&self.file).with_context(wrong)?;
        let (mut fleet, mut object, begun) = (Fleet::new(self.seed), Vec::new(), Instant::now());
        for number in 0..self.lines {
            let due = Duration::from_secs_f64(f64::from(number) / f64::from(self.rate.max(1)));
            sleep(due.saturating_sub(begun.elapsed()));
            object.clear();
            fleet.write(now()?, &mut object);
            file.write_all(&object).with_context(wrong)?;
        }
        Ok(Paced { lines: self.lines, seconds: begun.elapsed().as_secs_f64() })
    }
}

/// The time of an event that happens now.
pub(crate) fn now() -> Result<Timestamp> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).context("a clock before 1970")?;
    Ok(Timestamp(i64::try_from(since.as_micros()).context("a clock far ahead")?))
}

#[expect(clippy::disallowed_methods, reason = "there is no async runtime here that could be blocked")]
fn sleep(time: Duration) {
    if !time.is_zero() {
        std::thread::sleep(time);
    }
}
