//! Which Redis is played; what differs between versions asks here.

use std::{fmt, str::FromStr};

/// A version, as `7.0.15`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl FromStr for Version {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.trim().splitn(3, '.').map(|part| part.parse().map_err(drop));
        let mut next = || parts.next().unwrap_or(Ok(0));
        Ok(Self(next()?, next()?, next()?))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

impl Version {
    /// The generation in which protected settings, functions and new error texts came.
    pub fn is_seven(self) -> bool {
        self.0 >= 7
    }

    /// Whether there are users and the third version of the protocol.
    pub fn has_users(self) -> bool {
        self.0 >= 6
    }
}
