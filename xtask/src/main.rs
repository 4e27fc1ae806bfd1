//! The workspace's own tasks: `cargo xtask VERB`.
//!
//! One file or folder per verb, one line per verb in [`cli`]. Whatever the lab consists of
//! is in the `lab` crate, which the tests use too.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a task talks to the person who runs it")]

mod bench;
mod cli;
mod compile;
mod database_server;
mod deb;
mod demo;
mod dist;
mod docs;
mod image;
mod lab_verb;
mod lint;
mod metadata;
mod programs;
mod proof;
mod source;
mod test;
mod tidy;
mod traffic;
mod tty;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{} {error:#}", tty::red("error:"));
            ExitCode::FAILURE
        }
    }
}
