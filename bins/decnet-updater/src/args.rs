//! The command line.

use clap::{CommandFactory as _, Parser, Subcommand};
use decnet_daemon::{
    args::{HostFlags, STYLES},
    config::{CommandLine, Flag},
};
use decnet_membership::JoinArgs;

/// Holds this host's second place in its swarm, apart from the agent's.
///
/// This version joins the swarm, renews its certificates and answers a master who asks whether it is
/// there, and in which version. It installs nothing: programs of a worker are replaced by hand or by a package.
#[derive(Debug, Parser)]
#[command(
    name = "decnet-updater",
    version,
    styles = STYLES,
    after_help = "Exit codes: 0 done, 1 something failed or `status` found no good certificates, 64 usage, 78 configuration."
)]
pub struct Args {
    /// Flags that every program has.
    #[command(flatten)]
    host: HostFlags,
    /// Folder of the updater's identity in a swarm [configuration key: updater-dir]
    #[arg(long, value_name = "DIR", global = true)]
    updater_dir: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What the updater does.
#[derive(Clone, Debug, Subcommand)]
pub enum Verb {
    /// Listen for the master, and renew certificates in time, until SIGTERM
    Run(RunArgs),
    /// Let this host's updater into a swarm, with a token that its master made
    ///
    /// The token must be one that lets updaters in. Keys are made on this host and never leave it.
    Join(JoinArgs),
    /// Say who the updater is in its swarm, and until when
    Status(StatusArgs),
}

/// Where to listen.
#[derive(Clone, Debug, clap::Args)]
pub struct RunArgs {
    /// Address on which the updater listens for its master [configuration key: updater-host]
    #[arg(long, value_name = "ADDRESS")]
    updater_host: Option<String>,
    /// Port on which the updater listens for its master [configuration key: updater-port]
    #[arg(long, value_name = "PORT")]
    updater_port: Option<String>,
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
        let (host, port) = match &self.verb {
            Verb::Run(run) => (run.updater_host.clone(), run.updater_port.clone()),
            Verb::Join(_) | Verb::Status(_) => (None, None),
        };
        let own = [("updater-dir", self.updater_dir.clone()), ("updater-host", host), ("updater-port", port)];
        let flags = own.into_iter();
        line.flags.extend(
            flags.filter_map(|(key, value)| Some(Flag { key, flag: format!("--{key}"), value: value? })),
        );
        line
    }
}
