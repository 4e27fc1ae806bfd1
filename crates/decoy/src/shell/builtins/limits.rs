//! `ulimit`, `umask`, `times`.

use super::{
    super::{
        dialect::Dialect,
        interpreter::{Flow, Shell},
    },
    number,
};

/// A resource: letter, name, unit as bash shows it, soft and hard limit.
type Resource = (u8, &'static str, &'static str, &'static str, &'static str);

const RESOURCES: &[Resource] = &[
    (b'R', "real-time non-blocking time", "microseconds, ", "unlimited", "unlimited"),
    (b'c', "core file size", "blocks, ", "0", "unlimited"),
    (b'd', "data seg size", "kbytes, ", "unlimited", "unlimited"),
    (b'e', "scheduling priority", "", "0", "0"),
    (b'f', "file size", "blocks, ", "unlimited", "unlimited"),
    (b'i', "pending signals", "", "7656", "7656"),
    (b'l', "max locked memory", "kbytes, ", "251512", "251512"),
    (b'm', "max memory size", "kbytes, ", "unlimited", "unlimited"),
    (b'n', "open files", "", "1024", "1048576"),
    (b'p', "pipe size", "512 bytes, ", "8", "8"),
    (b'q', "POSIX message queues", "bytes, ", "819200", "819200"),
    (b'r', "real-time priority", "", "0", "0"),
    (b's', "stack size", "kbytes, ", "8192", "unlimited"),
    (b't', "cpu time", "seconds, ", "unlimited", "unlimited"),
    (b'u', "max user processes", "", "7656", "7656"),
    (b'v', "virtual memory", "kbytes, ", "unlimited", "unlimited"),
    (b'x', "file locks", "", "unlimited", "unlimited"),
];

/// Names of dash, in its order.
const DASH: &[(u8, &str)] = &[
    (b't', "time(seconds)"),
    (b'f', "file(blocks)"),
    (b'd', "data(kbytes)"),
    (b's', "stack(kbytes)"),
    (b'c', "coredump(blocks)"),
    (b'm', "memory(kbytes)"),
    (b'l', "locked memory(kbytes)"),
    (b'p', "process"),
    (b'n', "nofiles"),
    (b'v', "vmemory(kbytes)"),
    (b'w', "locks"),
    (b'r', "rtprio"),
];

impl Shell {
    /// The limit of a resource: what was set, or what the system gives.
    fn limit(&self, letter: u8, hard: bool) -> String {
        let own = self.limits.iter().rev().find(|(known, _)| *known == letter);
        if let Some((_, value)) = own {
            return value.clone();
        }
        // As many processes and signals as memory is divided into.
        let memory = self.machine().hardware().memory;
        match letter {
            b'i' | b'u' => (memory / 260).to_string(),
            b'p' if self.dialect.is_dash() => (memory / 260).to_string(),
            b'l' => (memory / 8).to_string(),
            _ => {
                let known = RESOURCES.iter().find(|(known, ..)| *known == letter);
                known.map_or("unlimited", |(.., soft, top)| if hard { top } else { soft }).to_owned()
            }
        }
    }
}

pub(super) async fn ulimit(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let known = b"SHabcdefiklmnpqrstuvxPRTw";
    let Some(options) = shell.letters("ulimit", arguments, known).await? else { return Ok(()) };
    let hard = options.letters.contains(&b'H');
    let letters: Vec<u8> =
        options.letters.iter().copied().filter(|letter| !matches!(letter, b'H' | b'S')).collect();
    if letters.contains(&b'a') {
        return list(shell, hard).await;
    }
    let value = options.rest.first().cloned();
    let letter = letters.last().copied().unwrap_or(b'f');
    let Some(value) = value else {
        let limit = shell.limit(letter, hard);
        return shell.print(format!("{limit}\n")).await;
    };
    let text = match value.as_slice() {
        b"unlimited" | b"hard" | b"soft" => Some(shell.limit(letter, true))
            .map(|top| if value == b"unlimited" { "unlimited".to_owned() } else { top }),
        digits => number(digits).filter(|limit| *limit >= 0).map(|limit| limit.to_string()),
    };
    let Some(text) = text else {
        return match shell.dialect {
            Dialect::Bash => shell.fails("ulimit", [&value[..], b": invalid number"].concat()).await,
            _ => {
                shell.complain(Some("ulimit"), "bad number").await;
                Err(shell.fatal(2))
            }
        };
    };
    let top = shell.limit(letter, true);
    let above = match (number(text.as_bytes()), number(top.as_bytes())) {
        (Some(wanted), Some(top)) => wanted > top,
        (None, Some(_)) => true,
        _ => false,
    };
    if above && !shell.account.is_root() {
        let name = RESOURCES.iter().find(|(known, ..)| *known == letter).map_or("", |(_, name, ..)| name);
        return match shell.dialect {
            Dialect::Bash => {
                let text = format!("{name}: cannot modify limit: Operation not permitted");
                shell.fails("ulimit", text).await
            }
            _ => {
                shell.complain(Some("ulimit"), "error setting limit (Operation not permitted)").await;
                Err(shell.fatal(2))
            }
        };
    }
    shell.limits.retain(|(known, _)| *known != letter);
    shell.limits.push((letter, text));
    Ok(())
}

async fn list(shell: &mut Shell, hard: bool) -> Flow {
    let mut out = String::new();
    if !shell.dialect.is_bash() {
        for (letter, name) in DASH {
            out.push_str(&format!("{name:<20} {}\n", shell.limit(*letter, hard)));
        }
        return shell.print(out).await;
    }
    for (letter, name, unit, ..) in RESOURCES {
        let tail = format!("({unit}-{})", char::from(*letter));
        let width = 42_usize.saturating_sub(tail.len()).max(name.len() + 1);
        let limit = shell.limit(*letter, hard);
        out.push_str(&format!("{name:<width$}{tail} {limit}\n"));
    }
    shell.print(out).await
}

pub(super) async fn umask(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let Some(options) = shell.letters("umask", arguments, b"pS").await? else { return Ok(()) };
    let symbolic = options.letters.contains(&b'S');
    let Some(mode) = options.rest.first() else {
        let mask = shell.files.umask();
        let text = if symbolic { symbols(mask) } else { format!("{mask:04o}") };
        let prefix = match (options.letters.contains(&b'p'), symbolic) {
            (true, true) => "umask -S ",
            (true, false) => "umask ",
            _ => "",
        };
        return shell.print(format!("{prefix}{text}\n")).await;
    };
    let octal = mode.first().is_some_and(u8::is_ascii_digit);
    let parsed = if octal {
        let text = std::str::from_utf8(mode).unwrap_or_default();
        u32::from_str_radix(text, 8).ok().filter(|mask| *mask <= 0o7777)
    } else {
        symbolic_mask(mode, shell.files.umask())
    };
    match parsed {
        Some(mask) => shell.files.set_umask(mask),
        None => {
            let text = match (shell.dialect, octal) {
                (Dialect::Bash, true) => [&mode[..], b": octal number out of range"].concat(),
                (Dialect::Bash, false) => {
                    let letter = mode.first().copied().unwrap_or_default();
                    [b"`", &[letter][..], b"': invalid symbolic mode operator"].concat()
                }
                (Dialect::Dash, true) => [b"Illegal number: ", &mode[..]].concat(),
                (Dialect::Dash, false) => [b"Illegal mode: ", &mode[..]].concat(),
                (Dialect::Ash, _) => [b"illegal mode: ", &mode[..]].concat(),
            };
            shell.complain(Some("umask"), text).await;
            return shell.failed_special(if shell.dialect.is_bash() { 1 } else { 2 });
        }
    }
    Ok(())
}

fn symbols(mask: u32) -> String {
    let of = |shift: u32| {
        let bits = !mask >> shift & 7;
        [(4, 'r'), (2, 'w'), (1, 'x')]
            .iter()
            .filter(|(bit, _)| bits & bit != 0)
            .map(|(_, letter)| *letter)
            .collect::<String>()
    };
    format!("u={},g={},o={}", of(6), of(3), of(0))
}

/// A mask of which clauses as `u=rwx,g-w` say what is allowed.
fn symbolic_mask(text: &[u8], mask: u32) -> Option<u32> {
    let mut allowed = !mask & 0o777;
    for clause in text.split(|byte| *byte == b',') {
        let at = clause.iter().position(|byte| matches!(byte, b'=' | b'+' | b'-'))?;
        let (who, rest) = clause.split_at(at);
        let (operator, letters) = rest.split_first()?;
        let mut places = 0;
        for letter in who {
            places |= match letter {
                b'u' => 0o700,
                b'g' => 0o070,
                b'o' => 0o007,
                b'a' => 0o777,
                _ => return None,
            };
        }
        if who.is_empty() {
            places = 0o777;
        }
        let mut bits = 0;
        for letter in letters {
            bits |= match letter {
                b'r' => 0o444,
                b'w' => 0o222,
                b'x' | b'X' => 0o111,
                _ => return None,
            };
        }
        allowed = match operator {
            b'=' => allowed & !places | places & bits,
            b'+' => allowed | places & bits,
            _ => allowed & !(places & bits),
        };
    }
    Some(!allowed & 0o777)
}

pub(super) async fn times(shell: &mut Shell, _: &[Vec<u8>]) -> Flow {
    let digits = match shell.dialect {
        Dialect::Dash => 6,
        _ => 3,
    };
    let own = shell.told as f64 * 0.001 + 0.004;
    let show = |seconds: f64| {
        let minutes = (seconds / 60.0) as u64;
        format!("{minutes}m{:.digits$}s", seconds % 60.0)
    };
    let text = format!("{} {}\n{} {}\n", show(own), show(own / 2.0), show(own * 3.0), show(own * 1.5));
    shell.print(text).await
}
