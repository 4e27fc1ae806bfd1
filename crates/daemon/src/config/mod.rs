//! `decnet.ini`, the environment and flags as typed values that know where they come from.
//!
//! A flag wins over the environment, that over the file, that over the default. A host has
//! one file; a program reads `[decnet]` and the section of its own role, and nothing of the
//! other. A missing file is no mistake unless a flag named it; an unknown section or key, a
//! value that cannot be, and a key given twice are, and all of them are told at once.

mod agent;
mod check;
mod database;
mod decnet;
mod error;
mod forwarder;
mod gate;
mod generate;
mod ini;
mod layers;
mod listener;
mod master;
mod section;
mod setting;
mod updater;
mod url;

use std::path::{Path, PathBuf};

pub use self::{
    agent::Agent,
    database::DatabaseAddress,
    decnet::Decnet,
    error::{ConfigError, Problem},
    forwarder::Forwarder,
    gate::{Gate, gate},
    generate::{env_example, ini_example, reference},
    ini::IniFormat,
    layers::Provenance,
    listener::Listener,
    master::Master,
    section::{Key, Section, SectionInfo},
    setting::{Count, Deployment, Mode, Setting},
    updater::Updater,
    url::{ControllerUrl, HostAddress},
};
use crate::environment::{CONFIG, Environment};

/// Where the file is when nobody says otherwise.
pub const DEFAULT_FILE: &str = "/etc/decnet/decnet.ini";

/// Every section, in the order of the examples and the reference.
pub const SECTIONS: &[SectionInfo] =
    &[Decnet::INFO, Master::INFO, Agent::INFO, Forwarder::INFO, Listener::INFO, Updater::INFO];

/// What the command line has to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// The file that `--config-file` names; it must exist.
    pub config_file: Option<PathBuf>,
    /// Keys that flags give.
    pub flags: Vec<Flag>,
}

/// A key that a flag gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Name of the key.
    pub key: &'static str,
    /// The flag, as it is typed: `--log-file`.
    pub flag: String,
    /// Its value.
    pub value: String,
}

/// The configuration of one program.
#[derive(Clone, Debug)]
pub struct Config<S> {
    /// What holds for the whole host.
    pub decnet: Decnet,
    /// What holds for the role of the program: [`Master`], [`Agent`], [`Forwarder`], [`Listener`]
    /// or [`Updater`].
    pub role: S,
    /// Where each value comes from.
    pub provenance: Provenance,
    /// What is odd but harms nothing: variables of ours that no key has.
    pub warnings: Vec<String>,
}

/// Reads the configuration of a program with the role `S`.
///
/// # Errors
/// [`ConfigError`], with every problem that was found.
pub fn load<S: Section>(
    command_line: &CommandLine,
    environment: &Environment,
) -> Result<Config<S>, ConfigError> {
    let file = read(command_line, environment)?;
    let (file, mut problems) = match &file {
        None => (ini::Tables::default(), Vec::new()),
        Some((path, text)) => ini::parse(&path.display().to_string(), text),
    };
    check::known(&file, SECTIONS, &mut problems);

    let sections = [&Decnet::INFO, &S::INFO];
    let mut values = layers::merge(&sections, file, environment, command_line)?;
    let (decnet, role) = (Decnet::read(&mut values), S::read(&mut values));
    let (mut bad, provenance) = values.finish();
    problems.append(&mut bad);
    match (decnet, role) {
        (Some(decnet), Some(role)) if problems.is_empty() => {
            Ok(Config { decnet, role, provenance, warnings: check::unknown_variables(environment, SECTIONS) })
        }
        _ => Err(ConfigError::Problems(problems)),
    }
}

/// The file and its text, if there is one.
fn read(
    command_line: &CommandLine,
    environment: &Environment,
) -> Result<Option<(PathBuf, String)>, ConfigError> {
    let named = command_line.config_file.as_deref();
    let path =
        named.or_else(|| environment.decnet.get(CONFIG).map(Path::new)).unwrap_or(Path::new(DEFAULT_FILE));
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some((path.to_owned(), text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => Ok(None),
        Err(source) => Err(ConfigError::Unreadable { path: path.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests;
