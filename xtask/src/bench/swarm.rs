//! A controller with two hundred agents: processor time, memory, and how long answers take.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use lab::{process, workspace};
use serde::Deserialize;

use super::{
    process::Server,
    row::{Row, Target},
};

/// Agents, and how long they speak.
const AGENTS: u16 = 200;
const SECONDS: u16 = 60;
/// Where the controller listens.
pub(super) const OPERATORS: &str = "127.0.0.1:18770";
pub(super) const WORKERS: &str = "127.0.0.1:18771";

/// What the crowd prints of one kind of request, in milliseconds.
#[derive(Deserialize)]
struct Summary {
    count: usize,
    p50: f64,
    p99: f64,
}

#[derive(Deserialize)]
struct Summaries {
    heartbeat: Summary,
    list: Summary,
    check: Summary,
}

/// Measures.
pub(super) fn run() -> Result<Vec<Row>> {
    let arguments =
        ["build", "--quiet", "--locked", "--release", "--package", "decnet-master", "--package", "crowd"];
    process::run(process::command("cargo", arguments).current_dir(workspace::root()))?;
    let folder = workspace::lab().join("bench-swarm");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let controller = controller(&folder, "")?;
    let mut crowd = crowd(&folder)?;
    let mut said = BufReader::new(crowd.stdout.take().context("the crowd has no output")?).lines();
    let mut next = || said.next().context("the crowd ended")?.context("reading what the crowd says");
    ensure!(next()? == "joined" && next()? == "speaking", "the crowd says something else");
    let before = controller.cpu_ms();
    let text = next()?;
    let cpu = controller.cpu_ms() - before;
    let memory = controller.resident_kib() / 1024.0;
    crowd.wait().context("waiting for the crowd to end")?;
    let told: Summaries = serde_json::from_str(&text).with_context(|| format!("reading {text:?}"))?;
    Ok(rows(cpu, memory, &told))
}

fn rows(cpu: f64, memory: f64, told: &Summaries) -> Vec<Row> {
    let row = |what: &str, figure, unit, most, detail| Row {
        what: format!("{AGENTS} agents, a heartbeat each 10 s: {what}"),
        figure,
        unit,
        target: Target::AtMost(most),
        detail,
    };
    let of = |summary: &Summary| format!("p50 {:.1} ms of {}", summary.p50, summary.count);
    vec![
        row(
            "processor of the controller",
            cpu / (f64::from(SECONDS) * 10.0),
            "%",
            10.0,
            format!("{cpu:.0} ms in {SECONDS} s; a list each second, a check of all each 5 s"),
        ),
        row("memory of the controller", memory, "MiB", 64.0, "resident".to_owned()),
        row("heartbeat, p99", told.heartbeat.p99, "ms", 100.0, of(&told.heartbeat)),
        row("list, p99", told.list.p99, "ms", 100.0, of(&told.list)),
        row("check of all, p99", told.check.p99, "ms", 1_000.0, of(&told.check)),
    ]
}

/// Starts a controller over a folder of its own, with this behind its configuration.
pub(super) fn controller(folder: &Path, more: &str) -> Result<Server> {
    let at = folder.display();
    let text = format!(
        "[decnet]\nmode = master\nsystem-logs = {at}/system.log\nstate-directory = {at}/state\n\
         agent-socket = {at}/agent.sock\n{more}"
    );
    let configuration = folder.join("decnet.ini");
    fs::write(&configuration, text).with_context(|| format!("writing {}", configuration.display()))?;
    let program = workspace::target().join("release/decnet-master");
    let mut command = process::command(&program.to_string_lossy(), [""; 0]);
    let (host, port) = OPERATORS.split_once(':').context("an address without a port")?;
    let (worker_host, worker_port) = WORKERS.split_once(':').context("an address without a port")?;
    command.arg("--config-file").arg(configuration).args([
        "swarmctl",
        "--no-listener",
        "--host",
        host,
        "--port",
        port,
        "--worker-host",
        worker_host,
        "--worker-port",
        worker_port,
    ]);
    let log = fs::File::create(folder.join("controller.out")).context("writing the controller's log")?;
    let errors = log.try_clone().context("sharing the controller's log")?;
    Server::start(command.stdout(log).stderr(errors), OPERATORS.parse().context("an address")?)
}

fn crowd(folder: &Path) -> Result<Child> {
    let program: PathBuf = workspace::target().join("release/crowd");
    let mut command = process::command(&program.to_string_lossy(), [""; 0]);
    command.args(["--operators", OPERATORS, "--workers", &format!("https://{WORKERS}")]);
    command.arg("--token").arg(folder.join("state/swarm/operator.token"));
    command.arg("--folder").arg(folder.join("agents"));
    command.args(["--count", &AGENTS.to_string(), "--seconds", &SECONDS.to_string()]);
    command.stdout(Stdio::piped()).spawn().context("starting the crowd")
}
