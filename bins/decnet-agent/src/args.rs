//! The command line.

use clap::{CommandFactory as _, Parser, Subcommand};
use decnet_daemon::{
    args::{HostFlags, STYLES},
    config::{CommandLine, Flag},
};
use decnet_membership::JoinArgs;

/// Runs the deckies of this host and collects what they see.
///
/// The agent is the only process that touches Docker and the network. It obeys decnet-master,
/// which speaks to it over a Unix socket, or over mutual TLS where this host has joined a swarm. It
/// ends on SIGTERM; what runs goes on running.
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
    /// Folder of the host's identity in a swarm [configuration key: agent-dir]
    #[arg(long, value_name = "DIR", global = true)]
    agent_dir: Option<String>,
    /// Address on which the agent listens for its master [configuration key: agent-host]
    #[arg(long, value_name = "ADDRESS")]
    agent_host: Option<String>,
    /// Port on which the agent listens for its master [configuration key: agent-port]
    #[arg(long, value_name = "PORT")]
    agent_port: Option<String>,
    /// File of the events [configuration key: ingest-log-file]
    #[arg(long, value_name = "FILE")]
    log_file: Option<String>,
    /// Socket of the Docker engine [configuration key: docker-socket]
    #[arg(long, value_name = "SOCKET")]
    docker_socket: Option<String>,
    /// Leave the forwarder to others [configuration key: start-forwarder]
    ///
    /// Without it the agent of a host in a swarm starts the forwarder beside it, and again when it ends,
    /// unless a service manager runs the agent.
    #[arg(long)]
    no_forwarder: bool,
    /// What to do instead of running.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// What the agent does once.
#[derive(Clone, Debug, Subcommand)]
pub enum Verb {
    /// Let this host into a swarm, with a token that its master made
    ///
    /// Keys are made on this host and never leave it. The token carries the pin of the swarm's
    /// authority, by which the controller is known.
    Join(JoinArgs),
}

/// The tree of commands.
pub fn command() -> clap::Command {
    Args::command()
}

impl Args {
    /// What the configuration has to know of the flags.
    pub fn command_line(&self) -> CommandLine {
        let mut line = self.host.command_line();
        let own = [
            ("agent-dir", &self.agent_dir),
            ("agent-host", &self.agent_host),
            ("agent-port", &self.agent_port),
            ("ingest-log-file", &self.log_file),
            ("docker-socket", &self.docker_socket),
        ];
        let flag = |key| if key == "ingest-log-file" { "--log-file".to_owned() } else { format!("--{key}") };
        if self.no_forwarder {
            let (flag, value) = ("--no-forwarder".to_owned(), "false".to_owned());
            line.flags.push(Flag { key: "start-forwarder", flag, value });
        }
        line.flags.extend(
            own.into_iter()
                .filter_map(|(key, value)| Some(Flag { key, flag: flag(key), value: value.clone()? })),
        );
        line
    }
}
