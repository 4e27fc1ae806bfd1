//! The operator: makes tokens, hands a release in, has it brought to all.

use std::{fs::File, io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use decnet_api::client::{Client, Parcel, Waits, Way};
use decnet_proto::{
    agent::OperationQuery,
    swarm::{
        operator::{Accepted, OperationView, Route, Token, TokenRequest},
        releases::{ReleaseView, UpdateRequest},
        updater::ARCHIVE,
    },
};
use decnet_release::digest::Hasher;

/// Who runs the swarm.
#[derive(Debug)]
pub(crate) struct Operator(Client);

impl Operator {
    pub(crate) fn new(address: SocketAddr, token: &str) -> Self {
        Self(Client::new(Way::Plain(address.to_string())).with_bearer(token.to_owned()))
    }

    /// A token for a worker on this machine.
    pub(crate) async fn token(&self, name: &str, updater_port: u16) -> Result<String> {
        let request = TokenRequest {
            name: name.parse()?,
            address: Some("127.0.0.1".to_owned()),
            agent_port: 1,
            updater_port,
            again: false,
            updater: true,
            ipvlan: false,
            life: 600,
            notes: None,
        };
        let token: Token = self.0.send(Route::Token.method(), Route::Token.path(), &request).await?;
        Ok(token.token)
    }

    /// Hands an archive in.
    pub(crate) async fn hand_in(&self, path: &Path) -> Result<ReleaseView> {
        let file = File::open(path).with_context(|| format!("reading {}", path.display()))?;
        let mut hash = Hasher::new();
        let length = io::copy(&mut &file, &mut hash).context("reading the archive")?;
        let wait = Duration::from_secs(60);
        let parcel = Parcel {
            file: Arc::new(file),
            length,
            media_type: ARCHIVE,
            digest: format!("sha-256=:{}:", BASE64_STANDARD.encode(hash.finish().0)),
            sent: Arc::default(),
            waits: Waits { taking: wait, answer: wait },
        };
        let route = Route::TakeRelease;
        Ok(self.0.send_file(route.method(), route.path(), parcel).await?)
    }

    /// Has a release brought to all, and waits for the end.
    pub(crate) async fn update(&self, release: &ReleaseView, wave: u8) -> Result<OperationView> {
        let request = UpdateRequest {
            hosts: None,
            worker: Some(release.name.clone()),
            updater: None,
            wave,
            dry_run: false,
        };
        let route = Route::Update;
        let Accepted { operation } = self.0.send(route.method(), route.path(), &request).await?;
        let mut seen = OperationQuery::default();
        loop {
            let path = Route::Operation.path().replace("{id}", &operation.to_string());
            let path = format!("{path}?after={}", seen.after);
            let view: OperationView = self.0.get(Route::Operation.method(), &path).await?;
            if view.finished_at.is_some() {
                return Ok(view);
            }
            seen.after = view.revision;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}
