//! One fake machine: every built-in service of a decky in one static process.

use std::process::ExitCode;

use decoy_process::{Command, UsageError, run};

fn main() -> ExitCode {
    let result = match Command::parse(std::env::args().skip(1)) {
        Ok(command) => run(command),
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard output carries events; diagnostics go here and nowhere else.
            let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{error:#}\n"));
            if error.is::<UsageError>() { ExitCode::from(64) } else { ExitCode::FAILURE }
        }
    }
}
