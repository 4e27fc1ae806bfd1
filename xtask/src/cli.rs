//! The verbs and their flags.

use std::{ffi::OsString, process::ExitCode};

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::{
    bench::{self, Bench},
    deb, demo,
    dist::{self, Keygen, Sign, Verify},
    docs, image, lab_verb, lint,
    proof::{self, Proof},
    test, tidy,
};

/// The workspace's own tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub(crate) struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Deploy a fleet in the lab, attack it, and show the events as they come.
    Demo(demo::Options),
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
    /// Make a key that releases are signed with.
    Keygen(Keygen),
    /// Make the release archives, signed; or check what they are made from.
    Dist(dist::Options),
    /// Make the Debian packages.
    Deb(deb::Options),
    /// Sign manifests that `dist` left, where the key is.
    Sign(Sign),
    /// Check an archive and say what is in it.
    Verify(Verify),
    /// Measure ours beside its peer and record the figures.
    Bench {
        /// What to measure.
        name: Bench,
    },
    /// Show the heavy claims, each with its figure.
    Proof {
        /// What to prove.
        name: Proof,
        /// Try only the claims whose name contains this.
        #[arg(long, value_name = "TEXT", default_value = "")]
        only: String,
    },
    /// Run a program once and print what it cost; for `bench`.
    #[command(hide = true)]
    Measure {
        /// The program and its arguments.
        #[arg(last = true)]
        words: Vec<OsString>,
    },
}

impl Cli {
    /// Does what was asked.
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self.verb {
            Verb::Test => return test::run(),
            Verb::Demo(options) => demo::run(&options)?,
            Verb::Lint => lint::run()?,
            Verb::Tidy(options) => tidy::run(&options)?,
            Verb::Docs => docs::write()?,
            Verb::Lab(verb) => lab_verb::run(verb)?,
            Verb::Image(options) => image::run(&options)?,
            Verb::Keygen(keygen) => keygen.run()?,
            Verb::Dist(options) => dist::run(&options)?,
            Verb::Deb(options) => deb::run(&options)?,
            Verb::Sign(sign) => sign.run()?,
            Verb::Verify(verify) => verify.run()?,
            Verb::Bench { name } => bench::run(name)?,
            Verb::Proof { name, only } => proof::run(name, only)?,
            Verb::Measure { words } => bench::measure(&words)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, error::ErrorKind};
    use contract::documents::command_lines;
    use lab::workspace;

    use super::Cli;

    #[test]
    fn the_documents_name_verbs_that_there_are() {
        let lines = command_lines(&workspace::root(), "cargo xtask");
        assert!(lines.len() > 5, "{}", lines.len());
        for line in lines.iter().filter(|line| line.words.len() > 1) {
            let Err(error) = Cli::command().try_get_matches_from(&line.words) else { continue };
            let is_partial = matches!(
                error.kind(),
                ErrorKind::MissingRequiredArgument
                    | ErrorKind::MissingSubcommand
                    | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            );
            // `NAME` stands for whichever there is.
            let is_placeholder =
                error.kind() == ErrorKind::InvalidValue && line.words.iter().any(|w| w == "NAME");
            let place = format!("{}:{}", line.document.display(), line.line);
            assert!(is_partial && line.is_mentioned || is_placeholder, "{place}: {error}");
        }
    }
}
