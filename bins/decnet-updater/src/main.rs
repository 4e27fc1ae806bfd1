//! A host's second place in its swarm, apart from the agent's.

use std::io::{self, Write as _};

use anyhow::Context as _;
use decnet_daemon::{Exit, args, config, diagnostics, environment::Environment, signals};
use decnet_membership::{JoinArgs, Membership, Part};
use decnet_pki::clock::Clock;
use decnet_updater::{Args, Named, Report, Settings, StatusArgs, Surroundings, Verb, run, start};

type Config = config::Config<config::Updater>;

fn main() -> Exit {
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
        Verb::Run(how) if how.daemon => daemon(&args, &config, &environment),
        Verb::Run(_) => updater(&args, config, &environment),
        Verb::Join(how) => join(how, config),
        Verb::Status(how) => status(how, config, &args, &environment),
    };
    done.unwrap_or_else(|e| complain(&e, Exit::Failure))
}

#[tokio::main]
async fn updater(args: &Args, config: Config, environment: &Environment) -> anyhow::Result<Exit> {
    let file = config.decnet.system_logs.as_deref();
    diagnostics::init(diagnostics::Options { developer: config.decnet.developer, file })?;
    config.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    let around = Surroundings::of(environment, &args.command_line())?;
    let _named = Named::take(&around.runtime_dir)?;
    let signals = signals::listen().context("cannot listen to signals")?;
    run(Settings::new(config, around), signals.shutdown).await.map(|()| Exit::Success)
}

#[tokio::main(flavor = "current_thread")]
async fn daemon(args: &Args, config: &Config, environment: &Environment) -> anyhow::Result<Exit> {
    let output = config.decnet.ingest_log_file.with_extension("updater.log");
    start(args, &output, environment).await.map(|()| Exit::Success)
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

fn status(how: StatusArgs, config: Config, args: &Args, environment: &Environment) -> anyhow::Result<Exit> {
    let membership = Membership::open(Part::Updater, &config.role.updater_dir, Clock::system())?;
    let settings = Settings::new(config, Surroundings::of(environment, &args.command_line())?);
    let report = Report::of(membership.as_ref(), &settings);
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
