//! The API on loopback, over a record of its own.

mod accounts;
mod alerts;
mod fixture;
mod lists;
mod matrix;
mod stream;
