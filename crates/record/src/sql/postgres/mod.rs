//! PostgreSQL.
//!
//! Numbers are `BIGINT` and texts are `BYTEA` there: bytes have one order and one equality, and may be any,
//! while a text of PostgreSQL has no NUL.

mod copy;
mod error;
mod session;
mod tls;
mod value;

pub(crate) use self::session::PostgresSession;
pub(super) use self::value::{bytes, int};
