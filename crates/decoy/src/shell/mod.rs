//! The command language and the terminal that a log-in gives.

#![expect(dead_code, reason = "the interpreter that uses the grammar and the terminal comes next")]

mod dialect;
mod escape;
mod language;
pub mod pipe;
mod process;
mod seat;
pub mod signals;
pub mod terminal;
mod visit;

pub use process::{BoxFuture, Environment, Exit, Process, Program};
pub use seat::Seat;
pub use signals::Signal;
pub use visit::{Login, Streams, Terminal, Visit};
