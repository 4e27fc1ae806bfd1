//! `api`: the record of what happened, and the API that answers from it.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, bail};
use decnet_daemon::{
    Exit,
    config::{Config, Flag, Master},
    detach::{self, Daemon},
    diagnostics, runtime_dir, signals,
};
use tokio::net::TcpStream;

use super::{Context, wait_for};
use crate::api::{self, Settings};

/// How long a daemon may take to listen.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// How long what is under way has to end.
const DRAIN: Duration = Duration::from_secs(10);

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
        let settings = Settings::new(&config, &listener)?;
        if self.daemon {
            wait_for(start(&context, &config, settings.address))??;
            return Ok(Exit::Success);
        }
        foreground(&config, settings)
    }
}

fn foreground(config: &Config<Master>, settings: Settings) -> anyhow::Result<Exit> {
    let file = config.decnet.system_logs.as_deref();
    diagnostics::init(diagnostics::Options { developer: config.decnet.developer, file })?;
    let workers = usize::try_from(config.role.api_workers.get()).unwrap_or(1);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build();
    let runtime = runtime.context("cannot start the runtime")?;
    let exit = runtime.block_on(serve(settings));
    // A question that takes long is not waited for.
    runtime.shutdown_background();
    exit
}

async fn serve(settings: Settings) -> anyhow::Result<Exit> {
    let signals = signals::listen().context("cannot listen to signals")?;
    let bound = api::Bound::open(settings).await?;
    tracing::info!("the API listens on {}", bound.address()?);
    let (mut asked, mut at_once) = (signals.shutdown.clone(), signals.at_once);
    let late = async {
        asked.requested().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        () = bound.serve(signals.shutdown) => tracing::info!("ended"),
        () = late => tracing::warn!("ended before everything under way had"),
        () = at_once.requested() => tracing::warn!("ended at once"),
    }
    Ok(Exit::Success)
}

async fn start(context: &Context, config: &Config<Master>, address: SocketAddr) -> anyhow::Result<()> {
    if answers(address).await {
        bail!("somebody else listens on {address}");
    }
    let mut arguments = vec!["api".into()];
    arguments.extend(context.host_arguments());
    let daemon = Daemon {
        program: std::env::current_exe().context("cannot tell where decnet-master is")?,
        arguments,
        output: config.decnet.ingest_log_file.with_extension("api.log"),
        pid_file: runtime_dir::open(&context.environment)?.join("api.pid"),
    };
    detach::start(&daemon, PATIENCE, async || answers(address).await).await?;
    Ok(())
}

pub(super) async fn answers(address: SocketAddr) -> bool {
    TcpStream::connect(address).await.is_ok()
}
