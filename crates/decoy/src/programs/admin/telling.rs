//! logger, wall, write, getent, ldd, locale, iconv, tput, pwdx, hostid, man.

use super::super::context::Done;
use crate::{
    machine::{Elf, calendar},
    shell::{Exit, Process},
};

pub(in crate::programs) async fn logger(process: &mut Process) -> Done {
    if process.arguments().is_empty() && !process.input.is_terminal() {
        process.read_input(b"-").await.unwrap_or_default();
    }
    Ok(Exit::SUCCESS)
}

pub(in crate::programs) async fn wall(process: &mut Process) -> Done {
    let words: Vec<String> = super::words(process).into_iter().filter(|word| word != "-n").collect();
    let text = match words.is_empty() {
        true => String::from_utf8_lossy(&process.read_input(b"-").await.unwrap_or_default()).into_owned(),
        false => words.join(" ") + "\n",
    };
    if let Some(tty) = process.seat.tty().cloned() {
        let device = process.seat.presence().terminal().unwrap_or("pts/0").to_owned();
        let date = calendar::format(process.machine.now().seconds, "%a %b %e %H:%M:%S %Y");
        let name = &process.account.name;
        let host = &process.machine.persona().hostname;
        let head = format!("Broadcast message from {name}@{host} ({device}) ({date}):");
        let body = text.replace('\n', "\r\n");
        let _ = tty.show(format!("\r\n{head:<79}\r\n\r\n{body}\r\n").as_bytes()).await;
    }
    Ok(Exit::SUCCESS)
}

pub(in crate::programs) async fn write(process: &mut Process) -> Done {
    let Some(name) = super::words(process).first().cloned() else {
        process.complain("write: bad usage\nTry 'write --help' for more information.\n").await;
        return Ok(Exit::FAILURE);
    };
    if !process.machine.sessions(process.files.source()).iter().any(|session| session.user == name) {
        process.complain(format!("write: {name} is not logged in\n")).await;
    } else {
        process.complain("write: cannot find your tty's name\n").await;
    }
    Ok(Exit::FAILURE)
}

const GETENT: &str = "Try `getent --help' or `getent --usage' for more information.\n";

pub(in crate::programs) async fn getent(process: &mut Process) -> Done {
    let words: Vec<String> =
        super::words(process).into_iter().filter(|word| !word.starts_with('-')).collect();
    let Some((database, keys)) = words.split_first() else {
        process.complain("getent: wrong number of arguments\n").await;
        process.print(GETENT).await?;
        return Ok(Exit::FAILURE);
    };
    let file = match database.as_str() {
        "passwd" | "group" | "shadow" | "gshadow" | "services" | "protocols" | "networks" | "rpc"
        | "hosts" => {
            format!("/etc/{database}")
        }
        "ahosts" | "ahostsv4" => "/etc/hosts".to_owned(),
        _ => {
            process.complain(format!("Unknown database: {database}\n")).await;
            process.print(GETENT).await?;
            return Ok(Exit::FAILURE);
        }
    };
    let text = process.files.read(file.as_bytes()).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let spaced = !matches!(database.as_str(), "passwd" | "group" | "shadow" | "gshadow");
    let rows: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .filter(|line| !line.trim().is_empty())
        .map(|line| if spaced { line.split_whitespace().collect() } else { line.split(':').collect() })
        .collect();
    let shown = |row: &Vec<&str>| match (spaced, row.split_first()) {
        (true, Some((first, rest))) => format!("{first:<15} {}\n", rest.join(" ")),
        _ => row.join(":") + "\n",
    };
    if keys.is_empty() {
        process.print(rows.iter().map(shown).collect::<String>()).await?;
        return Ok(Exit::SUCCESS);
    }
    let mut good = true;
    for key in keys {
        let names = |row: &&Vec<&str>| match spaced {
            true => row.iter().any(|word| word == key),
            false => row.first().is_some_and(|name| name == key) || row.get(2).is_some_and(|id| id == key),
        };
        match rows.iter().find(names) {
            Some(row) => process.print(shown(row)).await?,
            None => good = false,
        }
    }
    Ok(Exit::Code(if good { 0 } else { 2 }))
}

pub(in crate::programs) async fn ldd(process: &mut Process) -> Done {
    let names: Vec<Vec<u8>> =
        process.arguments().iter().filter(|word| !word.starts_with(b"--")).cloned().collect();
    if process.arguments().iter().any(|word| word == b"--version") {
        process.print("ldd (Debian GLIBC 2.36-9+deb12u9) 2.36\nCopyright (C) 2022 Free Software Foundation, Inc.\nThis is free software; see the source for copying conditions.  There is NO\nwarranty; not even for MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.\nWritten by Roland McGrath and Ulrich Drepper.\n").await?;
        return Ok(Exit::SUCCESS);
    }
    if names.is_empty() {
        process.complain("ldd: missing file arguments\nTry `ldd --help' for more information.\n").await;
        return Ok(Exit::FAILURE);
    }
    let mut status = 0;
    for name in &names {
        let path = if name.contains(&b'/') { name.clone() } else { [b"./", &name[..]].concat() };
        if names.len() > 1 {
            process.print([&name[..], b":\n"].concat()).await?;
        }
        match process.files.read_at(&path, 0, 64) {
            Err(error) => {
                process.complain([b"ldd: ", &path[..], b": ", error.text().as_bytes(), b"\n"].concat()).await;
                status = 1;
            }
            Ok(head) if Elf::parse(&head).is_some() => {
                let base = 0x7f00_0000_0000 + (process.machine.number("where libraries are", 1 << 27) << 12);
                let text = format!(
                    "\tlinux-vdso.so.1 (0x{:016x})\n\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x{:016x})\n\t/lib64/ld-linux-x86-64.so.2 (0x{:016x})\n",
                    base + 0x24_9000,
                    base,
                    base + 0x24_b000
                );
                process.print(text).await?;
            }
            Ok(_) => {
                process.complain("\tnot a dynamic executable\n").await;
                status = 1;
            }
        }
    }
    Ok(Exit::Code(status))
}

pub(in crate::programs) async fn locale(process: &mut Process) -> Done {
    if process.arguments().iter().any(|word| word == b"-a") {
        process.print("C\nC.utf8\nen_US.utf8\nPOSIX\n").await?;
        return Ok(Exit::SUCCESS);
    }
    if process.arguments().first().is_some_and(|word| word == b"charmap") {
        process.print("UTF-8\n").await?;
        return Ok(Exit::SUCCESS);
    }
    let value = |name: &str| {
        process.variable(name).map(|v| String::from_utf8_lossy(v).into_owned()).filter(|v| !v.is_empty())
    };
    let (all, lang) = (value("LC_ALL"), value("LANG"));
    let mut text = format!(
        "LANG={}\nLANGUAGE={}\n",
        lang.clone().unwrap_or_default(),
        value("LANGUAGE").unwrap_or_default()
    );
    for part in [
        "CTYPE",
        "NUMERIC",
        "TIME",
        "COLLATE",
        "MONETARY",
        "MESSAGES",
        "PAPER",
        "NAME",
        "ADDRESS",
        "TELEPHONE",
        "MEASUREMENT",
        "IDENTIFICATION",
    ] {
        let own = value(&format!("LC_{part}"));
        text += &match (&all, own) {
            (None, Some(own)) => format!("LC_{part}={own}\n"),
            _ => {
                format!("LC_{part}=\"{}\"\n", all.clone().or(lang.clone()).unwrap_or_else(|| "POSIX".into()))
            }
        };
    }
    process.print(format!("{text}LC_ALL={}\n", all.unwrap_or_default())).await?;
    Ok(Exit::SUCCESS)
}

pub(in crate::programs) async fn tput(process: &mut Process) -> Done {
    let words: Vec<String> =
        super::words(process).into_iter().filter(|word| !word.starts_with('-')).collect();
    let Some(name) = words.first() else {
        process.complain("usage: tput [-V] [-S] [-T term] capname\n").await;
        return Ok(Exit::Code(2));
    };
    if process.variable("TERM").is_none_or(<[u8]>::is_empty)
        && !super::words(process).iter().any(|word| word.starts_with("-T"))
    {
        process.complain("tput: No value for $TERM and no -T specified\n").await;
        return Ok(Exit::Code(2));
    }
    let number = |at: usize| words.get(at).and_then(|word| word.parse::<u32>().ok()).unwrap_or(0);
    let rows = process.seat.tty().map_or(24, |tty| tty.size().rows);
    let text = match name.as_str() {
        "cols" => format!("{}\n", process.seat.tty().map_or(80, |tty| tty.size().columns)),
        "lines" => format!("{rows}\n"),
        "colors" => if process.variable("TERM").is_some_and(|term| term.ends_with(b"256color")) {
            "256\n"
        } else {
            "8\n"
        }
        .to_owned(),
        "clear" => "\x1b[H\x1b[2J\x1b[3J".to_owned(),
        "bold" => "\x1b[1m".to_owned(),
        "dim" => "\x1b[2m".to_owned(),
        "rev" | "smso" => "\x1b[7m".to_owned(),
        "rmso" => "\x1b[27m".to_owned(),
        "smul" => "\x1b[4m".to_owned(),
        "rmul" => "\x1b[24m".to_owned(),
        "sgr0" => "\x1b(B\x1b[m".to_owned(),
        "setaf" => format!("\x1b[3{}m", number(1) % 8),
        "setab" => format!("\x1b[4{}m", number(1) % 8),
        "civis" => "\x1b[?25l".to_owned(),
        "cnorm" => "\x1b[?12l\x1b[?25h".to_owned(),
        "el" => "\x1b[K".to_owned(),
        "ed" => "\x1b[J".to_owned(),
        "cup" => format!("\x1b[{};{}H", number(1).saturating_add(1), number(2).saturating_add(1)),
        "sc" => "\x1b7".to_owned(),
        "rc" => "\x1b8".to_owned(),
        "init" | "reset" => String::new(),
        other => {
            process.complain(format!("tput: unknown terminfo capability '{other}'\n")).await;
            return Ok(Exit::Code(4));
        }
    };
    process.print(text).await?;
    Ok(Exit::SUCCESS)
}

pub(in crate::programs) async fn pwdx(process: &mut Process) -> Done {
    let words = super::words(process);
    if words.is_empty() {
        process.complain("\nUsage:\n pwdx [options] pid...\n\nOptions:\n -h, --help     display this help and exit\n -V, --version  output version information and exit\n\nFor more details see pwdx(1).\n").await;
        return Ok(Exit::FAILURE);
    }
    let tasks = process.machine.tasks(process.files.source());
    let mut good = true;
    for word in words {
        match tasks.iter().find(|task| task.pid.to_string() == word) {
            Some(task) => process.print([word.as_bytes(), b": ", &task.directory, b"\n"].concat()).await?,
            None => {
                good = false;
                process.complain(format!("{word}: No such process\n")).await;
            }
        }
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

pub(in crate::programs) async fn hostid(process: &mut Process) -> Done {
    process.print("007f0101\n").await?;
    Ok(Exit::SUCCESS)
}

pub(in crate::programs) async fn man(process: &mut Process) -> Done {
    let words: Vec<String> =
        super::words(process).into_iter().filter(|word| !word.starts_with('-')).collect();
    let Some(page) = words.last() else {
        process.complain("What manual page do you want?\nFor example, try 'man man'.\n").await;
        return Ok(Exit::FAILURE);
    };
    process.complain(format!("No manual entry for {page}\n")).await;
    let places = ["/usr/bin", "/usr/sbin"];
    if places.iter().any(|place| process.files.exists(format!("{place}/{page}").as_bytes())) {
        process.complain("See 'man 7 undocumented' for help when manual pages are not available.\n").await;
    }
    Ok(Exit::Code(16))
}
