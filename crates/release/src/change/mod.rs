//! The change from one release to another: decided, journaled, done, proven, or undone.
//!
//! - [`admit`]: whether a release may follow what runs.
//! - [`Journal`] and [`State`]: what is being done, and what is known.
//! - [`health`]: what programs say of themselves, and whether that proves a release.
//! - [`Engine`]: does it, over a [`Medium`](crate::medium::Medium), a [`Supervisor`] and a [`Clock`].
//!
//! Everything here blocks: a daemon runs it on a thread of its own.

pub mod admit;
mod chain;
mod confirmation;
mod engine;
pub mod health;
mod journal;
mod outcome;
mod probe;
mod record;
mod resume;
mod settle;
mod stage;
mod state;
mod supervisor;

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

pub use self::{
    chain::{Chain, Program},
    confirmation::{confirm, confirmation},
    engine::{Engine, Terms},
    journal::{Journal, Kind, Phase},
    outcome::{ChangeError, Outcome, Prepared},
    probe::Patience,
    record::RecordError,
    state::State,
    supervisor::{Clock, Supervisor, SystemClock, Trouble},
};
