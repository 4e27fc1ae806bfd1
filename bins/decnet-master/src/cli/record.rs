//! `record`: copies of the record.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;
use decnet_daemon::Exit;

use super::Context;
use crate::{api, output::Confirmation};

#[derive(clap::Args)]
pub(super) struct Record {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Copy the record to one new file; the API may run meanwhile
    Backup(Backup),
    /// Put a copy in place of the record; the API must not run
    Restore(Restore),
}

#[derive(clap::Args)]
struct Backup {
    /// The file, which must not be there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(clap::Args)]
struct Restore {
    /// The copy
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    confirmation: Confirmation,
}

impl Record {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let database = api::database(&context.config()?)?;
        let record = database.file()?;
        match self.verb {
            Verb::Backup(Backup { file }) => {
                decnet_record::backup(record, &file)
                    .with_context(|| format!("cannot copy the record {}", record.display()))?;
            }
            Verb::Restore(Restore { file, confirmation }) => {
                let what = format!("lose what {} has now", record.display());
                if !confirmation.given(&what)? {
                    return Ok(Exit::Failure);
                }
                decnet_record::restore(&file, record)
                    .with_context(|| format!("cannot put {} in place", file.display()))?;
            }
        }
        Ok(Exit::Success)
    }
}
