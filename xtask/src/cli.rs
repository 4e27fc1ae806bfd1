//! The verbs and their flags.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::{docs, image, lab_verb, lint, test, tidy};

/// The workspace's own tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub(crate) struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Run every check and every test.
    Test,
    /// Check format, lints, licences, bans, sources and unused dependencies.
    Lint,
    /// Check the rules of the source tree: layers, purity, sizes, generated documents.
    Tidy(tidy::Options),
    /// Write the documents that are generated from the code.
    Docs,
    /// Raise, take down or enter the lab: a LAN in namespaces and an engine.
    #[command(subcommand)]
    Lab(lab_verb::Verb),
    /// Build the static decoy.
    Image(image::Options),
}

impl Cli {
    /// Does what was asked.
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self.verb {
            Verb::Test => return test::run(),
            Verb::Lint => lint::run()?,
            Verb::Tidy(options) => tidy::run(&options)?,
            Verb::Docs => docs::write()?,
            Verb::Lab(verb) => lab_verb::run(verb)?,
            Verb::Image(options) => image::run(&options)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
