//! What the updater cannot do itself, and what no push replaces.

use std::io::{self, Write as _};

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use decnet_daemon::{
    Exit,
    args::{self, HostFlags},
    config::{self, CommandLine, Flag},
    diagnostics,
    environment::Environment,
    names,
};
use decnet_updater::{Settings, Supervision, describe, units};

/// Starts units anew for the updater, and watches over the updater's own update.
///
/// It is part of the package and stays what it is when releases are pushed.
#[derive(Debug, Parser)]
#[command(
    name = "decnet-updater-helper",
    version,
    styles = args::STYLES,
    after_help = "Exit codes: 0 answered or watched to the end, 1 something failed, 64 usage, 78 configuration."
)]
struct Args {
    /// What to do.
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Clone, Debug, Subcommand)]
enum Verb {
    /// Answer the one request that comes on stdin, a connected socket
    ///
    /// It may be to restart, show or tell the log of one of three units, or to start the watchdog; and it may
    /// come from root or the updater's user.
    Answer,
    /// Replace the updater by the release that it was given, and go back if that does not serve
    Watch(WatchArgs),
}

#[derive(Clone, Debug, clap::Args)]
struct WatchArgs {
    /// Flags that every program has.
    #[command(flatten)]
    host: HostFlags,
    /// Folder of what was pushed [configuration key: updater-root]
    #[arg(long, value_name = "DIR")]
    updater_root: Option<String>,
    /// Folder of the releases that packages brought [configuration key: updater-packages]
    #[arg(long, value_name = "DIR")]
    updater_packages: Option<String>,
    /// Seconds that a new release has to serve [configuration key: updater-deadline]
    #[arg(long, value_name = "SECONDS")]
    updater_deadline: Option<String>,
}

impl WatchArgs {
    fn command_line(&self) -> CommandLine {
        let mut line = self.host.command_line();
        let own = [
            ("updater-root", &self.updater_root),
            ("updater-packages", &self.updater_packages),
            ("updater-deadline", &self.updater_deadline),
        ];
        let given = own.into_iter().filter_map(|(key, value)| Some((key, value.clone()?)));
        line.flags.extend(given.map(|(key, value)| Flag { key, flag: format!("--{key}"), value }));
        line
    }
}

fn main() -> Exit {
    names::by_files_and_dns();
    let args = match args::parse::<Args>() {
        Ok(args) => args,
        Err(exit) => return exit,
    };
    let done = match args.verb {
        Verb::Answer => answer(),
        Verb::Watch(how) => watch(&how.command_line()),
    };
    done.unwrap_or_else(|error| complain(&error, Exit::Failure))
}

#[tokio::main(flavor = "current_thread")]
async fn answer() -> anyhow::Result<Exit> {
    let answer = units::answer(io::stdin()).await.context("cannot hear what is asked")?;
    io::stdout().write_all(&serde_json::to_vec(&answer)?)?;
    Ok(Exit::Success)
}

#[tokio::main]
async fn watch(line: &CommandLine) -> anyhow::Result<Exit> {
    let environment = Environment::of_process();
    let config = match config::load::<config::Updater>(line, &environment) {
        Err(error) => return Ok(complain(&anyhow::Error::new(error), Exit::Config)),
        Ok(config) => config,
    };
    let file = config.decnet.system_logs.as_deref();
    diagnostics::init(diagnostics::Options { developer: config.decnet.developer, file })?;
    let supervision = Supervision::of(&config.role, &environment)?;
    let settings = Settings::new(config, supervision, None);
    let outcome = decnet_updater::watch(settings).await?;
    tracing::info!("{}", describe(outcome.as_ref()));
    Ok(Exit::Success)
}

/// Says why we end, also where whoever started us looks: on stderr.
fn complain(error: &anyhow::Error, exit: Exit) -> Exit {
    tracing::error!("{error:#}");
    // Nobody is left to be told when stderr is gone.
    let _ = writeln!(io::stderr(), "decnet-updater-helper: {error:#}");
    exit
}
