//! Names that become container names, file names and fields of events.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;
use uuid::Uuid;

/// Name of a decky in its fleet: 1 to 63 letters, digits, dots and hyphens, beginning and
/// ending with a letter or digit. It never appears on the wire of a decky.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct DeckyName(String);

/// The text cannot name a decky.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "{0:?} is no valid name: 1 to 63 letters, digits, dots and hyphens, with a letter or digit at both ends"
)]
pub struct InvalidName(pub String);

impl DeckyName {
    /// Longest name in bytes.
    pub const MAX: usize = 63;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DeckyName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'-';
        let ends = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric());
        let valid = text.len() <= Self::MAX
            && ends(text.bytes().next())
            && ends(text.bytes().next_back())
            && text.bytes().all(inner);
        valid.then(|| Self(text.to_owned())).ok_or_else(|| InvalidName(text.to_owned()))
    }
}

impl fmt::Display for DeckyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for DeckyName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// 32 secret bytes, written as 64 hexadecimal digits; its `Debug` shows none of them.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(pub [u8; 32]);

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

impl Serialize for SecretKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text: String = self.0.iter().map(|b| format!("{b:02x}")).collect();
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for SecretKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let invalid = || de::Error::custom("a key is 64 hexadecimal digits");
        let mut key = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(invalid());
        }
        for (at, byte) in key.iter_mut().enumerate() {
            let pair = text.get(2 * at..2 * at + 2).ok_or_else(invalid)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| invalid())?;
        }
        Ok(Self(key))
    }
}

/// Id of a host of the swarm: a UUID, written in lower case with hyphens. It stays the same for as
/// long as the host is in the swarm, whatever the host is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(pub Uuid);

/// The text is no id of a host.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0:?} is no host id: it would be a UUID in lower case with hyphens")]
pub struct InvalidHostId(pub String);

impl fmt::Display for HostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0.as_hyphenated(), f)
    }
}

impl FromStr for HostId {
    type Err = InvalidHostId;

    /// Takes exactly what `Display` writes: two texts are never one host.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = Uuid::try_parse(text).ok().map(Self).filter(|id| id.to_string() == text);
        parsed.ok_or_else(|| InvalidHostId(text.chars().take(64).collect()))
    }
}

impl Serialize for HostId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for HostId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// What operators call a host: 1 to 63 lower-case letters, digits and hyphens, beginning and ending
/// with a letter or digit. It is shown, and never a path or an authority.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct HostName(String);

/// The text cannot name a host.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum InvalidHostName {
    /// It is made of the wrong characters, or too long.
    #[error(
        "{0:?} is no valid host name: 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends"
    )]
    Malformed(String),
    /// It is the name of a part of DECNET.
    #[error("{0:?} is reserved: it names a part of DECNET itself")]
    Reserved(String),
}

impl HostName {
    /// Longest name in bytes.
    pub const MAX: usize = 63;

    /// Names that would be mistaken for parts of DECNET.
    pub const RESERVED: [&str; 8] =
        ["decnet-master", "master", "controller", "listener", "localhost", "operator", "swarmctl", "swarm"];

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HostName {
    type Err = InvalidHostName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let end = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let inner = |b: u8| end(Some(b)) || b == b'-';
        let valid = text.len() <= Self::MAX
            && end(text.bytes().next())
            && end(text.bytes().next_back())
            && text.bytes().all(inner);
        if !valid {
            return Err(InvalidHostName::Malformed(text.chars().take(80).collect()));
        }
        if Self::RESERVED.contains(&text) || text.starts_with("updater") {
            return Err(InvalidHostName::Reserved(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for HostName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_have_plain_names() {
        for good in ["w1", "edge-01", "a", &"a".repeat(63)] {
            assert_eq!(good.parse::<HostName>().map(|name| name.to_string()), Ok(good.to_owned()));
        }
        let long = "a".repeat(10_240);
        for bad in ["", "../x", "-a", "a-", "A", "a.b", "a b", "ä", "a/b", "a\0", &"a".repeat(64), &long] {
            let error = bad.parse::<HostName>().unwrap_err();
            assert!(matches!(error, InvalidHostName::Malformed(_)), "{bad:.40}");
            assert!(error.to_string().len() < 400, "the error repeats all of it");
        }
        for reserved in HostName::RESERVED.into_iter().chain(["updater", "updater-w1"]) {
            assert_eq!(reserved.parse::<HostName>(), Err(InvalidHostName::Reserved(reserved.to_owned())));
        }
    }

    #[test]
    fn a_host_id_has_one_text() {
        let text = "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b";
        assert_eq!(text.parse::<HostId>().map(|id| id.to_string()), Ok(text.to_owned()));
        for bad in [&text.to_uppercase(), &text.replace('-', ""), &format!("{{{text}}}"), "", "x"] {
            assert!(bad.parse::<HostId>().is_err(), "{bad}");
        }
    }
}
