//! From text to commands: the grammar of POSIX, of bash, and of BusyBox's shell.
//!
//! Parsing is pure: it knows the dialect and the aliases, and reads nothing else. One call
//! reads one complete command, as shells do, so that what it does (an alias, an option) counts
//! for what follows.

pub(crate) mod ast;
mod commands;
mod condition;
mod fault;
mod here;
mod lexer;
mod parameter;
mod parser;
mod quoting;
mod redirection;
#[cfg(test)]
mod tests;

pub(crate) use fault::{Fault, Problem};
pub(crate) use here::text_word;
pub(crate) use parser::{Parsed, Parser, is_name, reserved, reserved_words};
