//! What happened, kept for questions: events, sessions, attackers, bounties, credentials, artifacts.
//!
//! ```text
//! decnet.json ──► follow (logship::tail) ──► derive: line → Entry ──► write: one transaction a batch
//!                                                pure                  rows, words, tallies, marks
//!                                                                          │
//!                     text: words of lines, behind ingest ◄────────────────┤
//!                                                                          ▼
//!                                 questions ──► search: text → Search ──► read: rows → proto::record
//! ```
//!
//! Why it exists apart from `store`: the store is what the controller wants and knows of its swarm, a few
//! rows that must never be wrong; the record is what attackers do, millions of rows that must be quick.
//! They are owned by different processes, so they are different databases.
//!
//! Invariants:
//! - Rows and how far the log is kept change in one transaction: after any crash every line is there once.
//! - `(worker, decky, boot, seq)` is there once, whatever is read twice.
//! - Ids of events grow in the order in which lines were read, and are never used again.
//! - Who attacks is told by the address of the socket (`src_ip`), never by what a peer sent.
//! - Everything from a line is a value of a statement, never a part of one, and has a bound
//!   ([`limits`]).
//! - One process has the record open to write, and one thread of it writes: a lock of the file says so, or one
//!   of the server, which goes with the connection.
//!
//! Limits: everything here blocks; callers with a runtime ask from threads that may.

pub mod accounts;
pub mod alerts;
mod backup;
mod block;
mod database;
mod derive;
mod error;
pub mod export;
mod file;
mod follow;
mod keeper;
pub mod limits;
mod open;
mod read;
mod retention;
#[cfg(test)]
mod scratch;
mod search;
mod settings;
mod sql;
mod text;
mod write;

#[cfg(feature = "testing")]
pub use self::derive::testing;
pub use self::{
    backup::{backup, restore},
    database::{Database, DatabaseUrl, UrlError},
    error::RecordError,
    keeper::{Options, Record, Status},
    read::{
        AttackerSort, Attackers, Bounties, Cursor, CursorError, Matcher, Paging, Patience, Period, Reader,
        Sessions, Streamed,
    },
    retention::Limits,
    search::{Condition, Dimension, Search, SearchError, Term},
    settings::Setting,
    write::{Purged, Watch},
};
