//! Hosts that are connected and say nothing.

use std::{fs, net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::{Context as _, Result};
use clap::Args;
use decnet_logship::wire::PROTOCOL;
use serde::Serialize;
use tokio::{
    io::{AsyncReadExt as _, stdin},
    time::timeout,
};

use crate::{
    call::{Call, Taken, call, greeted, host, source},
    tell,
};

/// Holds connections of hosts; prints how many were taken, and at the end how many are left.
#[derive(Args)]
pub(crate) struct Hold {
    /// The listener.
    #[arg(long)]
    listener: SocketAddr,
    /// Folder of the hosts' identities.
    #[arg(long)]
    folder: PathBuf,
    /// Connections of each.
    #[arg(long, default_value_t = 1)]
    each: u16,
    /// They offer no protocol, as other senders of RFC 5425 do.
    #[arg(long)]
    plain: bool,
}

#[derive(Serialize)]
struct Held {
    held: usize,
}

impl Hold {
    pub(crate) async fn run(self) -> Result<()> {
        let mut calls = Vec::new();
        let mut folders: Vec<_> = fs::read_dir(&self.folder)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .with_context(|| format!("listing {}", self.folder.display()))?;
        folders.sort_by_key(fs::DirEntry::file_name);
        let protocols: &[&[u8]] = if self.plain { &[] } else { &[PROTOCOL] };
        for (number, folder) in folders.iter().enumerate() {
            let shown = host(&folder.path(), protocols)?;
            for _ in 0..self.each {
                let from = source(u16::try_from(number)?);
                let mut call = call(self.listener, from, shown.clone()).await?;
                if self.plain || greeted(&mut call).await == Taken::In {
                    calls.push(call);
                }
            }
        }
        tell(&Held { held: calls.len() })?;
        // Until whoever started us has seen enough.
        stdin().read_to_end(&mut Vec::new()).await.context("waiting for the end")?;
        let mut held = 0;
        for call in &mut calls {
            held += usize::from(is_open(call).await);
        }
        tell(&Held { held })
    }
}

/// Whether nobody has ended a connection on which nothing more is said.
async fn is_open(call: &mut Call) -> bool {
    let mut piece = [0; 4096];
    loop {
        match timeout(Duration::from_millis(1), call.read(&mut piece)).await {
            Err(_) => return true,
            Ok(Ok(0) | Err(_)) => return false,
            Ok(Ok(_)) => {}
        }
    }
}
