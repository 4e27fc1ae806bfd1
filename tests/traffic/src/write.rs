//! A log at once.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::PathBuf,
};

use anyhow::{Context as _, Result};
use decnet_event::Timestamp;
use serde::Serialize;

use crate::lines::Fleet;

/// When the day of the log begins, in microseconds since the Unix epoch.
const BEGIN: i64 = 1_764_115_200_000_000;

/// A day, in microseconds.
const DAY: u64 = 86_400_000_000;

/// Writes a log of one day.
#[derive(Debug, clap::Args)]
pub(crate) struct Write {
    /// The log; lines are added to what is in it.
    #[arg(long)]
    file: PathBuf,
    /// How many lines.
    #[arg(long, default_value_t = 1_000_000)]
    lines: u64,
    /// What the lines follow from: others for another seed.
    #[arg(long, default_value_t = 7)]
    seed: u64,
}

/// What was written.
#[derive(Debug, Serialize)]
pub(crate) struct Written {
    lines: u64,
    bytes: u64,
}

impl Write {
    pub(crate) fn run(&self) -> Result<Written> {
        let wrong = || format!("writing {}", self.file.display());
        let file = File::options().create(true).append(true).open(&self.file).with_context(wrong)?;
        let (mut fleet, mut out) = (Fleet::new(self.seed), BufWriter::with_capacity(1 << 20, file));
        let (mut object, mut bytes) = (Vec::new(), 0);
        for number in 0..self.lines {
            object.clear();
            let since = u128::from(DAY) * u128::from(number) / u128::from(self.lines);
            fleet.write(Timestamp(BEGIN + since as i64), &mut object);
            bytes += object.len() as u64;
            out.write_all(&object).with_context(wrong)?;
        }
        out.flush().with_context(wrong)?;
        Ok(Written { lines: self.lines, bytes })
    }
}
