//! The parts of a master, in the foreground or as a daemon in the background.

use std::{ffi::OsString, net::SocketAddr, time::Duration};

use anyhow::{Context as _, bail};
use decnet_daemon::{
    Exit,
    config::{Config, Flag, Master},
    detach::{self, Daemon},
    runtime_dir,
};
use tokio::net::TcpStream;

use super::{Context, wait_for};
use crate::parts::Parts;

/// How long a daemon may take to listen.
const PATIENCE: Duration = Duration::from_secs(30);

/// Flags that have no value.
const SWITCHES: [&str; 2] = ["--tls", "--no-listener"];

/// How parts are run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// The verb by which the same is started again.
    pub(super) verb: &'static str,
    /// What the daemon's files are called.
    pub(super) word: &'static str,
    /// How many threads answer.
    pub(super) threads: usize,
    /// It goes on in the background, once it listens.
    pub(super) daemon: bool,
}

/// Runs them so.
pub(super) fn run(
    context: &Context,
    config: &Config<Master>,
    parts: Parts,
    manner: Manner,
) -> anyhow::Result<Exit> {
    if !manner.daemon {
        return parts.run(config, manner.threads);
    }
    // One that runs is told of before a second one is started.
    drop(parts.take_role()?);
    wait_for(start(context, config, &parts.addresses(), manner))??;
    Ok(Exit::Success)
}

async fn start(
    context: &Context,
    config: &Config<Master>,
    addresses: &[SocketAddr],
    manner: Manner,
) -> anyhow::Result<()> {
    for address in addresses {
        if answers(*address).await {
            bail!("somebody else listens on {address}");
        }
    }
    let daemon = Daemon {
        program: std::env::current_exe().context("cannot tell where decnet-master is")?,
        arguments: arguments(context, manner.verb),
        output: config.decnet.ingest_log_file.with_extension(format!("{}.log", manner.word)),
        pid_file: runtime_dir::open(&context.environment)?.join(format!("{}.pid", manner.word)),
    };
    let listens = async || {
        for address in addresses {
            if !answers(*address).await {
                return false;
            }
        }
        true
    };
    detach::start(&daemon, PATIENCE, listens).await?;
    Ok(())
}

/// The command line of a daemon that does the same.
fn arguments(context: &Context, verb: &str) -> Vec<OsString> {
    let mut arguments = vec![OsString::from(verb)];
    if let Some(file) = &context.command_line.config_file {
        arguments.extend(["--config-file".into(), file.into()]);
    }
    for Flag { flag, value, .. } in &context.command_line.flags {
        arguments.push(flag.into());
        if !SWITCHES.contains(&flag.as_str()) {
            arguments.push(value.into());
        }
    }
    arguments
}

async fn answers(address: SocketAddr) -> bool {
    TcpStream::connect(address).await.is_ok()
}
