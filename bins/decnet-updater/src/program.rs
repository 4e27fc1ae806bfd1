//! The program: in the foreground, or started in the background, where it is found again.

use std::{path, path::Path, time::Duration};

use anyhow::Context as _;
use decnet_daemon::{
    config::{self, Config},
    detach::{self, Daemon},
    diagnostics,
    environment::Environment,
    lock::RoleLock,
    pidfile::OwnPidFile,
    runtime_dir, signals,
};
use tokio::runtime::Runtime;

use crate::{Args, RunArgs, Settings, Supervision, run};

/// What it is on its host: there is one.
const ROLE: &str = "updater";

/// The file that names it, in the folder of locks.
const PID_FILE: &str = "updater.pid";

/// How long one that is started may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Listens until SIGTERM, or starts a process that does.
///
/// # Errors
/// It has not joined, it runs already, or its port or folders cannot be used.
pub fn program(
    (args, how): (&Args, &RunArgs),
    config: Config<config::Updater>,
    environment: &Environment,
) -> anyhow::Result<()> {
    let dir = runtime_dir::open(environment)?;
    if how.daemon {
        return start(args, &config.decnet.ingest_log_file.with_extension("updater.log"), &dir);
    }
    let file = config.decnet.system_logs.as_deref();
    diagnostics::init(diagnostics::Options { developer: config.decnet.developer, file })?;
    config.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    let supervision = Supervision::of(&config.role, environment)?;
    let config_file = args.command_line().config_file.map(path::absolute).transpose()?;
    serve(Settings::new(config, supervision, config_file), &dir)
}

fn serve(settings: Settings, dir: &Path) -> anyhow::Result<()> {
    let runtime = Runtime::new().context("cannot start threads")?;
    let served = runtime.block_on(async {
        let _role = RoleLock::acquire(dir, ROLE)?;
        let _named = OwnPidFile::write(dir.join(PID_FILE))?;
        let signals = signals::listen().context("cannot listen to signals")?;
        run(settings, signals.shutdown).await
    });
    // Not to its end: where the machine goes down no release can prove itself. The next start goes on.
    runtime.shutdown_background();
    served
}

#[tokio::main(flavor = "current_thread")]
async fn start(args: &Args, output: &Path, dir: &Path) -> anyhow::Result<()> {
    // One that runs is told of before a second one is started.
    drop(RoleLock::acquire(dir, ROLE)?);
    let daemon = Daemon {
        program: std::env::current_exe().context("cannot tell where decnet-updater is")?,
        arguments: args.in_foreground().context("cannot tell where the configuration is")?,
        output: output.to_owned(),
        pid_file: dir.join(PID_FILE),
    };
    detach::start_role(&daemon, (dir, ROLE), PATIENCE).await?;
    Ok(())
}
