//! Command lines: one look, one exit code for misuse, the flags that every program has.

use std::{ffi::OsString, path::PathBuf};

use clap::{
    Args, FromArgMatches, Parser,
    builder::styling::{AnsiColor, Style, Styles},
};

use crate::{
    Exit,
    config::{CommandLine, Flag},
};

/// The look of every help text.
pub const STYLES: Styles = Styles::styled()
    .header(Style::new().bold())
    .usage(Style::new().bold())
    .literal(AnsiColor::Green.on_default())
    .placeholder(AnsiColor::Cyan.on_default());

/// Flags that every program has.
#[derive(Clone, Debug, Default, Args)]
pub struct HostFlags {
    /// Configuration file [default: DECNET_CONFIG, then /etc/decnet/decnet.ini]
    #[arg(long, value_name = "FILE", global = true, help_heading = "Host")]
    pub config_file: Option<PathBuf>,
    /// Socket of the agent [configuration key: agent-socket]
    #[arg(long, value_name = "SOCKET", global = true, help_heading = "Host")]
    pub agent_socket: Option<String>,
    /// Folder of plans, seed and positions [configuration key: state-directory]
    #[arg(long, value_name = "DIR", global = true, help_heading = "Host")]
    pub state_directory: Option<String>,
}

impl HostFlags {
    /// What the configuration has to know of the flags.
    pub fn command_line(&self) -> CommandLine {
        let flags = [("agent-socket", &self.agent_socket), ("state-directory", &self.state_directory)];
        CommandLine {
            config_file: self.config_file.clone(),
            flags: flags
                .into_iter()
                .filter_map(|(key, value)| {
                    Some(Flag { key, flag: format!("--{key}"), value: value.clone()? })
                })
                .collect(),
        }
    }
}

/// Parses the arguments of the process, or prints help or what is wrong with them and says
/// how to exit.
///
/// # Errors
/// See [`report`].
pub fn parse<T: Parser>() -> Result<T, Exit> {
    try_parse(T::command(), std::env::args_os()).map_err(|error| report(&error))
}

/// Parses `arguments`, the name of the program among them, without a word.
///
/// # Errors
/// What is wrong with them, or the help that was asked for.
pub fn try_parse<T: FromArgMatches>(
    mut command: clap::Command,
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<T, clap::Error> {
    let matches = command.try_get_matches_from_mut(arguments)?;
    T::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Prints what came of parsing: [`Exit::Success`] after help and version, which were asked
/// for, [`Exit::Usage`] after a mistake.
pub fn report(error: &clap::Error) -> Exit {
    // A reader that went away is no reason to fail twice.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Success }
}
