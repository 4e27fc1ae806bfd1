//! `api`: the record of what happened, and the API that answers from it.

use decnet_daemon::{
    Exit,
    config::{Config, Flag, Master},
};

use super::{
    Context,
    foreground::{self, Manner},
};
use crate::{api::Settings, parts::Parts};

/// Take events into the record, and answer questions to it
///
/// The first time it makes the user admin, and says the password, once. It ends on SIGTERM or SIGINT,
/// when what is under way has ended, after ten seconds at the latest; a second SIGINT ends it at once.
#[derive(clap::Args)]
pub(super) struct Api {
    #[command(flatten)]
    listen: Listen,
    /// JSON records that are taken into the record [configuration key: record-source]
    #[arg(short = 'f', long, value_name = "FILE")]
    log_file: Option<String>,
    /// Go on in the background, once it listens
    #[arg(short, long)]
    daemon: bool,
}

/// Where the API listens.
#[derive(clap::Args)]
pub(super) struct Listen {
    /// Address on which the API listens; without a certificate one of loopback [configuration key: api-host]
    #[arg(long, value_name = "ADDRESS")]
    host: Option<String>,
    /// Port on which the API listens [configuration key: api-port]
    #[arg(long, value_name = "PORT")]
    port: Option<String>,
    /// How many threads answer requests [configuration key: api-workers]
    #[arg(short, long, value_name = "NUMBER")]
    workers: Option<String>,
}

impl Listen {
    fn flags(&self) -> impl Iterator<Item = Flag> {
        let own = [
            ("api-host", "--host", &self.host),
            ("api-port", "--port", &self.port),
            ("api-workers", "--workers", &self.workers),
        ];
        own.into_iter()
            .filter_map(|(key, flag, value)| Some(Flag { key, flag: flag.to_owned(), value: value.clone()? }))
    }
}

impl Api {
    pub(super) fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        // A listener on this host is asked for its files before flags come that it does not know.
        let listener = context.listener_config()?;
        context.command_line.flags.extend(self.listen.flags());
        context.add_flag("record-source", "--log-file", self.log_file.as_deref());
        let config = context.config()?;
        let parts = Parts { api: Some(Settings::new(&config, &listener)?), ..Parts::default() };
        let manner = Manner { verb: "api", word: "api", threads: workers(&config), daemon: self.daemon };
        foreground::run(&context, &config, parts, manner)
    }
}

/// How many threads answer requests.
pub(super) fn workers(config: &Config<Master>) -> usize {
    usize::try_from(config.role.api_workers.get()).unwrap_or(1)
}
