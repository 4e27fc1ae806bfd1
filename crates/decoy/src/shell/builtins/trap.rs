//! `trap`

use std::sync::Arc;

use super::{
    super::{
        dialect::Dialect,
        expand::quote,
        interpreter::{Flow, Shell},
        signals,
    },
    number,
};

pub(super) async fn trap(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let mut rest = arguments.get(1..).unwrap_or_default();
    match rest.first().map(Vec::as_slice) {
        None => return list(shell, &[]).await,
        Some(b"-p") => return list(shell, rest.get(1..).unwrap_or_default()).await,
        Some(b"-l") if shell.dialect.is_bash() => {
            return super::job::kill(shell, &[b"kill".to_vec(), b"-l".to_vec()]).await;
        }
        Some(b"--") => rest = rest.get(1..).unwrap_or_default(),
        _ => {}
    }
    let Some((action, names)) = rest.split_first() else { return list(shell, &[]).await };
    // A single name, or a number first, resets.
    let resets = names.is_empty() || action == b"-" || number(action).is_some();
    let names: &[Vec<u8>] = if names.is_empty() || number(action).is_some() { rest } else { names };
    for name in names {
        let Some(known) = event_name(name, shell.dialect) else {
            bad_name(shell, name).await;
            continue;
        };
        let fits = Shell::has_room(shell.traps.values().map(Vec::len), action.len());
        let traps = Arc::make_mut(&mut shell.traps);
        if resets {
            traps.remove(&known);
        } else if fits {
            traps.insert(known, action.clone());
        }
    }
    Ok(())
}

async fn bad_name(shell: &mut Shell, name: &[u8]) {
    match shell.dialect {
        Dialect::Dash => {
            shell.print_error([b"trap: ", name, b": bad trap\n"].concat()).await;
        }
        _ => shell.complain(Some("trap"), [name, b": invalid signal specification"].concat()).await,
    }
    shell.status = 1;
}

/// The name under which a trap is kept.
fn event_name(text: &[u8], dialect: Dialect) -> Option<String> {
    if let Some(number) = number(text) {
        return match number {
            0 => Some("EXIT".to_owned()),
            number => signals::NAMES
                .get(usize::try_from(number).ok()?.checked_sub(1)?)
                .map(|name| (*name).to_owned()),
        };
    }
    let upper = String::from_utf8(text.to_ascii_uppercase()).ok()?;
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let events: &[&str] = match dialect {
        Dialect::Bash => &["EXIT", "ERR", "DEBUG", "RETURN"],
        Dialect::Ash => &["EXIT", "ERR"],
        Dialect::Dash => &["EXIT"],
    };
    (events.contains(&name) || signals::NAMES.contains(&name)).then(|| name.to_owned())
}

/// Lists traps: those of `names`, or all.
async fn list(shell: &mut Shell, names: &[Vec<u8>]) -> Flow {
    let wanted: Vec<String> = names.iter().filter_map(|name| event_name(name, shell.dialect)).collect();
    let mut traps: Vec<(&String, &Vec<u8>)> =
        shell.traps.iter().filter(|(name, _)| names.is_empty() || wanted.contains(name)).collect();
    traps.sort_by_key(|(name, _)| signals::number(name).unwrap_or(0));
    let mut out = Vec::new();
    for (name, command) in traps {
        let prefix = if shell.dialect.is_bash() && signals::number(name).is_some() { "SIG" } else { "" };
        out.extend([b"trap -- ", &quote(command)[..], format!(" {prefix}{name}\n").as_bytes()].concat());
    }
    shell.print(out).await
}
