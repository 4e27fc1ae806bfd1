//! What the master remembers: hosts, certificates, tokens, shards, operations, the audit log.
//!
//! Why it exists: the controller answers from here after a crash as before it, and what it asked
//! of its hosts is not what they said. Each noun is one file, its methods begin with its name, and
//! what they answer with is what goes over the wire where that is natural.
//!
//! ```text
//! Store::open → file (0600, folder 0700) → migrations → one connection that writes, a few that read
//! ```
//!
//! Invariants:
//! - A change is all or nothing, and a caller who stops waiting breaks none off.
//! - Times come from the caller, in seconds since the Unix epoch; the store reads no clock and
//!   draws nothing.
//! - What is wanted and what was said are different columns; a host's word touches its own rows only.
//! - A secret is never kept: of a token its hash, of a certificate its fingerprint and its pin.
//! - A fingerprint is never forgotten.
//! - A state that is no state, or a row that refers to nothing, is refused by the database itself.
//!
//! Limits: one SQLite file, one machine. Everything kept has a bound ([`limits`]) but certificates,
//! which grow with what is signed. Queries use what all databases share, so that others can join:
//! `schema.rs` and `connection.rs` are what would change.

mod audit;
mod certificates;
mod connection;
mod error;
mod file;
mod hosts;
pub mod limits;
mod listeners;
mod meta;
mod migrate;
mod operations;
pub mod reset;
mod schema;
mod shards;
mod store;
mod tokens;
mod words;

pub use certificates::{
    CertificateState, KnownCertificate, NewCertificate, Revoke, listener_holder, listener_name,
};
pub use error::StoreError;
pub use hosts::{Before, Heard, Host, NewHost};
pub use listeners::{KnownListener, NewListener};
pub use meta::Number;
pub use operations::{NewResult, Unfinished};
pub use shards::{Condition, NewShard, Noted, Observed};
pub use store::Store;
pub use tokens::{NewToken, Part, TokenHash, TokenRefused};
