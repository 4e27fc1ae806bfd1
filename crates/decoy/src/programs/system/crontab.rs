//! crontab, of Debian's cron, of cronie, and of BusyBox.

mod table;

use self::table::Bad;
use super::{
    super::{context::Done, options::Spec},
    beside, privileged,
};
use crate::{
    caps,
    machine::{Files, Line, calendar},
    shell::{Exit, Process},
};

/// How crontab was called.
struct Call {
    user: String,
    directory: &'static str,
    /// Whether the files begin with lines of crontab's own.
    headed: bool,
}

impl Call {
    fn path(&self) -> Vec<u8> {
        format!("{}/{}", self.directory, self.user).into_bytes()
    }
}

pub(super) async fn crontab(process: &mut Process) -> Done {
    let arguments = process.arguments().to_vec();
    let line = process.machine.distro().line();
    let spec = Spec { short: "u:c:lerinVT", long: &[] };
    let given = match super::super::options::parse(&arguments, spec) {
        Ok(given) => given,
        Err(_) if process.is_busybox() => return Ok(process.misused("invalid option -- 'x'", 1).await),
        Err(wrong) => {
            let text = format!(
                "{}: {}\ncrontab: usage error: unrecognized option\n{USAGE}",
                calls(process),
                wrong.0
            );
            process.complain(text).await;
            return Ok(Exit::FAILURE);
        }
    };
    let own = process.account.name.clone();
    let user = given.value('u').map_or(own.clone(), |user| String::from_utf8_lossy(user).into_owned());
    if given.has('u') && !process.account.is_root() && user != own {
        let text = if process.is_busybox() {
            "crontab: must be suid to work properly\n".to_owned()
        } else {
            format!("must be privileged to use -u\n{USAGE}")
        };
        process.complain(text).await;
        return Ok(Exit::FAILURE);
    }
    let passwd = process.files.read(b"/etc/passwd").unwrap_or_default();
    let known = String::from_utf8_lossy(&passwd).lines().any(|row| row.split(':').next() == Some(&user));
    if !known {
        let text = match line {
            Line::Debian => format!("crontab:  user `{user}' unknown\n"),
            Line::Alpine | Line::Firmware => format!("crontab: unknown user {user}\n"),
            _ => format!("crontab: user `{user}' unknown\n"),
        };
        process.complain(text).await;
        return Ok(Exit::FAILURE);
    }
    let directory = match line {
        Line::Debian | Line::Alpine | Line::Firmware => "/var/spool/cron/crontabs",
        Line::RedHat | Line::Arch => "/var/spool/cron",
    };
    let call = Call { user, directory, headed: line == Line::Debian };
    match given.last_of("ler") {
        Some('l') => list(process, &call).await,
        Some('r') => remove(process, &call).await,
        Some(_) => edit(process, &call).await,
        None => replace(process, &call, given.operands.first(), given.has('n')).await,
    }
}

/// The name it was called by, as getopt says it.
fn calls(process: &Process) -> String {
    process.args.first().map(|name| String::from_utf8_lossy(name).into_owned()).unwrap_or_default()
}

/// The table of the user without the lines of crontab's own.
fn read(files: &Files, call: &Call) -> Option<Vec<u8>> {
    let content = files.read(&call.path()).ok()?;
    if !call.headed {
        return Some(content);
    }
    let mut rest = content.as_slice();
    for _ in 0..3 {
        if !rest.starts_with(b"#") {
            break;
        }
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
        rest = rest.get(end..).unwrap_or_default();
    }
    Some(rest.to_vec())
}

async fn missing(process: &Process, call: &Call) -> Exit {
    let text = if process.is_busybox() {
        format!("crontab: can't open '{}': No such file or directory\n", call.user)
    } else {
        format!("no crontab for {}\n", call.user)
    };
    process.complain(text).await;
    Exit::FAILURE
}

async fn list(process: &Process, call: &Call) -> Done {
    match read(&privileged(process), call) {
        Some(content) => {
            process.print(content).await?;
            Ok(Exit::SUCCESS)
        }
        None => Ok(missing(process, call).await),
    }
}

async fn remove(process: &Process, call: &Call) -> Done {
    if privileged(process).unlink(&call.path()).is_ok() || process.is_busybox() {
        return Ok(Exit::SUCCESS);
    }
    Ok(missing(process, call).await)
}

async fn replace(process: &Process, call: &Call, from: Option<&Vec<u8>>, dry: bool) -> Done {
    let busybox = process.is_busybox();
    let from = match from {
        Some(from) => from.clone(),
        None if busybox => {
            process.complain(super::super::about::usage(process)).await;
            return Ok(Exit::FAILURE);
        }
        None => b"-".to_vec(),
    };
    let content = match process.read_input(&from).await {
        Ok(content) => content,
        Err(error) => {
            let text = [&from[..], b": ", error.text().as_bytes(), b"\n"].concat();
            let text = if busybox {
                [b"crontab: can't open '".as_slice(), &from, b"': ", error.text().as_bytes(), b"\n"].concat()
            } else {
                text
            };
            process.complain(text).await;
            return Ok(Exit::FAILURE);
        }
    };
    let name = String::from_utf8_lossy(&from).into_owned();
    install(process, call, &name, content, dry).await
}

/// Checks a table and puts it into place.
async fn install(process: &Process, call: &Call, name: &str, mut content: Vec<u8>, dry: bool) -> Done {
    content.truncate(caps::PROGRAM_INPUT);
    if !process.is_busybox() {
        if call.headed && !content.is_empty() && !content.ends_with(b"\n") {
            process.complain("new crontab file is missing newline before EOF, can't install.\n").await;
            return Ok(Exit::FAILURE);
        }
        if !content.is_empty() && !content.ends_with(b"\n") {
            content.push(b'\n');
        }
        if let Some(Bad { line, what }) = table::check(&content) {
            let text = format!("\"{name}\":{line}: {what}\nerrors in crontab file, can't install.\n");
            process.complain(text).await;
            return Ok(Exit::FAILURE);
        }
    }
    if dry {
        process.print("The syntax of the crontab file was successfully checked.\n").await?;
        return Ok(Exit::SUCCESS);
    }
    let head = if call.headed {
        let now = calendar::format(process.machine.now().seconds, "%a %b %e %H:%M:%S %Y");
        format!(
            "# DO NOT EDIT THIS FILE - edit the master and reinstall.\n# ({name} installed on {now})\n# (Cron version -- $Id: crontab.c,v 2.13 1994/01/17 03:20:37 vixie Exp $)\n"
        )
    } else {
        String::new()
    };
    let files = privileged(process);
    let path = call.path();
    let _ = files.write(&path, &[head.as_bytes(), &content].concat(), 0o600);
    let group = if call.headed { process.machine.group("crontab") } else { 0 };
    let uid = process.machine.account(&call.user).map_or(0, |account| account.uid);
    let _ = files.chown(&path, Some(uid), Some(group), false);
    Ok(Exit::SUCCESS)
}

async fn edit(process: &mut Process, call: &Call) -> Done {
    let before = read(&privileged(process), call);
    if before.is_none() && !process.is_busybox() {
        process.complain(format!("no crontab for {} - using an empty one\n", call.user)).await;
    }
    let letters = process.machine.base64(&format!("crontab {}", process.pid), 6).replace(['+', '/'], "x");
    let letters: String = letters.chars().take(6).collect();
    let directory = format!("/tmp/crontab.{letters}");
    let path = format!("{directory}/crontab");
    let content = before.unwrap_or_else(|| if call.headed { EMPTY.as_bytes().to_vec() } else { Vec::new() });
    let _ = process.files.mkdir(directory.as_bytes(), 0o700);
    let _ = process.files.write(path.as_bytes(), &content, 0o600);
    let editor = ["VISUAL", "EDITOR"].iter().find_map(|name| process.variable(name));
    let editor = editor.map_or_else(|| usual_editor(process), <[u8]>::to_vec);
    let ended = beside::run(process, vec![editor.clone(), path.clone().into_bytes()]).await;
    let after = process.files.read(path.as_bytes()).unwrap_or_default();
    let _ = (process.files.unlink(path.as_bytes()), process.files.rmdir(directory.as_bytes()));
    match ended {
        Ok(Exit::SUCCESS) => {}
        ended => {
            let status = ended.map_or(127, Exit::status);
            let editor = if call.headed {
                "/usr/bin/sensible-editor".to_owned()
            } else {
                String::from_utf8_lossy(&editor).into_owned()
            };
            process.complain(format!("crontab: \"{editor}\" exited with status {status}\n")).await;
            return Ok(Exit::FAILURE);
        }
    }
    if after == content {
        process
            .complain(if call.headed {
                "No modification made\n"
            } else {
                "crontab: no changes made to crontab\n"
            })
            .await;
        return Ok(Exit::SUCCESS);
    }
    if !process.is_busybox() {
        process.complain("crontab: installing new crontab\n").await;
    }
    install(process, call, &path, after, false).await
}

fn usual_editor(process: &Process) -> Vec<u8> {
    let nano = process.machine.distro().line() == Line::Debian && process.files.exists(b"/bin/nano");
    if nano { b"nano".to_vec() } else { b"vi".to_vec() }
}

/// Takes bytes as a table; for fuzzing.
#[cfg(any(test, feature = "testing"))]
pub(super) fn reads(bytes: &[u8]) {
    let _ = table::check(bytes);
}

const USAGE: &str = "usage:\tcrontab [-u user] [-n] file
\tcrontab [ -u user ] [ -i ] { -e | -l | -r }

\t-h\t(displays this help message)

\tfile\t(default operation is replace, per 1003.2)
\t-n\t(dry run: checks the syntax, then bails out)
\t-u user\t(choose the user whose crontab is touched)

\t-e\t(edit user's crontab)
\t-l\t(list user's crontab)
\t-r\t(delete user's crontab)

\t-i\t(prompt before deleting user's crontab)
";
const EMPTY: &str = "# Edit this file to introduce tasks to be run by cron.
# 
# Each task to run has to be defined through a single line
# indicating with different fields when the task will be run
# and what command to run for the task
# 
# To define the time you can provide concrete values for
# minute (m), hour (h), day of month (dom), month (mon),
# and day of week (dow) or use '*' in these fields (for 'any').
# 
# Notice that tasks will be started based on the cron's system
# daemon's notion of time and timezones.
# 
# Output of the crontab jobs (including errors) is sent through
# email to the user the crontab file belongs to (unless redirected).
# 
# For example, you can run a backup of all your user accounts
# at 5 a.m every week with:
# 0 5 * * 1 tar -zcf /var/backups/home.tgz /home/
# 
# For more information see the manual pages of crontab(5) and cron(8)
# 
# m h  dom mon dow   command
";
