//! The command line.

use clap::{CommandFactory as _, Parser};
use decnet_daemon::{
    args::{HostFlags, STYLES},
    config::{CommandLine, Flag},
};

/// Ships what this host's deckies saw to the listener of its swarm: every line once.
///
/// It runs until SIGTERM, and then waits up to five seconds for what is on its way.
#[derive(Debug, Parser)]
#[command(
    name = "decnet-forwarder",
    version,
    styles = STYLES,
    after_help = "Exit codes: 0 ended as asked, 1 something failed, 2 there is no identity or no listener to ship to, 64 usage, 78 configuration."
)]
pub struct Args {
    /// Flags that every program has.
    #[command(flatten)]
    host: HostFlags,
    /// Name or address of the listener's host [configuration key: swarm-master-host]
    #[arg(long, value_name = "HOST")]
    master_host: Option<String>,
    /// Port of the listener [configuration key: swarm-syslog-port]
    #[arg(long, value_name = "PORT")]
    master_port: Option<String>,
    /// Log that is shipped [configuration key: ingest-log-file]
    #[arg(long, value_name = "FILE")]
    log_file: Option<String>,
    /// Folder of the host's identity, as its agent has it [configuration key: agent-dir]
    #[arg(long, value_name = "DIR")]
    agent_dir: Option<String>,
    /// Folder of the position up to which everything was acknowledged [configuration key: forwarder-state]
    #[arg(long, value_name = "DIR")]
    forwarder_state: Option<String>,
    /// How often the log is looked at, in milliseconds [configuration key: poll-interval]
    #[arg(long, value_name = "MS")]
    poll_interval: Option<String>,
    /// Most MiB of the log that may wait before the oldest lines are dropped [configuration key: lag-limit]
    #[arg(long, value_name = "MIB")]
    lag_limit: Option<String>,
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
            ("swarm-master-host", "--master-host", &self.master_host),
            ("swarm-syslog-port", "--master-port", &self.master_port),
            ("ingest-log-file", "--log-file", &self.log_file),
            ("agent-dir", "--agent-dir", &self.agent_dir),
            ("forwarder-state", "--forwarder-state", &self.forwarder_state),
            ("poll-interval", "--poll-interval", &self.poll_interval),
            ("lag-limit", "--lag-limit", &self.lag_limit),
        ];
        let given = own.into_iter().filter_map(|(key, flag, value)| Some((key, flag, value.clone()?)));
        line.flags.extend(given.map(|(key, flag, value)| Flag { key, flag: flag.to_owned(), value }));
        line
    }
}
