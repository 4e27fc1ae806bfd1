//! The program: in the foreground, or started in the background.

use std::{path::Path, time::Duration};

use anyhow::Context as _;
use decnet_daemon::{
    Exit,
    config::{self, Config},
    detach::{self, Daemon},
    diagnostics,
    environment::Environment,
    lock::RoleLock,
    pidfile::OwnPidFile,
    runtime_dir, signals,
};

use crate::{Args, Forwarder, Settings, ready};

/// What it is on its host: there is one.
const ROLE: &str = "forwarder";

/// The file that names it, in the folder of locks.
const PID_FILE: &str = "forwarder.pid";

/// How long one that is started may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Ships until SIGTERM, or starts a process that does.
///
/// # Errors
/// [`crate::Unready`] where there is nobody to ship to, or nobody to do it as; others where the log or
/// the ledger cannot be used, or another one runs.
pub fn program(
    args: &Args,
    config: &Config<config::Forwarder>,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let file = config.decnet.system_logs.as_deref();
    diagnostics::init(diagnostics::Options { developer: config.decnet.developer, file })?;
    config.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    let settings = ready::settings(config)?;
    let dir = runtime_dir::open(environment)?;
    if args.daemon {
        start(args, &settings, &dir)?
    } else {
        ship(settings, &dir)?
    }
    Ok(Exit::Success)
}

#[tokio::main(flavor = "current_thread")]
async fn ship(settings: Settings, dir: &Path) -> anyhow::Result<()> {
    let _role = RoleLock::acquire(dir, ROLE)?;
    let _named = OwnPidFile::write(dir.join(PID_FILE))?;
    let signals = signals::listen().context("cannot listen to signals")?;
    Forwarder::open(settings).await?.run(signals.shutdown).await
}

#[tokio::main(flavor = "current_thread")]
async fn start(args: &Args, settings: &Settings, dir: &Path) -> anyhow::Result<()> {
    // One that runs is told of before a second one is started.
    drop(RoleLock::acquire(dir, ROLE)?);
    let daemon = Daemon {
        program: std::env::current_exe().context("cannot tell where decnet-forwarder is")?,
        arguments: args.in_foreground(),
        output: settings.places.log.with_extension("forwarder.log"),
        pid_file: dir.join(PID_FILE),
    };
    detach::start_role(&daemon, (dir, ROLE), PATIENCE).await?;
    Ok(())
}
