//! What an operator types to find events, as typed terms.
//!
//! Terms stand beside each other and all of them must hold:
//!
//! | term | holds for an event |
//! |---|---|
//! | `wget`, `/etc/pass`, `"two words"` | that says so somewhere, where a word begins, in capitals or not |
//! | `decky:web-1`, `service:`, `event:`, `attacker:`, `worker:`, `session:` | that is of it |
//! | `ignored:false`, `ignored:true`, `ignored:7` | that the ignore list did not cover, that it did, that this entry did |
//! | `username:root`, `path:"/a b"` | with a field of that name and exactly that value |
//! | `-term` | for which the term does not hold |
//!
//! A term is a filter only when a name stands before its first `:`. Addresses of IPv6, MACs, URLs and
//! paths of Windows are texts, and so is everything in quotes.

mod error;
mod parse;
#[cfg(test)]
mod tests;

use std::{fmt, str::FromStr};

pub use self::error::SearchError;

/// What an event is of, beside what its line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// The worker that sent it.
    Worker,
    /// The decky that saw it.
    Decky,
    /// The service or component that saw it.
    Service,
    /// What happened.
    Kind,
    /// The address of who did it.
    Address,
    /// The conversation.
    Session,
    /// The entry of the ignore list that covers it.
    Ignored,
}

impl Dimension {
    /// The dimension that `key` names.
    fn named(key: &str) -> Option<Self> {
        Some(match key {
            "worker" | "source_worker" => Self::Worker,
            "decky" => Self::Decky,
            "service" => Self::Service,
            "event" | "event_type" | "kind" => Self::Kind,
            "attacker" | "attacker-ip" | "attacker_ip" | "src_ip" => Self::Address,
            "session" => Self::Session,
            "ignored" => Self::Ignored,
            _ => return None,
        })
    }

    /// Its shortest key.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Decky => "decky",
            Self::Service => "service",
            Self::Kind => "event",
            Self::Address => "attacker",
            Self::Session => "session",
            Self::Ignored => "ignored",
        }
    }
}

/// Whether the ignore list covers an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ignored {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// By this entry.
    By(i64),
}

impl Ignored {
    /// What a value of `ignored:` stands for.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "true" => Some(Self::Yes),
            "false" => Some(Self::No),
            id => id.parse().ok().filter(|id| *id > 0).map(Self::By),
        }
    }
}

/// What must hold of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It is of this.
    Is(Dimension, String),
    /// Its field of this name has this value.
    Field(String, String),
    /// It says this somewhere.
    Says(String),
}

/// A condition that must hold, or must not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The condition.
    pub condition: Condition,
    /// Whether it must not hold.
    pub excluded: bool,
}

/// Terms that must all hold; without one, every event is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    terms: Vec<Term>,
}

impl Search {
    /// Reads what was typed.
    ///
    /// # Errors
    /// [`SearchError`], which names the place and what would be right there.
    pub fn parse(text: &str) -> Result<Self, SearchError> {
        parse::terms(text).map(|terms| Self { terms })
    }

    /// A search of one condition that holds for what is of `dimension`.
    pub fn of(dimension: Dimension, name: impl Into<String>) -> Self {
        Self { terms: vec![Term { condition: Condition::Is(dimension, name.into()), excluded: false }] }
    }

    /// Its terms, in the order in which they were typed.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }
}

impl FromStr for Search {
    type Err = SearchError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// As it can be typed: it reads back to the same terms.
impl fmt::Display for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.terms.iter().enumerate().try_for_each(|(at, term)| {
            f.write_str(if at > 0 { " " } else { "" })?;
            write!(f, "{term}")
        })
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.excluded { "-" } else { "" })?;
        match &self.condition {
            Condition::Is(dimension, name) => write!(f, "{}:{}", dimension.key(), Quoted(name)),
            Condition::Field(name, value) => write!(f, "{name}:{}", Quoted(value)),
            Condition::Says(text) => write!(f, "{}", Quoted(text)),
        }
    }
}

/// A text between quotes.
struct Quoted<'t>(&'t str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        self.0.chars().try_for_each(|character| match character {
            '"' | '\\' => write!(f, "\\{character}"),
            other => write!(f, "{other}"),
        })?;
        f.write_str("\"")
    }
}
