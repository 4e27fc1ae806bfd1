//! The command line.

use std::ffi::OsString;

use clap::{CommandFactory as _, Parser, Subcommand};
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
    after_help = "Exit codes: 0 ended as asked, 1 something failed or `status` found no forwarder that is connected, 2 there is no identity or no listener to ship to, 64 usage, 78 configuration."
)]
pub struct Args {
    /// Flags that every program has.
    #[command(flatten)]
    host: HostFlags,
    /// Name or address of the listener's host; without it the controller's [configuration key: swarm-master-host]
    #[arg(long, value_name = "HOST")]
    master_host: Option<String>,
    /// Port of the listener [configuration key: swarm-syslog-port]
    #[arg(long, value_name = "PORT")]
    master_port: Option<String>,
    /// Log that is shipped [configuration key: ingest-log-file]
    #[arg(long, value_name = "FILE", global = true)]
    log_file: Option<String>,
    /// Folder of the host's identity, as its agent has it [configuration key: agent-dir]
    #[arg(long, value_name = "DIR")]
    agent_dir: Option<String>,
    /// Folder of the position up to which everything was acknowledged [configuration key: forwarder-state]
    #[arg(long, value_name = "DIR", global = true)]
    forwarder_state: Option<String>,
    /// Port of loopback on which it tells how it goes [configuration key: forwarder-status-port]
    #[arg(long, value_name = "PORT", global = true)]
    forwarder_status_port: Option<String>,
    /// How often the log is looked at, in milliseconds [configuration key: poll-interval]
    #[arg(long, value_name = "MS")]
    poll_interval: Option<String>,
    /// Most MiB of the log that may wait before the oldest lines are dropped [configuration key: lag-limit]
    #[arg(long, value_name = "MIB")]
    lag_limit: Option<String>,
    /// Go on in the background, once it has begun
    #[arg(short, long)]
    pub daemon: bool,
    /// What to do instead of shipping.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// What the forwarder does once.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum Verb {
    /// Say how much waits, what was acknowledged last, and whether the listener is connected
    ///
    /// The forwarder that runs is asked. Where none does, what it left on disk is told, with exit code 1.
    Status(StatusArgs),
}

/// How to say it.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct StatusArgs {
    /// As JSON
    #[arg(long)]
    pub json: bool,
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
            ("forwarder-status-port", "--forwarder-status-port", &self.forwarder_status_port),
            ("poll-interval", "--poll-interval", &self.poll_interval),
            ("lag-limit", "--lag-limit", &self.lag_limit),
        ];
        let given = own.into_iter().filter_map(|(key, flag, value)| Some((key, flag, value.clone()?)));
        line.flags.extend(given.map(|(key, flag, value)| Flag { key, flag: flag.to_owned(), value }));
        line
    }

    /// The arguments of a process that does the same in the foreground.
    pub fn in_foreground(&self) -> Vec<OsString> {
        let CommandLine { config_file, flags } = self.command_line();
        let file = config_file.into_iter().flat_map(|file| ["--config-file".into(), file.into()]);
        let flags = flags.into_iter().flat_map(|Flag { flag, value, .. }| [flag.into(), value.into()]);
        file.chain(flags).collect()
    }
}
