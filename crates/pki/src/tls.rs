//! TLS of the swarm: 1.3 only, both ends checked within the handshake, nothing resumed.

mod public;
mod verify;

use std::{fmt, net::Ipv4Addr, sync::Arc};

use decnet_proto::swarm::{operator::Profile, profile::Direction, role::Role};
use rustls::{
    ClientConfig, Error, ServerConfig,
    client::Resumption,
    crypto::{CryptoProvider, ring},
    pki_types::ServerName,
    server::NoServerSessionStorage,
    version::TLS13,
};
use thiserror::Error as ThisError;

pub use self::public::{Pair, Public, PublicError, public};
use self::verify::{Anchors, Judge, OfClients, OfServers};
use crate::{
    admission::{Admission, Refused},
    clock::Clock,
    credentials::Presented,
    digest::Pin,
    peer::Peer,
    refusals::Refusals,
    roots::Roots,
};

/// No configuration can be made.
#[derive(Debug, ThisError)]
pub enum TlsError {
    /// What is shown is for the other end of connections.
    #[error("a certificate for {0} is for the other end of connections")]
    Direction(Profile),
    /// The provider lacks something.
    #[error("cannot configure TLS")]
    Provider(#[from] Error),
}

/// Whether clients must show a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientPolicy {
    /// They must.
    Required,
    /// They may; one that does must be let in by it.
    Optional,
}

/// On what terms an end speaks with others.
#[derive(Clone)]
pub struct Terms {
    /// Whose certificates are good.
    pub roots: Roots,
    /// Who of them is let in.
    pub admission: Arc<dyn Admission>,
    /// Protocols by ALPN, the most wanted first; none is asked for if empty.
    pub alpn: Vec<Vec<u8>>,
    /// By which certificates are judged.
    pub clock: Clock,
    /// Counts who was not let in.
    pub refusals: Arc<Refusals>,
}

impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terms").field("admission", &self.admission).finish_non_exhaustive()
    }
}

/// What clients call every server. It is not looked at: servers are known by their identity.
pub fn server_name() -> ServerName<'static> {
    ServerName::from(Ipv4Addr::LOCALHOST)
}

/// Configures a server.
///
/// # Errors
/// [`TlsError::Direction`] when `shown` is not for servers.
pub fn server(
    shown: &Presented,
    clients: ClientPolicy,
    terms: &Terms,
) -> Result<Arc<ServerConfig>, TlsError> {
    expect(shown, Direction::Server)?;
    let provider = provider();
    let verifier = OfClients::new(
        judge(Direction::Client, &provider, terms),
        clients == ClientPolicy::Required,
        terms.roots.clone(),
    );
    let mut config = ServerConfig::builder_with_details(provider, Arc::new(terms.clock.clone()))
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_cert_resolver(Arc::new(shown.clone()));
    config.alpn_protocols.clone_from(&terms.alpn);
    // A ticket would outlive the revocation of who got it.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.max_early_data_size = 0;
    Ok(Arc::new(config))
}

/// Configures a client that speaks to servers of these roles only.
///
/// # Errors
/// [`TlsError::Direction`] when `shown` is not for clients.
pub fn client(
    shown: Option<&Presented>,
    roles: &[Role],
    terms: &Terms,
) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = provider();
    let judge = judge(Direction::Server, &provider, terms);
    let verifier = OfServers::new(judge, roles.to_vec(), Anchors::Roots(terms.roots.clone()));
    let builder = ClientConfig::builder_with_details(provider, Arc::new(terms.clock.clone()))
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let config = match shown {
        None => builder.with_no_client_auth(),
        Some(shown) => {
            expect(shown, Direction::Client)?;
            builder.with_client_cert_resolver(Arc::new(shown.clone()))
        }
    };
    Ok(finished(config, &terms.alpn))
}

/// Configures a client that knows nothing but the pin of an authority, from its token: it speaks
/// to a controller of that authority only.
///
/// # Errors
/// [`TlsError::Provider`].
pub fn joining(pin: Pin, alpn: &[Vec<u8>], clock: &Clock) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = provider();
    let judge = Judge {
        direction: Direction::Server,
        admission: Arc::new(Anybody),
        refusals: Arc::default(),
        provider: Arc::clone(&provider),
    };
    let verifier = OfServers::new(judge, vec![Role::Controller], Anchors::Pin(pin));
    let config = ClientConfig::builder_with_details(provider, Arc::new(clock.clone()))
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(finished(config, alpn))
}

/// Who joins knows no key yet: the authority's pin must do.
#[derive(Debug)]
struct Anybody;

impl Admission for Anybody {
    fn admit(&self, _: &Peer) -> Result<(), Refused> {
        Ok(())
    }
}

fn judge(direction: Direction, provider: &Arc<CryptoProvider>, terms: &Terms) -> Judge {
    Judge {
        direction,
        admission: Arc::clone(&terms.admission),
        refusals: Arc::clone(&terms.refusals),
        provider: Arc::clone(provider),
    }
}

fn finished(mut config: ClientConfig, alpn: &[Vec<u8>]) -> Arc<ClientConfig> {
    config.alpn_protocols = alpn.to_vec();
    config.resumption = Resumption::disabled();
    config.enable_early_data = false;
    config.enable_sni = false;
    Arc::new(config)
}

fn expect(shown: &Presented, direction: Direction) -> Result<(), TlsError> {
    let profile = shown.peer().profile;
    (profile.direction() == direction).then_some(()).ok_or(TlsError::Direction(profile))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
