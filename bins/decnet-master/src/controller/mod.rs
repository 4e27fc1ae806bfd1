//! The swarm's controller, as an operator asks it.
//!
//! Where it is says the configuration (`swarmctl-url`): on loopback it is spoken to in plain HTTP
//! with the operator's token, elsewhere by TLS with an operator's certificate.

mod address;
mod client;
mod error;
mod follow;
mod reach;

pub(crate) use self::{
    address::worker_address,
    client::Controller,
    error::ControllerError,
    follow::{Followed, follow},
    reach::reach,
};
