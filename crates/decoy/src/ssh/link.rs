//! What is above the transport sees of it: messages in and out, and who they are between.
//!
//! The real one is [`super::transport::Transport`]; tests have one that remembers.

use std::future::Future;

use super::transport::Transport;
use crate::conn::End;

/// A connection whose keys are exchanged.
pub(super) trait Link: Send {
    /// The next message above the transport; may be dropped while it waits.
    fn next(&mut self) -> impl Future<Output = Result<Vec<u8>, End>> + Send;
    /// Sends a message.
    fn send(&mut self, payload: &[u8]) -> impl Future<Output = Result<(), End>> + Send;
    /// Says that the last message is of a type that is not known here.
    fn refuse(&mut self) -> impl Future<Output = Result<(), End>> + Send;
    /// Says goodbye, and how the connection ended.
    fn disconnect(&mut self, text: &[u8]) -> impl Future<Output = End> + Send;
    /// Bytes that wait to be sent.
    fn backlog(&self) -> usize;
    /// Facts of the key exchange.
    fn facts(&self) -> Facts<'_>;
    /// Tells all host keys to clients that bear it.
    fn announce(&mut self) -> impl Future<Output = Result<(), End>> + Send;
    /// Proofs that the server holds these host keys, as `hostkeys-prove-00@openssh.com` wants
    /// them; none when one of them is not the server's.
    fn prove(&self, keys: &[u8]) -> Option<Vec<u8>>;
}

/// What the key exchange found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'a> {
    /// The session's identifier, which keys sign.
    pub(super) session_id: &'a [u8],
    /// The host key of the exchange.
    pub(super) host_key: &'a [u8],
    /// Whether the client is OpenSSH, which is told a little more.
    pub(super) is_openssh: bool,
}

impl Link for Transport<'_> {
    async fn next(&mut self) -> Result<Vec<u8>, End> {
        Self::next(self).await
    }

    async fn send(&mut self, payload: &[u8]) -> Result<(), End> {
        Self::send(self, payload).await
    }

    async fn refuse(&mut self) -> Result<(), End> {
        self.unimplemented()
    }

    async fn announce(&mut self) -> Result<(), End> {
        self.announce_host_keys()
    }

    async fn disconnect(&mut self, text: &[u8]) -> End {
        Self::disconnect(self, &String::from_utf8_lossy(text)).await
    }

    fn backlog(&self) -> usize {
        Self::backlog(self)
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            session_id: self.session_id(),
            host_key: self.host_key(),
            is_openssh: self.client().quirks.is_openssh,
        }
    }

    fn prove(&self, keys: &[u8]) -> Option<Vec<u8>> {
        self.prove_host_keys(keys)
    }
}
