//! `web`: the page, with the API behind it.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use decnet_daemon::{
    Exit,
    config::{Config, Flag, Master},
    detach::{self, Daemon},
    diagnostics, runtime_dir, signals,
};
use decnet_proto::api::{PORT, WEB_PORT};

use super::{
    Context,
    api::{PATIENCE, answers},
    wait_for,
};
use crate::{
    api::Certificate,
    web::{Bound, Settings},
};

/// Serve the page, with the API behind it
///
/// A browser needs no other address: what begins with /api/ is handed on to the API, which `decnet-master api`
/// runs on the same host.
#[derive(clap::Args)]
pub(super) struct Web {
    /// Address on which the page is served; without a certificate one of loopback [configuration key: web-host]
    #[arg(long, value_name = "ADDRESS")]
    host: Option<String>,
    /// Port on which the page is served [configuration key: web-port]
    #[arg(long, value_name = "PORT")]
    web_port: Option<String>,
    /// Port of the API on this host [configuration key: api-port]
    #[arg(long, value_name = "PORT")]
    api_port: Option<String>,
    /// Go on in the background, once it listens
    #[arg(short, long)]
    daemon: bool,
}

impl Web {
    pub(super) fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        context.command_line.flags.extend(self.flags());
        let config = context.config()?;
        let settings = settings(&config)?;
        if self.daemon {
            wait_for(start(&context, &config, settings.address))??;
            return Ok(Exit::Success);
        }
        let file = config.decnet.system_logs.as_deref();
        diagnostics::init(diagnostics::Options { developer: config.decnet.developer, file })?;
        wait_for(serve(&settings))?
    }

    fn flags(&self) -> impl Iterator<Item = Flag> {
        let own = [
            ("web-host", "--host", &self.host),
            ("web-port", "--web-port", &self.web_port),
            ("api-port", "--api-port", &self.api_port),
        ];
        own.into_iter()
            .filter_map(|(key, flag, value)| Some(Flag { key, flag: flag.to_owned(), value: value.clone()? }))
    }
}

/// What the configuration says.
pub(super) fn settings(config: &Config<Master>) -> anyhow::Result<Settings> {
    let role = &config.role;
    let port = |number: u32, usual| u16::try_from(number).unwrap_or(usual);
    if !role.api_host.is_loopback() {
        bail!(
            "the API is on {} itself (api-host): the page hands requests on to one on loopback",
            role.api_host
        );
    }
    Ok(Settings {
        address: SocketAddr::new(role.web_host, port(role.web_port.get(), WEB_PORT)),
        certificate: Certificate::of(config, role.web_host)?,
        api: SocketAddr::new(role.api_host, port(role.api_port.get(), PORT)),
    })
}

async fn serve(settings: &Settings) -> anyhow::Result<Exit> {
    let signals = signals::listen().context("cannot listen to signals")?;
    let bound = Bound::open(settings).await?;
    tracing::info!("the page is on {}, the API on {}", bound.address()?, settings.api);
    let mut at_once = signals.at_once;
    tokio::select! {
        () = bound.serve(signals.shutdown) => tracing::info!("ended"),
        () = at_once.requested() => tracing::warn!("ended at once"),
    }
    Ok(Exit::Success)
}

async fn start(context: &Context, config: &Config<Master>, address: SocketAddr) -> anyhow::Result<()> {
    if answers(address).await {
        bail!("somebody else listens on {address}");
    }
    let mut arguments = vec!["web".into()];
    arguments.extend(context.host_arguments());
    let daemon = Daemon {
        program: std::env::current_exe().context("cannot tell where decnet-master is")?,
        arguments,
        output: config.decnet.ingest_log_file.with_extension("web.log"),
        pid_file: runtime_dir::open(&context.environment)?.join("web.pid"),
    };
    detach::start(&daemon, PATIENCE, async || answers(address).await).await?;
    Ok(())
}
