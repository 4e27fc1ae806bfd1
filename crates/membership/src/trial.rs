//! Whether a certificate works, before it takes the place of one that does.

use std::sync::Arc;

use decnet_api::client::CallError;
use decnet_pki::{
    admission::{Admission, Refused},
    credentials::{Credentials, Presented},
    peer::Peer,
    tls::{self, ClientPolicy, TlsError},
};
use decnet_proto::swarm::{
    profile::Direction,
    role::Identity,
    worker::{Route, Trust},
};
use thiserror::Error;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::membership::{Membership, MembershipError};

/// Room between the two ends of a handshake in memory, in bytes.
const PIPE: usize = 64 * 1024;

/// A certificate does not work.
#[derive(Debug, Error)]
pub enum TrialError {
    /// It is somebody else's.
    #[error("it is of {found}, and this is {own}")]
    OtherIdentity {
        /// Whose it is.
        found: Identity,
        /// Who we are.
        own: Identity,
    },
    /// Nobody can be asked.
    #[error("cannot speak to the controller")]
    Membership(#[from] MembershipError),
    /// The controller does not take it, or was not reached.
    #[error("the controller does not take it")]
    Call(#[from] CallError),
    /// TLS cannot be set up.
    #[error("cannot set TLS up")]
    Tls(#[from] TlsError),
    /// Whoever trusts what we trust does not take it.
    #[error("it is refused by who trusts what this host trusts")]
    Handshake(#[source] std::io::Error),
}

/// Whether these credentials work: a client's with the controller, a server's with a client in this
/// process that trusts what this host does.
pub(crate) async fn tried(membership: &Membership, credentials: &Credentials) -> Result<(), TrialError> {
    let found = credentials.peer().identity;
    let own = Identity { role: membership.part.role(), host: membership.host() };
    if found != own {
        return Err(TrialError::OtherIdentity { found, own });
    }
    let shown = Presented::new(credentials.clone());
    match credentials.peer().direction() {
        Direction::Client => {
            let controller = membership.controller_as(&shown)?;
            let _: Trust = controller.get(Route::Trust.method(), Route::Trust.path()).await?;
            Ok(())
        }
        Direction::Server => met(membership, &shown).await,
    }
}

/// A handshake in memory.
async fn met(membership: &Membership, shown: &Presented) -> Result<(), TrialError> {
    let terms = membership.terms_of(Arc::new(Exactly(shown.peer())));
    let server = tls::server(shown, ClientPolicy::Optional, &terms)?;
    let client = tls::client(None, &[membership.part.role()], &terms)?;
    let (near, far) = tokio::io::duplex(PIPE);
    let (connected, accepted) = tokio::join!(
        TlsConnector::from(client).connect(tls::server_name(), near),
        TlsAcceptor::from(server).accept(far),
    );
    connected.map_err(TrialError::Handshake)?;
    accepted.map_err(TrialError::Handshake)?;
    Ok(())
}

/// Lets one peer in.
#[derive(Debug)]
struct Exactly(Peer);

impl Admission for Exactly {
    fn admit(&self, peer: &Peer) -> Result<(), Refused> {
        if *peer == self.0 { Ok(()) } else { Err(Refused::Key) }
    }
}
