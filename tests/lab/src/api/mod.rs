//! The master's API as its users have it: over a socket, with a token.
//!
//! A [`Host`] is a master of which the API alone runs, over a log that somebody writes; a [`Client`] asks
//! whichever API there is, also one on a machine of a swarm.

mod answer;
mod attack;
mod client;
mod host;

pub use self::{
    answer::Answer,
    attack::{Arrival, Attack},
    client::{Client, PASSWORD, escaped},
    host::{Host, PORT, WEB_PORT},
};
