//! Duties of a process that may be PID 1 of its container.

use std::convert::Infallible;

use anyhow::Context as _;
use nix::{
    sys::{
        resource::{Resource, getrlimit, setrlimit},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};
use tokio::signal::unix::{SignalKind, signal};

/// Raises the soft limit of open files to the hard one: every connection is a file.
pub(crate) fn raise_file_limit() {
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}

/// Waits for SIGTERM or SIGINT, and gives its name.
pub(crate) async fn stop_signal() -> anyhow::Result<&'static str> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot handle SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot handle SIGINT")?;
    Ok(tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    })
}

/// Reaps orphans for ever: nobody else in the container would.
pub(crate) async fn reap() -> anyhow::Result<Infallible> {
    let mut child = signal(SignalKind::child()).context("cannot handle SIGCHLD")?;
    loop {
        child.recv().await;
        while let Ok(status) = waitpid(Pid::from_raw(-1), Some(WaitPidFlag::WNOHANG)) {
            if status == WaitStatus::StillAlive {
                break;
            }
        }
    }
}
