//! Takes what the forwarders of a swarm ship, and keeps every line once.

use std::io::{self, Write as _};

use anyhow::Context as _;
use decnet_daemon::{Exit, args, config, diagnostics, environment::Environment, names, signals};
use decnet_listener::{Args, Report, Settings, StatusArgs, Verb, background, identity_of, run, status_of};
use decnet_membership::{JoinArgs, Part};

type Config = config::Config<config::Listener>;

fn main() -> Exit {
    names::by_files_and_dns();
    let args = match args::parse::<Args>() {
        Ok(args) => args,
        Err(exit) => return exit,
    };
    let environment = Environment::of_process();
    let config = match config::load::<config::Listener>(&args.command_line(), &environment) {
        Err(e) => return complain(&anyhow::Error::new(e), Exit::Config),
        Ok(config) => config,
    };
    let done = match args.verb {
        Some(Verb::Join(how)) => join(how, &config),
        Some(Verb::Status(how)) => status(how, &config),
        None if args.daemon => daemon(&args, config, &environment),
        None => listener(config, &environment),
    };
    done.unwrap_or_else(|e| complain(&e, Exit::Failure))
}

#[tokio::main]
async fn listener(config: Config, environment: &Environment) -> anyhow::Result<Exit> {
    let file = config.decnet.system_logs.as_deref();
    diagnostics::init(diagnostics::Options { developer: config.decnet.developer, file })?;
    config.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    let _named = background::Named::take(environment)?;
    let signals = signals::listen().context("cannot listen to signals")?;
    run(Settings::from(config), signals.shutdown).await.map(|()| Exit::Success)
}

#[tokio::main(flavor = "current_thread")]
async fn daemon(args: &Args, config: Config, environment: &Environment) -> anyhow::Result<Exit> {
    background::start(args, &Settings::from(config), environment).await.map(|()| Exit::Success)
}

#[tokio::main(flavor = "current_thread")]
async fn join(how: JoinArgs, config: &Config) -> anyhow::Result<Exit> {
    let host = decnet_membership::join(&how.of(Part::Listener, identity_of(config))?).await?;
    let text = "The listener may take the logs of the swarm of";
    say(&format!("{text} {} (host {}). One that runs must be restarted.\n", host.controller, host.id))?;
    Ok(Exit::Success)
}

#[tokio::main(flavor = "current_thread")]
async fn status(how: StatusArgs, config: &Config) -> anyhow::Result<Exit> {
    let address = status_of(config).context("there is no listener-status-port to ask on")?;
    let report = Report::ask(address).await?;
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
    let _ = writeln!(io::stderr(), "decnet-listener: {error:#}");
    exit
}
