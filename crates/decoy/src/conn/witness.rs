//! Who saw it: a session's identity, for tasks apart from its connection.
//!
//! Channels, shells and transfers run beside the [`Conn`] that carries them. Each holds a
//! [`Witness`], and speaks through it as the session does.

use std::sync::Arc;

use decnet_event::{Kind, Origin, Session};

use super::Conn;
use crate::{artifact::ArtifactWriter, caps, host::Host};

/// The identity of a session and the way out for what happens in it.
#[derive(Clone, Debug)]
pub struct Witness {
    host: Arc<Host>,
    origin: Arc<Origin>,
    session: Session,
}

/// Memory of the decoy that is given back when this is dropped.
#[derive(Debug)]
pub struct Claim {
    host: Arc<Host>,
    bytes: usize,
}

impl Conn {
    /// The session's identity, for tasks that outlive a borrow of the connection.
    pub fn witness(&self) -> Witness {
        Witness { host: Arc::clone(&self.host), origin: Arc::clone(&self.origin), session: self.session }
    }
}

impl Witness {
    /// Says what happened, under the session's identity.
    pub fn emit(&self, kind: Kind) {
        self.host.emitter.emit(&self.origin, Some(self.session), kind);
    }

    /// Says that the peer broke the protocol.
    pub fn protocol_error(&self, error: &'static str, data: &[u8]) {
        let data = data.get(..caps::ERROR_SAMPLE).unwrap_or(data).to_vec();
        self.emit(Kind::ProtocolError { error, data });
    }

    /// Begins to keep a file that the peer brings under the name it gave.
    pub fn artifact(&self, orig_path: &[u8], source: &'static str) -> ArtifactWriter {
        let (emitter, origin) = (Arc::clone(&self.host.emitter), Arc::clone(&self.origin));
        ArtifactWriter::open(emitter, origin, self.session, orig_path, source)
    }

    /// The decoy that the peer reached.
    pub fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// The session: its number and both of its addresses.
    pub fn session(&self) -> Session {
        self.session
    }

    /// Claims memory of the decoy until the claim is dropped; none when all sessions together
    /// hold [`caps::DECOY_MEMORY`].
    pub fn claim(&self, bytes: usize) -> Option<Claim> {
        self.host.claim(bytes).then(|| Claim { host: Arc::clone(&self.host), bytes })
    }
}

impl Claim {
    /// Bytes claimed.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Changes the claim to `bytes`, if that much is left.
    #[must_use]
    pub fn resize(&mut self, bytes: usize) -> bool {
        if bytes > self.bytes {
            if !self.host.claim(bytes - self.bytes) {
                return false;
            }
        } else {
            self.host.release(self.bytes - bytes);
        }
        self.bytes = bytes;
        true
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.host.release(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use decnet_event::Kind;
    use decnet_proto::service::ServiceId;

    use crate::{caps, testing};

    #[test]
    fn a_witness_speaks_as_its_session() {
        let host = testing::host(1);
        let (conn, _peer) = testing::open(&host, ServiceId::Http);
        let witness = conn.witness();
        drop(conn);
        witness.emit(Kind::UnknownCommand { command: b"x".to_vec() });
        assert_eq!(witness.session(), testing::session());
        assert_eq!(testing::events(&host)[0].get("command"), "x");
    }

    #[test]
    fn claims_of_all_sessions_have_one_bound() {
        let host = testing::host(1);
        let (conn, _peer) = testing::open(&host, ServiceId::Http);
        let witness = conn.witness();
        let mut most = witness.claim(caps::DECOY_MEMORY).unwrap();
        assert!(witness.claim(1).is_none());
        assert!(!most.resize(caps::DECOY_MEMORY + 1));
        assert!(most.resize(10));
        assert_eq!(most.bytes(), 10);
        drop(most);
        assert!(witness.claim(caps::DECOY_MEMORY).is_some());
    }
}
