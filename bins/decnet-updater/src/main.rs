//! A host's second place in its swarm, apart from the agent's.

use std::io::{self, Write as _};

use decnet_daemon::{Exit, args, config, environment::Environment, names};
use decnet_membership::{JoinArgs, Membership, Part};
use decnet_pki::clock::Clock;
use decnet_updater::{Args, Folders, Report, StatusArgs, Verb, program};

type Config = config::Config<config::Updater>;

fn main() -> Exit {
    names::by_files_and_dns();
    let args = match args::parse::<Args>() {
        Ok(args) => args,
        Err(exit) => return exit,
    };
    let environment = Environment::of_process();
    let config = match config::load::<config::Updater>(&args.command_line(), &environment) {
        Err(e) => return complain(&anyhow::Error::new(e), Exit::Config),
        Ok(config) => config,
    };
    let done = match args.verb.clone() {
        Verb::Run(how) => program((&args, &how), config, &environment).map(|()| Exit::Success),
        Verb::Join(how) => join(how, config),
        Verb::Status(how) => status(how, &config),
    };
    done.unwrap_or_else(|e| complain(&e, Exit::Failure))
}

#[tokio::main(flavor = "current_thread")]
async fn join(how: JoinArgs, config: Config) -> anyhow::Result<Exit> {
    let host = decnet_membership::join(&how.of(Part::Updater, config.role.updater_dir)?).await?;
    say(&format!(
        "The updater of {} ({}) is in the swarm of {}. One that runs must be restarted to take part.\n",
        host.name, host.id, host.controller
    ))?;
    Ok(Exit::Success)
}

fn status(how: StatusArgs, config: &Config) -> anyhow::Result<Exit> {
    let membership = Membership::open(Part::Updater, &config.role.updater_dir, Clock::system())?;
    let report = Report::of(membership.as_ref(), &Folders::of(&config.role));
    say(&if how.json { serde_json::to_string_pretty(&report)? + "\n" } else { report.describe() })?;
    Ok(if report.healthy { Exit::Success } else { Exit::Failure })
}

fn say(text: &str) -> io::Result<()> {
    io::stdout().write_all(text.as_bytes())
}

/// Says why we end, also where whoever started us looks: on stderr.
fn complain(error: &anyhow::Error, exit: Exit) -> Exit {
    tracing::error!("{error:#}");
    // Nobody is left to be told when stderr is gone.
    let _ = writeln!(io::stderr(), "decnet-updater: {error:#}");
    exit
}
