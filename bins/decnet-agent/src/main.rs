//! The only process of a host that touches Docker and the network.

use std::io::Write as _;

use anyhow::Context as _;
use decnet_agent::{Args, Settings, run};
use decnet_daemon::{
    Exit, args, config, diagnostics, environment::Environment, lock::RoleLock, runtime_dir, signals,
};

fn main() -> Exit {
    let args = match args::parse::<Args>() {
        Ok(args) => args,
        Err(exit) => return exit,
    };
    let environment = Environment::of_process();
    match config::load::<config::Agent>(&args.command_line(), &environment) {
        Err(e) => complain(&anyhow::Error::new(e), Exit::Config),
        Ok(config) => match agent(config, &environment) {
            Ok(()) => Exit::Success,
            Err(e) => complain(&e, Exit::Failure),
        },
    }
}

fn agent(config: config::Config<config::Agent>, environment: &Environment) -> anyhow::Result<()> {
    let file = config.decnet.system_logs.as_deref();
    diagnostics::init(diagnostics::Options { developer: config.decnet.developer, file })?;
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let _role = RoleLock::acquire(&runtime_dir::open(environment)?, "agent")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(async {
        let signals = signals::listen().context("cannot listen to signals")?;
        run(Settings::from(config), signals.shutdown).await
    })
}

/// Says why we end, also where whoever started us looks: on stderr.
fn complain(error: &anyhow::Error, exit: Exit) -> Exit {
    tracing::error!("{error:#}");
    // Nobody is left to be told when stderr is gone.
    let _ = writeln!(std::io::stderr(), "decnet-agent: {error:#}");
    exit
}
