//! Where a database is.

use std::fmt;

use super::Setting;

/// The URL of a database of a server, as the record reads it. It may have a password in it.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseAddress(String);

impl DatabaseAddress {
    /// All of it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Setting for DatabaseAddress {
    const RULE: &'static str = "postgres://user@host/database or mariadb://user@host/database";
    const SECRET: bool = true;

    fn parse(text: &str) -> Option<Self> {
        let (scheme, _) = text.split_once("://")?;
        let is_known = ["postgres", "postgresql", "mariadb", "mysql"].contains(&scheme);
        is_known.then(|| Self(text.to_owned()))
    }
}

impl fmt::Debug for DatabaseAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseAddress(…)")
    }
}
