//! Everybody who should not get in.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result};
use clap::Args;
use decnet_logship::wire::PROTOCOL;
use decnet_pki::{
    clock::Clock,
    testing::{
        cast::{Hosts, cast, nobody},
        forge::Forge,
    },
};
use decnet_proto::ids::HostId;
use rustls::ClientConfig;
use serde::Serialize;

use crate::{
    call::{Taken, call, greeted, host, source},
    tell,
};

/// Tries every sort of certificate, none of which the controller has signed for who shows it.
#[derive(Args)]
pub(crate) struct Intrude {
    /// The listener.
    #[arg(long)]
    listener: SocketAddr,
    /// Folder of the swarm's authority, with whose key the better ones are signed.
    #[arg(long)]
    authority: PathBuf,
    /// Id of the master's host.
    #[arg(long)]
    master: HostId,
    /// Id of a host that is in the swarm.
    #[arg(long)]
    worker: HostId,
    /// Id of another.
    #[arg(long)]
    other_worker: HostId,
    /// Folders of identities that were good once.
    #[arg(long)]
    revoked: Vec<PathBuf>,
}

#[derive(Default, Serialize)]
struct Found {
    tried: usize,
    refused: usize,
    /// Who was let in.
    inside: Vec<String>,
    /// Who was not answered.
    silent: Vec<String>,
}

impl Intrude {
    pub(crate) async fn run(self) -> Result<()> {
        let mut found = Found::default();
        // With our own protocol and with none, as other senders of RFC 5425 come.
        for (number, protocols) in [&[PROTOCOL][..], &[]].into_iter().enumerate() {
            for (at, (name, shown)) in self.everybody(protocols)?.into_iter().enumerate() {
                let from = source(u16::try_from(1_000 * (number + 1) + at)?);
                let taken = match call(self.listener, from, shown).await {
                    Ok(mut call) => greeted(&mut call).await,
                    Err(_) => Taken::Refused,
                };
                found.tried += 1;
                match taken {
                    Taken::Refused => found.refused += 1,
                    Taken::In => found.inside.push(name),
                    Taken::Silent => found.silent.push(name),
                }
            }
        }
        tell(&found)
    }

    fn everybody(&self, protocols: &[&[u8]]) -> Result<Vec<(String, Arc<ClientConfig>)>> {
        let hosts = Hosts {
            master: self.master,
            worker: self.worker,
            other_worker: self.other_worker,
            ..Hosts::default()
        };
        let cast = cast(&Forge::of(&self.authority), &hosts, Clock::system().now());
        let offering = |mut config: Arc<ClientConfig>| {
            let own = Arc::make_mut(&mut config);
            own.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
            config
        };
        let mut all: Vec<_> =
            cast.iter().map(|member| (member.to_string(), offering(member.client()))).collect();
        all.push(("nobody".to_owned(), offering(nobody())));
        for folder in &self.revoked {
            let shown = host(folder, protocols).context("an identity that was good once")?;
            all.push((format!("revoked: {}", folder.display()), shown));
        }
        Ok(all)
    }
}
