//! `alias`, `type`, `command`, `hash`, `enable`: what names mean.

use std::sync::Arc;

use super::{
    super::{
        dialect::Dialect,
        execute::Meaning,
        expand::quote,
        interpreter::{Flow, Shell},
        language::reserved,
    },
    find, of,
};
use crate::{caps, machine::Errno};

/// The line of `alias` for one.
fn spelled_alias(dialect: Dialect, name: &[u8], value: &[u8]) -> Vec<u8> {
    let head: &[u8] = if dialect.is_bash() { b"alias " } else { b"" };
    [head, name, b"=", &quote(value), b"\n"].concat()
}

pub(super) async fn alias(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let mut names = arguments.get(1..).unwrap_or_default();
    let listing = names.first().is_some_and(|name| name == b"-p") && shell.dialect.is_bash();
    if listing {
        names = names.get(1..).unwrap_or_default();
    }
    let mut out = Vec::new();
    if names.is_empty() {
        for (name, value) in &*shell.aliases {
            out.extend(spelled_alias(shell.dialect, name, value));
        }
    }
    for argument in names {
        let at = argument.iter().skip(1).position(|byte| *byte == b'=').map(|at| at + 1);
        let Some(at) = at else {
            match shell.aliases.get(argument) {
                Some(value) => out.extend(spelled_alias(shell.dialect, argument, value)),
                None => {
                    not_alias(shell, "alias", argument).await;
                }
            }
            continue;
        };
        let (name, value) =
            (argument.get(..at).unwrap_or_default(), argument.get(at + 1..).unwrap_or_default());
        let sizes = shell.aliases.iter().map(|(name, value)| name.len() + value.len());
        if shell.aliases.len() < caps::SHELL_FUNCTIONS && Shell::has_room(sizes, argument.len()) {
            Arc::make_mut(&mut shell.aliases).insert(name.to_vec(), value.to_vec());
        }
    }
    let status = shell.status;
    shell.print(out).await?;
    shell.status = status.max(shell.status);
    Ok(())
}

async fn not_alias(shell: &mut Shell, builtin: &str, name: &[u8]) {
    match shell.dialect {
        Dialect::Bash => shell.complain(Some(builtin), [name, b": not found"].concat()).await,
        _ => shell.print_error([builtin.as_bytes(), b": ", name, b" not found\n"].concat()).await,
    }
    shell.status = 1;
}

pub(super) async fn unalias(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let Some(options) = shell.letters("unalias", arguments, b"a").await? else { return Ok(()) };
    if options.letters.contains(&b'a') {
        shell.aliases = Arc::default();
        return Ok(());
    }
    if options.rest.is_empty() && shell.dialect.is_bash() {
        shell.usage("unalias").await;
        shell.status = 2;
    }
    for name in options.rest {
        if Arc::make_mut(&mut shell.aliases).remove(name).is_none() {
            not_alias(shell, "unalias", name).await;
        }
    }
    Ok(())
}

pub(super) async fn builtin(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let Some(name) = arguments.get(1) else { return Ok(()) };
    match find(name, shell.dialect) {
        Some(builtin) => {
            let rest = arguments.get(1..).unwrap_or_default().to_vec();
            (builtin.run)(shell, &rest).await
        }
        None => shell.fails("builtin", [name, &b": not a shell builtin"[..]].concat()).await,
    }
}

pub(super) async fn command(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let Some(options) = shell.letters("command", arguments, b"pvV").await? else { return Ok(()) };
    let names = options.rest.to_vec();
    if names.is_empty() {
        return Ok(());
    }
    if options.letters.contains(&b'V') {
        return describe_all(shell, "command", &names, true).await;
    }
    if options.letters.contains(&b'v') {
        return short(shell, &names).await;
    }
    shell.run_arguments(names, true).await
}

/// `command -v`
async fn short(shell: &mut Shell, names: &[Vec<u8>]) -> Flow {
    let mut out = Vec::new();
    let mut found = false;
    for name in names {
        if let Some(value) = shell.aliases.get(name) {
            let head: &[u8] = if shell.dialect == Dialect::Ash {
                b"alias "
            } else if shell.dialect.is_bash() {
                b""
            } else {
                b"alias "
            };
            let line = spelled_alias(shell.dialect, name, value);
            out.extend([head, &line].concat());
            found = true;
        } else if reserved(name, shell.dialect) || !matches!(shell.meaning(name), Meaning::Program) {
            out.extend([&name[..], b"\n"].concat());
            found = true;
        } else if let Ok(path) = shell.find_program(name)
            && super::super::execute::look(&shell.files, &path).is_ok()
        {
            out.extend([&path[..], b"\n"].concat());
            found = true;
        }
    }
    shell.print(out).await?;
    if !found {
        shell.status = if shell.dialect.is_bash() { 1 } else { 127 };
    }
    Ok(())
}

pub(super) async fn kind(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    if !shell.dialect.is_bash() {
        let names = arguments.get(1..).unwrap_or_default().to_vec();
        if shell.dialect == Dialect::Ash && names.first().is_some_and(|name| name.starts_with(b"-")) {
            let names = names.get(1..).unwrap_or_default();
            short(shell, names).await?;
            let missing = names.iter().any(|name| meanings(shell, name).is_empty());
            shell.status = if missing { 127 } else { 0 };
            return Ok(());
        }
        return describe_all(shell, "type", &names, false).await;
    }
    let Some(options) = shell.letters("type", arguments, b"afptP").await? else { return Ok(()) };
    let has = |letter: u8| options.letters.contains(&letter);
    let (word, path, forced, all) = (has(b't'), has(b'p'), has(b'P'), has(b'a'));
    let names = options.rest.to_vec();
    if !(word || path || forced || all) {
        return describe_all(shell, "type", &names, false).await;
    }
    let mut out = Vec::new();
    for name in &names {
        let meanings = meanings(shell, name);
        let meanings: Vec<_> = meanings.into_iter().filter(|(kind, _)| !forced || *kind == "file").collect();
        if meanings.is_empty() {
            shell.status = 1;
            if !word && !path && !forced {
                shell.complain(Some("type"), [&name[..], b": not found"].concat()).await;
            }
        }
        for (kind, text) in meanings.iter().take(if all { usize::MAX } else { 1 }) {
            if word {
                out.extend([kind.as_bytes(), b"\n"].concat());
            } else if path || forced {
                if *kind == "file" {
                    out.extend([&text[..], b"\n"].concat());
                }
            } else {
                out.extend(sentence(name, kind, text));
            }
        }
    }
    let status = shell.status;
    shell.print(out).await?;
    shell.status = status.max(shell.status);
    Ok(())
}

/// All that a name means in bash, first what counts: kinds with what there is to say of them.
fn meanings(shell: &Shell, name: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = Vec::new();
    if let Some(value) = shell.aliases.get(name) {
        all.push(("alias", value.clone()));
    }
    if reserved(name, shell.dialect) {
        all.push(("keyword", Vec::new()));
    }
    if let Some(function) = shell.functions.get(name) {
        all.push(("function", function.text.to_vec()));
    }
    if find(name, shell.dialect).is_some() && !shell.disabled.iter().any(|known| known == name) {
        all.push(("builtin", Vec::new()));
    }
    let paths: Vec<Vec<u8>> = if name.contains(&b'/') {
        vec![name.to_vec()]
    } else {
        shell.search_path().split(|byte| *byte == b':').map(|place| [place, b"/", name].concat()).collect()
    };
    for path in paths {
        if super::super::execute::look(&shell.files, &path).is_ok() {
            all.push(("file", path));
        }
    }
    all
}

fn sentence(name: &[u8], kind: &str, text: &[u8]) -> Vec<u8> {
    match kind {
        "alias" => [name, b" is aliased to `", text, b"'\n"].concat(),
        "keyword" => [name, b" is a shell keyword\n"].concat(),
        "function" => [name, b" is a function\n", text, b"\n"].concat(),
        "builtin" => [name, b" is a shell builtin\n"].concat(),
        _ => [name, b" is ", text, b"\n"].concat(),
    }
}

/// `type name` and `command -V name`.
async fn describe_all(shell: &mut Shell, speaker: &str, names: &[Vec<u8>], verbose: bool) -> Flow {
    for name in names {
        let line = match shell.dialect {
            Dialect::Bash => match meanings(shell, name).into_iter().next() {
                Some(("file", path)) => match shell.hashed.get(name) {
                    Some((path, _)) if !verbose || speaker == "type" => {
                        Some([&name[..], b" is hashed (", path, b")\n"].concat())
                    }
                    _ => Some([&name[..], b" is ", &path, b"\n"].concat()),
                },
                Some((kind, text)) => Some(sentence(name, kind, &text)),
                None => None,
            },
            _ => posix_sentence(shell, name),
        };
        match line {
            Some(line) => shell.print(line).await?,
            None if shell.dialect.is_bash() => {
                shell.complain(Some(speaker), [&name[..], b": not found"].concat()).await;
                shell.status = 1;
            }
            None => {
                shell.print([&name[..], b": not found\n"].concat()).await?;
                shell.status = 127;
            }
        }
    }
    Ok(())
}

fn posix_sentence(shell: &Shell, name: &[u8]) -> Option<Vec<u8>> {
    if reserved(name, shell.dialect) {
        return Some([name, b" is a shell keyword\n"].concat());
    }
    if let Some(value) = shell.aliases.get(name) {
        return Some([name, b" is an alias for ", value, b"\n"].concat());
    }
    match shell.meaning(name) {
        Meaning::Function => Some([name, b" is a shell function\n"].concat()),
        Meaning::Builtin(builtin) if builtin.special => {
            Some([name, b" is a special shell builtin\n"].concat())
        }
        Meaning::Builtin(_) => Some([name, b" is a shell builtin\n"].concat()),
        Meaning::Program => {
            let path = shell.find_program(name).ok()?;
            super::super::execute::look(&shell.files, &path).ok()?;
            Some([name, b" is ", &path, b"\n"].concat())
        }
    }
}

pub(super) async fn hash(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let Some(options) = shell.letters("hash", arguments, b"rltdpv").await? else { return Ok(()) };
    if options.letters.contains(&b'r') {
        shell.hashed.clear();
        return Ok(());
    }
    let names = options.rest.to_vec();
    if names.is_empty() {
        let mut out = Vec::new();
        if shell.dialect.is_bash() {
            if shell.hashed.is_empty() {
                return shell.print("hash: hash table empty\n").await;
            }
            out.extend_from_slice(b"hits\tcommand\n");
            for (path, hits) in shell.hashed.values() {
                out.extend([format!("{hits:4}\t").as_bytes(), path, b"\n"].concat());
            }
        } else {
            for (path, _) in shell.hashed.values() {
                out.extend([&path[..], b"\n"].concat());
            }
        }
        return shell.print(out).await;
    }
    for name in names {
        if options.letters.contains(&b'd') {
            shell.hashed.remove(&name);
            continue;
        }
        match shell.find_program(&name) {
            Ok(path) if options.letters.contains(&b't') => shell.print([&path[..], b"\n"].concat()).await?,
            Ok(path) => drop(shell.hashed.insert(name, (path, 0))),
            Err(Errno::Missing | _) => {
                shell.complain(Some("hash"), [&name[..], b": not found"].concat()).await;
                shell.status = 1;
            }
        }
    }
    Ok(())
}

pub(super) async fn enable(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let Some(options) = shell.letters("enable", arguments, b"anpsfd").await? else { return Ok(()) };
    let off = options.letters.contains(&b'n');
    let names = options.rest.to_vec();
    if names.is_empty() {
        let mut out = String::new();
        for builtin in of(shell.dialect) {
            let disabled = shell.disabled.iter().any(|name| name == builtin.name.as_bytes());
            if options.letters.contains(&b'a') || disabled == off {
                let flag = if disabled { "-n " } else { "" };
                out.push_str(&format!("enable {flag}{}\n", builtin.name));
            }
        }
        return shell.print(out).await;
    }
    for name in names {
        if find(&name, shell.dialect).is_none() {
            shell.complain(Some("enable"), [&name[..], b": not a shell builtin"].concat()).await;
            shell.status = 1;
            continue;
        }
        shell.disabled.retain(|known| *known != name);
        if off {
            shell.disabled.push(name);
        }
    }
    Ok(())
}

pub(super) async fn compgen(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let mut rest = arguments.iter().skip(1);
    let mut names: Vec<Vec<u8>> = Vec::new();
    let mut prefix = Vec::new();
    while let Some(argument) = rest.next() {
        match argument.as_slice() {
            b"-b" => names.extend(of(shell.dialect).map(|builtin| builtin.name.as_bytes().to_vec())),
            b"-a" => names.extend(shell.aliases.keys().cloned()),
            b"-v" => names.extend(shell.variables.all().keys().map(|name| name.to_vec())),
            b"-c" => names.extend(super::super::terminal::command_names(shell)),
            b"-W" => {
                let words = rest.next().cloned().unwrap_or_default();
                names.extend(
                    words.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).map(<[u8]>::to_vec),
                );
            }
            word if !word.starts_with(b"-") => prefix = word.to_vec(),
            _ => {}
        }
    }
    names.retain(|name| name.starts_with(&prefix));
    shell.status = u8::from(names.is_empty());
    let status = shell.status;
    let lines: Vec<u8> = names.iter().flat_map(|name| [&name[..], b"\n"].concat()).collect();
    shell.print(lines).await?;
    shell.status = status;
    Ok(())
}
