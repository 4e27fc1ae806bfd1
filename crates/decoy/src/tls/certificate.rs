//! The certificate that an installation signs for itself.

use decnet_proto::persona::Persona;
use openssl::{
    asn1::Asn1Time,
    bn::BigNum,
    error::ErrorStack,
    hash::MessageDigest,
    pkey::{PKey, Private},
    x509::{
        X509, X509Builder, X509Name, X509NameBuilder,
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

/// A certificate for `server`, signed by `authority`, as MySQL makes them: version 3, numbers 2 and
/// 1, each for ten years from the installation on.
pub(super) fn issued(
    persona: &Persona,
    authority: (&str, &PKey<Private>),
    server: (&str, PKey<Private>),
) -> Result<KeyPair, TlsError> {
    let sign = |name: &str, key: &PKey<Private>, serial: u32| -> Result<X509, ErrorStack> {
        let from = identity::installed_at(persona);
        let mut builder = X509Builder::new()?;
        builder.set_version(2)?;
        builder.set_serial_number(&*BigNum::from_u32(serial)?.to_asn1_integer()?)?;
        builder.set_subject_name(&*common(name)?)?;
        builder.set_issuer_name(&*common(authority.0)?)?;
        builder.set_not_before(&*Asn1Time::from_unix(from)?)?;
        builder.set_not_after(&*Asn1Time::from_unix(from + LIFE_DAYS * DAY)?)?;
        builder.set_pubkey(key)?;
        let mut constraints = BasicConstraints::new();
        constraints.critical();
        if serial == 1 {
            constraints.ca();
        }
        builder.append_extension(constraints.build()?)?;
        builder.sign(authority.1, MessageDigest::sha256())?;
        Ok(builder.build())
    };
    let (name, key) = server;
    let leaf = sign(name, &key, 2).map_err(attempting("make the certificate"))?;
    let root =
        sign(authority.0, authority.1, 1).map_err(attempting("make the certificate of the authority"))?;
    Ok(KeyPair { key, chain: vec![leaf, root] })
}

/// A name of nothing but a common name, which RFC 5280 bounds to 64 characters.
fn common(name: &str) -> Result<X509Name, ErrorStack> {
    let mut builder = X509NameBuilder::new()?;
    builder.append_entry_by_text("CN", name.get(..64).unwrap_or(name))?;
    Ok(builder.build())
}

fn build(persona: &Persona, common_name: &str, key: &PKey<Private>) -> Result<X509, ErrorStack> {
    let name = common(common_name)?;

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
