//! Which server it is: they differ in a few words.

use std::time::Duration;

/// The server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Product {
    /// MariaDB.
    MariaDb,
    /// MySQL.
    MySql,
}

impl Product {
    /// The one that calls its version so.
    ///
    /// # Errors
    /// It is too old, and what would be right.
    pub(super) fn of(version: &str) -> Result<Self, &'static str> {
        let mut numbers = version.split(|character: char| !character.is_ascii_digit());
        let mut number = || numbers.next().and_then(|number| number.parse::<u32>().ok()).unwrap_or(0);
        let numbers = (number(), number());
        if version.contains("MariaDB") {
            return if numbers >= (10, 5) {
                Ok(Self::MariaDb)
            } else {
                Err("its server is older than MariaDB 10.5")
            };
        }
        if numbers >= (8, 0) { Ok(Self::MySql) } else { Err("its server is older than MySQL 8.0") }
    }

    /// What every connection has: an answer is of one moment, what cannot be kept as it is is refused, and what
    /// is changed in one statement is changed at once, not from left to right.
    pub(super) fn settings(self) -> String {
        let at_once = if self == Self::MariaDb { ",SIMULTANEOUS_ASSIGNMENT" } else { "" };
        format!(
            "SET SESSION sql_mode = \
             'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES{at_once}', \
             autocommit = 1, lock_wait_timeout = 30, innodb_lock_wait_timeout = 30, wait_timeout = 28800"
        )
    }

    /// Bounds how long statements may take; without a bound, for as long as they want.
    pub(super) fn patience(self, patience: Option<Duration>) -> String {
        // 0 would stand for ever.
        let milliseconds = patience.map_or(0, |patience| patience.as_millis().max(1));
        match self {
            Self::MariaDb => {
                format!("SET SESSION max_statement_time = {}.{:03}", milliseconds / 1000, milliseconds % 1000)
            }
            Self::MySql => format!("SET SESSION max_execution_time = {milliseconds}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_known_by_their_versions() {
        let check = |version: &str, expect: Result<Product, &str>| {
            assert_eq!(Product::of(version), expect, "{version}");
        };
        check("10.11.19-MariaDB-0+deb12u1", Ok(Product::MariaDb));
        check("10.5.0-MariaDB", Ok(Product::MariaDb));
        check("11.8.2-MariaDB-log", Ok(Product::MariaDb));
        check("10.4.34-MariaDB", Err("its server is older than MariaDB 10.5"));
        check("8.4.0", Ok(Product::MySql));
        check("8.0.36-0ubuntu0.22.04.1", Ok(Product::MySql));
        check("5.7.44-log", Err("its server is older than MySQL 8.0"));
        check("", Err("its server is older than MySQL 8.0"));
    }

    #[test]
    fn statements_may_take_so_long() {
        let check = |product: Product, patience: Option<u64>, expect: &str| {
            assert_eq!(product.patience(patience.map(Duration::from_micros)), expect);
        };
        check(Product::MariaDb, Some(2_050_000), "SET SESSION max_statement_time = 2.050");
        check(Product::MariaDb, Some(0), "SET SESSION max_statement_time = 0.001");
        check(Product::MariaDb, None, "SET SESSION max_statement_time = 0.000");
        check(Product::MySql, Some(2_050_000), "SET SESSION max_execution_time = 2050");
    }
}
