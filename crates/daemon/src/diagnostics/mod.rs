//! What daemons say of themselves: `tracing` events as lines.
//!
//! On a terminal a line is for people; anywhere else it is RFC 5424 with the component as
//! APP-NAME. The component is the crate that speaks (`engine`, `netdrv`, `agent`), or the
//! `target` that a call names (`tracing::info!(target: "collector", …)`). From foreign
//! crates only warnings and errors are taken.

mod layer;
mod line;
mod rotate;

use std::{
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
};

use thiserror::Error;
use tracing_subscriber::{filter::LevelFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use self::{
    layer::{Lines, Sink},
    rotate::RotatingFile,
};

/// What diagnostics a program writes, and where.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// Whether the level DEBUG is written, too.
    pub developer: bool,
    /// The file, beside a terminal; without it stderr, whatever it is.
    pub file: Option<&'a Path>,
}

/// Why diagnostics cannot be written.
#[derive(Debug, Error)]
pub enum DiagnosticsError {
    /// The file cannot be opened.
    #[error("cannot open {} for diagnostics", path.display())]
    Open {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something else in the process already takes them.
    #[error("diagnostics are already set up")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
}

/// Begins to write diagnostics, panics included.
///
/// # Errors
/// [`DiagnosticsError`].
pub fn init(options: Options<'_>) -> Result<(), DiagnosticsError> {
    let mut sinks = Vec::new();
    if let Some(path) = options.file {
        let file = RotatingFile::open(path)
            .map_err(|source| DiagnosticsError::Open { path: path.to_owned(), source })?;
        sinks.push(Sink::File(file));
    }
    if io::stderr().is_terminal() {
        sinks.push(Sink::Terminal);
    } else if sinks.is_empty() {
        sinks.push(Sink::Stderr);
    }
    let level = if options.developer { LevelFilter::DEBUG } else { LevelFilter::INFO };
    tracing_subscriber::registry().with(Lines::new(sinks).with_level(level)).try_init()?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(target: "panic", place, "{message}");
    }));
    Ok(())
}

#[cfg(test)]
mod tests;
