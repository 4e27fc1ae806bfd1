//! `set` and `shopt`.

use std::sync::Arc;

use super::{
    super::{
        dialect::Dialect,
        interpreter::{Flow, Shell},
        state::{BASH, DASH, Options, SHOPT},
    },
    variable::assignment_line,
};

pub(super) async fn set(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    if arguments.len() == 1 {
        return list(shell).await;
    }
    let mut rest = arguments.get(1..).unwrap_or_default();
    while let Some((argument, after)) = rest.split_first() {
        let on = match argument.first() {
            Some(b'-') => true,
            Some(b'+') => false,
            _ => break,
        };
        rest = after;
        if argument == b"--" {
            shell.positional = Arc::new(rest.to_vec());
            return Ok(());
        }
        if argument == b"-" {
            (shell.options.xtrace, shell.options.verbose) = (false, false);
            break;
        }
        for letter in argument.iter().skip(1) {
            if *letter == b'o' {
                let Some((name, after)) = rest.split_first() else { return options(shell, on).await };
                rest = after;
                let text = String::from_utf8_lossy(name).into_owned();
                if !shell.options.set(&text, on, shell.dialect) {
                    return bad_name(shell, name).await;
                }
            } else if let Some(name) = Options::named(*letter, shell.dialect) {
                shell.options.set(name, on, shell.dialect);
            } else {
                let sign = if on { '-' } else { '+' };
                return bad_letter(shell, sign, *letter).await;
            }
        }
    }
    if !rest.is_empty() {
        shell.positional = Arc::new(rest.to_vec());
    }
    Ok(())
}

async fn bad_letter(shell: &mut Shell, sign: char, letter: u8) -> Flow {
    if shell.dialect.is_bash() {
        shell.complain(Some("set"), format!("{sign}{}: invalid option", char::from(letter))).await;
        shell.usage("set").await;
        shell.status = 2;
        return Ok(());
    }
    shell.bad_letter("set", letter).await
}

async fn bad_name(shell: &mut Shell, name: &[u8]) -> Flow {
    match shell.dialect {
        Dialect::Bash => {
            shell.complain(Some("set"), [name, b": invalid option name"].concat()).await;
            shell.status = 2;
            Ok(())
        }
        Dialect::Dash => {
            shell.complain(Some("set"), [b"Illegal option -o ", name].concat()).await;
            Err(shell.fatal(2))
        }
        Dialect::Ash => {
            shell.complain(Some("set"), [b"illegal option -o ", name].concat()).await;
            shell.status = 1;
            Ok(())
        }
    }
}

/// All variables, and functions in bash.
async fn list(shell: &mut Shell) -> Flow {
    let mut out = Vec::new();
    let bash = shell.dialect.is_bash();
    for (name, variable) in shell.variables.all() {
        match variable.scalar() {
            _ if bash && variable.content != super::super::state::Content::Unset => {
                out.extend(assignment_line(name, variable));
            }
            Some(value) if !bash => {
                out.extend([name, b"=", &super::super::expand::quote(value), b"\n"].concat())
            }
            _ => {}
        }
    }
    if bash {
        for function in shell.functions.values() {
            out.extend([&function.text[..], b"\n"].concat());
        }
    }
    shell.print(out).await
}

/// `set -o` and `set +o`.
async fn options(shell: &mut Shell, table: bool) -> Flow {
    let names = if shell.dialect.is_bash() { BASH } else { DASH };
    let mut out = String::new();
    if table && !shell.dialect.is_bash() {
        out.push_str("Current option settings\n");
    }
    for (name, _) in names {
        let on = shell.options.get(name, shell.interactive);
        let line = match (table, shell.dialect.is_bash()) {
            (true, true) => format!("{name:<15}\t{}\n", if on { "on" } else { "off" }),
            (true, false) => format!("{name:<15} {}\n", if on { "on" } else { "off" }),
            (false, _) => format!("set {}o {name}\n", if on { '-' } else { '+' }),
        };
        out.push_str(&line);
    }
    shell.print(out).await
}

pub(super) async fn shopt(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let Some(options) = shell.letters("shopt", arguments, b"suqpo").await? else { return Ok(()) };
    let has = |letter: u8| options.letters.contains(&letter);
    let names: Vec<String> =
        options.rest.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    let of_set = has(b'o');
    if names.is_empty() {
        return list_shopt(shell, (has(b's'), has(b'u')), (has(b'p'), of_set)).await;
    }
    let mut out = String::new();
    for name in &names {
        let known = if of_set {
            BASH.iter().any(|(known, _)| known == name)
        } else {
            SHOPT.iter().any(|(known, _)| known == name)
        };
        if !known {
            let kind = if of_set { "invalid option name" } else { "invalid shell option name" };
            shell.complain(Some("shopt"), format!("{name}: {kind}")).await;
            shell.status = 1;
            continue;
        }
        if has(b's') || has(b'u') {
            if of_set {
                shell.options.set(name, has(b's'), Dialect::Bash);
            } else {
                shell.options.set_shopt(name, has(b's'));
            }
            continue;
        }
        let on = if of_set { shell.options.get(name, shell.interactive) } else { shell.options.shopt(name) };
        if !on {
            shell.status = 1;
        }
        if !has(b'q') {
            out.push_str(&shopt_line(name, on, has(b'p'), of_set));
        }
    }
    let status = shell.status;
    shell.print(out).await?;
    shell.status = status.max(shell.status);
    Ok(())
}

fn shopt_line(name: &str, on: bool, command: bool, of_set: bool) -> String {
    match (command, of_set) {
        (true, true) => format!("set {}o {name}\n", if on { '-' } else { '+' }),
        (true, false) => format!("shopt -{} {name}\n", if on { 's' } else { 'u' }),
        _ => format!("{name:<15}\t{}\n", if on { "on" } else { "off" }),
    }
}

async fn list_shopt(shell: &mut Shell, (set, unset): (bool, bool), (command, of_set): (bool, bool)) -> Flow {
    let mut out = String::new();
    let names: Vec<&str> = if of_set {
        BASH.iter().map(|(name, _)| *name).collect()
    } else {
        SHOPT.iter().map(|(name, _)| *name).collect()
    };
    for name in names {
        let on = if of_set { shell.options.get(name, shell.interactive) } else { shell.options.shopt(name) };
        if set && !on || unset && on {
            continue;
        }
        out.push_str(&shopt_line(name, on, command, of_set));
    }
    shell.print(out).await
}
