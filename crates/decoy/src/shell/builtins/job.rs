//! `jobs`, `fg`, `bg`, `kill`, `disown`.

use std::time::Duration;

use super::{
    super::{
        dialect::Dialect,
        interpreter::{Flow, Shell},
        process::Exit,
        signals,
        state::JobState,
    },
    number,
};

impl Shell {
    /// The line of `jobs` for a job.
    pub(crate) fn job_line(&mut self, number: usize, long: bool) -> Vec<u8> {
        let mark = self.jobs.mark(number);
        let bash = self.dialect.is_bash();
        let Some(job) = self.jobs.get_mut(number) else { return Vec::new() };
        let state = job.state();
        let word = match state {
            JobState::Running => "Running".to_owned(),
            JobState::Stopped => "Stopped".to_owned(),
            JobState::Ended(Exit::Code(0)) => "Done".to_owned(),
            JobState::Ended(Exit::Code(code)) if bash => format!("Exit {code}"),
            JobState::Ended(Exit::Code(code)) => format!("Done({code})"),
            JobState::Ended(Exit::Signal(name)) => signal_text(name).to_owned(),
        };
        let pid = if long { format!("{} ", job.pid) } else { String::new() };
        let running = state == JobState::Running && bash;
        let text = [&job.text[..], if running { b" &" } else { b"" }].concat();
        let head = if bash {
            format!("[{number}]{mark}  {}{word:<24}", pid)
        } else {
            format!("[{number}] {mark} {}{word:<27}", pid)
        };
        [head.as_bytes(), &text, b"\n"].concat()
    }

    /// Tells of jobs that ended since the last prompt, and forgets them.
    pub(crate) async fn notify(&mut self) {
        let ended: Vec<usize> = self
            .jobs
            .iter()
            .filter(|job| matches!(job.state(), JobState::Ended(_)))
            .map(|job| job.number)
            .collect();
        for number in ended {
            if self.interactive {
                let line = self.job_line(number, false);
                self.print_error(line).await;
            }
            self.jobs.remove(number);
        }
    }

    /// The job that an argument means; complains when there is none.
    async fn job(&mut self, builtin: &str, argument: Option<&Vec<u8>>) -> Option<usize> {
        let found = match argument {
            None => self.jobs.current(),
            Some(argument) if argument.starts_with(b"%") || builtin != "fg" && builtin != "bg" => {
                self.jobs.find(argument)
            }
            Some(argument) => self.jobs.find(&[b"%", &argument[..]].concat()),
        };
        if found.is_none() {
            let shown = argument.cloned();
            let text = match (self.dialect, shown) {
                (Dialect::Bash, None) => b"current: no such job".to_vec(),
                (Dialect::Bash, Some(shown)) => [&shown[..], b": no such job"].concat(),
                (_, None) => b"No current job".to_vec(),
                (_, Some(shown)) => [b"No such job: ", &shown[..]].concat(),
            };
            self.complain(Some(builtin), text).await;
            self.status = if self.dialect.is_bash() { 1 } else { 2 };
        }
        found
    }
}

/// What a shell says of a process that this signal ended.
pub(crate) fn signal_text(name: &str) -> &'static str {
    match name {
        "HUP" => "Hangup",
        "INT" => "Interrupt",
        "QUIT" => "Quit",
        "KILL" => "Killed",
        "TERM" => "Terminated",
        "SEGV" => "Segmentation fault",
        "PIPE" => "Broken pipe",
        "ABRT" => "Aborted",
        "USR1" => "User defined signal 1",
        "USR2" => "User defined signal 2",
        "ALRM" => "Alarm clock",
        _ => "Terminated",
    }
}

pub(super) async fn list(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let known: &[u8] = if shell.dialect.is_bash() { b"lnprsx" } else { b"lp" };
    let Some(options) = shell.letters("jobs", arguments, known).await? else { return Ok(()) };
    let mut out = Vec::new();
    let mut numbers: Vec<usize> = shell.jobs.iter().map(|job| job.number).collect();
    if !options.rest.is_empty() {
        numbers.clear();
        for id in options.rest {
            numbers.extend(shell.job("jobs", Some(id)).await);
        }
    }
    let status = shell.status;
    for number in numbers {
        let state = shell.jobs.get_mut(number).map(|job| job.state());
        let skip = options.letters.contains(&b'r') && state != Some(JobState::Running)
            || options.letters.contains(&b's') && state != Some(JobState::Stopped);
        if skip {
            continue;
        }
        if options.letters.contains(&b'p') {
            let pid = shell.jobs.get_mut(number).map_or(0, |job| job.pid);
            out.extend(format!("{pid}\n").into_bytes());
        } else {
            out.extend(shell.job_line(number, options.letters.contains(&b'l')));
        }
        if matches!(state, Some(JobState::Ended(_))) {
            shell.jobs.remove(number);
        }
    }
    shell.print(out).await?;
    shell.status = shell.status.max(status);
    Ok(())
}

pub(super) async fn foreground(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    if !shell.options.monitor && shell.dialect.is_bash() {
        return shell.fails("fg", "no job control").await;
    }
    let Some(number) = shell.job("fg", arguments.get(1)).await else {
        let status = shell.status;
        return shell.failed_special(status);
    };
    let text = shell.jobs.get_mut(number).map(|job| job.text.clone()).unwrap_or_default();
    shell.print([&text[..], b"\n"].concat()).await?;
    shell.jobs.touch(number);
    shell.wait_for_number(number).await
}

pub(super) async fn background(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    if !shell.options.monitor && shell.dialect.is_bash() {
        return shell.fails("bg", "no job control").await;
    }
    let Some(number) = shell.job("bg", arguments.get(1)).await else {
        let status = shell.status;
        return shell.failed_special(status);
    };
    let mark = shell.jobs.mark(number);
    let Some(job) = shell.jobs.get_mut(number) else { return Ok(()) };
    if !job.stopped {
        let text = format!("job {number} already in background");
        return shell.fails("bg", text).await;
    }
    job.stopped = false;
    job.gate.go_on();
    let text = job.text.clone();
    shell.print([format!("[{number}]{mark} ").as_bytes(), &text, b" &\n"].concat()).await
}

pub(super) async fn disown(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let Some(options) = shell.letters("disown", arguments, b"har").await? else { return Ok(()) };
    if options.letters.contains(&b'h') {
        return Ok(());
    }
    let ids = options.rest.to_vec();
    if options.letters.contains(&b'a') {
        let numbers: Vec<usize> = shell.jobs.iter().map(|job| job.number).collect();
        for number in numbers {
            shell.jobs.remove(number);
        }
        return Ok(());
    }
    if ids.is_empty() {
        if let Some(number) = shell.job("disown", None).await {
            shell.jobs.remove(number);
        }
        return Ok(());
    }
    for id in ids {
        if let Some(number) = shell.job("disown", Some(&id)).await {
            shell.jobs.remove(number);
        }
    }
    Ok(())
}

pub(super) async fn suspend(shell: &mut Shell, _: &[Vec<u8>]) -> Flow {
    shell
        .fails(
            "suspend",
            if shell.login { "cannot suspend a login shell" } else { "cannot suspend: no job control" },
        )
        .await
}

/// What `kill` is asked for.
struct Order<'a> {
    signal: &'static str,
    targets: &'a [Vec<u8>],
}

pub(super) async fn kill(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let mut rest = arguments.get(1..).unwrap_or_default();
    let mut signal = "TERM";
    match rest.first().map(Vec::as_slice) {
        Some(b"-l" | b"-L") => return names(shell, rest.get(1..).unwrap_or_default()).await,
        Some(b"-s" | b"-n") => {
            let named = rest.get(1).cloned().unwrap_or_default();
            match signal_of(&named) {
                Some(known) => signal = known,
                None => return bad_signal(shell, &named).await,
            }
            rest = rest.get(2..).unwrap_or_default();
        }
        Some(b"--") => rest = rest.get(1..).unwrap_or_default(),
        Some([b'-', name @ ..]) if !name.is_empty() => {
            match signal_of(name) {
                Some(known) => signal = known,
                None => return bad_signal(shell, name).await,
            }
            rest = rest.get(1..).unwrap_or_default();
            if rest.first().is_some_and(|argument| argument == b"--") {
                rest = rest.get(1..).unwrap_or_default();
            }
        }
        _ => {}
    }
    if rest.is_empty() {
        return no_target(shell).await;
    }
    let order = Order { signal, targets: rest };
    let mut failed = false;
    for target in order.targets {
        failed |= !kill_one(shell, target, order.signal).await?;
    }
    shell.status = u8::from(failed);
    Ok(())
}

async fn no_target(shell: &mut Shell) -> Flow {
    match shell.dialect {
        Dialect::Bash => {
            shell.usage("kill").await;
            shell.status = 2;
        }
        Dialect::Dash => {
            let text =
                "Usage: kill [-s sigspec | -signum | -sigspec] [pid | job]... or\nkill -l [exitstatus]";
            shell.complain(Some("kill"), text).await;
            return Err(shell.fatal(2));
        }
        Dialect::Ash => {
            let line = [&shell.name[..], b": you need to specify whom to kill\n"].concat();
            shell.print_error(line).await;
            shell.status = 1;
        }
    }
    Ok(())
}

/// The signal that a number or a name means; number 0 only asks.
fn signal_of(text: &[u8]) -> Option<&'static str> {
    if let Some(number) = number(text) {
        return match number {
            0 => Some(""),
            number => signals::NAMES.get(usize::try_from(number).ok()?.checked_sub(1)?).copied(),
        };
    }
    let upper = text.to_ascii_uppercase();
    let name = upper.strip_prefix(b"SIG").unwrap_or(&upper);
    signals::NAMES.iter().find(|known| known.as_bytes() == name).copied()
}

async fn bad_signal(shell: &mut Shell, name: &[u8]) -> Flow {
    match shell.dialect {
        Dialect::Bash => shell.fails("kill", [name, b": invalid signal specification"].concat()).await,
        Dialect::Dash => {
            let letter = name.get(..1).unwrap_or_default();
            shell.complain(Some("kill"), [b"Illegal option -", letter].concat()).await;
            Err(shell.fatal(2))
        }
        Dialect::Ash => {
            let line = [&shell.name[..], b": bad signal name '", name, b"'\n"].concat();
            shell.print_error(line).await;
            shell.status = 1;
            Ok(())
        }
    }
}

async fn names(shell: &mut Shell, of: &[Vec<u8>]) -> Flow {
    let mut out = String::new();
    if let Some(argument) = of.first() {
        match number(argument) {
            Some(number) => {
                let number = if number > 128 { number - 128 } else { number };
                let name = usize::try_from(number).ok().and_then(|at| signals::NAMES.get(at.checked_sub(1)?));
                out = name.map(|name| format!("{name}\n")).unwrap_or_default();
            }
            None => {
                if let Some(number) = signal_of(argument).and_then(signals::number) {
                    out = format!("{number}\n");
                }
            }
        }
        return shell.print(out).await;
    }
    if !shell.dialect.is_bash() {
        out = signals::NAMES.iter().map(|name| format!("{name}\n")).collect();
        return shell.print(out).await;
    }
    for number in (1..=31).chain(34..=64) {
        let name = match number {
            34 => "SIGRTMIN".to_owned(),
            64 => "SIGRTMAX".to_owned(),
            35..=49 => format!("SIGRTMIN+{}", number - 34),
            50..=63 => format!("SIGRTMAX-{}", 64 - number),
            _ => format!("SIG{}", signals::NAMES.get(number - 1).copied().unwrap_or_default()),
        };
        let place = if number > 31 { number - 2 } else { number };
        let end = if place % 5 == 0 || number == 64 { '\n' } else { '\t' };
        out.push_str(&format!("{number:2}) {name}{end}"));
    }
    shell.print(out).await
}

/// Sends a signal; whether it could, of which it complains.
async fn kill_one(
    shell: &mut Shell,
    target: &[u8],
    signal: &'static str,
) -> Result<bool, super::super::interpreter::Stop> {
    if let Some(job) = shell.jobs.find(target)
        && shell.jobs.get_mut(job).is_some_and(|job| !matches!(job.state(), JobState::Ended(_)))
    {
        signal_job(shell, job, signal).await;
        return Ok(true);
    }
    let pid = number(target);
    let Some(pid) = pid else {
        let text = match shell.dialect {
            Dialect::Bash if target.starts_with(b"%") => [target, b": no such job"].concat(),
            Dialect::Bash => [target, b": arguments must be process or job IDs"].concat(),
            Dialect::Dash => [b"Illegal number: ", target].concat(),
            Dialect::Ash => [b"invalid number '", target, b"'"].concat(),
        };
        if shell.dialect == Dialect::Ash {
            let line = [&shell.name[..], b": ", &text, b"\n"].concat();
            shell.print_error(line).await;
            return Ok(false);
        }
        shell.complain(Some("kill"), text).await;
        if shell.dialect.is_dash() {
            return Err(shell.fatal(2));
        }
        return Ok(false);
    };
    if pid == i64::from(shell.own_pid) || pid == i64::from(shell.pid) || pid == 0 {
        return self_signal(shell, signal).await;
    }
    let source = shell.files.source();
    let found = shell.machine().tasks(source).into_iter().find(|task| i64::from(task.pid) == pid.abs());
    let why = match found {
        None => "No such process",
        Some(task) if !shell.account.is_root() && task.uid != shell.account.uid => "Operation not permitted",
        Some(task) => {
            if !signal.is_empty() && !matches!(signal, "CONT" | "STOP" | "WINCH" | "CHLD") {
                shell.machine().end_task(source, task.pid, signal);
                tokio::task::yield_now().await;
            }
            return Ok(true);
        }
    };
    let text = match shell.dialect {
        Dialect::Bash => format!("kill: ({pid}) - {why}"),
        Dialect::Dash => format!("kill: {why}\n"),
        Dialect::Ash => format!("can't kill pid {pid}: {why}"),
    };
    if shell.dialect == Dialect::Ash {
        let line = [&shell.name[..], b": ", text.as_bytes(), b"\n"].concat();
        shell.print_error(line).await;
    } else {
        shell.complain(None, text).await;
    }
    Ok(false)
}

async fn self_signal(
    shell: &mut Shell,
    signal: &'static str,
) -> Result<bool, super::super::interpreter::Stop> {
    match signal {
        "" | "CONT" | "CHLD" | "WINCH" | "URG" => Ok(true),
        "TERM" | "QUIT" | "TSTP" | "INT" if shell.interactive && !shell.traps.contains_key(signal) => {
            Ok(true)
        }
        name if shell.traps.contains_key(name) && !matches!(name, "KILL" | "STOP") => {
            shell.run_trap(name).await?;
            Ok(true)
        }
        name => Err(shell.interrupted(name)),
    }
}

async fn signal_job(shell: &mut Shell, number: usize, signal: &'static str) {
    let Some(job) = shell.jobs.get_mut(number) else { return };
    match signal {
        "" => {}
        "CONT" => {
            job.stopped = false;
            job.gate.go_on();
        }
        "STOP" | "TSTP" | "TTIN" | "TTOU" => {
            job.stopped = true;
            job.gate.stop();
        }
        signal => {
            job.task.abort();
            job.killed = Some(signal);
            let pid = job.pid;
            tokio::time::sleep(Duration::from_millis(1)).await;
            let source = shell.files.source();
            shell.machine().end_task(source, pid, signal);
        }
    }
}
