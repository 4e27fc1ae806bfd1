//! In the background: a process of its own, which is found again.

use std::{path::Path, time::Duration};

use anyhow::Context as _;
use decnet_daemon::{
    detach::{self, Daemon},
    environment::Environment,
    lock::RoleLock,
    pidfile::OwnPidFile,
    runtime_dir,
};

use crate::Args;

/// What it is on its host: there is one.
const ROLE: &str = "updater";

/// The file that names it, in the folder of locks.
pub(crate) const PID_FILE: &str = "updater.pid";

/// How long one that is started may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// That this process is the updater of its host, until it is dropped.
#[derive(Debug)]
pub struct Named {
    _role: RoleLock,
    _pid_file: OwnPidFile,
}

impl Named {
    /// Takes the role, by a lock in this folder.
    ///
    /// # Errors
    /// Another process has it, or the files cannot be written.
    pub fn take(runtime_dir: &Path) -> anyhow::Result<Self> {
        let role = RoleLock::acquire(runtime_dir, ROLE)?;
        Ok(Self { _role: role, _pid_file: OwnPidFile::write(runtime_dir.join(PID_FILE))? })
    }
}

/// Starts a process that does the same in the background, and waits until it has begun. What it says goes
/// to `output`.
///
/// # Errors
/// One runs already, or it does not begin.
pub async fn start(args: &Args, output: &Path, environment: &Environment) -> anyhow::Result<()> {
    let dir = runtime_dir::open(environment)?;
    // One that runs is told of before a second one is started.
    drop(RoleLock::acquire(&dir, ROLE)?);
    let daemon = Daemon {
        program: std::env::current_exe().context("cannot tell where decnet-updater is")?,
        arguments: args.in_foreground().context("cannot tell where the configuration is")?,
        output: output.to_owned(),
        pid_file: dir.join(PID_FILE),
    };
    detach::start_role(&daemon, (&dir, ROLE), PATIENCE).await?;
    Ok(())
}
