//! `:`, `exit`, `return`, `break`, `eval`, `exec`, `.` and their kin.

use std::sync::Arc;

use super::{
    super::{
        dialect::Dialect,
        execute::Text,
        interpreter::{Flow, Shell, Stop},
    },
    number,
};
use crate::{caps, machine::Errno};

pub(super) async fn nothing(shell: &mut Shell, _: &[Vec<u8>]) -> Flow {
    shell.status = 0;
    Ok(())
}

pub(super) async fn failure(shell: &mut Shell, _: &[Vec<u8>]) -> Flow {
    shell.status = 1;
    Ok(())
}

pub(super) async fn caller(shell: &mut Shell, _: &[Vec<u8>]) -> Flow {
    shell.status = 1;
    Ok(())
}

/// The status that `exit` and `return` are given; complains if it is none.
async fn status(shell: &mut Shell, builtin: &str, arguments: &[Vec<u8>], before: u8) -> Option<u8> {
    let Some(argument) = arguments.get(1).filter(|argument| *argument != b"--") else { return Some(before) };
    if let Some(value) = number(argument).filter(|value| shell.dialect.is_bash() || *value >= 0) {
        if shell.dialect.is_bash() && arguments.len() > 2 {
            shell.complain(Some(builtin), "too many arguments").await;
            shell.status = 1;
            return if shell.interactive { None } else { Some(1) };
        }
        return Some(value.to_le_bytes()[0]);
    }
    let text = match shell.dialect {
        Dialect::Bash => [&argument[..], b": numeric argument required"].concat(),
        _ => [b"Illegal number: ", &argument[..]].concat(),
    };
    shell.complain(Some(builtin), text).await;
    Some(2)
}

pub(super) async fn exit(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let before = shell.previous;
    if shell.interactive && !shell.subshell {
        if shell.dialect.is_bash() {
            shell.print_error(if shell.login { "logout\n" } else { "exit\n" }).await;
        }
        let stopped = shell.jobs.iter().any(|job| job.stopped);
        if stopped && !std::mem::replace(&mut shell.warned, true) {
            shell.print_error("There are stopped jobs.\n").await;
            shell.status = 1;
            return Ok(());
        }
    }
    match status(shell, "exit", arguments, before).await {
        Some(status) => {
            shell.status = status;
            Err(Stop::Exit)
        }
        None => Ok(()),
    }
}

pub(super) async fn logout(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    if shell.login && shell.interactive {
        return exit(shell, arguments).await;
    }
    shell.fails("logout", "not login shell: use `exit'").await
}

pub(super) async fn give_back(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let before = shell.previous;
    if !shell.returns && shell.dialect.is_bash() {
        let text = "can only `return' from a function or sourced script";
        shell.complain(Some("return"), text).await;
        shell.status = 2;
        return Ok(());
    }
    let Some(status) = status(shell, "return", arguments, before).await else { return Ok(()) };
    shell.status = status;
    Err(if shell.returns { Stop::Return } else { Stop::Exit })
}

/// How many loops `break` and `continue` mean.
async fn levels(
    shell: &mut Shell,
    builtin: &'static str,
    arguments: &[Vec<u8>],
) -> Result<Option<u32>, Stop> {
    if shell.loops == 0 {
        if shell.dialect.is_bash() {
            let text = "only meaningful in a `for', `while', or `until' loop";
            shell.complain(Some(builtin), text).await;
        }
        shell.status = 0;
        return Ok(None);
    }
    let Some(argument) = arguments.get(1) else { return Ok(Some(1)) };
    match number(argument) {
        Some(count @ 1..) => Ok(Some(u32::try_from(count).unwrap_or(u32::MAX).min(shell.loops))),
        Some(_) if shell.dialect.is_bash() => {
            shell.complain(Some(builtin), [&argument[..], b": loop count out of range"].concat()).await;
            shell.status = 1;
            Ok(Some(shell.loops))
        }
        _ if shell.dialect.is_bash() => {
            shell.complain(Some(builtin), [&argument[..], b": numeric argument required"].concat()).await;
            Err(shell.fatal(128))
        }
        _ => {
            shell.complain(Some(builtin), [b"Illegal number: ", &argument[..]].concat()).await;
            Err(shell.fatal(2))
        }
    }
}

pub(super) async fn leave_loop(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    match levels(shell, "break", arguments).await? {
        Some(levels) => Err(Stop::Break(levels)),
        None => Ok(()),
    }
}

pub(super) async fn next_turn(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    match levels(shell, "continue", arguments).await? {
        Some(levels) => Err(Stop::Continue(levels)),
        None => Ok(()),
    }
}

pub(super) async fn evaluate(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let mut words = arguments.get(1..).unwrap_or_default();
    if words.first().is_some_and(|word| word == b"--") {
        words = words.get(1..).unwrap_or_default();
    }
    let text = words.join(&b' ');
    shell.status = 0;
    shell.run_string(&text, true).await
}

pub(super) async fn source(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let builtin = if arguments.first().is_some_and(|name| name == b"source") { "source" } else { "." };
    let Some(name) = arguments.get(1) else {
        if !shell.dialect.is_bash() {
            shell.status = 2;
            return Ok(());
        }
        shell.complain(Some(builtin), "filename argument required").await;
        shell.usage(builtin).await;
        shell.status = 2;
        return Ok(());
    };
    let path = if name.contains(&b'/') { Ok(name.clone()) } else { search(shell, name) };
    let content = path.and_then(|path| {
        if shell.files.stat(&path)?.is_directory() {
            return Err(Errno::IsDirectory);
        }
        Ok((shell.files.read(&path)?, path))
    });
    let (content, path) = match content {
        Ok(found) => found,
        Err(error) => return not_sourced(shell, builtin, name, error).await,
    };
    if shell.depth >= caps::SHELL_CALLS {
        shell.complain(Some(builtin), "maximum source nesting level exceeded (48)").await;
        return Err(shell.fatal(1));
    }
    super::super::watch::executed(&shell.seat, &shell.files, &path, &super::super::execute::Found::Text)
        .await;
    let parameters = arguments.get(2..).filter(|_| !shell.dialect.is_dash()).unwrap_or_default().to_vec();
    let before =
        (!parameters.is_empty()).then(|| std::mem::replace(&mut shell.positional, Arc::new(parameters)));
    let returns = std::mem::replace(&mut shell.returns, true);
    let (line, loops) = (shell.line, std::mem::take(&mut shell.loops));
    shell.depth += 1;
    let content = content.get(..caps::SHELL_SCRIPT).unwrap_or(&content);
    let flow = shell.run_text(Text::whole(content), true).await;
    shell.depth -= 1;
    (shell.returns, shell.line, shell.loops) = (returns, line, loops);
    if let Some(before) = before {
        shell.positional = before;
    }
    match flow {
        Err(Stop::Return) => Ok(()),
        flow => flow,
    }
}

/// A file that is read, by its name alone: along `PATH`, and in bash in the working directory.
fn search(shell: &Shell, name: &[u8]) -> Result<Vec<u8>, Errno> {
    let path = shell.search_path();
    let places = path.split(|byte| *byte == b':');
    let mut paths = places.map(|place| [place, b"/", name].concat());
    match paths.find(|path| shell.files.stat(path).is_ok_and(|metadata| !metadata.is_directory())) {
        Some(path) => Ok(path),
        None if shell.dialect.is_dash() => Err(Errno::Missing),
        None => Ok(name.to_vec()),
    }
}

async fn not_sourced(shell: &mut Shell, builtin: &str, name: &[u8], error: Errno) -> Flow {
    match shell.dialect {
        Dialect::Bash if error == Errno::IsDirectory => {
            shell.complain(Some(builtin), [name, b": is a directory"].concat()).await;
        }
        Dialect::Bash => shell.complain(None, [name, b": ", error.text().as_bytes()].concat()).await,
        Dialect::Dash => {
            let text = match (error, name.contains(&b'/')) {
                (Errno::Missing, false) => [name, b": not found"].concat(),
                (Errno::Missing, true) => [b"cannot open ", name, b": No such file"].concat(),
                (error, _) => [b"cannot open ", name, b": ", error.text().as_bytes()].concat(),
            };
            shell.complain(Some("."), text).await;
            return Err(shell.fatal(2));
        }
        Dialect::Ash => {
            let text = [b"can't open '", name, b"': ", error.text().as_bytes()].concat();
            shell.complain(Some("."), text).await;
            return Err(shell.fatal(2));
        }
    }
    shell.status = 1;
    Ok(())
}

pub(super) async fn replace(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let mut words = arguments.get(1..).unwrap_or_default();
    while let Some((word, rest)) = words.split_first() {
        match word.as_slice() {
            b"-a" if shell.dialect.is_bash() => words = rest.get(1..).unwrap_or_default(),
            b"-c" | b"-l" | b"--" => words = rest,
            _ => break,
        }
    }
    if words.is_empty() {
        shell.status = 0;
        return Ok(());
    }
    let name = words.first().cloned().unwrap_or_default();
    if let Err(error) =
        shell.find_program(&name).and_then(|path| super::super::execute::look(&shell.files, &path))
    {
        let builtin = if name.contains(&b'/') && shell.dialect.is_bash() { None } else { Some("exec") };
        let what = match (shell.dialect, error) {
            (Dialect::Bash, error) => error.text().to_owned(),
            (_, Errno::Missing) => "not found".to_owned(),
            (_, error) => error.text().to_owned(),
        };
        let what = if shell.dialect.is_bash() && error == Errno::Missing && builtin.is_some() {
            "not found".into()
        } else {
            what
        };
        shell.complain(builtin, [&name[..], b": ", what.as_bytes()].concat()).await;
        shell.status = if error == Errno::Missing { 127 } else { 126 };
        return Err(if shell.interactive { Stop::Line } else { Stop::Exit });
    }
    shell.embodied = true;
    shell.run_program(words.to_vec()).await?;
    shell.traps = Arc::default();
    Err(Stop::Exit)
}
