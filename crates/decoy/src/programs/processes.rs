//! Processes: ps, top, pidof, pgrep, pkill, kill, killall.

use std::fmt::Write as _;

use super::{
    context::{Done, number},
    listing::user_name,
    options::Spec,
    regex::{Regex, Syntax},
};
use crate::{
    machine::{Memory, Task, calendar},
    shell::{Exit, Process},
};

fn tasks(process: &Process) -> Vec<Task> {
    process.machine.tasks(process.files.source())
}

/// Tables of columns: `aux`, `-ef`, and what `-o` names.
pub(super) async fn ps(process: &mut Process) -> Done {
    if process.is_busybox() {
        return busybox_ps(process).await;
    }
    let words: Vec<String> =
        process.arguments().iter().map(|a| String::from_utf8_lossy(a).into_owned()).collect();
    let (mut every, mut with_terminal, mut user_format, mut full, mut long, mut heads, mut wide, mut forest) =
        (false, true, false, false, false, true, false, false);
    let mut columns: Vec<String> = Vec::new();
    let (mut pids, mut users, mut names, mut sort): (Vec<u32>, Vec<String>, Vec<String>, Vec<String>) =
        Default::default();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if let Some(value) = word.strip_prefix("--sort") {
            let value = value
                .strip_prefix('=')
                .map(str::to_owned)
                .or_else(|| rest.next().cloned())
                .unwrap_or_default();
            sort.extend(value.split(',').map(str::to_owned));
            continue;
        }
        if let Some(value) = word.strip_prefix("--pid=") {
            pids.extend(value.split(',').filter_map(|p| p.parse::<u32>().ok()));
            continue;
        }
        match word.as_str() {
            "--no-headers" | "--no-heading" | "--noheader" => heads = false,
            "--forest" => forest = true,
            "--version" | "-V" => {
                process.print("ps from procps-ng 4.0.2\n").await?;
                return Ok(Exit::SUCCESS);
            }
            "--help" => return Ok(super::about::help(process).await),
            _ if word.starts_with("--") => {
                process.complain(format!("error: unknown gnu long option\n\nUsage:\n ps [options]\n\n Try 'ps --help <simple|list|output|threads|misc|all>'\n  or 'ps --help <s|l|o|t|m|a>'\n for additional help text.\n\nFor more details see ps(1).\n")).await;
                return Ok(Exit::FAILURE);
            }
            _ => {
                let dashed = word.starts_with('-');
                let letters = word.trim_start_matches('-');
                if letters.parse::<u32>().is_ok()
                    || letters.split(',').all(|p| p.parse::<u32>().is_ok()) && !letters.is_empty()
                {
                    pids.extend(letters.split(',').filter_map(|p| p.parse::<u32>().ok()));
                    every = true;
                    continue;
                }
                let mut chars = letters.char_indices();
                while let Some((at, letter)) = chars.next() {
                    let mut value = || {
                        let attached = letters.get(at + 1..).filter(|v| !v.is_empty()).map(str::to_owned);
                        attached.or_else(|| rest.next().cloned()).unwrap_or_default()
                    };
                    match (letter, dashed) {
                        ('e' | 'A', true) => every = true,
                        ('a', false) => every = true,
                        ('x', false) => with_terminal = false,
                        ('u', false) => user_format = true,
                        ('f', true) => full = true,
                        ('f', false) | ('H', true) => forest = true,
                        ('l', _) => long = true,
                        ('w', _) => wide = true,
                        ('h', false) => heads = false,
                        ('o', _) | ('O', false) => {
                            columns.extend(
                                value().split([',', ' ']).filter(|c| !c.is_empty()).map(str::to_owned),
                            );
                            break;
                        }
                        ('p', _) => {
                            pids.extend(value().split([',', ' ']).filter_map(|p| p.parse::<u32>().ok()));
                            every = true;
                            break;
                        }
                        ('u' | 'U', true) | ('U', false) => {
                            users.extend(value().split(',').map(str::to_owned));
                            every = true;
                            break;
                        }
                        ('C', true) => {
                            names.extend(value().split(',').map(str::to_owned));
                            every = true;
                            break;
                        }
                        ('t', true) => {
                            value();
                            break;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    let own = process.pid;
    let mut list = tasks(process);
    let mine = process.account.uid;
    let tty = process.seat.tty().map(|tty| tty.device().to_owned());
    let bsd = words.iter().any(|w| !w.starts_with('-'));
    list.retain(|task| {
        let user = || user_name(process, task.uid);
        let chosen = (pids.is_empty() || pids.contains(&task.pid))
            && (users.is_empty() || users.iter().any(|u| *u == task.uid.to_string() || *u == user()))
            && (names.is_empty() || names.iter().any(|n| n.as_bytes() == task.name));
        let scope = if every && !bsd {
            true
        } else if every {
            !with_terminal || task.terminal.is_some()
        } else if bsd {
            task.uid == mine && (!with_terminal || task.terminal.is_some())
        } else {
            task.uid == mine && task.terminal == tty && tty.is_some() || tty.is_none() && task.pid == own
        };
        let scope = scope || !pids.is_empty() && pids.contains(&task.pid);
        chosen && scope
    });
    for key in sort.iter().rev() {
        let (reverse, key) =
            key.strip_prefix('-').map_or((false, key.trim_start_matches('+')), |key| (true, key));
        list.sort_by_key(|task| match key {
            "%mem" | "pmem" | "rss" => task.resident,
            "%cpu" | "pcpu" | "time" | "cputime" => task.ticks,
            "vsz" | "vsize" => task.size,
            "start_time" | "start" | "lstart" => task.started.seconds.unsigned_abs(),
            _ => u64::from(task.pid),
        });
        if reverse {
            list.reverse();
        }
    }
    if columns.is_empty() {
        let set: &str = match (user_format, full, long) {
            (true, ..) => "user,pid,%cpu,%mem,vsz,rss,tty,stat,start,bsdtime,command",
            (_, true, true) => "f,s,uid,pid,ppid,c,pri,ni,addr,sz,wchan,stime,tty,time,cmd",
            (_, true, _) => "uid,pid,ppid,c,stime,tty,time,cmd",
            (.., true) => "f,s,uid,pid,ppid,c,pri,ni,addr,sz,wchan,tty,time,comm",
            _ if bsd => "pid,tty,stat,bsdtime,command",
            _ => "pid,tty,time,comm",
        };
        columns = set.split(',').map(str::to_owned).collect();
        if full || long && !user_format {
            for column in &mut columns {
                if column == "uid" && full && !long {
                    *column = "user=UID".into();
                }
            }
        }
    }
    let width = if process.output.is_terminal() && !wide { process.columns() } else { usize::MAX };
    let out = columns_of(process, &list, &columns, heads, width, forest);
    process.print(out).await?;
    Ok(if list.is_empty() { Exit::FAILURE } else { Exit::SUCCESS })
}

/// Head, width and whether it is on the left.
fn column(name: &str) -> (&'static str, usize, bool) {
    match name {
        "user" | "euser" | "uname" | "ruser" => ("USER", 8, true),
        "uid" | "euid" | "ruid" => ("UID", 5, false),
        "group" | "egroup" => ("GROUP", 8, true),
        "gid" => ("GID", 5, false),
        "pid" | "tgid" => ("PID", 7, false),
        "ppid" => ("PPID", 7, false),
        "pgid" | "pgrp" => ("PGID", 7, false),
        "sid" | "sess" => ("SID", 7, false),
        "%cpu" | "pcpu" => ("%CPU", 4, false),
        "c" => ("C", 2, false),
        "%mem" | "pmem" => ("%MEM", 4, false),
        "vsz" | "vsize" => ("VSZ", 6, false),
        "rss" | "rssize" => ("RSS", 5, false),
        "tty" | "tt" | "tname" => ("TTY", 8, true),
        "stat" => ("STAT", 4, true),
        "s" | "state" => ("S", 1, true),
        "start" => ("START", 5, false),
        "stime" | "start_time" => ("STIME", 5, true),
        "lstart" => ("STARTED", 24, false),
        "etime" => ("ELAPSED", 11, false),
        "etimes" => ("ELAPSED", 7, false),
        "time" | "cputime" => ("TIME", 8, false),
        "bsdtime" => ("TIME", 6, false),
        "nice" | "ni" => ("NI", 3, false),
        "pri" | "priority" => ("PRI", 3, false),
        "nlwp" | "thcount" => ("NLWP", 4, false),
        "f" => ("F", 1, false),
        "addr" => ("ADDR", 4, true),
        "sz" => ("SZ", 5, false),
        "wchan" => ("WCHAN", 6, true),
        "args" | "command" => ("COMMAND", 27, true),
        "cmd" => ("CMD", 27, true),
        "comm" | "ucmd" | "ucomm" => ("CMD", 15, true),
        "exe" => ("EXE", 15, true),
        _ => ("", 0, true),
    }
}

fn clock(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let days = if days > 0 { format!("{days}-") } else { String::new() };
    format!("{days}{hours:02}:{minutes:02}:{:02}", seconds % 60)
}

fn started(process: &Process, task: &Task) -> String {
    let (now, at) = (process.machine.now().seconds, task.started.seconds);
    if now - at < 86_400 && calendar::at(now).date() == calendar::at(at).date() {
        calendar::format(at, "%H:%M")
    } else if calendar::at(now).year() == calendar::at(at).year() {
        calendar::format(at, "%b%d")
    } else {
        calendar::format(at, "%Y")
    }
}

fn percent(part: u64, whole: u64) -> String {
    let tenths = (part * 1_000).checked_div(whole).unwrap_or(0);
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn cell(process: &Process, task: &Task, name: &str) -> String {
    let now = process.machine.now().seconds;
    let elapsed = (now - task.started.seconds).max(0).unsigned_abs();
    let short = |name: String, width: usize| {
        if name.len() > width { format!("{}+", name.get(..width - 1).unwrap_or_default()) } else { name }
    };
    match name {
        "user" | "euser" | "uname" | "ruser" => short(user_name(process, task.uid), 8),
        "uid" | "euid" | "ruid" => task.uid.to_string(),
        "group" | "egroup" => short(super::listing::group_name(process, task.gid), 8),
        "gid" => task.gid.to_string(),
        "pid" | "tgid" => task.pid.to_string(),
        "ppid" => task.parent.to_string(),
        "pgid" | "pgrp" => task.pid.to_string(),
        "sid" | "sess" => task.session.to_string(),
        "%cpu" | "pcpu" => percent(task.ticks, elapsed.max(1) * 100),
        "c" => (task.ticks / elapsed.max(1)).to_string(),
        "%mem" | "pmem" => percent(task.resident, process.machine.hardware().memory),
        "vsz" | "vsize" => task.size.to_string(),
        "rss" | "rssize" => task.resident.to_string(),
        "tty" | "tt" | "tname" => task.terminal.clone().unwrap_or_else(|| "?".into()),
        "stat" => {
            if task.pid == process.pid {
                "R+".into()
            } else {
                task.state.to_owned()
            }
        }
        "s" | "state" => {
            if task.pid == process.pid {
                "R".into()
            } else {
                task.state.get(..1).unwrap_or("S").to_owned()
            }
        }
        "start" | "stime" | "start_time" => started(process, task),
        "lstart" => calendar::format(task.started.seconds, "%a %b %e %H:%M:%S %Y"),
        "etime" => {
            let text = clock(elapsed);
            if elapsed < 3_600 { text.get(3..).unwrap_or_default().to_owned() } else { text }
        }
        "etimes" => elapsed.to_string(),
        "time" | "cputime" => clock(task.ticks / 100),
        "bsdtime" => format!("{}:{:02}", task.ticks / 6_000, task.ticks / 100 % 60),
        "nice" | "ni" => task.nice.to_string(),
        "pri" | "priority" => (19 - i32::from(task.nice)).to_string(),
        "nlwp" | "thcount" => task.threads.to_string(),
        "f" => if task.arguments.is_empty() { "1" } else { "4" }.into(),
        "addr" | "wchan" => "-".into(),
        "sz" => (task.size / 4).to_string(),
        "args" | "command" | "cmd" => String::from_utf8_lossy(&task.command()).into_owned(),
        "comm" | "ucmd" | "ucomm" => String::from_utf8_lossy(&task.name).into_owned(),
        "exe" => String::from_utf8_lossy(&task.program).into_owned(),
        _ => "-".into(),
    }
}

fn columns_of(
    process: &Process,
    list: &[Task],
    columns: &[String],
    heads: bool,
    width: usize,
    forest: bool,
) -> String {
    let names: Vec<(&str, Option<&str>)> = columns
        .iter()
        .map(|c| c.split_once('=').map_or((c.as_str(), None), |(name, head)| (name, Some(head))))
        .collect();
    let mut out = String::new();
    let has_head = names.iter().any(|(_, head)| head.is_none_or(|h| !h.is_empty()));
    let show = |cells: Vec<String>, out: &mut String| {
        let last = cells.len().saturating_sub(1);
        let mut line = String::new();
        for (at, text) in cells.into_iter().enumerate() {
            let (_, wide, left) = column(names.get(at).map_or("", |(name, _)| name));
            if at > 0 {
                line.push(' ');
            }
            if left && at == last {
                line.push_str(&text);
            } else if left {
                let _ = write!(line, "{text:<wide$}");
            } else {
                let _ = write!(line, "{text:>wide$}");
            }
        }
        let shown: String = line.chars().take(width).collect();
        let _ = writeln!(out, "{shown}");
    };
    if heads && has_head {
        let bsd = names.iter().any(|(name, _)| *name == "command");
        let head = |(name, head): &(&str, Option<&str>)| match head {
            Some(head) => (*head).to_owned(),
            None if *name == "comm" && columns.len() != 4 && !bsd => "COMMAND".to_owned(),
            None => column(name).0.to_owned(),
        };
        show(names.iter().map(head).collect(), &mut out);
    }
    let depth = |task: &Task| {
        let (mut parent, mut depth) = (task.parent, 0);
        while let Some(above) = list.iter().find(|t| t.pid == parent && t.pid > 2) {
            depth += 1;
            parent = above.parent;
            if depth > 12 {
                break;
            }
        }
        depth
    };
    for task in list {
        let cells = names.iter().map(|(name, _)| {
            let text = cell(process, task, name);
            let tree =
                if forest && matches!(*name, "command" | "cmd" | "args" | "comm") { depth(task) } else { 0 };
            if tree > 0 { format!("{} \\_ {text}", "    ".repeat(tree - 1)) } else { text }
        });
        show(cells.collect(), &mut out);
    }
    out
}

async fn busybox_ps(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "o:Twlaefux", long: &[] }, 1).await?;
    if let Some(columns) = given.value('o') {
        let columns: Vec<String> = String::from_utf8_lossy(columns).split(',').map(str::to_owned).collect();
        let out = columns_of(process, &tasks(process), &columns, true, usize::MAX, false);
        process.print(out).await?;
        return Ok(Exit::SUCCESS);
    }
    let wrt = process.machine.distro() == crate::machine::Distro::Firmware;
    let mut out = if wrt {
        "  PID USER       VSZ STAT COMMAND\n".to_owned()
    } else {
        "PID   USER     TIME  COMMAND\n".to_owned()
    };
    for task in tasks(process) {
        let command = if task.arguments.is_empty() {
            format!("[{}]", String::from_utf8_lossy(&task.name))
        } else {
            String::from_utf8_lossy(&task.command()).into_owned()
        };
        let user = user_name(process, task.uid);
        let _ = if wrt {
            writeln!(out, "{:>5} {user:<8} {:>5} {:<4} {command}", task.pid, task.size, task.state)
        } else {
            writeln!(
                out,
                "{:>5} {user:<8} {:>2}:{:02} {command}",
                task.pid,
                task.ticks / 6_000,
                task.ticks / 100 % 60
            )
        };
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
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
        super::people::uptime_line(&process.machine, process.machine.sessions(process.files.source()).len())
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

pub(super) async fn pidof(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "co:sqxS:", long: &[] }, 1).await?;
    let mut found: Vec<String> = Vec::new();
    for name in &given.operands {
        let base = name.rsplit(|b| *b == b'/').next().unwrap_or_default();
        let same = |task: &&Task| {
            !task.arguments.is_empty()
                && (task.name == base || task.program.rsplit(|b| *b == b'/').next() == Some(base))
        };
        found.extend(tasks(process).iter().rev().filter(same).map(|task| task.pid.to_string()));
    }
    if given.has('s') {
        found.truncate(1);
    }
    if found.is_empty() {
        return Ok(Exit::FAILURE);
    }
    process.print(format!("{}\n", found.join(" "))).await?;
    Ok(Exit::SUCCESS)
}

/// Ends a process of the visitor's; what the system runs only seems to end.
fn end(process: &Process, task: &Task, signal: &str) {
    if signal != "0" && signal != "CONT" && signal != "HUP" {
        process.machine.end_task(process.files.source(), task.pid);
    }
}

pub(super) async fn pgrep(process: &mut Process) -> Done {
    let kills = process.name() == b"pkill";
    let mut signal = "TERM".to_owned();
    if kills {
        let is_signal = |a: &Vec<u8>| {
            a.len() > 1
                && a.starts_with(b"-")
                && (a.iter().skip(1).all(u8::is_ascii_digit)
                    || a.iter().skip(1).all(u8::is_ascii_uppercase) && a.len() > 2)
        };
        if let Some(at) = process.args.iter().skip(1).position(is_signal) {
            signal = String::from_utf8_lossy(process.args.remove(at + 1).get(1..).unwrap_or_default())
                .into_owned();
        }
    }
    let spec = Spec {
        short: "acd:efF:g:G:ilLnoP:s:t:u:U:vwxV",
        long: &[
            ("full", 'f'),
            ("list-name", 'l'),
            ("list-full", 'a'),
            ("count", 'c'),
            ("exact", 'x'),
            ("signal=", 'S'),
            ("newest", 'n'),
            ("oldest", 'o'),
            ("euid=", 'u'),
            ("ignore-case", 'i'),
            ("parent=", 'P'),
        ],
    };
    let given = process.options(spec, 2).await?;
    if given.operands.is_empty() && !given.options.iter().any(|(l, _)| "uUPgGst".contains(*l)) {
        let name = process.called();
        process
            .complain(format!(
                "{name}: no matching criteria specified\nTry `{name} --help' for more information.\n"
            ))
            .await;
        return Ok(Exit::Code(2));
    }
    let pattern = given.operands.first().cloned().unwrap_or_default();
    let pattern = if given.has('x') { [b"^(", pattern.as_slice(), b")$"].concat() } else { pattern };
    let Ok(regex) = Regex::new(&pattern, Syntax::Extended, given.has('i')) else {
        process.complain([process.name(), b": ", &pattern, b"\n"].concat()).await;
        return Ok(Exit::Code(2));
    };
    let own = process.pid;
    let mut list = tasks(process);
    list.retain(|task| {
        let text = if given.has('f') { task.command() } else { task.name.clone() };
        let user = given.value('u').or(given.value('U')).is_none_or(|u| {
            user_name(process, task.uid).as_bytes() == u || task.uid.to_string().as_bytes() == u
        });
        let parent = given.value('P').is_none_or(|p| task.parent.to_string().as_bytes() == p);
        task.pid != own && user && parent && regex.is_match(&text) != given.has('v')
    });
    if given.has('n') {
        list.drain(..list.len().saturating_sub(1));
    }
    if given.has('o') {
        list.truncate(1);
    }
    if given.has('c') {
        process.print(format!("{}\n", list.len())).await?;
    }
    let mut denied = false;
    for task in &list {
        if kills {
            if !process.account.is_root() && task.uid != process.account.uid {
                denied = true;
                process
                    .complain(format!("pkill: killing pid {} failed: Operation not permitted\n", task.pid))
                    .await;
            } else {
                end(process, task, &signal);
            }
            continue;
        }
        let line = if given.has('a') {
            format!("{} {}\n", task.pid, String::from_utf8_lossy(&task.command()))
        } else if given.has('l') {
            format!("{} {}\n", task.pid, String::from_utf8_lossy(&task.name))
        } else {
            format!("{}\n", task.pid)
        };
        if !given.has('c') {
            process.print(line).await?;
        }
    }
    Ok(if list.is_empty() || denied { Exit::FAILURE } else { Exit::SUCCESS })
}

pub(super) async fn killall(process: &mut Process) -> Done {
    let mut signal = "TERM".to_owned();
    let (mut quiet, mut names) = (false, Vec::new());
    for word in process.arguments() {
        match word.strip_prefix(b"-") {
            Some(b"q") => quiet = true,
            Some(rest) if rest.first().is_some_and(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) => {
                signal = String::from_utf8_lossy(rest).into_owned()
            }
            Some(_) => {}
            None => names.push(word.clone()),
        }
    }
    if names.is_empty() {
        process.complain("Usage: killall [OPTION]... [--] NAME...\n").await;
        return Ok(Exit::FAILURE);
    }
    let mut good = true;
    for name in names {
        let list: Vec<Task> =
            tasks(process).into_iter().filter(|task| task.name == name && task.pid != process.pid).collect();
        if list.is_empty() {
            good = false;
            if !quiet {
                process.complain([name.as_slice(), b": no process found\n"].concat()).await;
            }
        }
        for task in list {
            if !process.account.is_root() && task.uid != process.account.uid {
                good = false;
                process
                    .complain(format!(
                        "{}({}): Operation not permitted\n",
                        String::from_utf8_lossy(&name),
                        task.pid
                    ))
                    .await;
            } else {
                end(process, &task, &signal);
            }
        }
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

pub(super) async fn kill(process: &mut Process) -> Done {
    let mut signal = "TERM".to_owned();
    let mut pids = Vec::new();
    let mut rest = process.arguments().to_vec().into_iter();
    while let Some(word) = rest.next() {
        match word.as_slice() {
            b"-l" | b"-L" => {
                process.print(" 1 HUP      2 INT      3 QUIT     4 ILL      5 TRAP     6 ABRT     7 BUS\n 8 FPE      9 KILL    10 USR1    11 SEGV    12 USR2    13 PIPE    14 ALRM\n15 TERM    16 STKFLT  17 CHLD    18 CONT    19 STOP    20 TSTP    21 TTIN\n22 TTOU    23 URG     24 XCPU    25 XFSZ    26 VTALRM  27 PROF    28 WINCH\n29 POLL    30 PWR     31 SYS     \n").await?;
                return Ok(Exit::SUCCESS);
            }
            b"-s" | b"--signal" => {
                signal = String::from_utf8_lossy(&rest.next().unwrap_or_default()).into_owned()
            }
            [b'-', name @ ..] if !name.is_empty() && pids.is_empty() => {
                signal = String::from_utf8_lossy(name).into_owned()
            }
            other => pids.push(String::from_utf8_lossy(other).into_owned()),
        }
    }
    if pids.is_empty() {
        process.complain("\nUsage:\n kill [options] <pid> [...]\n").await;
        return Ok(Exit::FAILURE);
    }
    let list = tasks(process);
    let mut good = true;
    for pid in pids {
        match pid.parse::<u32>().ok().and_then(|pid| list.iter().find(|task| task.pid == pid)) {
            Some(task) if process.account.is_root() || task.uid == process.account.uid => {
                end(process, task, &signal)
            }
            Some(_) => {
                good = false;
                process.complain(format!("kill: ({pid}): Operation not permitted\n")).await;
            }
            None if pid.parse::<i64>().is_ok() => {
                good = false;
                process.complain(format!("kill: ({pid}): No such process\n")).await;
            }
            None => {
                good = false;
                process.complain(format!("kill: failed to parse argument: '{pid}'\n")).await;
            }
        }
    }

    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}
