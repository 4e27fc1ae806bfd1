//! ps.

use std::fmt::Write as _;

use super::tasks;
use crate::{
    machine::{Task, calendar},
    programs::{context::Done, listing::user_name, options::Spec},
    shell::{Exit, Process},
};

/// Tables of columns: `aux`, `-ef`, and what `-o` names.
/// What is asked for.
#[derive(Debug, Default)]
struct Choice {
    every: bool,
    without_terminal: bool,
    user_format: bool,
    full: bool,
    long: bool,
    headless: bool,
    wide: bool,
    forest: bool,
    bsd: bool,
    columns: Vec<String>,
    pids: Vec<u32>,
    users: Vec<String>,
    names: Vec<String>,
    sort: Vec<String>,
}

/// A word that `ps` does not know.
#[derive(Debug)]
struct Unknown;

fn numbers(text: &str) -> Vec<u32> {
    text.split([',', ' ']).filter_map(|part| part.parse().ok()).collect()
}

fn texts(text: &str) -> impl Iterator<Item = String> {
    text.split([',', ' ']).filter(|part| !part.is_empty()).map(str::to_owned)
}

impl Choice {
    fn read(words: &[String]) -> Result<Self, Unknown> {
        let mut this = Self::default();
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            if let Some(value) = word.strip_prefix("--sort") {
                let value = value.strip_prefix('=').map(str::to_owned).or_else(|| rest.next().cloned());
                this.sort.extend(texts(&value.unwrap_or_default()));
            } else if let Some(value) = word.strip_prefix("--pid=") {
                this.pids.extend(numbers(value));
            } else if word == "--forest" {
                this.forest = true;
            } else if ["--no-headers", "--no-heading", "--noheader"].contains(&word.as_str()) {
                this.headless = true;
            } else if word.starts_with("--") {
                return Err(Unknown);
            } else {
                this.letters(word, &mut rest);
            }
        }
        Ok(this)
    }

    fn letters(&mut self, word: &str, rest: &mut std::slice::Iter<'_, String>) {
        let letters = word.trim_start_matches('-');
        if !letters.is_empty() && letters.split(',').all(|part| part.parse::<u32>().is_ok()) {
            self.pids.extend(numbers(letters));
            return;
        }
        // `-aux` means `aux`, since nobody is called x.
        let dashed = word.starts_with('-') && !(letters.starts_with('a') && letters.contains('x'));
        self.bsd |= !dashed;
        for (at, letter) in letters.char_indices() {
            let mut value = || {
                let attached = letters.get(at + 1..).filter(|v| !v.is_empty()).map(str::to_owned);
                attached.or_else(|| rest.next().cloned()).unwrap_or_default()
            };
            match (letter, dashed) {
                ('e' | 'A', true) | ('a', false) => self.every = true,
                ('x', false) => self.without_terminal = true,
                ('u', false) => self.user_format = true,
                ('f', true) => self.full = true,
                ('f', false) | ('H', true) => self.forest = true,
                ('l', _) => self.long = true,
                ('w', _) => self.wide = true,
                ('h', false) => self.headless = true,
                ('o', _) | ('O', false) => return self.columns.extend(texts(&value())),
                ('p', _) => return self.pids.extend(numbers(&value())),
                ('u' | 'U', true) | ('U', false) => return self.users.extend(texts(&value())),
                ('C', true) => return self.names.extend(texts(&value())),
                ('t', true) => return drop(value()),
                _ => {}
            }
        }
    }

    fn wants(&self, process: &Process, task: &Task) -> bool {
        if !self.pids.is_empty() {
            return self.pids.contains(&task.pid);
        }
        if !self.users.is_empty() {
            let user = user_name(process, task.uid);
            return self.users.iter().any(|wanted| *wanted == task.uid.to_string() || *wanted == user);
        }
        if !self.names.is_empty() {
            return self.names.iter().any(|name| name.as_bytes() == task.name);
        }
        let has_terminal = self.without_terminal || task.terminal.is_some();
        let own = task.uid == process.account.uid;
        match (self.every, self.bsd) {
            (true, false) => true,
            (true, true) => has_terminal,
            (false, true) => own && has_terminal,
            (false, false) => match process.seat.tty() {
                Some(tty) => own && task.terminal.as_deref() == Some(tty.device()),
                None => task.pid == process.pid,
            },
        }
    }

    fn sort(&self, list: &mut [Task]) {
        for key in self.sort.iter().rev() {
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
    }

    fn columns(&self) -> Vec<String> {
        if !self.columns.is_empty() {
            return self.columns.clone();
        }
        let set = match (self.user_format, self.full, self.long) {
            (true, ..) => "user,pid,%cpu,%mem,vsz,rss,tname,stat,start,bsdtime,command",
            (_, true, true) => "f,s,uid,pid,ppid,c,pri,ni,addr,sz,wchan,stime,tname,time,cmd",
            (_, true, _) => "user=UID,pid,ppid,c,stime,tname,time,cmd",
            (.., true) => "f,s,uid,pid,ppid,c,pri,ni,addr,sz,wchan,tname,time,comm",
            _ if self.bsd => "pid,tname,stat,bsdtime,command",
            _ => "pid,tname,time,comm",
        };
        set.split(',').map(str::to_owned).collect()
    }
}

pub(in crate::programs) async fn ps(process: &mut Process) -> Done {
    if process.is_busybox() {
        return busybox_ps(process).await;
    }
    let words: Vec<String> =
        process.arguments().iter().map(|a| String::from_utf8_lossy(a).into_owned()).collect();
    if words.iter().any(|word| word == "--version" || word == "-V") {
        process.print("ps from procps-ng 4.0.2\n").await?;
        return Ok(Exit::SUCCESS);
    }
    let Ok(choice) = Choice::read(&words) else {
        process
            .complain(
                "error: unknown gnu long option\n\nUsage:\n ps [options]\n\n Try 'ps --help \
                 <simple|list|output|threads|misc|all>'\n  or 'ps --help <s|l|o|t|m|a>'\n for additional help \
                 text.\n\nFor more details see ps(1).\n",
            )
            .await;
        return Ok(Exit::FAILURE);
    };
    let mut list = tasks(process);
    list.retain(|task| choice.wants(process, task));
    choice.sort(&mut list);
    let width = if process.output.is_terminal() && !choice.wide { process.columns() } else { usize::MAX };
    let out = columns_of(process, &list, &choice.columns(), !choice.headless, width, choice.forest);
    process.print(out).await?;
    Ok(if list.is_empty() { Exit::FAILURE } else { Exit::SUCCESS })
}

/// Head, width and whether it is on the left.
pub(super) fn column(name: &str) -> (&'static str, usize, bool) {
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
        "tty" | "tt" => ("TT", 8, true),
        "tname" => ("TTY", 8, true),
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

/// Whether it shows a process id, which is as wide as the highest.
fn is_id(name: &str) -> bool {
    matches!(name, "pid" | "tgid" | "ppid" | "pgid" | "pgrp" | "sid" | "sess")
}

/// A line of cells; what is too wide takes its room from the columns after it.
fn aligned(layout: impl Iterator<Item = (usize, bool)>, cells: &[String]) -> String {
    let (mut line, mut wanted, mut written) = (String::new(), 0, 0);
    for (at, ((wide, left), text)) in layout.zip(cells).enumerate() {
        let length = text.chars().count();
        let pad = if left { 0 } else { wide.saturating_sub(length) };
        let space = (wanted + pad).saturating_sub(written).max(usize::from(at > 0));
        line.extend(std::iter::repeat_n(' ', space));
        line.push_str(text);
        written += space + length;
        wanted += wide + 1;
    }
    line
}

pub(super) fn clock(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let days = if days > 0 { format!("{days}-") } else { String::new() };
    format!("{days}{hours:02}:{minutes:02}:{:02}", seconds % 60)
}

pub(super) fn started(process: &Process, task: &Task) -> String {
    let (now, at) = (process.machine.now().seconds, task.started.seconds);
    if now - at < 86_400 && calendar::at(now).date() == calendar::at(at).date() {
        calendar::format(at, "%H:%M")
    } else if calendar::at(now).year() == calendar::at(at).year() {
        calendar::format(at, "%b%d")
    } else {
        calendar::format(at, "%Y")
    }
}

pub(super) fn percent(part: u64, whole: u64) -> String {
    let tenths = (part * 1_000).checked_div(whole).unwrap_or(0);
    format!("{}.{}", tenths / 10, tenths % 10)
}

pub(super) fn cell(process: &Process, task: &Task, name: &str) -> String {
    let now = process.machine.now().seconds;
    let elapsed = (now - task.started.seconds).max(0).unsigned_abs();
    let short = |name: String, width: usize| {
        if name.len() > width { format!("{}+", name.get(..width - 1).unwrap_or_default()) } else { name }
    };
    match name {
        "user" | "euser" | "uname" | "ruser" => short(user_name(process, task.uid), 8),
        "uid" | "euid" | "ruid" => task.uid.to_string(),
        "group" | "egroup" => short(crate::programs::listing::group_name(process, task.gid), 8),
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
        // BSD's column shows the time of day for a whole day.
        "start" if elapsed <= 86_400 => calendar::format(task.started.seconds, "%H:%M"),
        "start" => calendar::format(task.started.seconds, "%b%d"),
        "stime" | "start_time" => started(process, task),
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

pub(super) fn columns_of(
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
    let most = process.files.read(b"/proc/sys/kernel/pid_max").unwrap_or_default();
    let digits = if most.trim_ascii() == b"32768" { 5 } else { 7 };
    let has_head = names.iter().any(|(_, head)| head.is_none_or(|h| !h.is_empty()));
    let show = |cells: Vec<String>, out: &mut String| {
        let layout = names.iter().map(|(name, _)| {
            let (_, wide, left) = column(name);
            (if is_id(name) { digits } else { wide }, left)
        });
        let shown: String = aligned(layout, &cells).chars().take(width).collect();
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

pub(super) async fn busybox_ps(process: &mut Process) -> Done {
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

#[cfg(test)]
mod tests {
    use super::{aligned, column};

    /// Lines that procps printed, whose fields must come to stand where they stood.
    #[test]
    fn columns_stand_where_procps_puts_them() {
        let aux = "user,pid,%cpu,%mem,vsz,rss,tname,stat,start,bsdtime,command";
        let full = "uid,pid,ppid,c,stime,tname,time,cmd";
        for (names, line) in [
            (aux, "USER       PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND"),
            (aux, "root         1  0.7  0.0  55940 23660 ?        S<Ll 14:24   0:34 /process"),
            (aux, "root      7326 13.2  5.8 2316192 1446600 ?     SNl  16:14   0:56 rustc"),
            (
                aux,
                "root      9530  0.0  0.0 1463600 9776 ?        Sl   15:55   0:00 /usr/bin/containerd-shim",
            ),
            (full, "UID        PID  PPID  C STIME TTY          TIME CMD"),
            (full, "root         2     0  0 14:24 ?        00:00:00 [kthreadd]"),
        ] {
            let cells: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            let layout = names.split(',').map(|name| match name {
                "pid" | "ppid" => (5, false),
                "uid" => (8, true),
                name => (column(name).1, column(name).2),
            });
            assert_eq!(aligned(layout, &cells), line);
        }
    }
}
