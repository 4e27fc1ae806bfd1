//! Leaf certificates: what the authority signs, and nothing else.

use decnet_proto::swarm::{
    operator::{Certificate, Profile},
    profile::Direction,
    role::{Identity, Role},
};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyUsagePurpose,
    PublicKeyData as _, SanType,
};
use rustls::pki_types::CertificateDer;
use thiserror::Error;
use time::OffsetDateTime;

use super::{
    Authority,
    generation::{Generation, serial},
    request::{self, InvalidRequest},
};
use crate::{
    clock::DAY,
    digest::{Fingerprint, Pin},
};

/// Longest life of a certificate, in days.
pub const LIFE: i64 = 90;

/// Seconds for which the clocks of a swarm may differ.
pub(super) const BACKDATE: i64 = 5 * 60;

/// Longest common name, in characters (RFC 5280, appendix A.1, `ub-common-name`).
pub const COMMON_NAME_MAX: usize = 64;

/// A certificate is not signed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SignError {
    /// The request is not sound.
    #[error("the certificate request is not sound")]
    Request(#[from] InvalidRequest),
    /// The identity has another role than the profile.
    #[error("{profile} is no profile for the role {role}")]
    Role {
        /// What was asked for.
        profile: Profile,
        /// The role of the identity.
        role: Role,
    },
    /// The common name cannot be in a certificate.
    #[error("a common name is 1 to {COMMON_NAME_MAX} printable ASCII characters")]
    CommonName,
    /// A site has no name, or too many.
    #[error("a certificate of a site has 1 to {} names", super::NAMES_MAX)]
    Names,
    /// The authority's own certificate is no longer good, or not yet.
    #[error("the authority's certificate is not good now: roll the authority over")]
    AuthorityExpired,
    /// The machine cannot sign now.
    #[error("cannot sign: {0}")]
    Provider(String),
}

/// A certificate that was just signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// What for.
    pub profile: Profile,
    /// As text.
    pub pem: String,
    /// As it is sent.
    pub der: CertificateDer<'static>,
    /// Of the certificate.
    pub fingerprint: Fingerprint,
    /// Of its key.
    pub pin: Pin,
    /// Second since the Unix epoch after which it is no longer good.
    pub not_after: i64,
}

impl Signed {
    /// As it is told to who asked for it.
    pub fn wire(&self) -> Certificate {
        Certificate {
            profile: self.profile,
            pem: self.pem.clone(),
            fingerprint: self.fingerprint.to_string(),
            not_after: self.not_after,
        }
    }
}

impl Authority {
    /// Signs a certificate for the key of a request (PKCS #10, PEM): good from five minutes ago
    /// for [`LIFE`] days, or for as long as the authority itself. Whoever calls has seen to it
    /// that the asker is `identity`.
    ///
    /// # Errors
    /// [`SignError`] says what is not sound.
    pub fn sign(
        &self,
        profile: Profile,
        identity: Identity,
        common_name: &str,
        request_pem: &str,
        now: i64,
    ) -> Result<Signed, SignError> {
        if profile.role() != identity.role {
            return Err(SignError::Role { profile, role: identity.role });
        }
        if !is_common_name(common_name) {
            return Err(SignError::CommonName);
        }
        let key = request::key_of(request_pem)?;
        let issuer = self.newest();
        let not_after = issuer.not_after.min(now + LIFE * DAY);
        if not_after <= now {
            return Err(SignError::AuthorityExpired);
        }
        let mut params = leaf(profile, identity, common_name)?;
        params.not_before = moment(now - BACKDATE)?;
        params.not_after = moment(not_after)?;
        let signed = issue(&params, &key, &issuer).map_err(provider)?;
        let der = signed.der().clone();
        Ok(Signed {
            profile,
            pem: signed.pem(),
            fingerprint: Fingerprint::of(&der),
            pin: Pin::of_key(&key.subject_public_key_info()),
            der,
            not_after,
        })
    }
}

/// Everything in a leaf certificate but its key and its time.
fn leaf(profile: Profile, identity: Identity, common_name: &str) -> Result<CertificateParams, SignError> {
    let mut params = CertificateParams::default();
    params.serial_number =
        Some(serial().ok_or_else(|| SignError::Provider("the system gives no random bytes".to_owned()))?);
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "DECNET");
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.subject_alt_names = vec![SanType::URI(identity.to_string().try_into().map_err(provider)?)];
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![match profile.direction() {
        Direction::Server => ExtendedKeyUsagePurpose::ServerAuth,
        Direction::Client => ExtendedKeyUsagePurpose::ClientAuth,
    }];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

pub(super) fn issue(
    params: &CertificateParams,
    key: &rcgen::SubjectPublicKeyInfo,
    by: &Generation,
) -> Result<rcgen::Certificate, rcgen::Error> {
    params.signed_by(key, &Issuer::from_ca_cert_der(&by.certificate, by.key.pair())?)
}

fn is_common_name(name: &str) -> bool {
    let printable = |b: u8| b.is_ascii_graphic() || b == b' ';
    (1..=COMMON_NAME_MAX).contains(&name.len()) && name.bytes().all(printable)
}

pub(super) fn provider(error: rcgen::Error) -> SignError {
    SignError::Provider(error.to_string())
}

pub(super) fn moment(seconds: i64) -> Result<OffsetDateTime, SignError> {
    OffsetDateTime::from_unix_timestamp(seconds)
        .map_err(|_| SignError::Provider(format!("second {seconds} is no time for a certificate")))
}
