//! The way to the listener.

use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};
use decnet_logship::wire::PROTOCOL;
use decnet_membership::{Membership, Part};
use decnet_pki::{clock::Clock, tls::server_name};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::settings::Receiver;

/// How long it may take until the receiver is known to be the one.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Connects to the listener, as the host that the agent's folder says we are.
///
/// # Errors
/// The host is in no swarm, or nobody is there who is its listener.
pub(crate) async fn connect(receiver: &Receiver, identity: &Path) -> anyhow::Result<TlsStream<TcpStream>> {
    let opened = Membership::open(Part::Agent, identity, Clock::system());
    let Some(membership) = opened.context("cannot take the host's place in its swarm")? else {
        bail!("this host is in no swarm: `decnet-agent join` with a token lets it in");
    };
    let config = membership.to_listener(&[PROTOCOL])?;
    let shaken = timeout(PATIENCE, async {
        let stream = reach(receiver).await?;
        TlsConnector::from(config).connect(server_name(), stream).await
    });
    let stream = shaken.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?;
    if stream.get_ref().1.alpn_protocol() != Some(PROTOCOL) {
        bail!("it does not speak {}", String::from_utf8_lossy(PROTOCOL));
    }
    Ok(stream)
}

/// Connects, without TLS yet.
pub(crate) async fn reach(receiver: &Receiver) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((receiver.host.as_str(), receiver.port)).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The files of the host's identity at a moment: the agent replaces them when certificates are renewed,
/// and when it learns whom to trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    folder: PathBuf,
    files: [Option<(u64, i64, i64)>; 3],
}

impl Standing {
    pub(crate) fn of(folder: &Path) -> Self {
        let files = ["host.json", "trust.json", "agent-client.crt"].map(|name| {
            let meta = fs::metadata(folder.join(name)).ok()?;
            Some((meta.ino(), meta.mtime(), meta.mtime_nsec()))
        });
        Self { folder: folder.to_owned(), files }
    }

    /// Whether nothing was replaced since.
    pub(crate) fn holds(&self) -> bool {
        *self == Self::of(&self.folder)
    }
}
