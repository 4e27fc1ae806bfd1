//! Programs that run others: env, nohup, nice, timeout, xargs, setsid, sudo, su, busybox, and what `execute` means.

use std::time::Duration;

use super::{
    context::{Done, number},
    options::Spec,
};
use crate::{
    caps,
    machine::Errno,
    shell::{Exit, Process},
};

/// Runs a program of the machine with a process's streams, and waits for it.
pub(super) async fn execute(process: &mut Process, args: Vec<Vec<u8>>) -> Result<Exit, Errno> {
    let name = args.first().cloned().unwrap_or_default();
    let path = process.variable("PATH").unwrap_or(b"/usr/local/bin:/usr/bin:/bin").to_vec();
    let places: Vec<Vec<u8>> = if name.contains(&b'/') {
        vec![name]
    } else {
        path.split(|b| *b == b':').map(|directory| [directory, b"/", &name].concat()).collect()
    };
    let place = places.into_iter().find(|place| process.files.exists(place)).ok_or(Errno::Missing)?;
    process.files.access(&place, crate::machine::Access { execute: true, ..Default::default() })?;
    let program = super::find(&process.files, &place).ok_or(Errno::NotExecutable)?;
    let running =
        process.seat.presence().start(process.pid, &process.account, &args, process.files.directory());
    let mut child = Process {
        args,
        environment: process.environment.clone(),
        account: process.account.clone(),
        input: process.input.clone(),
        output: process.output.clone(),
        errors: process.errors.clone(),
        files: process.files.as_process(running.pid()),
        machine: std::sync::Arc::clone(&process.machine),
        seat: std::sync::Arc::clone(&process.seat),
        pid: running.pid(),
        parent: process.pid,
    };
    Ok(program(&mut child).await)
}

/// Runs a command; says as the program does when there is none.
async fn run(process: &mut Process, args: Vec<Vec<u8>>) -> Exit {
    let name = args.first().cloned().unwrap_or_default();
    match execute(process, args).await {
        Ok(exit) => exit,
        Err(error) => {
            let program = process.called();
            let text = match program.as_str() {
                "env" if !process.is_busybox() => {
                    [b"env: ", &process.quote(&name)[..], b": ", error.text().as_bytes(), b"\n"].concat()
                }
                "nohup" | "nice" | "timeout" if !process.is_busybox() => [
                    program.as_bytes(),
                    b": failed to run command ",
                    &process.quote(&name),
                    b": ",
                    error.text().as_bytes(),
                    b"\n",
                ]
                .concat(),
                "busybox" => [name.as_slice(), b": applet not found\n"].concat(),
                _ => [program.as_bytes(), b": ", &name, b": ", error.text().as_bytes(), b"\n"].concat(),
            };
            process.complain(text).await;
            Exit::Code(if error == Errno::Missing { 127 } else { 126 })
        }
    }
}

pub(super) async fn env(process: &mut Process) -> Done {
    let given = process
        .options(
            Spec {
                short: "+iu:0vC:S:",
                long: &[("ignore-environment", 'i'), ("unset=", 'u'), ("null", '0'), ("chdir=", 'C')],
            },
            125,
        )
        .await?;
    if given.has('i') {
        process.environment.clear();
    }
    for (_, name) in given.options.iter().filter(|(letter, _)| *letter == 'u') {
        process.environment.retain(|(known, _)| Some(known) != name.as_ref());
    }
    let mut operands = given.operands.clone();
    while let Some(at) = operands.first().and_then(|word| word.iter().position(|b| *b == b'=')) {
        let word = operands.remove(0);
        let (name, value) =
            (word.get(..at).unwrap_or_default().to_vec(), word.get(at + 1..).unwrap_or_default().to_vec());
        process.environment.retain(|(known, _)| *known != name);
        process.environment.push((name, value));
    }
    if operands.first().is_some_and(|first| first == b"-") {
        operands.remove(0);
        process.environment.clear();
    }
    if operands.is_empty() {
        let mut out = Vec::new();
        for (name, value) in &process.environment {
            out.extend([name.as_slice(), b"=", value, if given.has('0') { b"\0" } else { b"\n" }].concat());
        }
        process.print(out).await?;
        return Ok(Exit::SUCCESS);
    }
    Ok(run(process, operands).await)
}

pub(super) async fn printenv(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "0", long: &[("null", '0')] }, 2).await?;
    if given.operands.is_empty() {
        let out: Vec<u8> = process
            .environment
            .iter()
            .flat_map(|(name, value)| [name.as_slice(), b"=", value, b"\n"].concat())
            .collect();
        process.print(out).await?;
        return Ok(Exit::SUCCESS);
    }
    let mut good = true;
    for name in &given.operands {
        match process.environment.iter().find(|(known, _)| known == name) {
            Some((_, value)) => process.print([value.as_slice(), b"\n"].concat()).await?,
            None => good = false,
        }
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

pub(super) async fn nohup(process: &mut Process) -> Done {
    let args = process.arguments().to_vec();
    if args.is_empty() {
        return Ok(process.misused("missing operand", 125).await);
    }
    if process.output.is_terminal() {
        process.complain("nohup: ignoring input and appending output to 'nohup.out'\n").await;
        if let Ok(handle) = process.files.open(b"nohup.out", crate::machine::Open::appending(0o600)) {
            process.output = crate::shell::pipe::Writer::file(handle);
        }
    } else if process.input.is_terminal() {
        process.complain("nohup: ignoring input\n").await;
    }
    if process.input.is_terminal() {
        process.input = crate::shell::pipe::Reader::empty();
    }
    if process.errors.is_terminal() {
        process.errors = process.output.clone();
    }
    Ok(run(process, args).await)
}

/// `nice`, `setsid`, `ionice`, `chrt`, `stdbuf`, `taskset` and others that only set something.
pub(super) async fn setting(process: &mut Process) -> Done {
    let spec = match process.name() {
        b"nice" => Spec { short: "+n:0123456789", long: &[("adjustment=", 'n')] },
        b"ionice" => Spec { short: "+c:n:p:t", long: &[("class=", 'c')] },
        b"stdbuf" => Spec { short: "+i:o:e:", long: &[] },
        b"taskset" => Spec { short: "+acp", long: &[] },
        _ => Spec { short: "+cfw", long: &[("wait", 'w'), ("fork", 'f'), ("ctty", 'c')] },
    };
    let given = process.options(spec, 125).await?;
    let mut operands = given.operands;
    if process.name() == b"taskset" && !operands.is_empty() {
        operands.remove(0);
    }
    if operands.is_empty() {
        if process.name() == b"nice" {
            process.print("0\n").await?;
            return Ok(Exit::SUCCESS);
        }
        return Ok(Exit::SUCCESS);
    }
    Ok(run(process, operands).await)
}

/// A duration as `sleep` and `timeout` take it.
pub(super) fn duration(text: &[u8]) -> Option<Duration> {
    let text = std::str::from_utf8(text).ok()?;
    let (digits, factor) = match text.chars().last()? {
        's' => (text.strip_suffix('s')?, 1.0),
        'm' => (text.strip_suffix('m')?, 60.0),
        'h' => (text.strip_suffix('h')?, 3_600.0),
        'd' => (text.strip_suffix('d')?, 86_400.0),
        _ => (text, 1.0),
    };
    if digits == "inf" || digits == "infinity" {
        return Some(Duration::from_secs(1 << 30));
    }
    let value: f64 = digits.parse().ok().filter(|v: &f64| *v >= 0.0)?;
    Duration::try_from_secs_f64((value * factor).min(1e9)).ok()
}

pub(super) async fn timeout(process: &mut Process) -> Done {
    let given = process
        .options(
            Spec {
                short: "+fk:s:v",
                long: &[
                    ("kill-after=", 'k'),
                    ("signal=", 's'),
                    ("preserve-status", 'p'),
                    ("foreground", 'f'),
                ],
            },
            125,
        )
        .await?;
    let mut operands = given.operands.clone();
    if operands.len() < 2 {
        return Ok(process.misused("missing operand", 125).await);
    }
    let text = operands.remove(0);
    let Some(limit) = duration(&text) else {
        let text = format!("invalid time interval {}", String::from_utf8_lossy(&process.quote(&text)));
        return Ok(process.misused(&text, 125).await);
    };
    if limit.is_zero() {
        return Ok(run(process, operands).await);
    }
    Ok(tokio::time::timeout(limit, run(process, operands))
        .await
        .unwrap_or(Exit::Code(if process.is_busybox() { 143 } else { 124 })))
}

pub(super) async fn xargs(process: &mut Process) -> Done {
    let spec = Spec {
        short: "+0a:d:E:e::I:i::L:l::n:P:prs:tx",
        long: &[
            ("null", '0'),
            ("max-args=", 'n'),
            ("replace?", 'i'),
            ("no-run-if-empty", 'r'),
            ("max-procs=", 'P'),
            ("verbose", 't'),
            ("delimiter=", 'd'),
            ("max-lines?", 'l'),
        ],
    };
    let given = process.options(spec, 1).await?;
    let text = match given.value('a').map(<[u8]>::to_vec) {
        Some(name) => process.read_input(&name).await.unwrap_or_default(),
        None => process.input.read_to_end(caps::PROGRAM_INPUT).await,
    };
    let replace = given
        .value('I')
        .map(<[u8]>::to_vec)
        .or_else(|| given.has('i').then(|| given.value('i').unwrap_or(b"{}").to_vec()));
    let delimiter = if given.has('0') {
        Some(0)
    } else {
        given.value('d').map(|d| if d == b"\\n" { b'\n' } else { d.first().copied().unwrap_or(b'\n') })
    };
    let items: Vec<Vec<u8>> = match (delimiter, &replace) {
        (Some(byte), _) => text
            .strip_suffix(&[byte])
            .unwrap_or(&text)
            .split(|b| *b == byte)
            .filter(|_| !text.is_empty())
            .map(<[u8]>::to_vec)
            .collect(),
        (None, Some(_)) => text
            .split(|b| *b == b'\n')
            .map(<[u8]>::trim_ascii_start)
            .filter(|line| !line.is_empty())
            .map(<[u8]>::to_vec)
            .collect(),
        (None, None) => match words(&text) {
            Some(words) => words,
            None => {
                process.complain("xargs: unmatched single quote; by default quotes are special to xargs unless you use the -0 option\n").await;
                return Ok(Exit::FAILURE);
            }
        },
    };
    let command = if given.operands.is_empty() { vec![b"echo".to_vec()] } else { given.operands.clone() };
    if items.is_empty() && (given.has('r') || replace.is_some() || process.is_busybox() && given.has('r')) {
        return Ok(Exit::SUCCESS);
    }
    let most = given
        .value('n')
        .or(given.value('L'))
        .and_then(number)
        .and_then(|(n, _)| usize::try_from(n).ok())
        .filter(|n| *n > 0)
        .unwrap_or(2_000);
    let mut calls: Vec<Vec<Vec<u8>>> = Vec::new();
    match replace {
        Some(sign) => calls.extend(
            items.iter().map(|item| command.iter().map(|part| substituted(part, &sign, item)).collect()),
        ),
        None if items.is_empty() => calls.push(command.clone()),
        None => calls.extend(items.chunks(most).map(|some| command.iter().chain(some).cloned().collect())),
    }
    let mut status = 0;
    let input = std::mem::replace(&mut process.input, crate::shell::pipe::Reader::empty());
    for args in calls {
        if given.has('t') {
            process.complain([args.join(&b' ').as_slice(), b"\n"].concat()).await;
        }
        match run(process, args).await.status() {
            0 => {}
            255 => {
                status = 124;
                break;
            }
            code @ (126 | 127) => {
                status = code;
                break;
            }
            _ => status = 123,
        }
    }
    process.input = input;
    Ok(Exit::Code(status))
}

fn substituted(part: &[u8], sign: &[u8], item: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < part.len() {
        let rest = part.get(at..).unwrap_or_default();
        if !sign.is_empty() && rest.starts_with(sign) {
            out.extend_from_slice(item);
            at += sign.len();
        } else {
            out.extend(rest.first());
            at += 1;
        }
    }
    out
}

/// Words with quotes and backslashes; none when a quote does not end.
fn words(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut out = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut rest = text.iter().copied();
    while let Some(byte) = rest.next() {
        match byte {
            b'\'' | b'"' => {
                let word = word.get_or_insert_default();
                loop {
                    match rest.next() {
                        Some(b'\n') | None => return None,
                        Some(other) if other == byte => break,
                        Some(other) => word.push(other),
                    }
                }
            }
            b'\\' => word.get_or_insert_default().extend(rest.next()),
            b' ' | b'\t' | b'\n' => out.extend(word.take()),
            byte => word.get_or_insert_default().push(byte),
        }
    }
    out.extend(word);
    Some(out)
}

/// Asks for a password on the terminal, or reads it from standard input.
async fn password(process: &mut Process, prompt: &str) -> Option<Vec<u8>> {
    process.complain(prompt).await;
    let line = match process.tty().cloned() {
        Some(tty) => {
            let mode = tty.mode();
            tty.set_mode(crate::shell::terminal::Mode { echo: false, ..mode });
            let line = crate::shell::pipe::Reader::terminal(std::sync::Arc::clone(&tty)).read_line(512).await;
            tty.set_mode(mode);
            process.complain("\n").await;
            line
        }
        None => process.input.read_line(512).await,
    };
    if line.is_empty() {
        return None;
    }
    Some(line.strip_suffix(b"\n").unwrap_or(&line).to_vec())
}

fn is_right(process: &Process, name: &str, password: &[u8]) -> bool {
    std::str::from_utf8(password)
        .is_ok_and(|password| process.machine.check_password(name, password, None).is_some())
}

fn may_sudo(process: &Process) -> bool {
    process.account.is_root()
        || process.account.groups.iter().any(|(_, name)| matches!(name.as_str(), "sudo" | "wheel" | "admin"))
}

pub(super) async fn sudo(process: &mut Process) -> Done {
    let given = process
        .options(
            Spec {
                short: "+AbEHkKlnPSVsiu:g:p:C:h:v",
                long: &[
                    ("user=", 'u'),
                    ("login", 'i'),
                    ("shell", 's'),
                    ("non-interactive", 'n'),
                    ("stdin", 'S'),
                    ("list", 'l'),
                    ("preserve-env?", 'E'),
                    ("version", 'V'),
                    ("validate", 'v'),
                ],
            },
            1,
        )
        .await?;
    let user = given.value('u').map_or("root".to_owned(), |u| String::from_utf8_lossy(u).into_owned());
    let name = process.account.name.clone();
    let host = process.machine.persona().hostname.clone();
    if given.has('V') {
        process.print("Sudo version 1.9.13p3\nSudoers policy plugin version 1.9.13p3\nSudoers file grammar version 50\nSudoers I/O plugin version 1.9.13p3\nSudoers audit plugin version 1.9.13p3\n").await?;
        return Ok(Exit::SUCCESS);
    }
    if given.operands.is_empty() && !given.options.iter().any(|(l, _)| "ilskvK".contains(*l)) {
        process.complain("usage: sudo -h | -K | -k | -V\nusage: sudo -v [-ABkNnS] [-g group] [-h host] [-p prompt] [-u user]\nusage: sudo -l [-ABkNnS] [-g group] [-h host] [-p prompt] [-U user] [-u user] [command [arg ...]]\nusage: sudo [-ABbEHkNnPS] [-r role] [-t type] [-C num] [-D directory] [-g group] [-h host] [-p prompt] [-R directory] [-T timeout] [-u user] [VAR=value] [-i | -s] [command [arg ...]]\nusage: sudo -e [-ABkNnS] [-r role] [-t type] [-C num] [-D directory] [-g group] [-h host] [-p prompt] [-R directory] [-T timeout] [-u user] file ...\n").await;
        return Ok(Exit::FAILURE);
    }
    let Some(target) = super::people::users(process).into_iter().find(|u| u.name == user) else {
        process
            .complain(format!(
                "sudo: unknown user {user}\nsudo: error initializing audit plugin sudoers_audit\n"
            ))
            .await;
        return Ok(Exit::FAILURE);
    };
    if !process.account.is_root() {
        let tries = if given.has('n') {
            process.complain("sudo: a password is required\n").await;
            return Ok(Exit::FAILURE);
        } else if process.tty().is_none() && !given.has('S') {
            process.complain("sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper\nsudo: a password is required\n").await;
            return Ok(Exit::FAILURE);
        } else {
            3
        };
        let mut right = false;
        for attempt in 0..tries {
            let Some(entered) = password(process, &format!("[sudo] password for {name}: ")).await else {
                break;
            };
            right = is_right(process, &name, &entered);
            if right {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1_900)).await;
            if attempt + 1 < tries {
                process.complain("Sorry, try again.\n").await;
            }
        }
        if !right {
            process.complain("sudo: 3 incorrect password attempts\n").await;
            return Ok(Exit::FAILURE);
        }
        if !may_sudo(process) {
            let text = if process.runs(&[crate::machine::Distro::Debian12, crate::machine::Distro::Kali]) {
                format!("{name} is not in the sudoers file.\n")
            } else {
                format!("{name} is not in the sudoers file.  This incident will be reported.\n")
            };
            process.complain(text).await;
            return Ok(Exit::FAILURE);
        }
    }
    if given.has('l') {
        process.print(format!("Matching Defaults entries for {name} on {host}:\n    env_reset, mail_badpass, secure_path=/usr/local/sbin\\:/usr/local/bin\\:/usr/sbin\\:/usr/bin\\:/sbin\\:/bin\n\nUser {name} may run the following commands on {host}:\n    (ALL : ALL) ALL\n")).await?;
        return Ok(Exit::SUCCESS);
    }
    if given.has('k') || given.has('K') || given.has('v') {
        return Ok(Exit::SUCCESS);
    }
    become_user(process, &target, given.has('i'));
    let mut operands = given.operands.clone();
    while operands.first().is_some_and(|word| word.contains(&b'=') && !word.contains(&b'/')) {
        operands.remove(0);
    }
    if given.has('i') || given.has('s') || operands.is_empty() {
        let mut args = vec![target.shell.clone().into_bytes()];
        if given.has('i') {
            args.push(b"-l".to_vec());
        }
        if !operands.is_empty() {
            args.push(b"-c".to_vec());
            args.push(operands.join(&b' '));
        }
        return Ok(run(process, args).await);
    }
    let command = operands.first().cloned().unwrap_or_default();
    match execute(process, operands).await {
        Ok(exit) => Ok(exit),
        Err(_) => {
            process.complain([b"sudo: ", command.as_slice(), b": command not found\n"].concat()).await;
            Ok(Exit::FAILURE)
        }
    }
}

fn become_user(process: &mut Process, target: &crate::machine::Account, login: bool) {
    process.account = target.clone();
    process.files = process.files.as_account(target);
    let mut set = |name: &str, value: &str| {
        process.environment.retain(|(known, _)| known != name.as_bytes());
        process.environment.push((name.into(), value.into()));
    };
    set("USER", &target.name);
    set("LOGNAME", &target.name);
    set("HOME", &target.home);
    set("SHELL", &target.shell);
    set("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    if login {
        let _ = process.files.change_directory(target.home.as_bytes());
    }
}

pub(super) async fn su(process: &mut Process) -> Done {
    let given = process
        .options(
            Spec {
                short: "c:flmps:",
                long: &[("command=", 'c'), ("login", 'l'), ("shell=", 's'), ("preserve-environment", 'm')],
            },
            1,
        )
        .await?;
    let mut operands = given.operands.clone();
    let mut login = given.has('l');
    if operands.first().is_some_and(|word| word == b"-") {
        operands.remove(0);
        login = true;
    }
    let name = operands.first().map_or("root".to_owned(), |name| String::from_utf8_lossy(name).into_owned());
    let Some(target) = super::people::users(process).into_iter().find(|user| user.name == name) else {
        process
            .complain(format!(
                "su: user {name} does not exist or the user entry does not contain all the required fields\n"
            ))
            .await;
        return Ok(Exit::FAILURE);
    };
    if !process.account.is_root() {
        let entered = password(process, "Password: ").await.unwrap_or_default();
        if !is_right(process, &name, &entered) {
            tokio::time::sleep(Duration::from_millis(2_000)).await;
            process.complain("su: Authentication failure\n").await;
            return Ok(Exit::FAILURE);
        }
    }
    if target.shell.ends_with("nologin") && !given.has('s') {
        process.print("This account is currently not available.\n").await?;
        return Ok(Exit::FAILURE);
    }
    become_user(process, &target, login);
    let shell = given.value('s').map_or(target.shell.clone().into_bytes(), <[u8]>::to_vec);
    let mut args = vec![shell];
    if login {
        args.push(b"-l".to_vec());
    }
    if let Some(command) = given.value('c') {
        args.extend([b"-c".to_vec(), command.to_vec()]);
    }
    Ok(run(process, args).await)
}

/// `busybox NAME …`: one of its programs; alone it says what it is.
pub(super) async fn busybox(process: &mut Process) -> Done {
    let mut args = process.arguments().to_vec();
    let Some(name) = args.first().cloned() else {
        let text = format!(
            "{}\nBusyBox is copyrighted by many authors between 1998-2015.\nLicensed under GPLv2. See source distribution for detailed\ncopyright notices.\n\nUsage: busybox [function [arguments]...]\n   or: busybox --list[-full]\n   or: busybox --show SCRIPT\n   or: busybox --install [-s] [DIR]\n   or: function [arguments]...\n\n\tBusyBox is a multi-call binary that combines many common Unix\n\tutilities into a single executable.  Most people will create a\n\tlink to busybox for each function they wish to use and BusyBox\n\twill act like whatever it was invoked as.\n",
            super::about::busybox_banner(process.machine.distro())
        );
        process.print(text).await?;
        return Ok(Exit::SUCCESS);
    };
    if name == b"--list" {
        let mut names = super::applets();
        names.sort_unstable();
        process.print(names.iter().map(|name| format!("{name}\n")).collect::<String>()).await?;
        return Ok(Exit::SUCCESS);
    }
    match super::named(&name) {
        Some(program) if name != b"busybox" => {
            std::mem::swap(&mut process.args, &mut args);
            Ok(program(process).await)
        }
        _ if matches!(name.as_slice(), b"sh" | b"ash") => Ok(run(process, args).await),
        _ => {
            process.complain([name.as_slice(), b": applet not found\n"].concat()).await;
            Ok(Exit::Code(127))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_words_are_read() {
        assert_eq!(duration(b"1.5m"), Some(Duration::from_secs(90)));
        assert_eq!(duration(b"x"), None);
        assert_eq!(duration(b"-1"), None);
        assert_eq!(words(b"a 'b c'\\ d \"e\"").unwrap(), [b"a".to_vec(), b"b c d".to_vec(), b"e".to_vec()]);
        assert_eq!(words(b"it's"), None);
        assert_eq!(substituted(b"x{}y{}", b"{}", b"1"), b"x1y1");
    }
}
