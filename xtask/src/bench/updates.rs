//! A release that comes to a hundred workers: how long, how many bytes, and what it takes at the master.

use std::{
    fs,
    io::{BufRead as _, BufReader, Lines},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use lab::{process, workspace};
use serde::Deserialize;

use super::{
    row::{Row, Target},
    swarm::{OPERATORS, WORKERS, controller},
};

/// Workers, and how many of them are a wave, in percent.
const COUNT: u16 = 100;
const WAVE: u8 = 25;
/// Size of the release, in MiB: about that of a real one.
const SIZE: u16 = 32;
/// Memory that the master may need beyond what it needs anyway, in MiB: an archive would not fit.
const MEMORY: f64 = 16.0;

/// What the crowd prints.
#[derive(Deserialize)]
struct Told {
    updated: usize,
    archive: u64,
    taken: u64,
    seconds: f64,
}

/// Everything that was measured.
struct Figures {
    told: Told,
    /// Memory of the master before, and at most meanwhile, in MiB.
    memory: (f64, f64),
    /// Its processor time for it, in milliseconds.
    cpu: f64,
}

/// Measures.
pub(super) fn run() -> Result<Vec<Row>> {
    let Figures { told, memory, cpu } = measure()?;
    let all = format!("{COUNT} workers, an archive of {:.1} MiB", mib(told.archive));
    let row = |what: &str, figure, unit, target, detail| Row {
        what: format!("{all}: {what}"),
        figure,
        unit,
        target,
        detail,
    };
    let sent = mib(told.taken);
    Ok(vec![
        row(
            "until all run it",
            told.seconds,
            "s",
            Target::AtMost(300.0),
            format!("waves of {WAVE} %, eight at once; {cpu:.0} ms of the master's processor"),
        ),
        row(
            "sent, beside what they need",
            sent / (mib(told.archive) * f64::from(COUNT)),
            "×",
            Target::AtMost(1.0),
            format!("{sent:.0} MiB, {:.0} MiB/s", sent / told.seconds),
        ),
        row(
            "memory of the master beyond idle",
            memory.1 - memory.0,
            "MiB",
            Target::AtMost(MEMORY),
            format!("{:.1} MiB before, {:.1} MiB at most", memory.0, memory.1),
        ),
    ])
}

/// The claim, with its figures.
pub(crate) fn hundred() -> Result<String> {
    let Figures { told, memory, .. } = measure()?;
    let (before, most) = memory;
    ensure!(told.updated == usize::from(COUNT), "{} of {COUNT} workers run it", told.updated);
    let needed = told.archive * u64::from(COUNT);
    ensure!(told.taken == needed, "{} bytes were sent, and {needed} are needed", told.taken);
    ensure!(most - before <= MEMORY, "the master's memory grew from {before:.1} to {most:.1} MiB");
    Ok(format!(
        "{COUNT} workers, {:.1} MiB each: {:.1} s, {:.0} MiB, memory {before:.1} to {most:.1} MiB",
        mib(told.archive),
        told.seconds,
        mib(told.taken)
    ))
}

fn measure() -> Result<Figures> {
    let arguments =
        ["build", "--quiet", "--locked", "--release", "--package", "decnet-master", "--package", "crowd"];
    process::run(process::command("cargo", arguments).current_dir(workspace::root()))?;
    let folder = workspace::lab().join("bench-updates");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    process::run(crowd("prepare").arg("--folder").arg(&folder).args(["--size", &SIZE.to_string()]))?;
    let key = folder.join("release-key.pub");
    let controller = controller(&folder, &format!("[master]\nrelease-key = {}\n", key.display()))?;
    let (mut crowd, mut said) = begin(&folder)?;
    expect(&mut said, "joined")?;
    expect(&mut said, "taken")?;
    let (before, cpu) = (controller.resident_kib() / 1024.0, controller.cpu_ms());
    controller.forget_peak()?;
    let text = next(&mut said)?;
    let cpu = controller.cpu_ms() - cpu;
    let most = controller.peak_kib() / 1024.0;
    crowd.wait().context("waiting for the crowd to end")?;
    let told = serde_json::from_str(&text).with_context(|| format!("reading {text:?}"))?;
    drop(controller);
    fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    Ok(Figures { told, memory: (before, most), cpu })
}

fn crowd(step: &str) -> Command {
    let program: PathBuf = workspace::target().join("release/crowd-updates");
    process::command(&program.to_string_lossy(), [step])
}

type Said = Lines<BufReader<ChildStdout>>;

fn begin(folder: &Path) -> Result<(Child, Said)> {
    let mut command = crowd("run");
    command.args(["--operators", OPERATORS, "--workers", &format!("https://{WORKERS}")]);
    command.arg("--token").arg(folder.join("state/swarm/operator.token"));
    command.arg("--folder").arg(folder);
    command.args(["--count", &COUNT.to_string(), "--wave", &WAVE.to_string()]);
    let mut crowd = command.stdout(Stdio::piped()).spawn().context("starting the crowd")?;
    let said = crowd.stdout.take().context("the crowd has no output")?;
    Ok((crowd, BufReader::new(said).lines()))
}

fn next(said: &mut Said) -> Result<String> {
    said.next().context("the crowd ended")?.context("reading what the crowd says")
}

fn expect(said: &mut Said, word: &str) -> Result<()> {
    let line = next(said)?;
    ensure!(line == word, "the crowd says {line:?}, not {word:?}");
    Ok(())
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
