//! Ids of users and log-ins.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;
use uuid::Uuid;

/// The text is no id.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("no id: it would be a UUID in lower case with hyphens")]
pub struct InvalidId;

macro_rules! ids {
    ($( $( #[doc = $doc:literal] )+ $name:ident; )+) => { $(
        $( #[doc = $doc] )+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self.0.as_hyphenated(), f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            /// Takes exactly what `Display` writes: two texts are never one id.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let parsed = Uuid::try_parse(text).ok().map(Self).filter(|id| id.to_string() == text);
                parsed.ok_or(InvalidId)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    )+ };
}

ids! {
    /// Id of a user: a UUID, written in lower case with hyphens.
    UserId;
    /// Id of a log-in: a UUID, written in lower case with hyphens. Whoever knows it knows nothing of
    /// the token.
    LoginId;
}
