//! The only process of a host that touches Docker and the network.

use std::io::{self, Write as _};

use anyhow::Context as _;
use decnet_agent::{Args, Settings, Surroundings, Verb, run};
use decnet_daemon::{
    Exit, args, config, diagnostics, environment::Environment, lock::RoleLock, pidfile::OwnPidFile, signals,
};
use decnet_membership::{JoinArgs, Part};

type Config = config::Config<config::Agent>;

fn main() -> Exit {
    decnet_daemon::names::by_files_and_dns();
    let args = match args::parse::<Args>() {
        Ok(args) => args,
        Err(exit) => return exit,
    };
    let environment = Environment::of_process();
    let config = match config::load::<config::Agent>(&args.command_line(), &environment) {
        Err(e) => return complain(&anyhow::Error::new(e), Exit::Config),
        Ok(config) => config,
    };
    let done = match &args.verb {
        None => agent(config, &args, &environment),
        Some(Verb::Join(how)) => join(how.clone(), config),
    };
    done.map_or_else(|e| complain(&e, Exit::Failure), |()| Exit::Success)
}

fn agent(config: Config, args: &Args, environment: &Environment) -> anyhow::Result<()> {
    let file = config.decnet.system_logs.as_deref();
    diagnostics::init(diagnostics::Options { developer: config.decnet.developer, file })?;
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let around = Surroundings::of(args, environment)?;
    let _role = RoleLock::acquire(&around.runtime_dir, "agent")?;
    let _named = OwnPidFile::write(around.runtime_dir.join("agent.pid"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(async {
        let signals = signals::listen().context("cannot listen to signals")?;
        run(Settings::new(config, around), signals.shutdown).await
    })
}

fn join(how: JoinArgs, config: Config) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let host = runtime.context("cannot start the runtime")?.block_on(async {
        let how = how.of(Part::Agent, config.decnet.agent_dir)?;
        decnet_membership::join(&how).await.map_err(anyhow::Error::new)
    })?;
    let text = format!(
        "This host is {} ({}) in the swarm of {}. An agent that runs must be restarted to take part.\n",
        host.name, host.id, host.controller
    );
    Ok(io::stdout().write_all(text.as_bytes())?)
}

/// Says why we end, also where whoever started us looks: on stderr.
fn complain(error: &anyhow::Error, exit: Exit) -> Exit {
    tracing::error!("{error:#}");
    // Nobody is left to be told when stderr is gone.
    let _ = writeln!(io::stderr(), "decnet-agent: {error:#}");
    exit
}
