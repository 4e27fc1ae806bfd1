//! pidof, pgrep, pkill, kill, killall.

use super::tasks;
use crate::{
    machine::Task,
    programs::{
        context::Done,
        listing::user_name,
        options::{Parsed, Spec},
        regex::{Regex, Syntax},
    },
    shell::{Exit, Process, signals::NAMES},
};

pub(in crate::programs) async fn pidof(process: &mut Process) -> Done {
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

/// Ends a process of the visitor's; what the system runs only seems to end. Without its shell or
/// its sshd a visit is over.
pub(super) fn end(process: &Process, task: &Task, signal: &str) {
    let signal = signal.trim_start_matches("SIG");
    if matches!(signal, "0" | "CONT" | "CHLD" | "WINCH" | "URG" | "17" | "18" | "23" | "28") {
        return;
    }
    let gentle = matches!(signal, "TERM" | "15" | "INT" | "2" | "QUIT" | "3");
    match place_above(process, task.pid) {
        // A shell at a terminal takes no heed of these.
        Some(0) if gentle => {}
        Some(_) => process.seat.signal(crate::shell::Signal::HangUp),
        None if matches!(signal, "HUP" | "1") => {}
        None => {
            let name = match signal.parse::<usize>() {
                Ok(number) => number.checked_sub(1).and_then(|at| NAMES.get(at)),
                Err(_) => NAMES.iter().find(|name| **name == signal),
            };
            process.machine.end_task(process.files.source(), task.pid, name.copied().unwrap_or("TERM"));
        }
    }
}

/// How far a process is above the log-in shell of the visit: the shell itself, then its sshd.
fn place_above(process: &Process, pid: u32) -> Option<usize> {
    let all = tasks(process);
    let mut above = process.seat.presence().shell();
    for step in 0..4 {
        let parent = all.iter().find(|task| task.pid == above)?.parent;
        // The sshd that waits for others, a child of init, is not of the visit.
        if step > 0 && parent <= 1 {
            return None;
        }
        if above == pid {
            return Some(step);
        }
        above = parent;
    }
    None
}

pub(in crate::programs) async fn pgrep(process: &mut Process) -> Done {
    let kills = process.name() == b"pkill";
    let signal = if kills { taken_signal(process) } else { String::new() };
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
    let list = chosen(process, &given, &regex);
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

/// Takes a signal given as `-9` or `-KILL` out of the arguments.
fn taken_signal(process: &mut Process) -> String {
    let is_signal = |a: &Vec<u8>| {
        let rest = a.get(1..).unwrap_or_default();
        let name = rest.len() > 1 && rest.iter().all(u8::is_ascii_uppercase);
        a.starts_with(b"-") && (name || !rest.is_empty() && rest.iter().all(u8::is_ascii_digit))
    };
    match process.args.iter().skip(1).position(is_signal) {
        Some(at) => {
            String::from_utf8_lossy(process.args.remove(at + 1).get(1..).unwrap_or_default()).into_owned()
        }
        None => "TERM".to_owned(),
    }
}

/// The processes that fit.
fn chosen(process: &Process, given: &Parsed, regex: &Regex) -> Vec<Task> {
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
    list
}

pub(in crate::programs) async fn killall(process: &mut Process) -> Done {
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

pub(in crate::programs) async fn kill(process: &mut Process) -> Done {
    let mut signal = "TERM".to_owned();
    let mut pids = Vec::new();
    let mut rest = process.arguments().to_vec().into_iter();
    while let Some(word) = rest.next() {
        match word.as_slice() {
            b"-l" | b"-L" => {
                process.print("HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT\nCHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH POLL PWR SYS\n").await?;
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
