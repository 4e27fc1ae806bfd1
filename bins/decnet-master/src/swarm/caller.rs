//! Who is at the other end of a request.

use std::net::SocketAddr;

use axum::{extract::Request, http::header::AUTHORIZATION};
use decnet_api::server::Caller;
use decnet_pki::peer::Peer;
use decnet_proto::swarm::{operator::Profile, role::Role};

use super::controller::Controller;

/// Who asks, as the audit log names him.
#[derive(Clone, Debug)]
pub(super) struct Actor {
    /// `token`, the name of an operator or of a host; `?` for a stranger.
    pub(super) name: String,
    /// His address.
    pub(super) from: String,
}

/// What an operator without a certificate is called.
const BEARER: &str = "token";

impl Actor {
    /// A stranger.
    pub(super) fn stranger(request: &Request) -> Self {
        let from = address(request).map(|address| address.ip().to_string()).unwrap_or_default();
        Self { name: "?".to_owned(), from }
    }
}

/// Where a request comes from.
pub(super) fn address(request: &Request) -> Option<SocketAddr> {
    let extensions = request.extensions();
    extensions
        .get::<Caller>()
        .map(|caller| caller.address)
        .or_else(|| extensions.get::<SocketAddr>().copied())
}

/// What a request shows of itself over TLS.
pub(super) fn peer(request: &Request) -> Option<&Peer> {
    request.extensions().get::<Caller>()?.peer.as_ref()
}

impl Controller {
    /// The operator who asks, if it is one. Over TLS only a certificate counts, without it only the
    /// token.
    pub(super) fn operator(&self, request: &Request) -> Option<Actor> {
        let stranger = Actor::stranger(request);
        let name = if request.extensions().get::<Caller>().is_some() {
            let peer = peer(request)?;
            let is_operator = peer.identity.role == Role::Operator && peer.profile == Profile::OperatorClient;
            self.roster.judge(peer).ok().filter(|()| is_operator)?;
            self.roster.find(&peer.fingerprint)?.name
        } else {
            let shown = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
            self.token.is(shown.strip_prefix("Bearer ")?).then(|| BEARER.to_owned())?
        };
        Some(Actor { name, ..stranger })
    }
}
