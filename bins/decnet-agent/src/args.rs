//! The command line.

use clap::{CommandFactory as _, Parser};
use decnet_daemon::{
    args::{HostFlags, STYLES},
    config::{CommandLine, Flag},
};

/// Runs the deckies of this host and collects what they see.
///
/// The agent is the only process that touches Docker and the network. It obeys decnet-master,
/// which speaks to it over a Unix socket, and ends on SIGTERM; what runs goes on running.
#[derive(Debug, Parser)]
#[command(
    name = "decnet-agent",
    version,
    styles = STYLES,
    after_help = "Exit codes: 0 ended as asked, 1 something failed, 64 usage, 78 configuration."
)]
pub struct Args {
    /// Flags that every program has.
    #[command(flatten)]
    host: HostFlags,
    /// File of the events [configuration key: ingest-log-file]
    #[arg(long, value_name = "FILE")]
    log_file: Option<String>,
    /// Socket of the Docker engine [configuration key: docker-socket]
    #[arg(long, value_name = "SOCKET")]
    docker_socket: Option<String>,
}

/// The tree of commands.
pub fn command() -> clap::Command {
    Args::command()
}

impl Args {
    /// What the configuration has to know of the flags.
    pub fn command_line(self) -> CommandLine {
        let mut line = self.host.command_line();
        let own = [
            ("ingest-log-file", "--log-file", self.log_file),
            ("docker-socket", "--docker-socket", self.docker_socket),
        ];
        line.flags.extend(
            own.into_iter()
                .filter_map(|(key, flag, value)| Some(Flag { key, flag: flag.to_owned(), value: value? })),
        );
        line
    }
}
