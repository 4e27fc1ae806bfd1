//! `getopts`

use super::super::{
    dialect::Dialect,
    interpreter::{Flow, Shell},
};

pub(super) async fn getopts(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let (Some(options), Some(name)) = (arguments.get(1), arguments.get(2)) else {
        match shell.dialect {
            Dialect::Bash => shell.usage("getopts").await,
            Dialect::Dash => {
                shell.complain(Some("getopts"), "Usage: getopts optstring var [arg...]").await;
                return Err(shell.fatal(2));
            }
            Dialect::Ash => {
                shell.complain(Some("getopts"), "usage: getopts optstring var [arg]").await;
                return Err(shell.fatal(2));
            }
        }
        shell.status = 2;
        return Ok(());
    };
    let given = if arguments.len() > 3 {
        arguments.get(3..).unwrap_or_default().to_vec()
    } else {
        shell.positional.to_vec()
    };
    let index = shell.variables.scalar(b"OPTIND").and_then(super::number).unwrap_or(1).max(1);
    let index = usize::try_from(index).unwrap_or(1);
    if index == 1 && shell.option_index != 1 {
        shell.option_place = 0;
    }
    shell.option_index = index;
    let (options, name) = (options.clone(), name.clone());
    step(shell, &options, &name, &given, index).await
}

async fn step(shell: &mut Shell, options: &[u8], name: &[u8], given: &[Vec<u8>], mut index: usize) -> Flow {
    let word = given.get(index - 1).map(Vec::as_slice).unwrap_or_default();
    if shell.option_place == 0 {
        if word.len() < 2 || !word.starts_with(b"-") || word == b"--" {
            index += usize::from(word == b"--");
            shell.variables.set(b"OPTIND", index.to_string());
            shell.variables.set(name, *b"?");
            shell.variables.unset(b"OPTARG");
            shell.status = 1;
            return Ok(());
        }
        shell.option_place = 1;
    }
    let letter = word.get(shell.option_place).copied().unwrap_or_default();
    shell.option_place += 1;
    let silent = options.first() == Some(&b':');
    let at = options.iter().position(|known| *known == letter && letter != b':');
    let takes = at.is_some_and(|at| options.get(at + 1) == Some(&b':'));
    let rest = word.get(shell.option_place..).unwrap_or_default().to_vec();
    if rest.is_empty() || takes {
        index += 1;
        shell.option_place = 0;
    }
    let mut found = letter;
    shell.variables.unset(b"OPTARG");
    if at.is_none() {
        found = b'?';
        if silent {
            shell.variables.set(b"OPTARG", [letter]);
        } else {
            complain(shell, letter, false).await;
        }
    } else if takes {
        match (rest.is_empty(), given.get(index - 1)) {
            (false, _) => drop(shell.variables.set(b"OPTARG", rest)),
            (true, Some(value)) => {
                shell.variables.set(b"OPTARG", value.clone());
                index += 1;
            }
            (true, None) => {
                found = if silent { b':' } else { b'?' };
                if silent {
                    shell.variables.set(b"OPTARG", [letter]);
                } else {
                    complain(shell, letter, true).await;
                }
            }
        }
    }
    shell.variables.set(b"OPTIND", index.to_string());
    shell.option_index = index;
    let assigned = shell.variables.set(name, [found]);
    shell.assigned(name, assigned).await
}

async fn complain(shell: &Shell, letter: u8, missing: bool) {
    let letter = char::from(letter);
    let name = shell.name.clone();
    let text = match (shell.dialect, missing) {
        (Dialect::Bash, false) => format!(": illegal option -- {letter}\n"),
        (Dialect::Bash, true) => format!(": option requires an argument -- {letter}\n"),
        (Dialect::Dash, false) => return shell.print_error(format!("Illegal option -{letter}\n")).await,
        (Dialect::Dash, true) => return shell.print_error(format!("No arg for -{letter} option\n")).await,
        (Dialect::Ash, false) => return shell.print_error(format!("Illegal option -{letter}\n")).await,
        (Dialect::Ash, true) => return shell.print_error(format!("No arg for -{letter} option\n")).await,
    };
    shell.print_error([&name[..], text.as_bytes()].concat()).await;
}
