//! Hosts by the thousand, each with keys of its own.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use decnet_api::client::{Client, Way};
use decnet_membership::{Join, Part, join};
use decnet_proto::swarm::operator::{Route, Token, TokenRequest};

use crate::tell;

/// Lets hosts in as operators do: by a token for each.
#[derive(Args)]
pub(crate) struct Enrol {
    /// The controller for operators.
    #[arg(long, default_value = "127.0.0.1:8770")]
    operators: SocketAddr,
    /// The controller for workers.
    #[arg(long, default_value = "https://127.0.0.1:8771")]
    workers: String,
    /// File of the operator's token.
    #[arg(long)]
    token: PathBuf,
    /// Folder of their identities.
    #[arg(long)]
    folder: PathBuf,
    /// How many.
    #[arg(long)]
    count: u16,
}

impl Enrol {
    pub(crate) async fn run(self) -> Result<()> {
        let token = std::fs::read_to_string(&self.token)
            .with_context(|| format!("reading {}", self.token.display()))?;
        let way = Way::Plain(self.operators.to_string());
        let operator = Client::new(way).with_bearer(token.trim().to_owned());
        for number in 0..self.count {
            self.enrol(&operator, number).await.with_context(|| format!("letting host {number} in"))?;
        }
        tell(&self.count)
    }

    async fn enrol(&self, operator: &Client, number: u16) -> Result<()> {
        let name = format!("crowd-{number:05}");
        let request = TokenRequest {
            name: name.parse()?,
            address: Some("127.0.0.1".to_owned()),
            agent_port: 20_000 + number,
            updater_port: 8766,
            again: false,
            updater: false,
            ipvlan: false,
            life: 600,
            notes: None,
        };
        let made: Token = operator.send(Route::Token.method(), Route::Token.path(), &request).await?;
        let dir = self.folder.join(&name);
        join(&Join { part: Part::Agent, url: self.workers.clone(), token: made.token, dir, again: false })
            .await?;
        Ok(())
    }
}
