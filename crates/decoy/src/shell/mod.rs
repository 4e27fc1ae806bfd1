//! The command language and the terminal that a log-in gives.
//!
//! The data flow of a typed line: [`terminal`] edits it, `language` parses it, `execute` runs it,
//! `expand` turns its words into arguments, and what they name is a builtin, a function, or a
//! program of the machine. Programs of one pipeline run at once, each in a [`Process`] that holds
//! all that it is given; a [`Visit`] holds everything together, and ends it.
//!
//! Invariants:
//! - What a visitor can make grow has a bound in [`crate::caps`]; what never ends can be
//!   interrupted, and lets others run.
//! - Nothing here reaches the machine that runs us: files, processes and accounts are those of
//!   [`crate::machine`].
//! - A line that a visitor types is an event, and what is shown and typed at a terminal is a
//!   recording.
//!
//! Limits: job control stops and resumes what an interactive shell started, but a background job
//! that reads the terminal is not stopped; `coproc`, and traps on signals that a shell sends
//! itself, are not there.

mod builtins;
mod dialect;
mod escape;
mod execute;
mod expand;
mod interpreter;
mod language;
pub mod pipe;
mod process;
mod prompt;
mod seat;
pub mod signals;
mod start;
mod state;
pub mod terminal;
#[cfg(test)]
mod tests;
mod visit;
mod watch;

pub use process::{BoxFuture, Environment, Exit, Process, Program};
pub use seat::Seat;
pub use signals::Signal;
pub(crate) use start::interpret;
pub use visit::{Login, Streams, Terminal, Visit};

/// Takes bytes as a text of every shell, as an expression, as a pattern and as keys; for fuzzing.
#[cfg(any(test, feature = "testing"))]
pub fn parse_anything(bytes: &[u8]) {
    use dialect::Dialect;
    for dialect in [Dialect::Bash, Dialect::Dash, Dialect::Ash] {
        for last in [false, true] {
            let _ = language::Parser::new(bytes, 1, dialect, last).parse();
        }
        let _ = expand::arithmetic::evaluate(bytes, &mut state::Variables::default(), dialect, false);
    }
    let _ = expand::pattern::Pattern::parse(bytes, true).matches(bytes);
    terminal::press_anything(bytes);
}
