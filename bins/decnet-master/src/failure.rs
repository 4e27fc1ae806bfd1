//! How a failure is told, and with which code the program ends.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal as _, Write as _},
};

use decnet_composer::diagnostic::{Diagnostics, Place, Severity};
use decnet_daemon::{Exit, config::ConfigError};
use thiserror::Error;

use crate::deployment::DeploymentError;

/// The command line cannot be obeyed, for a reason that its parser does not know.
#[derive(Debug, Error)]
#[error("{0}")]
pub(crate) struct Misuse(pub(crate) String);

/// Tells what went wrong, and says how to exit.
pub(crate) fn report(error: &anyhow::Error) -> Exit {
    if is_broken_pipe(error) {
        return Exit::Success;
    }
    let planning = || error.downcast_ref::<DeploymentError>()?.findings();
    let found = error.downcast_ref::<Diagnostics>().or_else(planning);
    match found {
        Some(found) => print_diagnostics(found),
        None => print_error(error),
    }
    match error.downcast_ref::<ConfigError>() {
        Some(error) if !error.is_usage() => Exit::Config,
        Some(_) => Exit::Usage,
        None if error.is::<Misuse>() || found.is_some_and(only_flags) => Exit::Usage,
        None => Exit::Failure,
    }
}

/// Prints each diagnostic on a line of its own, errors red and warnings yellow on a terminal.
pub(crate) fn print_diagnostics(found: &Diagnostics) {
    let colours = io::stderr().is_terminal();
    let mut text = String::new();
    for diagnostic in &found.0 {
        let (name, colour) = match diagnostic.severity {
            Severity::Error => ("error", 31),
            Severity::Warning => ("warning", 33),
        };
        let _ = match colours {
            true => {
                writeln!(text, "{}: \x1b[{colour}m{name}\x1b[0m: {}", diagnostic.place, diagnostic.message)
            }
            false => writeln!(text, "{diagnostic}"),
        };
    }
    // There is nowhere left to complain to.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// A remark that belongs to no result.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "note: {text}");
}

fn print_error(error: &anyhow::Error) {
    let mut text = format!("error: {error}\n");
    for cause in error.chain().skip(1) {
        let _ = writeln!(text, "  because {cause}");
    }
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Whether the reader of our output went away, which is no failure: `… | head -1`.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
}

fn only_flags(found: &Diagnostics) -> bool {
    let mut errors = found.0.iter().filter(|d| d.severity == Severity::Error);
    errors.all(|d| matches!(d.place, Place::Flag(_)))
}
