//! Ships what a worker's deckies saw to its master.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use decnet_daemon::{Exit, args, config, environment::Environment, names};
use decnet_forwarder::{Args, Places, StatusArgs, Unready, Verb, program, status};

type Config = config::Config<config::Forwarder>;

fn main() -> ExitCode {
    names::by_files_and_dns();
    let args = match args::parse::<Args>() {
        Ok(args) => args,
        Err(exit) => return ExitCode::from(exit as u8),
    };
    let environment = Environment::of_process();
    let config = match config::load::<config::Forwarder>(&args.command_line(), &environment) {
        Ok(config) => config,
        Err(error) => return complain(&error.into(), Exit::Config as u8),
    };
    let done = match args.verb {
        Some(Verb::Status(how)) => tell(how, &config),
        None => program(&args, &config, &environment),
    };
    match done {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(error) => {
            let code = error.downcast_ref().map_or(Exit::Failure as u8, Unready::exit_code);
            complain(&error, code)
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn tell(how: StatusArgs, config: &Config) -> anyhow::Result<Exit> {
    let report = status::look(&Places::of(config)).await?;
    let text = if how.json { serde_json::to_string_pretty(&report)? + "\n" } else { report.describe() };
    io::stdout().write_all(text.as_bytes())?;
    Ok(if report.healthy { Exit::Success } else { Exit::Failure })
}

/// Says why we end, also where whoever started us looks: on stderr.
fn complain(error: &anyhow::Error, code: u8) -> ExitCode {
    tracing::error!("{error:#}");
    // Nobody is left to be told when stderr is gone.
    let _ = writeln!(io::stderr(), "decnet-forwarder: {error:#}");
    ExitCode::from(code)
}
