//! The life of an agent on a host without a service manager.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use decnet_daemon::{
    config::{Config, Master},
    detach::{self, Daemon},
    pidfile,
    process::Process,
    runtime_dir,
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, geteuid},
};

use super::{AgentError, Client};
use crate::cli::Context;

/// The unit that runs the agent where there is a service manager.
const UNIT: &str = "decnet-agent.service";

/// How long an agent may take to answer, and to end.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long an agent that ends may go on taking connections.
const ENDING: Duration = Duration::from_secs(2);

/// A client of the agent, which is started when none answers and no service manager is there
/// to do so.
pub(crate) async fn ensure_running(context: &Context, config: &Config<Master>) -> anyhow::Result<Client> {
    let client = Client::new(&config.decnet.agent_socket);
    if answers(&client).await? {
        return Ok(client);
    }
    let socket = config.decnet.agent_socket.display();
    if is_managed().await {
        bail!("no agent answers on {socket}, but {UNIT} is there to run it: `systemctl start {UNIT}`");
    }
    if !geteuid().is_root() {
        bail!("no agent answers on {socket}, and only root can start one: run this command with sudo");
    }
    let daemon = Daemon {
        program: program(context, config)?,
        arguments: context.host_arguments(),
        output: detach::output_beside(&config.decnet.ingest_log_file),
        pid_file: pid_file(context)?,
    };
    detach::start(&daemon, PATIENCE, async || client.health().await.is_ok()).await?;
    Ok(client)
}

/// Whether an agent answers. One that is just ending still takes the connection and breaks
/// it off, so it is asked again until it is gone.
async fn answers(client: &Client) -> Result<bool, AgentError> {
    let begun = Instant::now();
    loop {
        match client.health().await {
            Ok(_) => return Ok(true),
            Err(AgentError::Absent { .. }) => return Ok(false),
            Err(AgentError::Broken(_)) if begun.elapsed() < ENDING => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Ends the agent that answers, if [`ensure_running`] started it; tells whether it did.
pub(crate) async fn stop_if_ours(context: &Context, client: &Client) -> anyhow::Result<bool> {
    let pid_file = pid_file(context)?;
    let answering = client.health().await?.pid;
    let Some(process) = pidfile::read(&pid_file)?.filter(|process| process.pid == answering) else {
        return Ok(false);
    };
    let pid = Pid::from_raw(i32::try_from(process.pid).context("the pid file holds no process id")?);
    kill(pid, Signal::SIGTERM).with_context(|| format!("cannot end the agent, process {pid}"))?;
    if !ends(process).await {
        bail!("the agent, process {pid}, does not end");
    }
    pidfile::remove(&pid_file)?;
    Ok(true)
}

async fn ends(process: Process) -> bool {
    let gone = async {
        while process.is_alive() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.is_ok()
}

fn pid_file(context: &Context) -> anyhow::Result<PathBuf> {
    Ok(runtime_dir::open(&context.environment)?.join("agent.pid"))
}

/// Whether a service manager is there that runs the agent.
async fn is_managed() -> bool {
    if !Path::new("/run/systemd/system").is_dir() {
        return false;
    }
    let asked = tokio::process::Command::new("systemctl").args(["is-enabled", "--quiet", UNIT]).status();
    asked.await.is_ok_and(|status| status.success())
}

/// The agent's program: the configured one, the one beside ours, the one in PATH.
pub(crate) fn program(context: &Context, config: &Config<Master>) -> anyhow::Result<PathBuf> {
    const NAME: &str = "decnet-agent";
    if let Some(program) = &config.role.agent_program {
        return Ok(program.clone());
    }
    let own = std::env::current_exe().context("cannot tell where decnet-master is")?;
    let beside = own.parent().map(|dir| dir.join(NAME));
    let in_path = context.environment.path.iter().map(|dir| dir.join(NAME));
    let found = beside.into_iter().chain(in_path).find(|path| path.is_file());
    found.context("there is no decnet-agent beside decnet-master or in PATH: set agent-program in [master]")
}
