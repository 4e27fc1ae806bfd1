//! Processes: ps, top, pidof, pgrep, pkill, kill, killall.

mod signals;
mod table;

pub(super) use self::signals::{kill, killall, pgrep, pidof};
pub(super) use self::table::ps;

use std::fmt::Write as _;

use self::table::percent;
use super::{
    context::{Done, number},
    listing::user_name,
    options::Spec,
};
use crate::{
    machine::{Memory, Task},
    shell::{Exit, Process},
};

fn tasks(process: &Process) -> Vec<Task> {
    process.machine.tasks(process.files.source())
}

pub(super) async fn top(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "bcCd:eE:Hin:o:Op:sSu:U:w:1Vh", long: &[] }, 1).await?;
    let rounds = given
        .value('n')
        .and_then(number)
        .map_or(if given.has('b') { u64::MAX } else { 1_000_000 }, |(n, _)| n);
    if !given.has('b') && !process.output.is_terminal() {
        process.complain("top: failed tty get\n").await;
        return Ok(Exit::FAILURE);
    }
    let delay = given
        .value('d')
        .and_then(|t| std::str::from_utf8(t).ok()?.parse::<f64>().ok())
        .unwrap_or(3.0)
        .clamp(0.1, 3_600.0);
    let full = given.has('c');
    for round in 0..rounds {
        if round > 0 {
            tokio::time::sleep(std::time::Duration::from_secs_f64(delay)).await;
        }
        let out = screen(process, full);
        let out = if given.has('b') { out } else { format!("\x1b[H\x1b[2J{out}") };
        let rows = process
            .tty()
            .filter(|_| !given.has('b'))
            .map_or(usize::MAX, |tty| usize::from(tty.size().rows).saturating_sub(1));
        let shown: Vec<&str> = out.lines().take(rows).collect();
        process
            .print(format!("{}{}\n", if round > 0 && given.has('b') { "\n" } else { "" }, shown.join("\n")))
            .await?;
        if process.output.is_broken() {
            return Err(Exit::Signal("PIPE"));
        }
    }
    Ok(Exit::SUCCESS)
}

fn screen(process: &Process, full: bool) -> String {
    let mut list = tasks(process);
    list.sort_by_key(|task| (task.pid != process.pid, std::cmp::Reverse(task.ticks / 4_000), task.pid));
    let memory = Memory::of(&process.machine);
    let mut out = format!(
        "top -{}",
        crate::programs::people::uptime_line(
            &process.machine,
            process.machine.sessions(process.files.source()).len()
        )
    );
    let running = 1;
    let _ = writeln!(
        out,
        "Tasks: {:>3} total, {running:>3} running, {:>3} sleeping,   0 stopped,   0 zombie",
        list.len(),
        list.len() - running
    );
    let busy = process.machine.load()[0] % 30;
    let _ = writeln!(
        out,
        "%Cpu(s):  {}.{} us,  {}.{} sy,  0.0 ni, {}.{} id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st ",
        busy / 10,
        busy % 10,
        busy / 20,
        busy / 2 % 10,
        99 - busy / 7,
        9 - busy % 7
    );
    let mib = |kib: u64| format!("{}.{}", kib / 1_024, kib % 1_024 * 10 / 1_024);
    let cache = memory.buffers + memory.cached + memory.reclaimable;
    let _ = writeln!(
        out,
        "MiB Mem : {:>8} total, {:>8} free, {:>8} used, {:>8} buff/cache     ",
        mib(memory.total),
        mib(memory.free),
        mib(memory.used()),
        mib(cache)
    );
    let _ = writeln!(
        out,
        "MiB Swap: {:>8} total, {:>8} free, {:>8} used. {:>8} avail Mem ",
        mib(memory.swap),
        mib(memory.swap_free),
        mib(memory.swap - memory.swap_free),
        mib(memory.available)
    );
    let _ = writeln!(out, "\n    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND");
    for task in list {
        let own = task.pid == process.pid;
        let state = if own { "R" } else { task.state.get(..1).unwrap_or("S") };
        let command = if full && !task.arguments.is_empty() {
            String::from_utf8_lossy(&task.command()).into_owned()
        } else {
            String::from_utf8_lossy(&task.name).into_owned()
        };
        let time = format!("{}:{:02}.{:02}", task.ticks / 6_000, task.ticks / 100 % 60, task.ticks % 100);
        let _ = writeln!(
            out,
            "{:>7} {:<8.8} {:>3} {:>3} {:>7} {:>6} {:>6} {state} {:>5} {:>5} {time:>9} {command}",
            task.pid,
            user_name(process, task.uid),
            20 + i32::from(task.nice),
            task.nice,
            task.size,
            task.resident,
            task.resident * 2 / 3,
            if own { "6.2" } else { "0.0" },
            percent(task.resident, memory.total)
        );
    }
    out
}
