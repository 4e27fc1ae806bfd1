//! Ships what a worker's deckies saw to its master.

use std::{
    io::{self, Write as _},
    net::ToSocketAddrs as _,
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use decnet_daemon::{
    Exit, args, config, diagnostics, environment::Environment, lock::RoleLock, runtime_dir, signals,
};
use decnet_forwarder::{Args, Settings, run};

type Config = config::Config<config::Forwarder>;

/// What a forwarder that has nobody to ship to ends with.
const NOBODY: u8 = 2;

fn main() -> ExitCode {
    let args = match args::parse::<Args>() {
        Ok(args) => args,
        Err(exit) => return ExitCode::from(exit as u8),
    };
    let environment = Environment::of_process();
    let config = match config::load::<config::Forwarder>(&args.command_line(), &environment) {
        Ok(config) => config,
        Err(error) => return complain(&error.into(), Exit::Config as u8),
    };
    let file = config.decnet.system_logs.clone();
    let options = diagnostics::Options { developer: config.decnet.developer, file: file.as_deref() };
    if let Err(error) = diagnostics::init(options) {
        return complain(&error.into(), Exit::Failure as u8);
    }
    config.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    match settings(config) {
        Err(error) => complain(&error, NOBODY),
        Ok(settings) => match forward(settings, &environment) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => complain(&error, Exit::Failure as u8),
        },
    }
}

/// Whom to ship to, and as whom: both must be there before anything is begun.
fn settings(config: Config) -> anyhow::Result<Settings> {
    let Some(settings) = Settings::of(config) else {
        bail!("nobody is named to ship to: --master-host, $DECNET_SWARM_MASTER_HOST or swarm-master-host");
    };
    let bundle = settings.identity.join("agent-client.crt");
    if !bundle.exists() {
        bail!(
            "there is no certificate bundle: {} is missing; `decnet-agent join` makes it",
            bundle.display()
        );
    }
    let (host, port) = (settings.listener.host.as_str(), settings.listener.port);
    (host, port).to_socket_addrs().with_context(|| format!("cannot find master-host {host}"))?;
    Ok(settings)
}

#[tokio::main(flavor = "current_thread")]
async fn forward(settings: Settings, environment: &Environment) -> anyhow::Result<()> {
    let _role = RoleLock::acquire(&runtime_dir::open(environment)?, "forwarder")?;
    let signals = signals::listen().context("cannot listen to signals")?;
    run(settings, signals.shutdown).await
}

/// Says why we end, also where whoever started us looks: on stderr.
fn complain(error: &anyhow::Error, code: u8) -> ExitCode {
    tracing::error!("{error:#}");
    // Nobody is left to be told when stderr is gone.
    let _ = writeln!(io::stderr(), "decnet-forwarder: {error:#}");
    ExitCode::from(code)
}
