//! What the updater asks of root: to have a unit started anew, or told of. Nothing else can be said.
//!
//! ```text
//! updater ── "restart decnet-agent\n" ──► socket unit ──► decnet-updater-helper answer (root)
//!         ◄── one line of JSON ────────────────────────── systemctl restart decnet-agent.service
//! ```
//!
//! A request is one line of at most [`REQUEST_MAX`] bytes and one of ten texts; nothing of it reaches a
//! command but by way of these enums.

mod answer;
mod ask;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::{
    answer::answer,
    ask::{Helper, HelperError},
};

/// Longest request, in bytes.
pub const REQUEST_MAX: u64 = 64;

/// Longest answer, in bytes.
pub const ANSWER_MAX: u64 = 64 * 1024;

/// A unit that may be started anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// `decnet-agent.service`.
    Agent,
    /// `decnet-forwarder.service`.
    Forwarder,
    /// `decnet-updater.service`.
    Updater,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Self; 3] = [Self::Agent, Self::Forwarder, Self::Updater];

    /// Its name, without `.service`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agent => "decnet-agent",
            Self::Forwarder => "decnet-forwarder",
            Self::Updater => "decnet-updater",
        }
    }
}

/// What may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Start the unit anew, also when it failed too often.
    Restart(Unit),
    /// Tell how it is.
    Show(Unit),
    /// Tell what it said last.
    Log(Unit),
    /// Start the watchdog of the updater's own update.
    Watch,
}

impl Request {
    /// Every request.
    pub const ALL: [Self; 10] = [
        Self::Restart(Unit::Agent),
        Self::Restart(Unit::Forwarder),
        Self::Restart(Unit::Updater),
        Self::Show(Unit::Agent),
        Self::Show(Unit::Forwarder),
        Self::Show(Unit::Updater),
        Self::Log(Unit::Agent),
        Self::Log(Unit::Forwarder),
        Self::Log(Unit::Updater),
        Self::Watch,
    ];
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Restart(unit) => write!(f, "restart {}", unit.name()),
            Self::Show(unit) => write!(f, "show {}", unit.name()),
            Self::Log(unit) => write!(f, "log {}", unit.name()),
            Self::Watch => f.write_str("watch"),
        }
    }
}

/// The line is no request.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("this is no request: restart, show or log of a unit of ours is, or watch")]
pub struct InvalidRequest;

impl FromStr for Request {
    type Err = InvalidRequest;

    fn from_str(text: &str) -> Result<Self, InvalidRequest> {
        Self::ALL.into_iter().find(|request| request.to_string() == text).ok_or(InvalidRequest)
    }
}

/// What the helper says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// It was done.
    Done(Told),
    /// It was not, for this reason.
    Failed(String),
}

/// What is known of a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Its main process; none where it has none, or where nobody asked.
    pub main_pid: Option<u32>,
    /// Whether it is active, as systemd has it: `active`, `failed` and so on.
    pub state: String,
    /// What it said last.
    pub output: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_one_of_ten_texts() {
        for request in Request::ALL {
            let text = request.to_string();
            assert_eq!(text.parse(), Ok(request));
            assert!(text.len() as u64 + 1 < REQUEST_MAX, "{text}");
            for wrong in
                [format!("{text} "), format!("{text}\n"), format!("{text}; true"), text.to_uppercase()]
            {
                assert_eq!(wrong.parse::<Request>(), Err(InvalidRequest), "{wrong:?}");
            }
        }
        for wrong in [
            "",
            "restart",
            "restart ssh",
            "restart decnet-master",
            "stop decnet-agent",
            "restart  decnet-agent",
        ] {
            assert_eq!(wrong.parse::<Request>(), Err(InvalidRequest), "{wrong:?}");
        }
    }
}
