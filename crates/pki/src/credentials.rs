//! What an end shows of itself: its key, its certificate, and the authority above it.

use std::sync::Arc;

use decnet_proto::swarm::operator::Profile;
use rustls::{
    SignatureScheme,
    client::ResolvesClientCert,
    pki_types::CertificateDer,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use thiserror::Error;

use crate::{
    digest::Pin,
    folder::{FolderError, Held, IdentityFolder},
    keys::{Key, KeyError},
    peer::{self, Peer, PeerError},
    replaceable::Replaceable,
    trust::{self, InvalidTrust},
};

/// Nothing can be shown.
#[derive(Debug, Error)]
pub enum CredentialsError {
    /// The certificate is nobody's.
    #[error("the certificate is of nobody in a swarm")]
    Peer(#[from] PeerError),
    /// The key cannot be used.
    #[error("cannot use the key")]
    Key(#[from] KeyError),
    /// The certificate is of another key.
    #[error("the certificate is of another key")]
    OtherKey,
    /// No authority signed the certificate.
    #[error("none of the authorities has signed the certificate")]
    NoAuthority,
    /// The folder cannot be used.
    #[error("cannot use the part's identity")]
    Folder(#[from] FolderError),
    /// What the folder trusts is nobody.
    #[error("cannot use the part's trust")]
    Trust(#[from] InvalidTrust),
    /// There is no certificate yet.
    #[error("there is no certificate for {0}: let this host join first")]
    NotJoined(Profile),
    /// They are for something else than those that they should replace.
    #[error("a certificate for {found} cannot replace one for {wanted}")]
    OtherProfile {
        /// What they are for.
        found: Profile,
        /// What is shown.
        wanted: Profile,
    },
}

/// Key, certificate and authority.
#[derive(Clone, Debug)]
pub struct Credentials {
    certified: Arc<CertifiedKey>,
    peer: Peer,
    authority: Pin,
}

impl Credentials {
    /// Puts a key, its certificate and that of `authorities` which signed it together.
    ///
    /// # Errors
    /// [`CredentialsError`] when they do not belong together.
    pub fn new(
        key: &Key,
        certificate: &CertificateDer<'_>,
        authorities: &[CertificateDer<'_>],
    ) -> Result<Self, CredentialsError> {
        let peer = Peer::of(certificate)?;
        if peer.pin != key.pin() {
            return Err(CredentialsError::OtherKey);
        }
        let issuer = authorities.iter().find(|authority| is_signed_by(certificate, authority));
        let issuer = issuer.ok_or(CredentialsError::NoAuthority)?;
        let authority = Pin::of_authority(issuer);
        // The authority goes with it, for hosts that know nothing but its pin.
        let chain = vec![certificate.clone().into_owned(), issuer.clone().into_owned()];
        Ok(Self { certified: Arc::new(CertifiedKey::new(chain, key.signer()?)), peer, authority })
    }

    /// What the certificate says.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }
}

impl IdentityFolder {
    /// What the part shows for a profile, with the authority from its trust.
    ///
    /// # Errors
    /// [`CredentialsError`] when it has not joined, or its files do not belong together.
    pub fn credentials(&self, profile: Profile) -> Result<Credentials, CredentialsError> {
        let held: Option<Held> = self.open(profile)?;
        self.shown(&held.ok_or(CredentialsError::NotJoined(profile))?)
    }

    /// What the part would show with these, with the authority from its trust.
    ///
    /// # Errors
    /// [`CredentialsError`] when the part has not joined, or no authority that it trusts has signed
    /// them.
    pub fn shown(&self, held: &Held) -> Result<Credentials, CredentialsError> {
        let trust = self.trust()?.ok_or(CredentialsError::NotJoined(held.peer.profile))?;
        Credentials::new(&held.key, &held.certificate, &trust::authorities(&trust)?)
    }
}

fn is_signed_by(certificate: &CertificateDer<'_>, authority: &CertificateDer<'_>) -> bool {
    let signed = || {
        let authority = peer::parse(authority).ok()?;
        peer::parse(certificate).ok()?.verify_signature(Some(authority.public_key())).ok()
    };
    signed().is_some()
}

/// What an end shows in its handshakes, replaceable while it runs. Copies share it.
#[derive(Clone, Debug)]
pub struct Presented(Arc<Replaceable<Credentials>>);

impl Presented {
    /// Shows these.
    pub fn new(credentials: Credentials) -> Self {
        Self(Arc::new(Replaceable::new(credentials)))
    }

    /// Shows these in every handshake from now on.
    ///
    /// # Errors
    /// [`CredentialsError::OtherProfile`] when they are for something else.
    pub fn replace(&self, credentials: Credentials) -> Result<(), CredentialsError> {
        let (found, wanted) = (credentials.peer.profile, self.peer().profile);
        if found != wanted {
            return Err(CredentialsError::OtherProfile { found, wanted });
        }
        self.0.set(credentials);
        Ok(())
    }

    /// What the certificate says.
    pub fn peer(&self) -> Peer {
        self.0.get().peer.clone()
    }

    /// The pin of the authority above it. A controller's tokens carry this one: while the
    /// authority changes its key, it may not be the newest.
    pub fn authority_pin(&self) -> Pin {
        self.0.get().authority
    }
}

impl ResolvesServerCert for Presented {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.get().certified))
    }
}

impl ResolvesClientCert for Presented {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.get().certified))
    }

    fn has_certs(&self) -> bool {
        true
    }
}
