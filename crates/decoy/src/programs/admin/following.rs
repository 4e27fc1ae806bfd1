//! watch and script: programs that run another and show what it says.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::super::{
    context::Done,
    options::{Spec, parse},
};
use crate::{
    caps,
    machine::calendar,
    shell::{Exit, Process, pipe::Writer},
};

const USAGE: &str = "\nUsage:\n watch [options] command\n\nOptions:\n  -b, --beep             beep if command has a non-zero exit\n  -c, --color            interpret ANSI color and style sequences\n  -d, --differences[=<permanent>]\n                         highlight changes between updates\n  -e, --errexit          exit if command has a non-zero exit\n  -g, --chgexit          exit when output from command changes\n  -q, --equexit <cycles>\n                         exit when output from command does not change\n  -n, --interval <secs>  seconds to wait between updates\n  -p, --precise          attempt run command in precise intervals\n  -t, --no-title         turn off header\n  -w, --no-wrap          turn off line wrapping\n  -x, --exec             pass command to exec instead of \"sh -c\"\n\n -h, --help     display this help and exit\n -v, --version  output version information and exit\n\nFor more details see watch(1).\n";

/// Runs a command and takes what it writes.
async fn taken(process: &mut Process, args: Vec<Vec<u8>>) -> (Vec<u8>, Exit) {
    let held = Arc::new(Mutex::new(Vec::new()));
    let writer = || Writer::bytes(Arc::clone(&held), caps::PROGRAM_INPUT);
    let kept =
        (std::mem::replace(&mut process.output, writer()), std::mem::replace(&mut process.errors, writer()));
    let exit = process.execute(args).await.unwrap_or(Exit::Code(127));
    (process.output, process.errors) = kept;
    let text = std::mem::take(&mut *held.lock().unwrap_or_else(PoisonError::into_inner));
    (text, exit)
}

fn in_shell(command: Vec<u8>) -> Vec<Vec<u8>> {
    vec![b"sh".to_vec(), b"-c".to_vec(), command]
}

pub(in crate::programs) async fn watch(process: &mut Process) -> Done {
    let spec = Spec {
        short: "+bcd::eghn:pq:tvwx",
        long: &[
            ("interval=", 'n'),
            ("differences?", 'd'),
            ("no-title", 't'),
            ("exec", 'x'),
            ("errexit", 'e'),
            ("chgexit", 'g'),
            ("color", 'c'),
            ("help", 'h'),
            ("version", 'v'),
        ],
    };
    let given = match parse(process.arguments(), spec) {
        Ok(given) => given,
        Err(wrong) => {
            process.complain(format!("watch: {}\n{USAGE}", wrong.0)).await;
            return Ok(Exit::FAILURE);
        }
    };
    if given.has('v') {
        process.print("watch from procps-ng 4.0.2\n").await?;
        return Ok(Exit::SUCCESS);
    }
    if given.has('h') {
        process.print(USAGE).await?;
        return Ok(Exit::SUCCESS);
    }
    if given.operands.is_empty() {
        process.complain(USAGE).await;
        return Ok(Exit::FAILURE);
    }
    let seconds = given.value('n').and_then(|text| std::str::from_utf8(text).ok()?.parse::<f64>().ok());
    let seconds = seconds.unwrap_or(2.0).clamp(0.1, 2_678_400.0);
    let command = given.operands.join(&b' ');
    let mut before = None;
    process.print("\x1b[?1049h\x1b[22;0;0t\x1b[1;24r\x1b(B\x1b[m\x1b[4l\x1b[?7h").await?;
    loop {
        let args = if given.has('x') { given.operands.clone() } else { in_shell(command.clone()) };
        let (text, exit) = taken(process, args).await;
        process.print(screen(process, &given, seconds, &command, &text)).await?;
        if given.has('g') && before.as_ref().is_some_and(|before| *before != text) {
            break;
        }
        if given.has('e') && exit != Exit::SUCCESS {
            process
                .print(
                    "\x1b[24;1H\x1b[1mcommand exit with a non-zero status, press a key to exit\x1b(B\x1b[m",
                )
                .await?;
            break;
        }
        before = Some(text);
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        if process.output.is_broken() {
            return Err(Exit::Signal("PIPE"));
        }
    }
    process.print("\x1b[24;1H\x1b[?1049l\x1b[23;0;0t\r\x1b[?1l\x1b>").await?;
    Ok(Exit::SUCCESS)
}

/// What one round shows.
fn screen(
    process: &Process,
    given: &super::super::options::Parsed,
    seconds: f64,
    command: &[u8],
    text: &[u8],
) -> Vec<u8> {
    let size = process.seat.tty().map(|tty| tty.size());
    let (columns, rows) = size.map_or((80, 24), |size| (usize::from(size.columns), usize::from(size.rows)));
    let mut out = b"\x1b[H\x1b[2J".to_vec();
    let mut room = rows;
    if !given.has('t') {
        let left = format!("Every {seconds:.1}s: {}", String::from_utf8_lossy(command));
        let date = calendar::format(process.machine.now().seconds, "%a %b %e %H:%M:%S %Y");
        let right = format!("{}: {date}", process.machine.persona().hostname);
        let width = columns.saturating_sub(right.len() + 1);
        let left: String = left.chars().take(width).collect();
        out.extend(format!("{left:<width$} {right}\r\n\r\n").into_bytes());
        room = room.saturating_sub(2);
    }
    for line in text.split(|byte| *byte == b'\n').take(room) {
        out.extend(line.iter().take(columns));
        out.extend(b"\r\n");
    }
    out.truncate(out.len().saturating_sub(2));
    out
}

pub(in crate::programs) async fn script(process: &mut Process) -> Done {
    let spec = Spec {
        short: "+aB:c:eE:fhI:m:o:O:qt::T:V",
        long: &[
            ("command=", 'c'),
            ("quiet", 'q'),
            ("append", 'a'),
            ("return", 'e'),
            ("flush", 'f'),
            ("version", 'V'),
        ],
    };
    // Options may follow the file.
    let spec = Spec { short: spec.short.trim_start_matches('+'), ..spec };
    let given = process.options(spec, 1).await?;
    if given.has('V') {
        process.print("script from util-linux 2.38.1\n").await?;
        return Ok(Exit::SUCCESS);
    }
    let file = given.operands.first().cloned().unwrap_or_else(|| b"typescript".to_vec());
    let shown = String::from_utf8_lossy(&file).into_owned();
    if !given.has('q') {
        process.print(format!("Script started, output log file is '{shown}'.\n")).await?;
    }
    let command = given.value('c').map(<[u8]>::to_vec);
    let stamp =
        |process: &Process| calendar::format(process.machine.now().seconds, "%Y-%m-%d %H:%M:%S+00:00");
    let what =
        command.as_ref().map_or_else(String::new, |c| format!("COMMAND=\"{}\" ", String::from_utf8_lossy(c)));
    let head = format!("Script started on {} [{what}<not executed on terminal>]\n", stamp(process));
    let args = match command {
        Some(command) => in_shell(command),
        None => vec![process.account.shell.clone().into_bytes()],
    };
    let (text, exit) = if process.output.is_terminal() {
        (Vec::new(), process.execute(args).await.unwrap_or(Exit::Code(127)))
    } else {
        let (text, exit) = taken(process, args).await;
        process.print(&text).await?;
        (text, exit)
    };
    let tail = format!("\nScript done on {} [COMMAND_EXIT_CODE=\"{}\"]\n", stamp(process), exit.status());
    let _ = process.files.write(&file, &[head.as_bytes(), &text, tail.as_bytes()].concat(), 0o644);
    if !given.has('q') {
        process.print("Script done.\n").await?;
    }
    Ok(if given.has('e') { exit } else { Exit::SUCCESS })
}
