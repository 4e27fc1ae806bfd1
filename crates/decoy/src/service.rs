//! The shape that all services have.

use std::{future::Future, net::SocketAddr};

use decnet_event::Kind;
use decnet_proto::{persona::ServiceSpec, service::ServiceId};
use openssl::error::ErrorStack;
use thiserror::Error;

use crate::{
    conn::{Conn, End},
    host::Host,
    tls::TlsError,
};

/// Why a service cannot be made from what the plan says.
#[derive(Debug, Error)]
pub enum ServiceError {
    /// A key has a value that the service cannot use.
    #[error("{service}: {key}: {problem}")]
    Key {
        /// The service.
        service: ServiceId,
        /// The key.
        key: &'static str,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// Keys could not be made.
    #[error("{service}: no keys")]
    Keys {
        /// The service.
        service: ServiceId,
        /// What the library said.
        source: ErrorStack,
    },
    /// TLS could not be set up.
    #[error("{service}: no TLS")]
    Tls {
        /// The service.
        service: ServiceId,
        /// Why.
        source: TlsError,
    },
}

/// A service that talks over connections, over datagrams, or both.
///
/// `serve` owns one conversation: it reads and writes through [`Conn`], says what it sees
/// with [`Conn::emit`], and returns when the product would close. Parsing is in functions
/// from bytes to values, apart from it. A service without TCP ports leaves it out, and one
/// with UDP ports names the part of it that answers them.
pub trait ConnectionService: Sized + Send + Sync + 'static {
    /// Makes the service; may take its time (keys), as it runs apart from all sessions.
    ///
    /// # Errors
    /// [`ServiceError`] names the key that is wrong.
    fn build(spec: &ServiceSpec, host: &Host) -> Result<Self, ServiceError>;

    /// Whether making it takes the machine's key, which takes a noticeable time: those that
    /// need none are opened first.
    fn needs_key(_: &ServiceSpec) -> bool {
        false
    }

    /// Serves one connection until the product would close it.
    fn serve(&self, _: &mut Conn) -> impl Future<Output = Result<(), End>> + Send {
        async { Ok(()) }
    }

    /// The part that answers datagrams.
    fn datagrams(&self) -> Option<&dyn DatagramService> {
        None
    }
}

/// What a datagram service answers.
#[derive(Debug, Default)]
pub struct Replies {
    /// Datagrams to the peer, in order.
    pub datagrams: Vec<Vec<u8>>,
    /// Whether they leave from a new port, as TFTP wants (RFC 1350, section 4).
    pub from_new_port: bool,
    /// What to say about it.
    pub events: Vec<Kind>,
}

/// The part of a service that answers datagrams.
pub trait DatagramService: Send + Sync + 'static {
    /// Answers one datagram. The source address of a datagram is not proven.
    fn answer(&self, datagram: &[u8], from: SocketAddr, host: &Host) -> Replies;
}
