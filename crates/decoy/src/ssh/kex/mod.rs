//! Key exchange: what is offered, what is agreed on, and the secret that comes of it.
//!
//! Everything here is a function from what either side sent to what the server answers; the
//! transport sends and receives.

mod agree;
mod curve;
mod ecdh;
mod exchange;
mod group;
mod hybrid;
mod init;
mod method;
mod moduli;
mod sntrup;

pub(super) use agree::{Agreement, agree};
pub(super) use exchange::{Material, Secrets};
pub(super) use group::{Group, Wanted};
pub(super) use init::Offer;
pub(super) use method::{Answer, Method, Refusal, only_string};
