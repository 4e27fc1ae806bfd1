//! What a daemon costs until it answers.

use std::{
    fs,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::Duration,
};

use anyhow::{Context, Result};
use lab::{process, wait, workspace};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::row::{Row, Target};

/// Starts; the cheapest counts.
const RUNS: usize = 5;
/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// CPU time of `decnet-agent` from its start until it takes requests.
pub(super) fn row() -> Result<Row> {
    let arguments = ["build", "--quiet", "--locked", "--release", "--package", "decnet-agent"];
    process::run(process::command("cargo", arguments).current_dir(workspace::root()))?;
    let folder = workspace::lab().join("bench-agent");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let mut cheapest = f64::INFINITY;
    for _ in 0..RUNS {
        cheapest = cheapest.min(start(&folder)?);
    }
    Ok(Row {
        what: "decnet-agent: CPU until it takes requests".to_owned(),
        figure: cheapest,
        unit: "ms",
        target: Target::AtMost(50.0),
        detail: format!("cheapest of {RUNS}"),
    })
}

/// Milliseconds of CPU of one start. The agent has a `/run` of its own, so that it is in
/// nobody's way.
fn start(folder: &Path) -> Result<f64> {
    let socket = folder.join("agent.sock");
    let configuration = configuration(folder, &socket)?;
    let agent = workspace::target().join("release/decnet-agent");
    let script = format!(
        "mount -t tmpfs tmpfs /run && exec {} --config-file {}",
        agent.display(),
        configuration.display()
    );
    let mut command = process::command("unshare", ["--mount", "sh", "-c", script.as_str()]);
    let mut child =
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().context("starting the agent")?;
    let answers = wait::until("the agent to take requests", PATIENCE, || UnixStream::connect(&socket).ok());
    let cost = answers.and_then(|_| cpu_ms(child.id()));
    end(&mut child)?;
    cost
}

fn configuration(folder: &Path, socket: &Path) -> Result<PathBuf> {
    let at = folder.display();
    let text = format!(
        "[decnet]\ningest-log-file = {at}/decnet.log\nsystem-logs = {at}/system.log\nstate-directory = {at}/state\n\
         agent-socket = {}\n",
        socket.display()
    );
    let path = folder.join("decnet.ini");
    fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
    Ok(path)
}

/// CPU time of all threads of a process: the first field of `schedstat`, in nanoseconds.
fn cpu_ms(id: u32) -> Result<f64> {
    let tasks = format!("/proc/{id}/task");
    let mut nanoseconds = 0.0;
    for task in fs::read_dir(&tasks).with_context(|| format!("listing {tasks}"))? {
        let path = task.with_context(|| format!("listing {tasks}"))?.path().join("schedstat");
        // A thread that has just ended used its time before; there are none in a start.
        let text = fs::read_to_string(&path).unwrap_or_default();
        nanoseconds += text.split(' ').next().and_then(|word| word.parse::<f64>().ok()).unwrap_or(0.0);
    }
    Ok(nanoseconds / 1e6)
}

fn end(child: &mut Child) -> Result<()> {
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM).context("ending the agent")?;
    child.wait().context("waiting for the agent to end").map(drop)
}
