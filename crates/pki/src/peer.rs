//! Who the holder of a certificate is.
//!
//! Only what the authority's own profiles can have written is read: anything else is refused,
//! whoever signed it. A [`Peer`] says nothing about trust; that is for `tls`, which asks for the
//! chain, the time and the admission too.

use decnet_proto::swarm::{
    operator::Profile,
    profile::Direction,
    role::{Identity, InvalidIdentity, Role},
};
use rustls::{CommonState, pki_types::CertificateDer};
use thiserror::Error;
use x509_parser::{
    certificate::X509Certificate,
    extensions::{ExtendedKeyUsage, GeneralName},
    prelude::FromDer as _,
    x509::X509Version,
};

use crate::digest::{Fingerprint, Pin};

/// Largest certificate that is read, in bytes. Ours have about 600.
pub const CERTIFICATE_MAX: usize = 8 * 1024;

/// Characters of a common name that are kept.
const NAME_MAX: usize = 64;

/// `SubjectPublicKeyInfo` of an uncompressed point of P-256, up to the point's coordinates
/// (RFC 5480, section 2.1).
const P256: [u8; 27] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];

/// The certificate is of nobody in a swarm.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PeerError {
    /// It has more than [`CERTIFICATE_MAX`] bytes.
    #[error("a certificate has at most {CERTIFICATE_MAX} bytes")]
    TooLong,
    /// It is no X.509 certificate of version 3.
    #[error("no X.509 certificate")]
    Malformed,
    /// It is an authority's.
    #[error("the certificate is an authority's, and nobody's who speaks")]
    Authority,
    /// Its key is not ECDSA P-256.
    #[error("the certificate's key is not ECDSA P-256")]
    Key,
    /// It has not exactly one alternative name, a URI.
    #[error("the certificate has not exactly one alternative name that is a URI")]
    Names,
    /// The URI is none of ours.
    #[error("the certificate names nobody")]
    Identity(#[from] InvalidIdentity),
    /// It is not for exactly one of the two ends of a connection.
    #[error("the certificate is not for exactly one end of a connection")]
    Usage,
    /// No profile has this role at this end.
    #[error("no certificate of the role {0} is for this end of a connection")]
    Profile(Role),
}

/// What a certificate says of its holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its authority.
    pub identity: Identity,
    /// What the certificate is for: the identity's role at one end of a connection.
    pub profile: Profile,
    /// Of the certificate.
    pub fingerprint: Fingerprint,
    /// Of the key.
    pub pin: Pin,
    /// For people; it decides nothing. Control characters are left out.
    pub common_name: String,
    /// Second since the Unix epoch from which the certificate is good.
    pub not_before: i64,
    /// Second since the Unix epoch after which it is not.
    pub not_after: i64,
}

impl Peer {
    /// Reads a certificate.
    ///
    /// # Errors
    /// [`PeerError`] says what it has that a certificate of a swarm has not.
    pub fn of(certificate: &CertificateDer<'_>) -> Result<Self, PeerError> {
        let parsed = parse(certificate)?;
        if parsed.basic_constraints().map_err(malformed)?.is_some_and(|constraints| constraints.value.ca) {
            return Err(PeerError::Authority);
        }
        let key = parsed.public_key().raw;
        if !is_p256(key) {
            return Err(PeerError::Key);
        }
        let identity = identity_of(&parsed)?;
        let usage = parsed.extended_key_usage().map_err(malformed)?.ok_or(PeerError::Usage)?;
        let profile = Profile::of(identity.role, direction_of(usage.value)?)
            .ok_or(PeerError::Profile(identity.role))?;
        Ok(Self {
            identity,
            profile,
            fingerprint: Fingerprint::of(certificate),
            pin: Pin::of_key(key),
            common_name: common_name_of(&parsed),
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
        })
    }

    /// The peer of a connection whose handshake is done; nothing where it showed no certificate.
    ///
    /// # Errors
    /// Those of [`Self::of`], on a connection that `tls` has not configured.
    pub fn of_connection(connection: &CommonState) -> Result<Option<Self>, PeerError> {
        let shown = connection.peer_certificates().and_then(<[_]>::first);
        shown.map(Self::of).transpose()
    }

    /// The end of a connection that it may be.
    pub fn direction(&self) -> Direction {
        self.profile.direction()
    }

    /// When to ask for a new certificate: at two thirds of this one's life.
    pub fn renew_from(&self) -> i64 {
        self.not_before + (self.not_after - self.not_before) / 3 * 2
    }
}

/// A certificate of a bearable size, of version 3, and nothing after it.
pub(crate) fn parse<'a>(certificate: &'a CertificateDer<'_>) -> Result<X509Certificate<'a>, PeerError> {
    if certificate.len() > CERTIFICATE_MAX {
        return Err(PeerError::TooLong);
    }
    let (rest, parsed) = X509Certificate::from_der(certificate).map_err(|_| PeerError::Malformed)?;
    let whole = rest.is_empty() && parsed.version() == X509Version::V3;
    whole.then_some(parsed).ok_or(PeerError::Malformed)
}

/// Whether a `SubjectPublicKeyInfo` is a point of P-256 as we write them. That it is on the curve
/// is for who verifies a signature with it.
pub(crate) fn is_p256(info: &[u8]) -> bool {
    info.len() == P256.len() + 64 && info.starts_with(&P256)
}

fn malformed(_: x509_parser::error::X509Error) -> PeerError {
    PeerError::Malformed
}

fn identity_of(certificate: &X509Certificate<'_>) -> Result<Identity, PeerError> {
    let names = certificate.subject_alternative_name().map_err(malformed)?.ok_or(PeerError::Names)?;
    match names.value.general_names.as_slice() {
        [GeneralName::URI(uri)] => Ok(uri.parse::<Identity>()?),
        _ => Err(PeerError::Names),
    }
}

fn direction_of(usage: &ExtendedKeyUsage<'_>) -> Result<Direction, PeerError> {
    let others = usage.any
        || usage.code_signing
        || usage.email_protection
        || usage.time_stamping
        || usage.ocsp_signing
        || !usage.other.is_empty();
    match (usage.server_auth, usage.client_auth, others) {
        (true, false, false) => Ok(Direction::Server),
        (false, true, false) => Ok(Direction::Client),
        _ => Err(PeerError::Usage),
    }
}

fn common_name_of(certificate: &X509Certificate<'_>) -> String {
    let mut names = certificate.subject().iter_common_name();
    let first = names.next().and_then(|name| name.as_str().ok()).unwrap_or_default();
    first.chars().filter(|c| !c.is_control()).take(NAME_MAX).collect()
}

#[cfg(test)]
mod tests;
