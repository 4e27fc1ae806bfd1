//! A frame that is longer than any may be.

use std::{net::SocketAddr, path::PathBuf, time::Instant};

use anyhow::Result;
use clap::Args;
use decnet_logship::wire::PROTOCOL;
use serde::Serialize;
use tokio::io::AsyncWriteExt as _;

use crate::{
    call::{call, host, source},
    tell,
};

/// Bytes of the frame, with a head that says so, and another whose head says less than a number
/// of ten digits could.
const LENGTH: usize = 256 << 20;

/// Sends it as a host that is let in, and prints how much of it went out.
#[derive(Args)]
pub(crate) struct Overlong {
    /// The listener.
    #[arg(long)]
    listener: SocketAddr,
    /// Folder of the host's identity.
    #[arg(long)]
    identity: PathBuf,
    /// It offers no protocol, as other senders of RFC 5425 do.
    #[arg(long)]
    plain: bool,
}

#[derive(Serialize)]
struct Found {
    /// Bytes that were written before the connection was closed.
    sent: usize,
    /// Whether it was.
    closed: bool,
    seconds: f64,
}

impl Overlong {
    pub(crate) async fn run(self) -> Result<()> {
        let protocols: &[&[u8]] = if self.plain { &[] } else { &[PROTOCOL] };
        let mut call = call(self.listener, source(0), host(&self.identity, protocols)?).await?;
        let begun = Instant::now();
        let piece = vec![b'x'; 64 << 10];
        let mut outcome = call.write_all(format!("{LENGTH} ").as_bytes()).await;
        let mut sent = 0;
        while outcome.is_ok() && sent < LENGTH {
            outcome = call.write_all(&piece).await;
            sent += piece.len();
        }
        tell(&Found { sent, closed: outcome.is_err(), seconds: begun.elapsed().as_secs_f64() })
    }
}
