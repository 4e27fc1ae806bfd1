//! The command line.

use std::{ffi::OsString, io, path};

use clap::{CommandFactory as _, Parser, Subcommand};
use decnet_daemon::{
    args::{HostFlags, STYLES},
    config::{CommandLine, Flag},
};
use decnet_membership::JoinArgs;

/// Installs the releases that the master of this host's swarm pushes, and goes back by itself where one
/// does not work.
///
/// It takes a release only with the signature of the key that it was given when it joined. Agent and
/// forwarder must answer as the new release, and be able to do what they were able to do: else the one
/// before runs again.
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
    /// Folder of what was pushed [configuration key: updater-root]
    #[arg(long, value_name = "DIR", global = true)]
    updater_root: Option<String>,
    /// Folder of the releases that packages brought [configuration key: updater-packages]
    #[arg(long, value_name = "DIR", global = true)]
    updater_packages: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What the updater does.
#[derive(Clone, Debug, Subcommand)]
pub enum Verb {
    /// Listen for the master and do what it asks, until SIGTERM
    Run(RunArgs),
    /// Let this host's updater into a swarm, with a token that its master made
    ///
    /// The token must be one that lets updaters in. Keys are made on this host and never leave it.
    Join(JoinArgs),
    /// Say who the updater is in its swarm, which releases the host has, and how the last change went
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
    /// Seconds that a new release has to answer [configuration key: updater-deadline]
    #[arg(long, value_name = "SECONDS")]
    updater_deadline: Option<String>,
    /// Go on in the background, once it listens
    #[arg(long)]
    pub daemon: bool,
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
        let run = match &self.verb {
            Verb::Run(run) => Some(run),
            Verb::Join(_) | Verb::Status(_) => None,
        };
        let own = [
            ("updater-dir", self.updater_dir.as_ref()),
            ("updater-root", self.updater_root.as_ref()),
            ("updater-packages", self.updater_packages.as_ref()),
            ("updater-host", run.and_then(|run| run.updater_host.as_ref())),
            ("updater-port", run.and_then(|run| run.updater_port.as_ref())),
            ("updater-deadline", run.and_then(|run| run.updater_deadline.as_ref())),
        ];
        let flag = |(key, value): (_, Option<&String>)| {
            Some(Flag { key, flag: format!("--{key}"), value: value?.clone() })
        };
        line.flags.extend(own.into_iter().filter_map(flag));
        line
    }

    /// The words that start the same in the foreground, from any folder.
    ///
    /// # Errors
    /// The present folder is gone, in which a file was named.
    pub fn in_foreground(&self) -> io::Result<Vec<OsString>> {
        let CommandLine { config_file, flags } = self.command_line();
        let mut words = vec![OsString::from("run")];
        if let Some(file) = config_file {
            words.extend([OsString::from("--config-file"), path::absolute(file)?.into()]);
        }
        words.extend(flags.into_iter().flat_map(|Flag { flag, value, .. }| [flag.into(), value.into()]));
        Ok(words)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use decnet_daemon::{
        config::{self, Updater},
        environment::Environment,
    };

    use super::*;
    use crate::{Settings, Supervision};

    #[test]
    fn every_flag_is_read_by_the_updater() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("decnet.ini");
        std::fs::write(&file, "").unwrap();
        let words = ["decnet-updater", "run", "--config-file"].map(OsString::from);
        let values = [
            ("--agent-socket", "/a.sock"),
            ("--updater-dir", "/b"),
            ("--updater-root", "/c"),
            ("--updater-packages", "/d"),
            ("--updater-host", "127.0.0.9"),
            ("--updater-port", "7001"),
            ("--updater-deadline", "77"),
        ];
        let flags = values.into_iter().flat_map(|(flag, value)| [flag, value].map(OsString::from));
        let words = words.into_iter().chain([file.into_os_string()]).chain(flags);
        let line = Args::try_parse_from(words).unwrap().command_line();
        let config = config::load::<Updater>(&line, &Environment::default()).unwrap();
        let told = format!("{:?}", Settings::new(config, Supervision::Pids("/run/x".into()), None));
        for (flag, value) in values {
            assert!(told.contains(value), "{flag} is not in {told}");
        }
    }

    #[test]
    fn in_the_background_the_same_is_started() {
        let words = ["decnet-updater", "run", "--daemon", "--updater-port", "7000", "--config-file", "x.ini"];
        let args = Args::try_parse_from(words).unwrap();
        let again = args.in_foreground().unwrap();
        assert_eq!(again.first().map(OsString::as_os_str), Some("run".as_ref()));
        assert!(again.get(2).is_some_and(|file| Path::new(file).is_absolute()), "{again:?}");
        let again = [OsString::from("decnet-updater")].into_iter().chain(again);
        let again = Args::try_parse_from(again).unwrap();
        assert!(matches!(&again.verb, Verb::Run(run) if !run.daemon));
        assert_eq!(again.command_line().flags, args.command_line().flags);
    }
}
