//! `web`: the page, with the API behind it.

use std::net::SocketAddr;

use anyhow::bail;
use decnet_daemon::{
    Exit,
    config::{Config, Flag, Master},
};
use decnet_proto::api::{PORT, WEB_PORT};

use super::{
    Context,
    foreground::{self, Manner},
};
use crate::{api::Certificate, parts::Parts, web::Settings};

/// Serve the page, with the API behind it
///
/// A browser needs no other address: what begins with /api/ is handed on to the API, which `decnet-master api`
/// runs on the same host; `decnet-master run` runs both.
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
        let parts = Parts { page: Some(settings(&config)?), ..Parts::default() };
        let manner = Manner { verb: "web", word: "web", threads: 1, daemon: self.daemon };
        foreground::run(&context, &config, parts, manner)
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
