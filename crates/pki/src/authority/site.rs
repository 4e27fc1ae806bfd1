//! Certificates for browsers: of a name, and of nobody in the swarm.

use std::fmt;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose,
    PublicKeyData as _, SanType,
};
use rustls::pki_types::ServerName;
use thiserror::Error;

use super::{
    Authority, COMMON_NAME_MAX, SignError,
    generation::serial,
    sign::{BACKDATE, issue, moment, provider},
};
use crate::{clock::DAY, keys::Key};

/// Longest life of such a certificate, in days: browsers take none that is good for longer than 398.
pub const SITE_LIFE: i64 = 397;

/// Most names in one certificate.
pub const NAMES_MAX: usize = 64;

/// No name of a site.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("neither a DNS name nor an address")]
pub struct InvalidName;

/// What browsers call a server: a DNS name, or an address. It is never a URI, so that whoever has a
/// certificate of it has no identity ([`crate::peer::Peer`]).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SiteName(ServerName<'static>);

impl std::str::FromStr for SiteName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        ServerName::try_from(text.to_owned()).map(Self).map_err(|_| InvalidName)
    }
}

impl From<std::net::IpAddr> for SiteName {
    fn from(address: std::net::IpAddr) -> Self {
        Self(ServerName::from(address))
    }
}

impl fmt::Display for SiteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            ServerName::IpAddress(address) => std::net::IpAddr::from(*address).fmt(f),
            name => name.to_str().fmt(f),
        }
    }
}

impl SiteName {
    fn alternative(&self) -> Result<SanType, SignError> {
        Ok(match &self.0 {
            ServerName::IpAddress(address) => SanType::IpAddress((*address).into()),
            name => SanType::DnsName(name.to_str().as_ref().try_into().map_err(provider)?),
        })
    }
}

/// A certificate of a site that was just signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedSite {
    /// As text.
    pub pem: String,
    /// Second since the Unix epoch after which it is no longer good.
    pub not_after: i64,
}

impl Authority {
    /// Signs a certificate by which browsers that trust the authority know the holder of `key` by these
    /// names: good from five minutes ago for [`SITE_LIFE`] days in all, or for as long as the authority.
    /// Nobody in the swarm takes it for anybody.
    ///
    /// # Errors
    /// [`SignError::Names`], [`SignError::AuthorityExpired`], [`SignError::Provider`].
    pub fn sign_site(&self, key: &Key, names: &[SiteName], now: i64) -> Result<SignedSite, SignError> {
        if !(1..=NAMES_MAX).contains(&names.len()) {
            return Err(SignError::Names);
        }
        let issuer = self.newest();
        let not_before = now - BACKDATE;
        let not_after = issuer.not_after.min(not_before + SITE_LIFE * DAY);
        if not_after <= now {
            return Err(SignError::AuthorityExpired);
        }
        let mut params = worded(names)?;
        params.not_before = moment(not_before)?;
        params.not_after = moment(not_after)?;
        let public = rcgen::SubjectPublicKeyInfo::from_der(&key.pair().subject_public_key_info());
        let signed = issue(&params, &public.map_err(provider)?, &issuer).map_err(provider)?;
        Ok(SignedSite { pem: signed.pem(), not_after })
    }
}

/// Everything in such a certificate but its key and its time.
fn worded(names: &[SiteName]) -> Result<CertificateParams, SignError> {
    let mut params = CertificateParams::default();
    params.serial_number =
        Some(serial().ok_or_else(|| SignError::Provider("the system gives no random bytes".to_owned()))?);
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "DECNET");
    // It is for people, who know a certificate by it; browsers look at the alternative names.
    let first = names.iter().map(ToString::to_string).find(|name| name.len() <= COMMON_NAME_MAX);
    if let Some(first) = first {
        params.distinguished_name.push(DnType::CommonName, first);
    }
    params.subject_alt_names = names.iter().map(SiteName::alternative).collect::<Result<_, _>>()?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{peer, peer::PeerError, pem, testing::NOW};

    fn names(text: &str) -> Vec<SiteName> {
        text.split_whitespace().map(|name| name.parse().unwrap()).collect()
    }

    #[test]
    fn names_are_dns_names_and_addresses() {
        for text in ["master", "master.example.org", "192.0.2.1", "2001:db8::1"] {
            assert_eq!(text.parse::<SiteName>().unwrap().to_string(), text);
        }
        for text in ["", "decnet://master/1", "a b", "*", "-", "x..y", "300.1.1.1.", "name:80", "ä.example"]
        {
            assert_eq!(text.parse::<SiteName>(), Err(InvalidName), "{text}");
        }
    }

    #[test]
    fn it_names_a_server_of_no_swarm_for_little_more_than_a_year() {
        let dir = tempfile::tempdir().unwrap();
        let authority = Authority::open_or_create(&dir.path().join("ca"), NOW).unwrap();
        let key = Key::draw().unwrap();
        let site = authority.sign_site(&key, &names("master.example 192.0.2.1 2001:db8::1"), NOW).unwrap();
        let der = pem::certificate(&site.pem).unwrap();
        assert_eq!(peer::Peer::of(&der), Err(PeerError::Names));
        let parsed = peer::parse(&der).unwrap();
        let validity = parsed.validity();
        let life = validity.not_after.timestamp() - validity.not_before.timestamp();
        assert_eq!((life, validity.not_after.timestamp()), (SITE_LIFE * DAY, site.not_after));
        assert_eq!(parsed.subject_alternative_name().unwrap().unwrap().value.general_names.len(), 3);
        assert!(!parsed.basic_constraints().unwrap().unwrap().value.ca);
        let usage = parsed.extended_key_usage().unwrap().unwrap().value;
        assert!(usage.server_auth && !usage.client_auth && !usage.any);

        assert_eq!(authority.sign_site(&key, &[], NOW), Err(SignError::Names));
        let many = vec![SiteName::from(std::net::IpAddr::from([192, 0, 2, 1])); NAMES_MAX + 1];
        assert_eq!(authority.sign_site(&key, &many, NOW), Err(SignError::Names));
        let later = authority.not_after() - 7 * DAY;
        assert_eq!(
            authority.sign_site(&key, &names("a"), later).map(|site| site.not_after),
            Ok(authority.not_after())
        );
        let too_late = authority.not_after();
        assert_eq!(authority.sign_site(&key, &names("a"), too_late), Err(SignError::AuthorityExpired));
    }
}
