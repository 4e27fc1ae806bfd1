//! What one run of a program costs. A process of its own measures, because the kernel only
//! tells the sum and the peak over all children.

use std::{ffi::OsString, process::Stdio};

use anyhow::{Context, Result, bail};
use lab::process::{command, output};
use nix::sys::resource::{UsageWho, getrusage};
use serde::{Deserialize, Serialize};

/// CPU time and peak memory of one run.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Cost {
    /// User and system time in milliseconds.
    pub(crate) cpu_ms: f64,
    /// Peak resident memory in MiB. The kernel counts the memory of the measuring process
    /// in, so that this is never less than its few MiB.
    pub(crate) peak_mib: f64,
}

/// Runs the program once and prints its cost as JSON.
pub(crate) fn run(words: &[OsString]) -> Result<()> {
    let (program, arguments) = words.split_first().context("nothing to measure")?;
    let mut measured = command(&program.to_string_lossy(), arguments);
    let status = measured.stdout(Stdio::null()).status().context("starting what is measured")?;
    if !status.success() {
        bail!("what is measured failed: {status}");
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).context("asking what it cost")?;
    let time = [usage.user_time(), usage.system_time()];
    let cpu_ms = time.iter().map(|time| time.tv_sec() as f64 * 1e3 + time.tv_usec() as f64 / 1e3).sum();
    let cost = Cost { cpu_ms, peak_mib: usage.max_rss() as f64 / 1024.0 };
    println!("{}", serde_json::to_string(&cost).context("encoding the cost")?);
    Ok(())
}

/// The cost of the cheapest of several runs: what disturbs a run only adds to it.
pub(crate) fn cheapest(program: &str, arguments: &[&str], runs: usize) -> Result<Cost> {
    let own = std::env::current_exe().context("finding this program")?;
    let mut best: Option<Cost> = None;
    for _ in 0..runs {
        let mut measuring = command(&own.to_string_lossy(), ["measure", "--", program]);
        let text = output(measuring.args(arguments))?;
        let cost: Cost = serde_json::from_str(&text).context("reading the cost")?;
        if best.is_none_or(|best| cost.cpu_ms < best.cpu_ms) {
            best = Some(cost);
        }
    }
    best.context("no run to measure")
}
