//! Whether a host has the commands of a master.

use config::{Value, ValueKind};

use super::{CommandLine, Mode, Setting, ini};
use crate::environment::Environment;

/// Whether the commands of a master exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// They do.
    Open,
    /// They do not: the host is an agent, and `disallow-master` holds.
    Shut,
}

/// Decides from `mode` and `disallow-master` alone, so that it costs next to nothing and a
/// mistake elsewhere in the file does not keep anybody from the help text. A value that
/// cannot be leaves the gate open: the command itself then refuses, naming the place.
pub fn gate(command_line: &CommandLine, environment: &Environment) -> Gate {
    let file = super::read(command_line, environment).ok().flatten();
    let file = file.map(|(path, text)| ini::parse(&path.display().to_string(), &text).0);
    let table = file.as_ref().and_then(|file| file.get("decnet"));
    let mode = lookup::<Mode>(environment, table, "mode").unwrap_or(Mode::Master);
    let disallow = lookup::<bool>(environment, table, "disallow-master").unwrap_or(true);
    if mode == Mode::Agent && disallow { Gate::Shut } else { Gate::Open }
}

fn lookup<T: Setting>(environment: &Environment, table: Option<&Value>, key: &str) -> Option<T> {
    let variable = format!("{}{}", crate::environment::PREFIX, key.replace('-', "_").to_ascii_uppercase());
    let in_file = || match &table?.kind {
        ValueKind::Table(table) => table.get(key)?.clone().into_string().ok(),
        _ => None,
    };
    let text = environment.decnet.get(&variable).cloned().or_else(in_file)?;
    T::parse(text.trim())
}
