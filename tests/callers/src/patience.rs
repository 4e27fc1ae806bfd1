//! Something that is begun and never finished.

use std::{
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use decnet_logship::wire::PROTOCOL;
use serde::Serialize;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};

use crate::{
    call::{call, dial, host, source},
    tell,
};

/// Longer than anything should be waited for.
const LIMIT: Duration = Duration::from_secs(70);

/// Prints after how many seconds the listener closed.
#[derive(Args)]
pub(crate) struct Patience {
    /// The listener.
    #[arg(long)]
    listener: SocketAddr,
    /// Folder of the host's identity.
    #[arg(long)]
    identity: PathBuf,
    /// What is begun.
    #[arg(long)]
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// A connection, and nothing on it.
    Nothing,
    /// The first bytes of a handshake.
    Handshake,
    /// Half a frame, a byte of it each second.
    Frame,
    /// The same of a plain sender.
    PlainFrame,
}

#[derive(Serialize)]
struct Found {
    seconds: f64,
}

impl Patience {
    pub(crate) async fn run(self) -> Result<()> {
        let begun = match self.what {
            What::Nothing => {
                let begun = Instant::now();
                ended(dial(self.listener, source(1)).await?).await?;
                begun
            }
            What::Handshake => {
                let begun = Instant::now();
                let mut stream = dial(self.listener, source(2)).await?;
                // The head of a record of TLS that is longer than what comes of it.
                stream.write_all(&[22, 3, 1, 2, 0, 1, 0, 1]).await?;
                ended(stream).await?;
                begun
            }
            What::Frame => self.frame(&[PROTOCOL]).await?,
            What::PlainFrame => self.frame(&[]).await?,
        };
        tell(&Found { seconds: begun.elapsed().as_secs_f64() })
    }

    /// Begins a frame; gives back when that was.
    async fn frame(&self, protocols: &[&[u8]]) -> Result<Instant> {
        let mut call = call(self.listener, source(3), host(&self.identity, protocols)?).await?;
        let begun = Instant::now();
        call.write_all(b"60 <13>1").await?;
        call.flush().await?;
        let (reader, mut writer) = tokio::io::split(call);
        let drip = async {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                if writer.write_all(b" ").await.is_err() || writer.flush().await.is_err() {
                    // Whoever reads sees it, too.
                    std::future::pending::<()>().await;
                }
            }
        };
        tokio::select! {
            outcome = ended(reader) => outcome.map(|()| begun),
            () = drip => Ok(begun),
        }
    }
}

/// Waits until nothing more comes.
async fn ended(mut stream: impl AsyncRead + Unpin) -> Result<()> {
    let mut piece = [0; 4096];
    let end = async { while matches!(stream.read(&mut piece).await, Ok(count) if count > 0) {} };
    if timeout(LIMIT, end).await.is_err() {
        bail!("still open after {} s", LIMIT.as_secs());
    }
    Ok(())
}
