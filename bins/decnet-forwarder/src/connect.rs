//! The way to the listener.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use decnet_membership::{Membership, MembershipError, Part};
use decnet_pki::clock::Clock;
use decnet_shipping::{ConnectError, Going};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::settings::Receiver;

/// There is no connection with the listener.
#[derive(Debug, Error)]
pub(crate) enum NotConnected {
    /// Who we are cannot be read.
    #[error("cannot take the host's place in its swarm")]
    Membership(#[from] MembershipError),
    /// We are nobody.
    #[error("this host is in no swarm: `decnet-agent join` with a token lets it in")]
    NotJoined,
    /// Nobody is there who is the listener.
    #[error(transparent)]
    Connect(#[from] ConnectError),
}

/// Connects to the listener, as the host that the agent's folder says we are, to speak this protocol.
///
/// # Errors
/// [`NotConnected`].
pub(crate) async fn connect(
    receiver: &Receiver,
    identity: &Path,
    protocol: &[u8],
) -> Result<TlsStream<TcpStream>, NotConnected> {
    let opened = Membership::open(Part::Agent, identity, Clock::system())?;
    let membership = opened.ok_or(NotConnected::NotJoined)?;
    let config = membership.to_listener(&[protocol])?;
    let to = (receiver.host.as_str(), receiver.port);
    Ok(decnet_shipping::connect(to, config, protocol).await?)
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

    /// Whether a connection goes on: it does if nothing was replaced since.
    pub(crate) fn going(&self) -> Going {
        if *self == Self::of(&self.folder) { Going::On } else { Going::Anew }
    }
}
