//! Artifacts over the network: `decnet-artifact/1`. The head of the crate says what is said.
//!
//! A [`Shelf`] is the folder that a worker sends from, with what was kept of it; a [`Sender`] offers
//! and sends what is on it; a [`Session`] is the other end, which puts what comes into a
//! [`Keep`](crate::keep::Keep).

mod digest;
mod ledger;
mod receive;
mod send;
mod shelf;
#[cfg(test)]
mod simulation;
pub mod wire;

pub use self::{
    digest::{Digest, InvalidDigest},
    receive::{Now, ReceiveError, Session, Tally},
    send::{Counts, SendError, Sender, Window},
    shelf::{Shelf, ShelfError},
};
