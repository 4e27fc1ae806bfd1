//! The API: what the dashboard, and programs of operators, ask of the master.
//!
//! ```text
//! door ──► guard: whose token, may he ─► route ─► record (threads that may wait) ─► JSON
//!                                          ├────► stream: one look for all who listen
//!                                          └────► agent of this host, or controller of the swarm
//! ```
//!
//! Invariants: every route is in the table of `proto::api`, which says who may; nothing of a request is looked
//! at before that, but its head. A token stands in no path, no log and no error. What the database or a
//! folder say when they fail stays in the log of this process.

mod accounts;
mod alerts;
mod app;
mod asking;
mod attackers;
mod auth;
mod cache;
mod certificate;
mod door;
mod events;
mod fleet;
mod guard;
mod loot;
mod metrics;
mod operations;
mod paging;
mod refusal;
mod routes;
mod server;
mod sessions;
mod settings;
mod stream;
mod swarm;
mod system;
#[cfg(test)]
mod tests;
mod upkeep;
mod users;
mod welcome;

pub(crate) use self::{
    certificate::Certificate,
    door::Door,
    server::Bound,
    settings::{Settings, database},
};
