//! screen, tmux: a shell inside, or a command that goes on outside.

use super::{super::context::Done, beside};
use crate::shell::{Exit, Process};

/// The shell of the account, and how it is run.
fn login_shell(process: &Process) -> Vec<Vec<u8>> {
    vec![process.account.shell.clone().into_bytes()]
}

pub(super) async fn screen(process: &mut Process) -> Done {
    let arguments = process.arguments().to_vec();
    let (mut detached, mut rest) = (false, arguments.iter().peekable());
    while let Some(argument) = rest.next_if(|argument| argument.starts_with(b"-")) {
        match argument.as_slice() {
            b"-v" | b"--version" => {
                process.print("Screen version 4.09.00 (GNU) 30-Jan-22\n").await?;
                return Ok(Exit::SUCCESS);
            }
            b"-ls" | b"-list" | b"-wipe" => {
                let name = process.account.name.clone();
                process.print(format!("No Sockets found in /run/screen/S-{name}.\n\n")).await?;
                return Ok(Exit::FAILURE);
            }
            b"-r" | b"-x" | b"-R" | b"-rd" | b"-dr" => {
                let named = rest.next().map(|name| String::from_utf8_lossy(name).into_owned());
                let text = match named {
                    Some(name) => format!("There is no screen to be resumed matching {name}.\n"),
                    None => "There is no screen to be resumed.\n".to_owned(),
                };
                process.print(text).await?;
                return Ok(Exit::FAILURE);
            }
            b"-X" => {
                process.print("No screen session found.\n").await?;
                return Ok(Exit::FAILURE);
            }
            [b'-', letters @ ..] => {
                detached |= letters.contains(&b'd') || letters.contains(&b'D');
                if matches!(letters.last(), Some(b'S' | b'c' | b'e' | b'h' | b'p' | b's' | b't' | b'T')) {
                    rest.next();
                }
            }
            _ => {}
        }
    }
    let command: Vec<Vec<u8>> = rest.cloned().collect();
    let command = if command.is_empty() { login_shell(process) } else { command };
    if detached {
        beside::start(process, b"SCREEN", command);
        return Ok(Exit::SUCCESS);
    }
    if process.tty().is_none() || !process.input.is_terminal() {
        process.print("Must be connected to a terminal.\n").await?;
        return Ok(Exit::FAILURE);
    }
    inside(process, command, "[screen is terminating]\n").await
}

/// Clears the screen, runs something, and says at the end that it is over.
async fn inside(process: &mut Process, command: Vec<Vec<u8>>, end: &str) -> Done {
    process.print("\x1b[H\x1b[2J").await?;
    let _ = beside::run(process, command).await;
    process.print(format!("\x1b[H\x1b[2J{end}")).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn tmux(process: &mut Process) -> Done {
    let arguments = process.arguments().to_vec();
    let verb = arguments.iter().find(|argument| !argument.starts_with(b"-")).cloned().unwrap_or_default();
    let uid = process.account.uid;
    match verb.as_slice() {
        _ if arguments.first().is_some_and(|argument| argument == b"-V") => {
            process.print("tmux 3.3a\n").await?;
            Ok(Exit::SUCCESS)
        }
        b"ls" | b"list-sessions" | b"attach" | b"attach-session" | b"a" | b"kill-server"
        | b"kill-session" | b"send-keys" => {
            let text = format!("error connecting to /tmp/tmux-{uid}/default (No such file or directory)\n");
            process.complain(text).await;
            Ok(Exit::FAILURE)
        }
        b"" | b"new" | b"new-session" => {
            let detached = arguments.iter().any(|argument| argument == b"-d");
            let command = command_of(&arguments);
            if detached {
                if let Some(command) = command {
                    beside::start(process, b"tmux", vec![b"sh".to_vec(), b"-c".to_vec(), command]);
                }
                return Ok(Exit::SUCCESS);
            }
            if process.tty().is_none() || !process.input.is_terminal() {
                process.complain("open terminal failed: not a terminal\n").await;
                return Ok(Exit::FAILURE);
            }
            let shell = login_shell(process);
            inside(process, shell, "[exited]\n").await
        }
        verb => {
            process.complain([b"unknown command: ", verb, b"\n"].concat()).await;
            Ok(Exit::FAILURE)
        }
    }
}

/// The command of `tmux new -d -s name 'command'`.
fn command_of(arguments: &[Vec<u8>]) -> Option<Vec<u8>> {
    let mut rest = arguments.iter().skip_while(|argument| !argument.starts_with(b"new")).skip(1);
    while let Some(argument) = rest.next() {
        match argument.as_slice() {
            b"-s" | b"-n" | b"-c" | b"-x" | b"-y" => drop(rest.next()),
            [b'-', ..] => {}
            _ => return Some(argument.clone()),
        }
    }
    None
}
