//! MariaDB, and MySQL.
//!
//! Numbers are `BIGINT` and texts are bytes there (`VARBINARY`, `MEDIUMBLOB`): bytes have one order and one
//! equality, while texts of MariaDB are the same with and without spaces at their ends, and mostly with and
//! without capitals.
//!
//! What changes tables ends a transaction there. So what makes tables can be done again, and what drops them
//! waits until the transaction is kept.

mod bulk;
mod error;
mod options;
mod product;
mod session;
mod statements;
mod value;

#[cfg(test)]
pub(crate) use self::session::LOCK;
pub(crate) use self::session::MariaDbSession;
pub(super) use self::value::{bytes, int};
