//! sudo, su.

use std::time::Duration;

use super::run;
use crate::{
    machine::Account,
    programs::{
        context::Done,
        options::{Parsed, Spec},
    },
    shell::{Exit, Process},
};

/// Asks for a password on the terminal, or reads it from standard input.
pub(in crate::programs) async fn password(process: &mut Process, prompt: &str) -> Option<Vec<u8>> {
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

pub(super) fn is_right(process: &Process, name: &str, password: &[u8]) -> bool {
    std::str::from_utf8(password)
        .is_ok_and(|password| process.machine.check_password(name, password, None).is_some())
}

pub(super) fn may_sudo(process: &Process) -> bool {
    process.account.is_root()
        || !rules(process).is_empty()
        || process.account.groups.iter().any(|(_, name)| matches!(name.as_str(), "sudo" | "wheel" | "admin"))
}

/// Lines of the sudoers file and of those beside it that give the account everything, with the
/// words after the parentheses.
fn rules(process: &Process) -> Vec<String> {
    // sudo reads them with the rights of root.
    let files = crate::programs::system::privileged(process);
    let mut paths = vec![b"/etc/sudoers".to_vec()];
    let more = files.read_dir(b"/etc/sudoers.d").unwrap_or_default();
    let named = more.into_iter().filter(|entry| !entry.name.contains(&b'.'));
    paths.extend(named.map(|entry| [b"/etc/sudoers.d/", &entry.name[..]].concat()));
    let whom = |word: &str| match word.strip_prefix('%') {
        Some(group) => process.account.groups.iter().any(|(_, name)| name == group),
        None => word == process.account.name || word == "ALL",
    };
    let mut out = Vec::new();
    for path in paths.iter().take(32) {
        let text = files.read(path).unwrap_or_default();
        for line in String::from_utf8_lossy(&text).lines() {
            if let Some((_, what)) =
                line.split_once('=').filter(|_| line.split_whitespace().next().is_some_and(whom))
            {
                let what = what.rsplit(')').next().unwrap_or_default().trim();
                out.extend(what.ends_with("ALL").then(|| what.to_owned()));
            }
        }
    }
    out
}

/// What the account may do, as `sudo -l` shows it.
fn rule(process: &Process) -> &'static str {
    if !process.account.is_root() && needs_no_password(process) {
        "(ALL) NOPASSWD: ALL"
    } else {
        "(ALL : ALL) ALL"
    }
}

/// Whether the last rule for the account asks for no password.
fn needs_no_password(process: &Process) -> bool {
    rules(process).last().is_some_and(|rule| rule.starts_with("NOPASSWD:"))
}

pub(in crate::programs) async fn sudo(process: &mut Process) -> Done {
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
    let Some(target) = crate::programs::people::users(process).into_iter().find(|u| u.name == user) else {
        process
            .complain(format!(
                "sudo: unknown user {user}\nsudo: error initializing audit plugin sudoers_audit\n"
            ))
            .await;
        return Ok(Exit::FAILURE);
    };
    if !process.account.is_root() && !needs_no_password(process) {
        admitted(process, &given, &name).await?;
    }
    if given.has('l') {
        process.print(format!("Matching Defaults entries for {name} on {host}:\n    env_reset, mail_badpass, secure_path=/usr/local/sbin\\:/usr/local/bin\\:/usr/sbin\\:/usr/bin\\:/sbin\\:/bin\n\nUser {name} may run the following commands on {host}:\n    {}\n", rule(process))).await?;
        return Ok(Exit::SUCCESS);
    }
    if given.has('k') || given.has('K') || given.has('v') {
        return Ok(Exit::SUCCESS);
    }
    as_target(process, &given, &target).await
}

/// Runs the command, or a shell, as somebody else.
async fn as_target(process: &mut Process, given: &Parsed, target: &Account) -> Done {
    become_user(process, target, given.has('i'));
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
    match process.execute(operands).await {
        Ok(exit) => Ok(exit),
        Err(_) => {
            process.complain([b"sudo: ", command.as_slice(), b": command not found\n"].concat()).await;
            Ok(Exit::FAILURE)
        }
    }
}

/// Asks for the password, and whether the sudoers file lets the account do anything.
async fn admitted(process: &mut Process, given: &Parsed, name: &str) -> Result<(), Exit> {
    let tries = if given.has('n') {
        process.complain("sudo: a password is required\n").await;
        return Err(Exit::FAILURE);
    } else if process.tty().is_none() && !given.has('S') {
        process.complain("sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper\nsudo: a password is required\n").await;
        return Err(Exit::FAILURE);
    } else {
        3
    };
    let mut right = false;
    for attempt in 0..tries {
        let Some(entered) = password(process, &format!("[sudo] password for {name}: ")).await else {
            break;
        };
        right = is_right(process, name, &entered);
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
        return Err(Exit::FAILURE);
    }
    if !may_sudo(process) {
        let text = if process.runs(&[crate::machine::Distro::Debian12, crate::machine::Distro::Kali]) {
            format!("{name} is not in the sudoers file.\n")
        } else {
            format!("{name} is not in the sudoers file.  This incident will be reported.\n")
        };
        process.complain(text).await;
        return Err(Exit::FAILURE);
    }
    Ok(())
}

pub(super) fn become_user(process: &mut Process, target: &crate::machine::Account, login: bool) {
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

pub(in crate::programs) async fn su(process: &mut Process) -> Done {
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
    let Some(target) = crate::programs::people::users(process).into_iter().find(|user| user.name == name)
    else {
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
