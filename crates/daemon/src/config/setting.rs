//! The types that values have.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};

/// A type that a value of the configuration can have.
pub trait Setting: Sized {
    /// What a value must be, to follow "must be".
    const RULE: &'static str;
    /// Whether errors must not show the value.
    const SECRET: bool = false;

    /// The value that `text` stands for, if it stands for one.
    fn parse(text: &str) -> Option<Self>;
}

impl Setting for bool {
    const RULE: &'static str = "true or false";

    fn parse(text: &str) -> Option<Self> {
        text.to_ascii_lowercase().parse().ok()
    }
}

impl Setting for PathBuf {
    const RULE: &'static str = "an absolute path";

    fn parse(text: &str) -> Option<Self> {
        Path::new(text).is_absolute().then(|| Self::from(text))
    }
}

impl<T: Setting> Setting for Option<T> {
    const RULE: &'static str = T::RULE;
    const SECRET: bool = T::SECRET;

    fn parse(text: &str) -> Option<Self> {
        if text.is_empty() { Some(None) } else { T::parse(text).map(Some) }
    }
}

/// The role of a host in a swarm; a single host is a master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Plans, and drives agents.
    Master,
    /// Obeys a master elsewhere.
    Agent,
}

impl Setting for Mode {
    const RULE: &'static str = "master or agent";

    fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "master" => Some(Self::Master),
            "agent" => Some(Self::Agent),
            _ => None,
        }
    }
}

/// Where the deckies of a master stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deployment {
    /// On the master's own host.
    Unihost,
    /// On the hosts of its swarm.
    Swarm,
}

impl Setting for Deployment {
    const RULE: &'static str = "unihost or swarm";

    fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "unihost" => Some(Self::Unihost),
            "swarm" => Some(Self::Swarm),
            _ => None,
        }
    }
}

impl Setting for IpAddr {
    const RULE: &'static str = "an IP address";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// A whole number from 1 to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count<const MAX: u32>(u32);

impl<const MAX: u32> Count<MAX> {
    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// The rule of a [`Count`], by its bound.
const fn count_rule(max: u32) -> &'static str {
    match max {
        64 => "a whole number from 1 to 64",
        100 => "a whole number from 1 to 100",
        3_600 => "a whole number from 1 to 3600",
        60_000 => "a whole number from 1 to 60000",
        65_535 => "a whole number from 1 to 65535",
        1_048_576 => "a whole number from 1 to 1048576",
        _ => "a whole number that is not too large",
    }
}

impl<const MAX: u32> Setting for Count<MAX> {
    const RULE: &'static str = count_rule(MAX);

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().filter(|n| (1..=MAX).contains(n)).map(Self)
    }
}
