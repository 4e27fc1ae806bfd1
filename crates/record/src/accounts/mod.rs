//! Who may ask the record: users, their passwords, and who is logged in.
//!
//! ```text
//! name, password ──► Throttle::attempt ──► user_by_name ──► password::check ──► login_create ──► token
//!                    refused: 429          reads            Argon2, unknown      writes            once
//!                                                           names too
//! token ──► login_find ──► Who: user, role, must change ──► now and then login_touch
//! ```
//!
//! Invariants:
//! - Of a password there is an Argon2id hash only, of a token its SHA-256 only: who reads the database
//!   can log in with nothing of it.
//! - Passwords, hashes and tokens are types whose `Debug` shows none of them; no error repeats one.
//! - An unknown name costs what a known one costs: one Argon2 computation with the same parameters, and
//!   one charge of the throttle.
//! - An attempt is charged before the password is computed, so that many at once are no way around the
//!   throttle.
//! - A log-in is made only of a password that is still the user's, looked at in the transaction that
//!   makes it. A new password ends every other log-in of the user, in one transaction.
//! - Role and `must_change` are read with every request: what is taken from a user is gone at once.
//! - While there are users, one of them at least is an administrator. Nobody removes or demotes himself.
//! - There are at most [`USERS`] users with [`LOGINS`] log-ins each, so that every list has an end.
//!
//! Limits: everything here blocks. [`password::hash`] and [`password::check`] compute for tens of
//! milliseconds in 19 MiB, touch no database, and are never done by the thread that writes; a caller
//! does at most [`password::AT_ONCE`] at once. Times come from the caller.

mod draw;
mod error;
mod first;
mod logins;
pub mod password;
mod throttle;
mod users;
mod weak;

#[cfg(test)]
mod tests;

use decnet_event::Timestamp;
use uuid::Uuid;

pub use self::{
    error::AccountError,
    first::FirstAdmin,
    logins::{Lifetime, Login, NewLogin, Peer, Who},
    throttle::{Attempt, Throttle, Throttled},
    users::{NewAccount, User},
    weak::{WeakPassword, judge},
};
use crate::{
    RecordError,
    sql::{Connection, Mode, Row},
};

/// Most users.
pub const USERS: i64 = 1000;

/// Most log-ins of one user; the oldest one makes room.
pub const LOGINS: usize = 20;

/// The accounts in a database. Each of its verbs is a transaction of its own, so that it is not used
/// inside one.
#[derive(Debug)]
pub struct Accounts<'c>(&'c mut Connection);

impl<'c> Accounts<'c> {
    /// The accounts behind this connection.
    pub(crate) const fn new(connection: &'c mut Connection) -> Self {
        Self(connection)
    }

    fn write<T>(
        &mut self,
        attempt: &'static str,
        work: impl FnOnce(&mut Connection) -> Result<T, AccountError>,
    ) -> Result<T, AccountError> {
        self.0.all_or_nothing(Mode::Write, work).map_err(|error| error.during(attempt))
    }

    fn read<T>(
        &mut self,
        attempt: &'static str,
        work: impl FnOnce(&mut Connection) -> Result<T, AccountError>,
    ) -> Result<T, AccountError> {
        self.0.all_or_nothing(Mode::Read, work).map_err(|error| error.during(attempt))
    }
}

/// An id of a row.
fn uuid(row: &Row<'_>, at: usize) -> Result<Uuid, RecordError> {
    Uuid::from_slice(row.bytes(at)?).map_err(|_| RecordError::Row { what: "an id" })
}

/// What a word of a row stands for.
fn read<T>(word: Option<T>, what: &'static str) -> Result<T, RecordError> {
    word.ok_or(RecordError::Row { what })
}

/// Whole seconds since the Unix epoch, as the API tells times.
const fn seconds(time: Timestamp) -> i64 {
    time.0.div_euclid(1_000_000)
}
