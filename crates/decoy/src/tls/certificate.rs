//! The certificate that an installation signs for itself.

use decnet_proto::persona::Persona;
use openssl::{
    asn1::Asn1Time,
    bn::BigNum,
    error::ErrorStack,
    hash::MessageDigest,
    pkey::{PKey, Private},
    x509::{
        X509, X509Builder, X509NameBuilder,
        extension::{BasicConstraints, SubjectAlternativeName},
    },
};

use super::{KeyPair, TlsError, attempting};
use crate::identity;

const DAY: i64 = 86_400;
/// How long the certificates of Debian's `ssl-cert` live.
const LIFE_DAYS: i64 = 3_650;

/// A certificate for `common_name`, signed with its own key. RSA signatures of this kind are
/// deterministic, so the certificate is the same, byte for byte, after every restart.
pub(super) fn self_signed(
    persona: &Persona,
    common_name: &str,
    key: PKey<Private>,
) -> Result<KeyPair, TlsError> {
    let certificate = build(persona, common_name, &key).map_err(attempting("make the certificate"))?;
    Ok(KeyPair { key, chain: vec![certificate] })
}

fn build(persona: &Persona, common_name: &str, key: &PKey<Private>) -> Result<X509, ErrorStack> {
    let mut name = X509NameBuilder::new()?;
    // RFC 5280 bounds a common name to 64 characters.
    name.append_entry_by_text("CN", common_name.get(..64).unwrap_or(common_name))?;
    let name = name.build();

    let mut serial = identity::derive::<20>(&persona.key, &format!("certificate serial {common_name}"));
    // Positive and of full length.
    serial[0] = serial[0] & 0x7f | 0x40;

    let from = identity::installed_at(persona);

    let mut builder = X509Builder::new()?;
    builder.set_version(2)?;
    builder.set_serial_number(&*BigNum::from_slice(&serial)?.to_asn1_integer()?)?;
    builder.set_subject_name(&name)?;
    builder.set_issuer_name(&name)?;
    builder.set_not_before(&*Asn1Time::from_unix(from)?)?;
    builder.set_not_after(&*Asn1Time::from_unix(from + LIFE_DAYS * DAY)?)?;
    builder.set_pubkey(key)?;
    builder.append_extension(BasicConstraints::new().build()?)?;
    let alternative =
        SubjectAlternativeName::new().dns(common_name).build(&builder.x509v3_context(None, None))?;
    builder.append_extension(alternative)?;
    builder.sign(key, MessageDigest::sha256())?;
    Ok(builder.build())
}
