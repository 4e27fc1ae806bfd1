//! What is taken of a certificate request: its key, when the asker holds it.

use rcgen::SubjectPublicKeyInfo;
use rustls::pki_types::pem::{PemObject as _, SectionKind};
use thiserror::Error;
use x509_parser::{certification_request::X509CertificationRequest, prelude::FromDer as _};

use crate::peer::is_p256;

/// Longest request as PEM, in bytes.
pub const REQUEST_MAX: usize = 16 * 1024;

/// The request is not signed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum InvalidRequest {
    /// More than [`REQUEST_MAX`].
    #[error("a certificate request has at most {REQUEST_MAX} bytes")]
    TooLong,
    /// It is no PKCS #10 in PEM.
    #[error("no certificate request (PKCS #10, PEM)")]
    Malformed,
    /// Its key is of another kind.
    #[error("the request's key is not ECDSA P-256")]
    Key,
    /// Whoever made it does not hold the key.
    #[error("the request is not signed with its own key")]
    Signature,
}

/// The key of a request.
pub(super) fn key_of(pem: &str) -> Result<SubjectPublicKeyInfo, InvalidRequest> {
    if pem.len() > REQUEST_MAX {
        return Err(InvalidRequest::TooLong);
    }
    let (kind, der) =
        <(SectionKind, Vec<u8>)>::from_pem_slice(pem.as_bytes()).map_err(|_| InvalidRequest::Malformed)?;
    if kind != SectionKind::Csr {
        return Err(InvalidRequest::Malformed);
    }
    let (rest, request) = X509CertificationRequest::from_der(&der).map_err(|_| InvalidRequest::Malformed)?;
    let info = request.certification_request_info.subject_pki.raw;
    if !rest.is_empty() {
        return Err(InvalidRequest::Malformed);
    }
    if !is_p256(info) {
        return Err(InvalidRequest::Key);
    }
    request.verify_signature().map_err(|_| InvalidRequest::Signature)?;
    SubjectPublicKeyInfo::from_der(info).map_err(|_| InvalidRequest::Key)
}

#[cfg(test)]
mod tests {
    use decnet_proto::swarm::operator::Profile;
    use proptest::prelude::*;
    use rcgen::{CertificateParams, KeyPair, PublicKeyData as _};

    use super::*;
    use crate::{digest::Pin, keys::Key};

    #[test]
    fn the_key_is_taken() {
        let key = Key::draw().unwrap();
        let taken = key_of(&key.request(Profile::AgentClient).unwrap()).unwrap();
        assert_eq!(Pin::of_key(&taken.subject_public_key_info()), key.pin());
    }

    #[test]
    fn what_is_none_is_refused() {
        let check = |text: &str, expect| assert_eq!(key_of(text).unwrap_err(), expect);
        check("", InvalidRequest::Malformed);
        check(&"x".repeat(REQUEST_MAX + 1), InvalidRequest::TooLong);
        let other = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
        check(
            &CertificateParams::default().serialize_request(&other).unwrap().pem().unwrap(),
            InvalidRequest::Key,
        );
        let pem = Key::draw().unwrap().request(Profile::AgentClient).unwrap();
        check(&pem.replace("CERTIFICATE REQUEST", "CERTIFICATE"), InvalidRequest::Malformed);
    }

    fn der() -> Vec<u8> {
        let pem = Key::draw().unwrap().request(Profile::AgentClient).unwrap();
        <(SectionKind, Vec<u8>)>::from_pem_slice(pem.as_bytes()).unwrap().1
    }

    fn as_pem(der: &[u8]) -> String {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        format!(
            "-----BEGIN CERTIFICATE REQUEST-----\n{}\n-----END CERTIFICATE REQUEST-----\n",
            STANDARD.encode(der)
        )
    }

    #[test]
    fn a_changed_request_never_yields_another_key() {
        let der = der();
        let key = key_of(&as_pem(&der)).unwrap();
        for at in 0..der.len() {
            for bit in 0..8 {
                let mut changed = der.clone();
                changed[at] ^= 1 << bit;
                // What is around the signed part has bits that say nothing.
                let taken = key_of(&as_pem(&changed));
                assert!(taken.is_err() || taken.as_ref() == Ok(&key), "bit {bit} of byte {at}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text: String, bytes: Vec<u8>) {
            let _ = key_of(&text);
            let _ = key_of(&as_pem(&bytes));
        }
    }
}
