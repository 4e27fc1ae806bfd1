//! The operator: makes tokens, lists hosts, has them asked.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use decnet_api::client::{Client, Way};
use decnet_proto::swarm::operator::{HostHealth, HostView, Route, Token, TokenRequest};

use crate::figures::Figures;

/// Between two lists.
const LIST: Duration = Duration::from_secs(1);
/// How many lists go by between two checks of all hosts.
const CHECK: u32 = 5;

/// Who runs the swarm.
#[derive(Debug)]
pub(crate) struct Operator(Client);

impl Operator {
    pub(crate) fn new(address: SocketAddr, token: &str) -> Self {
        Self(Client::new(Way::Plain(address.to_string())).with_bearer(token.to_owned()))
    }

    /// A token for a host on this machine.
    pub(crate) async fn token(&self, name: &str, agent_port: u16) -> Result<String> {
        let request = TokenRequest {
            name: name.parse()?,
            address: Some("127.0.0.1".to_owned()),
            agent_port,
            updater_port: 8766,
            again: false,
            updater: false,
            ipvlan: false,
            life: 600,
            notes: None,
        };
        let token: Token = self.0.send(Route::Token.method(), Route::Token.path(), &request).await?;
        Ok(token.token)
    }

    /// Lists and checks again and again for a while.
    pub(crate) async fn ask_for(&self, time: Duration, figures: &Figures) -> Result<()> {
        let end = Instant::now() + time;
        let mut lists = 0;
        while Instant::now() < end {
            let begun = Instant::now();
            let hosts: Vec<HostView> = self.0.get(Route::Hosts.method(), Route::Hosts.path()).await?;
            figures.list(begun.elapsed());
            if lists % CHECK == 0 {
                let begun = Instant::now();
                let asked: Vec<HostHealth> = self.0.get(Route::Check.method(), Route::Check.path()).await?;
                figures.check(begun.elapsed());
                ensure!(
                    asked.len() == hosts.len() && asked.iter().all(|host| host.reachable),
                    "hosts do not answer: {:?}",
                    asked.iter().find(|host| !host.reachable)
                );
            }
            lists += 1;
            tokio::time::sleep(LIST).await;
        }
        Ok(())
    }
}
