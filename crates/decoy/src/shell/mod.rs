//! The command language and the terminal that a log-in gives.

pub mod pipe;
