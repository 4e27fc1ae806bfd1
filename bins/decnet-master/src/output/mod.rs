//! Results: on stdout, as tables for people or JSON for programs.

mod confirm;
mod moment;
mod plain;
mod progress;
mod table;
mod word;

use std::io::{self, Write as _};

use anyhow::Context as _;
use serde::Serialize;

pub(crate) use self::{
    confirm::Confirmation,
    moment::{moment, now},
    plain::plain,
    progress::Progress,
    table::table,
    word::word,
};

/// How a command shows its result.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct Format {
    /// Print JSON, for programs
    #[arg(long)]
    pub(crate) json: bool,
}

impl Format {
    /// Prints `value` as JSON, or the text that `people` makes of it.
    pub(crate) fn print<T: Serialize + ?Sized>(
        self,
        value: &T,
        people: impl FnOnce(&T) -> String,
    ) -> anyhow::Result<()> {
        match self.json {
            true => {
                let text = serde_json::to_string_pretty(value).context("cannot write the result as JSON")?;
                print(&(text + "\n"))
            }
            false => print(&people(value)),
        }
    }
}

/// Writes to stdout.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}
