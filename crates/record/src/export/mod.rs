//! Events for other systems: as JSON lines, CSV, ECS, OCSF and CEF. Pure: rows in, bytes out.
//!
//! What each kind of event becomes is one table, [`mapping`]; `docs/reference/exports.md` is made of it. Every format
//! carries the id, so that who has an event twice can tell, and every field, so that nothing is lost by a mapping.
//!
//! What peers sent is text in every format: it ends no line, no cell, no pair, and is no formula of a spreadsheet.

mod cef;
mod csv;
mod document;
mod ecs;
mod jsonl;
mod mapping;
mod object;
mod ocsf;
mod seen;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

pub use self::document::document;
use self::seen::Seen;

/// A form of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One object of `decnet.json` a line, with `id` and `worker`.
    JsonLines,
    /// A table with a line of names (RFC 4180).
    Csv,
    /// One document of the Elastic Common Schema a line.
    Ecs,
    /// One event of the Open Cybersecurity Schema Framework a line.
    Ocsf,
    /// One line of ArcSight's Common Event Format each.
    Cef,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::JsonLines, Self::Csv, Self::Ecs, Self::Ocsf, Self::Cef];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
            Self::Ecs => "ecs",
            Self::Ocsf => "ocsf",
            Self::Cef => "cef",
        }
    }

    /// The format of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.word() == word)
    }

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::JsonLines | Self::Ecs | Self::Ocsf => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Cef => "text/plain; charset=utf-8",
        }
    }
}

/// An event as the record has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported<'e> {
    /// Its id.
    pub id: i64,
    /// The worker from which it came.
    pub worker: &'e str,
    /// The entry of the ignore list that covers it.
    pub ignored: Option<i64>,
    /// Its line, as it was received.
    pub line: &'e [u8],
}

/// Writes events to `out`, one behind the other.
#[derive(Debug)]
pub struct Export<W> {
    format: Format,
    out: W,
    /// One line, kept for its room.
    line: Vec<u8>,
}

impl<W: Write> Export<W> {
    /// Begins: a table has its line of names.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn begin(format: Format, mut out: W) -> io::Result<Self> {
        if format == Format::Csv {
            out.write_all(csv::head().as_bytes())?;
        }
        Ok(Self { format, out, line: Vec::new() })
    }

    /// Writes an event.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn event(&mut self, event: &Exported<'_>) -> io::Result<()> {
        self.line.clear();
        let seen = Seen::of(event);
        match self.format {
            Format::JsonLines => jsonl::write(event, &seen, &mut self.line),
            Format::Csv => csv::write(&seen, &mut self.line),
            Format::Ecs => object::write(&ecs::event(&seen), &mut self.line),
            Format::Ocsf => object::write(&ocsf::event(&seen), &mut self.line),
            Format::Cef => cef::write(&seen, &mut self.line),
        }
        self.out.write_all(&self.line)
    }

    /// What it writes to: what is there may be taken away between two events.
    pub fn out(&mut self) -> &mut W {
        &mut self.out
    }

    /// Ends, and gives back what was written to.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn end(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}
