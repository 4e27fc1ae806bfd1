//! Programs that run others: env, nohup, nice, timeout, xargs, setsid, sudo, su, busybox, and what `execute` means.

mod privilege;
mod xargs;

pub(super) use self::privilege::{password, su, sudo};
pub(super) use self::xargs::xargs;

use std::time::Duration;

use super::{context::Done, options::Spec};
use crate::{
    machine::Errno,
    shell::{Exit, Process},
};

/// Runs a command; says as the program does when there is none.
async fn run(process: &mut Process, args: Vec<Vec<u8>>) -> Exit {
    let name = args.first().cloned().unwrap_or_default();
    match process.execute(args).await {
        Ok(exit) => exit,
        Err(error) => {
            let program = process.called();
            let text = match program.as_str() {
                "env" | "nice" if !process.is_busybox() => {
                    [program.as_bytes(), b": ", &process.quote(&name), b": ", error.text().as_bytes(), b"\n"]
                        .concat()
                }
                "nohup" | "timeout" if !process.is_busybox() => [
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
        b"chrt" => Spec { short: "+abdfiormpT:P:D:Rv", long: &[("max", 'm'), ("pid", 'p')] },
        b"choom" | b"uclampset" => Spec { short: "+n:p:m:M:s", long: &[] },
        b"setarch" | b"linux32" | b"linux64" | b"i386" | b"x86_64" => Spec {
            short: "+BFILRSTXZv3",
            long: &[("addr-no-randomize", 'R'), ("32bit", 'B'), ("verbose", 'v')],
        },
        _ => Spec { short: "+cfw", long: &[("wait", 'w'), ("fork", 'f'), ("ctty", 'c')] },
    };
    let given = process.options(spec, 125).await?;
    let mut operands = given.operands;
    // Before the command stand a mask, a priority, an architecture.
    let leads = match process.name() {
        b"taskset" | b"chrt" => true,
        b"setarch" => operands.first().is_some_and(|name| {
            [&b"linux32"[..], b"linux64", b"x86_64", b"i386", b"i686"].contains(&&name[..])
        }),
        _ => false,
    };
    if leads && !operands.is_empty() && !given.options.iter().any(|(letter, _)| *letter == 'p') {
        operands.remove(0);
    }
    let by_pid = given.options.iter().any(|(letter, _)| *letter == 'p');
    if process.name() == b"chrt" && by_pid {
        let pid = operands.last().map(|pid| String::from_utf8_lossy(pid).into_owned()).unwrap_or_default();
        process.print(format!("pid {pid}'s current scheduling policy: SCHED_OTHER\npid {pid}'s current scheduling priority: 0\n")).await?;
        return Ok(Exit::SUCCESS);
    }
    if operands.is_empty() {
        if process.name() == b"nice" {
            process.print("0\n").await?;
            return Ok(Exit::SUCCESS);
        }
        if process.name() == b"ionice" && given.options.is_empty() {
            process.print("none: prio 0\n").await?;
        }
        if process.name() == b"setarch" {
            return Ok(process.fail("no architecture argument or personality flags specified").await);
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
        if process.is_busybox() {
            return Ok(process.misused("missing operand", 125).await);
        }
        process.complain("Try 'timeout --help' for more information.\n").await;
        return Ok(Exit::Code(125));
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

/// What BusyBox of Debian says of itself, after its first line.
const BUSYBOX: &str = include_str!("busybox.txt");

/// Names of the programs that the BusyBox of a machine has.
fn applets(process: &Process) -> Vec<String> {
    if process.machine.distro().is_busybox() {
        let mut names: Vec<String> = super::applets().into_iter().map(str::to_owned).collect();
        names.sort_unstable();
        return names;
    }
    let list = BUSYBOX.split_once("functions:\n").map_or("", |(_, list)| list);
    list.split(',').map(|name| name.trim().to_owned()).collect()
}

/// `busybox NAME …`: one of its programs; alone it says what it is.
pub(super) async fn busybox(process: &mut Process) -> Done {
    let mut args = process.arguments().to_vec();
    let Some(name) = args.first_mut() else {
        let banner = crate::programs::about::busybox_banner(process.machine.distro());
        let about = if process.machine.distro().is_busybox() {
            BUSYBOX.split_once("\nCurrently").map_or(BUSYBOX, |(about, _)| about)
        } else {
            BUSYBOX
        };
        process.print(format!("{banner}\n{about}")).await?;
        return Ok(Exit::SUCCESS);
    };
    let known = applets(process);
    if name.starts_with(b"--list") {
        process.print(known.iter().map(|name| format!("{name}\n")).collect::<String>()).await?;
        return Ok(Exit::SUCCESS);
    }
    let has = process.machine.distro().is_busybox() || known.iter().any(|known| known.as_bytes() == *name);
    match crate::programs::named(name) {
        Some(program) if has && name != b"busybox" => {
            if !process.machine.distro().is_busybox() {
                *name = [super::context::APPLET, name].concat();
            }
            std::mem::swap(&mut process.args, &mut args);
            Ok(program(process).await)
        }
        _ if has && matches!(name.as_slice(), b"sh" | b"ash") => Ok(run(process, args).await),
        None if has && !process.machine.distro().is_busybox() => Ok(Exit::SUCCESS),
        _ => {
            process.complain([name.as_slice(), b": applet not found\n"].concat()).await;
            Ok(Exit::Code(127))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Duration, duration,
        xargs::{substituted, words},
    };

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
