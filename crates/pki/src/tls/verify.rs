//! What is asked of a certificate in the middle of a handshake.

use std::sync::Arc;

use decnet_proto::swarm::{profile::Direction, role::Role};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor,
    },
    crypto::{CryptoProvider, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::{
        ParsedCertificate, WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};

use crate::{
    admission::{Admission, Refused},
    digest::Pin,
    peer::{CERTIFICATE_MAX, Peer, PeerError},
    refusals::{Refusals, Rejected},
    roots::Roots,
};

/// Most certificates of a peer that are looked at.
const CHAIN_MAX: usize = 4;

/// What both ends ask for.
#[derive(Debug)]
pub(super) struct Judge {
    /// The end at which peers are.
    pub(super) direction: Direction,
    pub(super) admission: Arc<dyn Admission>,
    pub(super) refusals: Arc<Refusals>,
    pub(super) provider: Arc<CryptoProvider>,
}

impl Judge {
    /// Lets a peer in whose chain and role are good, or counts why not.
    fn judge(
        &self,
        certificate: &CertificateDer<'_>,
        now: UnixTime,
        chain: impl FnOnce() -> Result<(), Error>,
        role: impl FnOnce(Role) -> bool,
    ) -> Result<(), Error> {
        self.examine(certificate, chain, role).map_err(|rejected| {
            self.refusals.note(&rejected, certificate, now.as_secs());
            rejected.into_error()
        })
    }

    fn examine(
        &self,
        certificate: &CertificateDer<'_>,
        chain: impl FnOnce() -> Result<(), Error>,
        role: impl FnOnce(Role) -> bool,
    ) -> Result<(), Rejected> {
        let peer = examined(certificate, self.direction, chain)?;
        if !role(peer.identity.role) {
            return Err(Refused::Role(peer.identity.role).into());
        }
        Ok(self.admission.admit(&peer)?)
    }
}

/// Who a certificate is of, if its chain is good and it is for this end.
fn examined(
    certificate: &CertificateDer<'_>,
    direction: Direction,
    chain: impl FnOnce() -> Result<(), Error>,
) -> Result<Peer, Rejected> {
    if certificate.len() > CERTIFICATE_MAX {
        return Err(PeerError::TooLong.into());
    }
    chain().map_err(Rejected::of_chain)?;
    let peer = Peer::of(certificate)?;
    if peer.direction() == direction { Ok(peer) } else { Err(Rejected::Direction) }
}

/// Checks the clients of a server.
#[derive(Debug)]
pub(super) struct OfClients {
    judge: Judge,
    required: bool,
    roots: Roots,
}

impl OfClients {
    pub(super) fn new(judge: Judge, required: bool, roots: Roots) -> Self {
        Self { judge, required, roots }
    }
}

impl ClientCertVerifier for OfClients {
    fn client_auth_mandatory(&self) -> bool {
        self.required
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // Nobody has to know whom we trust; every client has one certificate to show.
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        // Leaves are signed by the authority itself: what else the peer sent is not looked at.
        let chain = || {
            WebPkiClientVerifier::builder_with_provider(self.roots.get(), Arc::clone(&self.judge.provider))
                .build()
                .map_err(|_| unknown())?
                .verify_client_cert(end_entity, &[], now)
                .map(|_| ())
        };
        self.judge.judge(end_entity, now, chain, |_| true)?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(no_tls12())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        signed(&self.judge.provider, message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        schemes()
    }
}

/// By what a client knows the authority of a server.
#[derive(Debug)]
pub(super) enum Anchors {
    /// It is one of these.
    Roots(Roots),
    /// The server sends it, and this is its pin.
    Pin(Pin),
}

impl Anchors {
    /// The authorities that may have signed; `sent` are the certificates that the server sent.
    fn store(&self, sent: &[CertificateDer<'_>]) -> Result<Arc<RootCertStore>, Error> {
        match self {
            Self::Roots(roots) => Ok(roots.get()),
            Self::Pin(pin) => {
                let mut looked_at = sent.iter().take(CHAIN_MAX);
                let pinned = looked_at.find(|sent| Pin::of_authority(sent) == *pin).ok_or_else(unknown)?;
                Roots::store(std::slice::from_ref(pinned)).map_err(|_| unknown())
            }
        }
    }
}

/// Checks the servers of a client.
#[derive(Debug)]
pub(super) struct OfServers {
    judge: Judge,
    roles: Vec<Role>,
    anchors: Anchors,
}

impl OfServers {
    pub(super) fn new(judge: Judge, roles: Vec<Role>, anchors: Anchors) -> Self {
        Self { judge, roles, anchors }
    }
}

impl ServerCertVerifier for OfServers {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        sent: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = || {
            let store = self.anchors.store(sent)?;
            server_chain(end_entity, &store, &self.judge.provider, now)
        };
        self.judge.judge(end_entity, now, chain, |role| self.roles.contains(&role))?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(no_tls12())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        signed(&self.judge.provider, message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        schemes()
    }
}

/// Checks that an authority of the store has signed a server's certificate, and its time. Host
/// names are not looked at.
fn server_chain(
    certificate: &CertificateDer<'_>,
    roots: &RootCertStore,
    provider: &CryptoProvider,
    now: UnixTime,
) -> Result<(), Error> {
    let parsed = ParsedCertificate::try_from(certificate)?;
    let algorithms = provider.signature_verification_algorithms.all;
    verify_server_cert_signed_by_trust_anchor(&parsed, roots, &[], now, algorithms)
}

fn signed(
    provider: &CryptoProvider,
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signature: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, Error> {
    verify_tls13_signature(message, certificate, signature, &provider.signature_verification_algorithms)
}

fn unknown() -> Error {
    Error::InvalidCertificate(CertificateError::UnknownIssuer)
}

fn schemes() -> Vec<SignatureScheme> {
    vec![SignatureScheme::ECDSA_NISTP256_SHA256]
}

fn no_tls12() -> Error {
    Error::General("TLS 1.2 is not spoken".to_owned())
}
