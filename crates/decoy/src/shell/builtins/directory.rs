//! `cd`, `pwd`, and the stack of directories.

use super::{
    super::{
        dialect::Dialect,
        interpreter::{Flow, Shell},
    },
    number,
};

pub(super) async fn change(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let builtin = if arguments.first().is_some_and(|name| name == b"chdir") { "chdir" } else { "cd" };
    let Some(options) = shell.letters(builtin, arguments, b"LPe@").await? else { return Ok(()) };
    let physical = options.letters.iter().rev().find(|letter| matches!(letter, b'L' | b'P')) == Some(&b'P');
    if options.rest.len() > 1 && shell.dialect.is_bash() {
        return shell.fails("cd", "too many arguments").await;
    }
    let home = shell.variables.scalar(b"HOME").map(<[u8]>::to_vec);
    let (target, shown) = match options.rest.first().map(Vec::as_slice) {
        None => match home {
            Some(home) => (home, false),
            None if shell.dialect.is_bash() => return shell.fails("cd", "HOME not set").await,
            None => return Ok(()),
        },
        Some(b"-") => match shell.variables.scalar(b"OLDPWD").map(<[u8]>::to_vec) {
            Some(before) => (before, true),
            None if shell.dialect.is_bash() => return shell.fails("cd", "OLDPWD not set").await,
            None => (shell.directory.clone(), true),
        },
        Some(path) => (path.to_vec(), false),
    };
    if target.is_empty() {
        return Ok(());
    }
    let (target, shown) = along_cdpath(shell, target, shown);
    if go(shell, builtin, &target, physical).await && shown {
        let directory = [&shell.directory[..], b"\n"].concat();
        return shell.print(directory).await;
    }
    if !shell.dialect.is_bash() && shell.status != 0 {
        let status = shell.status;
        return shell.failed_special(status);
    }
    Ok(())
}

/// A relative path may mean a directory below one of `CDPATH`.
fn along_cdpath(shell: &Shell, target: Vec<u8>, shown: bool) -> (Vec<u8>, bool) {
    let relative = !target.starts_with(b"/") && !target.starts_with(b"./") && !target.starts_with(b"../");
    let Some(places) =
        shell.variables.scalar(b"CDPATH").filter(|_| relative && target != b"." && target != b"..")
    else {
        return (target, shown);
    };
    for place in places.split(|byte| *byte == b':') {
        if place.is_empty() {
            continue;
        }
        let path = [place, b"/", &target].concat();
        if shell.files.stat(&path).is_ok_and(|metadata| metadata.is_directory()) {
            return (path, true);
        }
    }
    (target, shown)
}

/// Goes to a directory; whether it could, of which it complains.
async fn go(shell: &mut Shell, builtin: &str, target: &[u8], physical: bool) -> bool {
    let logical = normal(&shell.directory, target);
    let path = if physical { target.to_vec() } else { logical.clone() };
    let mut gone = shell.files.change_directory(&path);
    if gone.is_err() && !physical {
        gone = match shell.files.change_directory(target) {
            Ok(()) if shell.files.exists(&logical) => Ok(()),
            _ => gone,
        };
    }
    match gone {
        Ok(()) => {
            let before = std::mem::replace(
                &mut shell.directory,
                if physical { shell.files.directory().to_vec() } else { logical },
            );
            shell.variables.set(b"OLDPWD", before);
            shell.variables.set(b"PWD", shell.directory.clone());
            shell.status = 0;
            true
        }
        Err(error) => {
            let text = match shell.dialect {
                Dialect::Bash => [target, b": ", error.text().as_bytes()].concat(),
                Dialect::Dash => [b"can't cd to ", target].concat(),
                Dialect::Ash => [b"can't cd to ", target, b": ", error.text().as_bytes()].concat(),
            };
            shell.complain(Some(builtin), text).await;
            shell.status = if shell.dialect.is_bash() { 1 } else { 2 };
            false
        }
    }
}

/// A path without `.`, `..` and doubled slashes, as it is typed rather than as it is.
fn normal(directory: &[u8], path: &[u8]) -> Vec<u8> {
    let whole = if path.starts_with(b"/") { path.to_vec() } else { [directory, b"/", path].concat() };
    let mut names: Vec<&[u8]> = Vec::new();
    for name in whole.split(|byte| *byte == b'/') {
        match name {
            b"" | b"." => {}
            b".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    let mut out = vec![b'/'];
    out.extend(names.join(&b'/'));
    out
}

pub(super) async fn print(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let Some(options) = shell.letters("pwd", arguments, b"LP").await? else { return Ok(()) };
    let physical = options.letters.last() == Some(&b'P');
    let path = if physical { shell.files.directory() } else { &shell.directory };
    let line = [path, b"\n"].concat();
    shell.print(line).await
}

/// The stack with the working directory on top.
fn whole_stack(shell: &Shell) -> Vec<Vec<u8>> {
    [shell.directory.clone()].into_iter().chain(shell.stack.iter().cloned()).collect()
}

fn short(shell: &Shell, path: &[u8]) -> Vec<u8> {
    let home = shell.variables.scalar(b"HOME").unwrap_or_default();
    match path.strip_prefix(home).filter(|rest| home.len() > 1 && (rest.is_empty() || rest.starts_with(b"/")))
    {
        Some(rest) => [b"~", rest].concat(),
        None => path.to_vec(),
    }
}

pub(super) async fn list(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let Some(options) = shell.letters("dirs", arguments, b"clpv").await? else { return Ok(()) };
    if options.letters.contains(&b'c') {
        shell.stack.clear();
        return Ok(());
    }
    let long = options.letters.contains(&b'l');
    let stack = whole_stack(shell).into_iter();
    let stack: Vec<Vec<u8>> = stack.map(|path| if long { path } else { short(shell, &path) }).collect();
    let text = if options.letters.contains(&b'v') {
        let lines = stack.iter().enumerate();
        lines.flat_map(|(at, path)| [format!("{at:2}  ").as_bytes(), path, b"\n"].concat()).collect()
    } else {
        let separator = if options.letters.contains(&b'p') { b'\n' } else { b' ' };
        [stack.join(&separator), b"\n".to_vec()].concat()
    };
    shell.print(text).await
}

/// The place in a stack of `size` that `+N` or `-N` means.
fn place(argument: &[u8], size: usize) -> Option<usize> {
    let count = usize::try_from(number(argument.get(1..)?)?).ok()?;
    match argument.first()? {
        b'+' => (count < size).then_some(count),
        b'-' => size.checked_sub(count + 1),
        _ => None,
    }
}

pub(super) async fn push(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let stack = whole_stack(shell);
    let Some(argument) = arguments.get(1) else {
        let Some(next) = stack.get(1).cloned() else {
            return shell.fails("pushd", "no other directory").await;
        };
        let before = shell.directory.clone();
        if go(shell, "pushd", &next, false).await
            && let Some(first) = shell.stack.first_mut()
        {
            *first = before;
            return list(shell, &[b"dirs".to_vec()]).await;
        }
        return Ok(());
    };
    if let Some(at) = place(argument, stack.len()) {
        let mut turned = stack;
        turned.rotate_left(at);
        let top = turned.remove(0);
        if go(shell, "pushd", &top, false).await {
            shell.stack = turned;
            return list(shell, &[b"dirs".to_vec()]).await;
        }
        return Ok(());
    }
    let before = shell.directory.clone();
    if go(shell, "pushd", argument, false).await {
        shell.stack.insert(0, before);
        shell.stack.truncate(64);
        return list(shell, &[b"dirs".to_vec()]).await;
    }
    Ok(())
}

pub(super) async fn pop(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    if shell.stack.is_empty() {
        return shell.fails("popd", "directory stack empty").await;
    }
    let at = match arguments.get(1) {
        None => Some(0),
        Some(argument) => place(argument, shell.stack.len() + 1),
    };
    match at {
        Some(0) => {
            let next = shell.stack.remove(0);
            if !go(shell, "popd", &next, false).await {
                shell.stack.insert(0, next);
                return Ok(());
            }
        }
        Some(at) => drop(shell.stack.remove(at - 1)),
        None => {
            let shown = arguments.get(1).cloned().unwrap_or_default();
            return shell.fails("popd", [&shown[..], b": directory stack index out of range"].concat()).await;
        }
    }
    list(shell, &[b"dirs".to_vec()]).await
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn paths_are_followed_as_typed() {
        let check = |from: &str, to: &str, expect: &str| {
            assert_eq!(normal(from.as_bytes(), to.as_bytes()), expect.as_bytes());
        };
        check("/a/b", "../c", "/a/c");
        check("/a", "./b//c/", "/a/b/c");
        check("/", "..", "/");
        check("/a", "/x/../y", "/y");
    }
}
