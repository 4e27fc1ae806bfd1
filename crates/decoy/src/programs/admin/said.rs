//! Programs that people call without knowing them: what they say when nothing is asked of them.

use super::super::context::Done;
use crate::shell::{Exit, Process};

/// What a program says when it is called without arguments.
enum Alone {
    /// That it needs something, with which status it ends.
    Wants(&'static str, u8),
    /// This.
    Says(&'static str),
}

/// What one says for whom there is nothing else.
fn alone(name: &str) -> Alone {
    use Alone::{Says, Wants};
    match name {
        "link" => Wants("link: missing operand\nTry 'link --help' for more information.\n", 1),
        "pathchk" => Wants("pathchk: missing operand\nTry 'pathchk --help' for more information.\n", 1),
        "csplit" => Wants("csplit: missing operand\nTry 'csplit --help' for more information.\n", 1),
        "ipcs" => Says(
            "\n------ Message Queues --------\nkey        msqid      owner      perms      used-bytes   messages    \n\n------ Shared Memory Segments --------\nkey        shmid      owner      perms      bytes      nattch     status      \n\n------ Semaphore Arrays --------\nkey        semid      owner      perms      nsems     \n\n",
        ),
        "htop" | "slabtop" => Wants("Error opening terminal: unknown.\n", 1),
        "dpkg-reconfigure" => {
            Wants("/usr/sbin/dpkg-reconfigure: please specify a package to reconfigure\n", 1)
        }
        "debconf-show" => Wants("Usage: debconf-show packages|--listowners|--listdbs\n", 1),
        "udevadm" => {
            Wants("udevadm: missing command or option\nTry 'udevadm --help' for more information.\n", 1)
        }
        "logrotate" => Wants(
            "logrotate 3.21.0 - Copyright (C) 1995-2001 Red Hat, Inc.\nThis may be freely redistributed under the terms of the GNU General Public License\n\nUsage: logrotate [-dfv?] [-d|--debug] [-f|--force] [-m|--mail=command]\n        [-s|--state=statefile] [--skip-state-lock] [-v|--verbose]\n        [-l|--log=logfile] [--version] [-?|--help] [--usage]\n        [OPTION...] <configfile>\n",
            1,
        ),
        "run-parts" => Wants("run-parts: missing operand\nTry `run-parts --help' for more information.\n", 1),
        "update-alternatives" => Wants(
            "update-alternatives: error: need --display, --query, --list, --get-selections, --config, --set, --set-selections, --install, --remove, --all, --remove-all or --auto\n\nUse 'update-alternatives --help' for program usage information.\n",
            2,
        ),
        "apropos" => Says("apropos what?\n"),
        "whatis" => Says("whatis what?\n"),
        "mkswap" => {
            Wants("mkswap: Nowhere to set up swap on?\nTry 'mkswap --help' for more information.\n", 1)
        }
        "mkfs" => Wants("mkfs: no device specified\nTry 'mkfs --help' for more information.\n", 1),
        "getopt" => {
            Wants("getopt: missing optstring argument\nTry 'getopt --help' for more information.\n", 2)
        }
        "sshd" => Wants("sshd re-exec requires execution with an absolute path\n", 255),
        "ssh-keyscan" => Wants(
            "usage: ssh-keyscan [-46cDHv] [-f file] [-O option] [-p port] [-T timeout]\n                   [-t type] [host | addrlist namelist]\n",
            1,
        ),
        "apt-mark" => Wants("E: No packages found\n", 100),
        _ => Says(""),
    }
}

pub(in crate::programs) async fn said(process: &mut Process) -> Done {
    let name = process.called();
    let operands =
        process.arguments().iter().filter(|word| !word.starts_with(b"-")).cloned().collect::<Vec<_>>();
    if matches!(name.as_str(), "htop" | "slabtop") && process.output.is_terminal() {
        return Ok(process.execute(vec![b"top".to_vec()]).await.unwrap_or(Exit::FAILURE));
    }
    match alone(&name) {
        Alone::Wants(text, status) if process.arguments().is_empty() => {
            process.complain(text).await;
            Ok(Exit::Code(status))
        }
        Alone::Says(text) if process.arguments().is_empty() => {
            process.print(text).await?;
            Ok(Exit::SUCCESS)
        }
        _ => about(process, &name, &operands).await,
    }
}

/// What is said of the operands.
async fn about(process: &Process, name: &str, operands: &[Vec<u8>]) -> Done {
    let first = operands.first().map(|word| String::from_utf8_lossy(word).into_owned()).unwrap_or_default();
    let text = match name {
        "link" if operands.len() == 1 => {
            let text = format!(
                "missing operand after {}",
                String::from_utf8_lossy(&process.quote(first.as_bytes()))
            );
            process.complain(format!("link: {text}\nTry 'link --help' for more information.\n")).await;
            return Ok(Exit::FAILURE);
        }
        "link" => {
            let target = operands.get(1).cloned().unwrap_or_default();
            if let Err(error) = process.files.link(first.as_bytes(), &target) {
                let target = String::from_utf8_lossy(&target).into_owned();
                process
                    .complain(format!("link: cannot create link '{target}' to '{first}': {}\n", error.text()))
                    .await;
                return Ok(Exit::FAILURE);
            }
            return Ok(Exit::SUCCESS);
        }
        "apropos" => format!("{first}: nothing appropriate.\n"),
        "whatis" => format!("{first}: nothing appropriate.\n"),
        "update-alternatives" if first.is_empty() => return Ok(Exit::SUCCESS),
        "update-alternatives" => format!("update-alternatives: error: no alternatives for {first}\n"),
        "dpkg-reconfigure" => format!("/usr/sbin/dpkg-reconfigure: {first} is not installed\n"),
        "run-parts" => {
            let mut all = process.files.read_dir(first.as_bytes()).unwrap_or_default();
            all.sort_by(|a, b| a.name.cmp(&b.name));
            if process.arguments().iter().any(|word| word == b"--test") {
                for entry in all.iter().filter(|entry| !entry.name.contains(&b'.')) {
                    process.print([first.as_bytes(), b"/", &entry.name, b"\n"].concat()).await?;
                }
            }
            return Ok(Exit::SUCCESS);
        }
        "login" if !process.account.is_root() => {
            process.complain("login: Cannot possibly work without effective root\n").await;
            return Ok(Exit::FAILURE);
        }
        _ => return Ok(Exit::SUCCESS),
    };
    process.complain(text).await;
    Ok(Exit::Code(match name {
        "apropos" | "whatis" => 16,
        "update-alternatives" => 2,
        _ => 1,
    }))
}
