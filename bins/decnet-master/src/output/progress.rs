//! How long work goes on: a bar on a terminal, plain lines elsewhere.

use std::io::{self, IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressStyle};

/// Shows an operation on stderr, so that stdout holds nothing but the result.
pub(crate) enum Progress {
    /// A bar, redrawn.
    Bar(ProgressBar),
    /// A line for each step; holds the last one shown.
    Lines(String),
}

impl Progress {
    pub(crate) fn new() -> Self {
        if !io::stderr().is_terminal() {
            return Self::Lines(String::new());
        }
        let style = ProgressStyle::with_template("{bar:32.green} {pos}/{len} {wide_msg}");
        let bar = ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self::Bar(bar)
    }

    /// Shows how many of how many steps are done, and what is worked on.
    pub(crate) fn show(&mut self, done: u32, total: u32, current: &str) {
        match self {
            Self::Bar(bar) => {
                bar.set_length(u64::from(total));
                bar.set_position(u64::from(done));
                bar.set_message(current.to_owned());
            }
            Self::Lines(last) => {
                let line = format!("{done}/{total} {current}");
                if !current.is_empty() && line != *last {
                    let _ = writeln!(io::stderr(), "{line}");
                    *last = line;
                }
            }
        }
    }

    /// Leaves the terminal as it was.
    pub(crate) fn finish(self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
