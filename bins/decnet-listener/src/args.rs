//! The command line.

use std::{ffi::OsString, io, path};

use clap::{CommandFactory as _, Parser, Subcommand};
use decnet_daemon::{
    args::{HostFlags, STYLES},
    config::{CommandLine, Flag},
};
use decnet_membership::JoinArgs;

/// Takes what the forwarders of a swarm ship, and keeps every line once.
///
/// Without a verb it runs until SIGTERM; what it has received by then is made durable and
/// acknowledged first.
#[derive(Debug, Parser)]
#[command(
    name = "decnet-listener",
    version,
    styles = STYLES,
    after_help = "Exit codes: 0 ended as asked, 1 something failed or `status` found something wrong, 64 usage, 78 configuration."
)]
pub struct Args {
    /// Flags that every program has.
    #[command(flatten)]
    host: HostFlags,
    /// Address on which logs are taken [configuration key: listener-host]
    #[arg(long, value_name = "ADDRESS")]
    listener_host: Option<String>,
    /// Port on which logs are taken [configuration key: swarm-syslog-port]
    #[arg(long, value_name = "PORT")]
    port: Option<String>,
    /// File of every line that came [configuration key: master-log-file]
    #[arg(long, value_name = "FILE")]
    log_path: Option<String>,
    /// Folder of the listener's identity in its swarm [configuration key: listener-dir]
    #[arg(long, value_name = "DIR", global = true)]
    listener_dir: Option<String>,
    /// Folder of what is durable [configuration key: spool-directory]
    #[arg(long, value_name = "DIR")]
    spool_directory: Option<String>,
    /// Folder of captured files [configuration key: master-artifacts-root]
    #[arg(long, value_name = "DIR")]
    artifacts_root: Option<String>,
    /// Host of the master's own listener, if this is another one [configuration key: relay-to]
    #[arg(long, value_name = "HOST")]
    relay_to: Option<String>,
    /// Port of loopback on which the listener tells how it goes [configuration key: listener-status-port]
    #[arg(long, value_name = "PORT", global = true)]
    listener_status_port: Option<String>,
    /// Go on in the background once logs are taken
    #[arg(long)]
    pub daemon: bool,
    /// What to do instead of running.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// What the listener does beside running.
#[derive(Clone, Debug, Subcommand)]
pub enum Verb {
    /// Let a listener on this host into a swarm, with a token that its master made
    ///
    /// The token must be one that lets a listener in. Keys are made on this host and never leave it.
    /// On the master's own host the controller does all this.
    Join(JoinArgs),
    /// Say how the listener that runs on this host goes
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
        line.flags.extend(self.own().into_iter().filter_map(|(key, flag, value)| {
            Some(Flag { key, flag: flag.to_owned(), value: value.clone()? })
        }));
        line
    }

    /// The words that start the same in the foreground, from any folder.
    ///
    /// # Errors
    /// The present folder is gone, in which a file was named.
    pub fn in_foreground(&self) -> io::Result<Vec<OsString>> {
        let mut words = Vec::new();
        if let Some(file) = &self.host.config_file {
            words.extend([OsString::from("--config-file"), path::absolute(file)?.into()]);
        }
        for Flag { flag, value, .. } in self.command_line().flags {
            words.extend([OsString::from(flag), value.into()]);
        }
        Ok(words)
    }

    fn own(&self) -> [(&'static str, &'static str, &Option<String>); 8] {
        [
            ("listener-host", "--listener-host", &self.listener_host),
            ("swarm-syslog-port", "--port", &self.port),
            ("master-log-file", "--log-path", &self.log_path),
            ("listener-dir", "--listener-dir", &self.listener_dir),
            ("spool-directory", "--spool-directory", &self.spool_directory),
            ("master-artifacts-root", "--artifacts-root", &self.artifacts_root),
            ("relay-to", "--relay-to", &self.relay_to),
            ("listener-status-port", "--listener-status-port", &self.listener_status_port),
        ]
    }
}

#[cfg(test)]
mod tests {
    use decnet_daemon::{
        config::{self, Listener},
        environment::Environment,
    };

    use super::*;

    #[test]
    fn every_flag_is_read_by_the_listener() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("decnet.ini");
        std::fs::write(&file, "").unwrap();
        let words = ["decnet-listener", "--config-file"].map(OsString::from);
        let values = [
            ("--listener-host", "127.0.0.9"),
            ("--port", "7001"),
            ("--log-path", "/a/master.log"),
            ("--listener-dir", "/b"),
            ("--spool-directory", "/c"),
            ("--artifacts-root", "/d"),
            ("--relay-to", "master.example"),
            ("--listener-status-port", "7002"),
        ];
        let flags = values.into_iter().flat_map(|(flag, value)| [flag, value].map(OsString::from));
        let words = words.into_iter().chain([file.into_os_string()]).chain(flags);
        let line = Args::try_parse_from(words).unwrap().command_line();
        let config = config::load::<Listener>(&line, &Environment::default()).unwrap();
        let settings = crate::Settings::from(config);
        let told = format!("{settings:?}");
        for (flag, value) in values {
            assert!(told.contains(value), "{flag} is not in {told}");
        }
    }

    #[test]
    fn in_the_background_the_same_is_started() {
        let words = ["decnet-listener", "--daemon", "--port", "7000", "--config-file", "/etc/x.ini"];
        let args = Args::try_parse_from(words).unwrap();
        let again = args.in_foreground().unwrap();
        assert_eq!(again, ["--config-file", "/etc/x.ini", "--port", "7000"]);
        let again = Args::try_parse_from([OsString::from("decnet-listener")].into_iter().chain(again));
        let again = again.unwrap();
        assert!(args.daemon && !again.daemon);
        assert_eq!(again.command_line(), args.command_line());
    }
}
