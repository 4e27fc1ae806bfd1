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
/// [`Exit::Success`] after help and version, [`Exit::Usage`] after a mistake.
pub fn parse<T: Parser>() -> Result<T, Exit> {
    parse_with(T::command(), std::env::args_os())
}

/// [`parse`] for a command that was changed at run time.
///
/// # Errors
/// As [`parse`].
pub fn parse_with<T: FromArgMatches>(
    command: clap::Command,
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<T, Exit> {
    let matches = command.clone().try_get_matches_from(arguments);
    let parsed = matches.and_then(|m| T::from_arg_matches(&m).map_err(|e| e.format(&mut command.clone())));
    parsed.map_err(|error| {
        // A reader that went away is no reason to fail twice.
        let _ = error.print();
        if error.use_stderr() { Exit::Usage } else { Exit::Success }
    })
}
