//! passwd, chpasswd: what intruders do first, to keep others out.

use decnet_event::Kind;

use super::{
    super::super::{
        context::Done,
        options::{Parsed, Spec},
    },
    Database, PASSWD, SHADOW, hash, today, words,
};
use crate::{
    machine::{DAY, Line, calendar},
    shell::{Exit, Process, pipe::Reader, terminal::Mode},
};

/// Longest line that is read as a password.
const LONGEST: usize = 512;

/// Tells of a password that a visitor set.
pub(in super::super) fn tell(
    process: &Process,
    program: &'static str,
    account: &str,
    password: &[u8],
    hashed: bool,
) {
    process.seat.witness().emit(Kind::PasswordSet {
        program,
        username: account.as_bytes().to_vec(),
        password: password.to_vec(),
        hashed,
    });
}

/// Puts a password into the files.
pub(super) fn put(process: &Process, name: &str, secret: String) {
    let mut shadow = Database::open(process, SHADOW);
    if shadow.find(name).is_none() {
        shadow.add(&format!("{name}:x:0:0:99999:7:::"));
    }
    shadow.set(name, 1, secret);
    shadow.set(name, 2, today(&process.machine).to_string());
    let _ = shadow.save();
}

pub(in crate::programs::system) async fn chpasswd(process: &mut Process) -> Done {
    let spec = Spec {
        short: "c:ehmR:s:",
        long: &[
            ("encrypted", 'e'),
            ("md5", 'm'),
            ("crypt-method=", 'c'),
            ("sha-rounds=", 's'),
            ("root=", 'R'),
        ],
    };
    let given = process.options(spec, 2).await?;
    let input = process.input.clone();
    let (mut number, mut failed) = (0, false);
    loop {
        let line = input.read_line(LONGEST).await;
        if line.is_empty() || number >= 1_000 {
            return Ok(if failed { Exit::FAILURE } else { Exit::SUCCESS });
        }
        number += 1;
        let line = line.strip_suffix(b"\n").unwrap_or(&line).to_vec();
        failed |= !change_one(process, &given, &line, number).await?;
    }
}

/// Takes one line `name:password`; whether it could.
async fn change_one(process: &Process, given: &Parsed, line: &[u8], number: u32) -> Result<bool, Exit> {
    let busybox = process.is_busybox();
    let Some(colon) = line.iter().position(|byte| *byte == b':') else {
        let text = if busybox {
            "chpasswd: missing new password\n".to_owned()
        } else {
            format!("chpasswd: line {number}: missing new password\n")
        };
        process.complain(text).await;
        return Ok(false);
    };
    let name = words(line.get(..colon).unwrap_or_default());
    let password = line.get(colon + 1..).unwrap_or_default();
    let hashed = given.has('e');
    let known = Database::open(process, PASSWD).find(&name).is_some();
    if !known || !process.account.is_root() {
        let text = match (busybox, known) {
            (true, false) => format!("chpasswd: unknown user {name}\n"),
            (true, true) => "chpasswd: permission denied (are you root?)\n".to_owned(),
            _ => format!(
                "chpasswd: (user {name}) pam_chauthtok() failed, error:\nAuthentication token manipulation error\n\
                 chpasswd: (line {number}, user {name}) password not changed\n"
            ),
        };
        process.complain(text).await;
        return Ok(false);
    }
    tell(process, "chpasswd", &name, password, hashed);
    let secret = if hashed { words(password) } else { hash(process, &name, password) };
    put(process, &name, secret);
    if busybox {
        process.print(format!("chpasswd: password for '{name}' changed\n")).await?;
    }
    Ok(true)
}

const SPEC: Spec = Spec {
    short: "adehkin:qr:R:Sfluw:x:",
    long: &[
        ("all", 'a'),
        ("delete", 'd'),
        ("expire", 'e'),
        ("keep-tokens", 'k'),
        ("inactive=", 'I'),
        ("lock", 'l'),
        ("mindays=", 'n'),
        ("quiet", 'q'),
        ("root=", 'R'),
        ("status", 'S'),
        ("unlock", 'u'),
        ("warndays=", 'w'),
        ("maxdays=", 'x'),
        ("stdin", '<'),
        ("force", 'f'),
    ],
};

pub(in crate::programs::system) async fn passwd(process: &mut Process) -> Done {
    let given = process.options(SPEC, 6).await?;
    let own = process.account.name.clone();
    let name = given.operands.first().map_or_else(|| own.clone(), |name| words(name));
    let users = Database::open(process, PASSWD);
    if users.find(&name).is_none() {
        let text = match (process.is_busybox(), process.machine.distro().line()) {
            (true, _) => format!("passwd: unknown user {name}\n"),
            (_, Line::RedHat) => format!("passwd: Unknown user name '{name}'.\n"),
            _ => format!("passwd: user '{name}' does not exist\n"),
        };
        process.complain(text).await;
        return Ok(Exit::FAILURE);
    }
    if name != own && !process.account.is_root() {
        let text = match (process.is_busybox(), process.machine.distro().line()) {
            (true, _) => format!("passwd: {own} can't change password for {name}\n"),
            (_, Line::RedHat) => "passwd: Only root can specify a user name.\n".to_owned(),
            _ => format!("passwd: You may not view or modify password information for {name}.\n"),
        };
        process.complain(text).await;
        return Ok(Exit::FAILURE);
    }
    if given.has('S') {
        return status(process, &name).await;
    }
    if given.options.iter().any(|(letter, _)| "dlue".contains(*letter)) {
        return lock(process, &given, &name).await;
    }
    change(process, &given, &name).await
}

async fn status(process: &Process, name: &str) -> Done {
    let shadow = Database::open(process, SHADOW);
    let secret = shadow.field(name, 1).unwrap_or_default();
    let state = match secret {
        "" => "NP",
        secret if secret.starts_with(['!', '*']) => "L",
        _ => "P",
    };
    let field =
        |place, usual: &str| shadow.field(name, place).filter(|f| !f.is_empty()).unwrap_or(usual).to_owned();
    let day = field(2, "0").parse::<i64>().unwrap_or_default();
    let date = calendar::format(day * DAY, "%Y-%m-%d");
    let text = format!(
        "{name} {state} {date} {} {} {} {}\n",
        field(3, "-1"),
        field(4, "-1"),
        field(5, "-1"),
        field(6, "-1")
    );
    process.print(text).await?;
    Ok(Exit::SUCCESS)
}

/// `-d`, `-l`, `-u`, `-e`.
async fn lock(process: &Process, given: &Parsed, name: &str) -> Done {
    if !process.account.is_root() {
        process.complain("passwd: Permission denied.\n").await;
        return Ok(Exit::FAILURE);
    }
    let mut shadow = Database::open(process, SHADOW);
    let secret = shadow.field(name, 1).unwrap_or_default().to_owned();
    let (secret, old) = match given.last_of("dlu") {
        Some('d') => (String::new(), "Removing password for user"),
        Some('l') if secret.starts_with('!') => (secret, "Locking password for user"),
        Some('l') => (format!("!{secret}"), "Locking password for user"),
        Some(_) => (secret.trim_start_matches('!').to_owned(), "Unlocking password for user"),
        None => (secret, "Expiring password for user"),
    };
    shadow.set(name, 1, secret);
    if given.has('e') {
        shadow.set(name, 2, "0");
    }
    let _ = shadow.save();
    let text = match (process.is_busybox(), process.machine.distro().line()) {
        (true, _) => format!("passwd: password for {name} changed by {}\n", process.account.name),
        (_, Line::RedHat) => format!("{old} {name}.\npasswd: Success\n"),
        _ => "passwd: password changed.\n".to_owned(),
    };
    process.print(text).await?;
    Ok(Exit::SUCCESS)
}

/// Asks for a password as PAM's modules do: aloud on the terminal without echo, or of the input.
pub(super) async fn ask(process: &Process, prompt: &str) -> Option<Vec<u8>> {
    process.complain(prompt).await;
    let line = match process.tty().cloned() {
        Some(tty) if process.input.is_terminal() => {
            let before = tty.set_mode(Mode::SILENT);
            let line = Reader::terminal(std::sync::Arc::clone(&tty)).read_line(LONGEST).await;
            tty.set_mode(before);
            process.complain("\n").await;
            line
        }
        _ => process.input.read_line(LONGEST).await,
    };
    (!line.is_empty()).then(|| line.strip_suffix(b"\n").unwrap_or(&line).to_vec())
}

async fn change(process: &Process, given: &Parsed, name: &str) -> Done {
    let red_hat = process.machine.distro().line() == Line::RedHat;
    if process.is_busybox() {
        process.print(format!("Changing password for {name}\n")).await?;
    } else if red_hat {
        process.print(format!("Changing password for user {name}.\n")).await?;
    } else if !process.account.is_root() {
        process.print(format!("Changing password for {name}.\n")).await?;
    }
    if red_hat && given.has('<') {
        let line = process.input.read_line(LONGEST).await;
        let line = line.strip_suffix(b"\n").unwrap_or(&line).to_vec();
        return finish(process, name, &line).await;
    }
    if !process.account.is_root() {
        let old = ask(process, "Current password: ").await.unwrap_or_default();
        let right = std::str::from_utf8(&old)
            .is_ok_and(|old| process.machine.check_password(name, old, None).is_some());
        if !right {
            tokio::time::sleep(std::time::Duration::from_millis(1_800)).await;
            return Ok(unchanged(process).await);
        }
    }
    for attempt in 0..3 {
        let Some(new) = ask(process, "New password: ").await else {
            process.complain("Password change has been aborted.\n").await;
            return Ok(unchanged(process).await);
        };
        let again = ask(process, "Retype new password: ").await.unwrap_or_default();
        if new == again && !new.is_empty() {
            return finish(process, name, &new).await;
        }
        tell(process, "passwd", name, &new, false);
        if new != again {
            process.complain("Sorry, passwords do not match.\n").await;
            return Ok(unchanged(process).await);
        }
        process.complain("No password has been supplied.\n").await;
        if attempt == 2 {
            break;
        }
    }
    Ok(unchanged(process).await)
}

async fn unchanged(process: &Process) -> Exit {
    let text = if process.is_busybox() {
        "passwd: password unchanged\n".replace("password unchanged", "password is unchanged")
    } else {
        "passwd: Authentication token manipulation error\npasswd: password unchanged\n".to_owned()
    };
    process.complain(text).await;
    if process.is_busybox() { Exit::FAILURE } else { Exit::Code(10) }
}

async fn finish(process: &Process, name: &str, password: &[u8]) -> Done {
    tell(process, "passwd", name, password, false);
    put(process, name, hash(process, name, password));
    if process.is_busybox() {
        process.print(format!("passwd: password for {name} changed by {}\n", process.account.name)).await?;
    } else if process.machine.distro().line() == Line::RedHat {
        process.print("passwd: all authentication tokens updated successfully.\n").await?;
    } else {
        process.complain("passwd: password updated successfully\n").await;
    }
    Ok(Exit::SUCCESS)
}
