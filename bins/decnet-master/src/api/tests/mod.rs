//! The API on loopback, over a record of its own.

mod accounts;
mod agent;
mod alerts;
mod fixture;
mod fleet;
mod lists;
mod matrix;
mod stream;
mod swarm;
