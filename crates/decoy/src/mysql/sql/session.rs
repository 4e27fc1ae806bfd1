//! What belongs to one connection, and to the server behind all of them.

use std::collections::{BTreeMap, BTreeSet};

use super::{parse::Parsed, value::Value};
use crate::mysql::failure::Failure;

/// A warning: level, number, words.
pub(crate) type Warning = (&'static str, u16, String);

/// The state of one connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Session {
    /// Number of the connection.
    pub(crate) thread: u32,
    /// Log-in name.
    pub(crate) user: String,
    /// The client's host as the server names it, and its port.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Whether it may do everything.
    pub(crate) everything: bool,
    /// The password, for what SHOW GRANTS prints.
    pub(crate) password: String,
    /// The database in use.
    pub(crate) database: Option<String>,
    /// Number of the client's character set.
    pub(crate) charset: u8,
    /// Variables of the client's own.
    pub(crate) variables: BTreeMap<String, Value>,
    /// Variables of the server that it changed.
    pub(crate) settings: BTreeMap<String, String>,
    /// Statements that it prepared by name.
    pub(crate) prepared: BTreeMap<String, Parsed>,
    /// Procedures, functions, triggers and events that it made, with what they are.
    pub(crate) routines: BTreeSet<String>,
    /// What the last statement warned of.
    pub(crate) warnings: Vec<Warning>,
    /// What the last insertion counted.
    pub(crate) last_id: i64,
    /// Rows that the last statement changed.
    pub(crate) row_count: i64,
    /// Rows that the last query found.
    pub(crate) found_rows: i64,
}

impl Session {
    /// Keeps what was wrong with a statement that came to nothing.
    pub(crate) fn failed(&mut self, failure: &Failure) {
        let text = String::from_utf8_lossy(&failure.text).into_owned();
        self.warnings = vec![("Error", failure.code, text)];
    }

    /// Bytes that a character takes at most in the client's character set.
    pub(crate) const fn width(&self) -> u32 {
        match self.charset {
            45 | 46 | 224..=247 | 255 => 4,
            33 | 83 | 192..=215 | 223 => 3,
            _ => 1,
        }
    }

    /// Says in the variables which character set the client speaks.
    pub(crate) fn name_charset(&mut self) {
        let name = match self.charset {
            8 | 5 | 15 | 31 | 47..=49 | 94 => "latin1",
            33 | 83 | 192..=215 | 223 => "utf8mb3",
            11 | 65 => "ascii",
            63 => "binary",
            _ => "utf8mb4",
        };
        for variable in ["character_set_client", "character_set_connection", "character_set_results"] {
            self.settings.insert(variable.to_owned(), name.to_owned());
        }
    }

    /// Starts over, as after a change of user.
    pub(crate) fn reset(&mut self) {
        let fresh = Self {
            thread: self.thread,
            user: std::mem::take(&mut self.user),
            host: std::mem::take(&mut self.host),
            port: self.port,
            everything: self.everything,
            password: std::mem::take(&mut self.password),
            database: self.database.take(),
            charset: self.charset,
            ..Self::default()
        };
        *self = fresh;
    }
}

/// What the server can tell of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Server {
    /// Seconds since it started.
    pub(crate) uptime: u64,
    /// Statements since then.
    pub(crate) questions: u64,
    /// Connections now.
    pub(crate) connections: usize,
    /// Connections since the start.
    pub(crate) threads: u32,
    /// Its port.
    pub(crate) port: u16,
}
