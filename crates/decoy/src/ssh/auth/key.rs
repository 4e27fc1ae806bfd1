//! Public keys of visitors: what they are, and whether a signature is theirs.

use openssl::{
    bn::{BigNum, BigNumContext},
    ec::{EcGroup, EcKey, EcPoint},
    ecdsa::EcdsaSig,
    error::ErrorStack,
    hash::MessageDigest,
    nid::Nid,
    pkey::{Id, PKey, Public},
    rsa::Rsa,
    sign::Verifier,
};
use sha2::{Digest as _, Sha256};

use crate::ssh::wire::{Malformed, Reader, Writer as _};

/// Shortest RSA key that OpenSSH takes.
const RSA_LEAST: i32 = 1_024;
/// A FIDO token says with this bit that somebody touched it.
const TOUCHED: u8 = 1;

/// What a key's name says that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Rsa,
    Dss,
    Ecdsa(Nid),
    Ed25519,
    /// A FIDO token's, of either kind.
    TokenEcdsa,
    TokenEd25519,
    /// A certificate, whose key is not read.
    Certificate,
}

const CURVES: &[(&str, Nid)] = &[
    ("ecdsa-sha2-nistp256", Nid::X9_62_PRIME256V1),
    ("ecdsa-sha2-nistp384", Nid::SECP384R1),
    ("ecdsa-sha2-nistp521", Nid::SECP521R1),
];

fn family(name: &[u8]) -> Option<Family> {
    if let Some((_, nid)) = CURVES.iter().find(|(curve, _)| curve.as_bytes() == name) {
        return Some(Family::Ecdsa(*nid));
    }
    match name {
        b"ssh-rsa" => Some(Family::Rsa),
        b"ssh-dss" => Some(Family::Dss),
        b"ssh-ed25519" => Some(Family::Ed25519),
        b"sk-ecdsa-sha2-nistp256@openssh.com" => Some(Family::TokenEcdsa),
        b"sk-ssh-ed25519@openssh.com" => Some(Family::TokenEd25519),
        _ => name.ends_with(b"-cert-v01@openssh.com").then_some(Family::Certificate),
    }
}

/// The key that a signature algorithm wants.
fn family_of_algorithm(algorithm: &[u8]) -> Option<Family> {
    match algorithm {
        b"rsa-sha2-256" | b"rsa-sha2-512" => Some(Family::Rsa),
        _ => family(algorithm),
    }
}

/// A public key.
pub(super) struct PublicKey {
    family: Family,
    /// Absent where no signature will be checked.
    key: Option<PKey<Public>>,
    /// What a token signs for.
    application: Vec<u8>,
}

impl PublicKey {
    /// Reads a key; nothing may follow it.
    pub(super) fn parse(blob: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(blob);
        let name = reader.string()?;
        let family = family(name).ok_or(Malformed)?;
        let key = match family {
            Family::Rsa => rsa(&mut reader)?,
            Family::Dss => dss(&mut reader)?,
            Family::Ecdsa(nid) => ecdsa(&mut reader, name, nid)?,
            Family::TokenEcdsa => ecdsa(&mut reader, b"ecdsa-sha2-nistp256", Nid::X9_62_PRIME256V1)?,
            Family::Ed25519 | Family::TokenEd25519 => ed25519(&mut reader)?,
            Family::Certificate => return Ok(Self { family, key: None, application: Vec::new() }),
        };
        let application = match family {
            Family::TokenEcdsa | Family::TokenEd25519 => reader.text()?.to_vec(),
            _ => Vec::new(),
        };
        reader.end()?;
        Ok(Self { family, key, application })
    }

    /// Whether a signature algorithm goes with the key.
    pub(super) fn suits(&self, algorithm: &[u8]) -> bool {
        family_of_algorithm(algorithm) == Some(self.family)
    }

    /// Whether `signature` over `data` is this key's, made by `algorithm`.
    pub(super) fn verifies(&self, algorithm: &[u8], signature: &[u8], data: &[u8]) -> bool {
        self.check(algorithm, signature, data).unwrap_or(false)
    }

    fn check(&self, algorithm: &[u8], signature: &[u8], data: &[u8]) -> Result<bool, Malformed> {
        let mut reader = Reader::new(signature);
        if reader.string()? != algorithm || !self.suits(algorithm) {
            return Ok(false);
        }
        let proof = reader.string()?;
        let token = matches!(self.family, Family::TokenEcdsa | Family::TokenEd25519);
        let signed = if token {
            let (flags, counter) = (reader.byte()?, reader.array::<4>()?);
            if flags & TOUCHED == 0 {
                return Ok(false);
            }
            let mut signed = Sha256::digest(&self.application).to_vec();
            signed.push(flags);
            signed.extend_from_slice(&counter);
            signed.extend_from_slice(&Sha256::digest(data));
            Some(signed)
        } else {
            None
        };
        reader.end()?;
        let Some(key) = &self.key else { return Ok(false) };
        let data = signed.as_deref().unwrap_or(data);
        let proven = match self.family {
            Family::Rsa => rsa_verifies(key, algorithm, proof, data),
            Family::Ecdsa(nid) => ecdsa_verifies(key, nid, proof, data),
            Family::TokenEcdsa => ecdsa_verifies(key, Nid::X9_62_PRIME256V1, proof, data),
            Family::Ed25519 | Family::TokenEd25519 => Verifier::new_without_digest(key)
                .and_then(|mut verifier| verifier.verify_oneshot(proof, data)),
            Family::Dss | Family::Certificate => Ok(false),
        };
        Ok(proven.unwrap_or(false))
    }
}

/// Nothing where no signature will be checked.
type Material = Option<PKey<Public>>;

fn rsa(reader: &mut Reader<'_>) -> Result<Material, Malformed> {
    let (e, n) = (number(reader)?, number(reader)?);
    if n.num_bits() < RSA_LEAST {
        return Err(Malformed);
    }
    Rsa::from_public_components(n, e).and_then(PKey::from_rsa).map(Some).map_err(|_| Malformed)
}

/// Four numbers; no build of today takes it.
fn dss(reader: &mut Reader<'_>) -> Result<Material, Malformed> {
    for _ in 0..4 {
        reader.mpint()?;
    }
    Ok(None)
}

fn ecdsa(reader: &mut Reader<'_>, name: &[u8], nid: Nid) -> Result<Material, Malformed> {
    let (curve, point) = (reader.string()?, reader.string()?);
    if name.strip_prefix(b"ecdsa-sha2-") != Some(curve) {
        return Err(Malformed);
    }
    point_key(nid, point).map(Some).map_err(|_| Malformed)
}

fn point_key(nid: Nid, point: &[u8]) -> Result<PKey<Public>, ErrorStack> {
    let group = EcGroup::from_curve_name(nid)?;
    let mut context = BigNumContext::new()?;
    let point = EcPoint::from_bytes(&group, point, &mut context)?;
    let key = EcKey::from_public_key(&group, &point)?;
    key.check_key()?;
    PKey::from_ec_key(key)
}

fn ed25519(reader: &mut Reader<'_>) -> Result<Material, Malformed> {
    let bytes = reader.string()?;
    PKey::public_key_from_raw_bytes(bytes, Id::ED25519).map(Some).map_err(|_| Malformed)
}

fn number(reader: &mut Reader<'_>) -> Result<BigNum, Malformed> {
    BigNum::from_slice(reader.mpint()?).map_err(|_| Malformed)
}

fn rsa_verifies(key: &PKey<Public>, algorithm: &[u8], proof: &[u8], data: &[u8]) -> Result<bool, ErrorStack> {
    let digest = match algorithm {
        b"rsa-sha2-512" => MessageDigest::sha512(),
        b"rsa-sha2-256" => MessageDigest::sha256(),
        _ => MessageDigest::sha1(),
    };
    // A signature with leading zeros may come without them.
    let missing = key.size().saturating_sub(proof.len());
    let padded = [vec![0; missing], proof.to_vec()].concat();
    let mut verifier = Verifier::new(digest, key)?;
    verifier.verify_oneshot(&padded, data)
}

fn ecdsa_verifies(key: &PKey<Public>, nid: Nid, proof: &[u8], data: &[u8]) -> Result<bool, ErrorStack> {
    let digest = match nid {
        Nid::X9_62_PRIME256V1 => MessageDigest::sha256(),
        Nid::SECP384R1 => MessageDigest::sha384(),
        _ => MessageDigest::sha512(),
    };
    let mut reader = Reader::new(proof);
    let (Ok(r), Ok(s), Ok(())) = (number(&mut reader), number(&mut reader), reader.end()) else {
        return Ok(false);
    };
    let der = EcdsaSig::from_private_components(r, s)?.to_der()?;
    Verifier::new(digest, key)?.verify_oneshot(&der, data)
}

/// What a key signs to log in (RFC 4252, section 7): the request without its signature, after the
/// session's identifier.
pub(super) fn signed_data(session_id: &[u8], request: &SignedRequest<'_>) -> Vec<u8> {
    const USERAUTH_REQUEST: u8 = 50;
    let mut data = Vec::new();
    data.put_string(session_id);
    data.put_byte(USERAUTH_REQUEST);
    data.put_string(request.user);
    data.put_string(request.service);
    data.put_string(request.method);
    data.put_boolean(true);
    data.put_string(request.algorithm);
    data.put_string(request.blob);
    if let Some(host_key) = request.host_key {
        data.put_string(host_key);
    }
    data
}

/// The parts of a request that are signed.
pub(super) struct SignedRequest<'a> {
    pub(super) user: &'a [u8],
    pub(super) service: &'a [u8],
    pub(super) method: &'a [u8],
    pub(super) algorithm: &'a [u8],
    pub(super) blob: &'a [u8],
    pub(super) host_key: Option<&'a [u8]>,
}

#[cfg(test)]
mod tests {
    use openssl::{pkey::Private, sign::Signer};
    use proptest::prelude::*;

    use super::*;

    fn ed25519_pair() -> (PKey<Private>, Vec<u8>) {
        let private = PKey::generate_ed25519().unwrap();
        let mut blob = Vec::new();
        blob.put_string(b"ssh-ed25519");
        blob.put_string(&private.raw_public_key().unwrap());
        (private, blob)
    }

    fn sealed(algorithm: &[u8], proof: &[u8]) -> Vec<u8> {
        let mut signature = Vec::new();
        signature.put_string(algorithm);
        signature.put_string(proof);
        signature
    }

    #[test]
    fn ed25519_signatures_are_checked() {
        let (private, blob) = ed25519_pair();
        let proof = Signer::new_without_digest(&private).unwrap().sign_oneshot_to_vec(b"data").unwrap();
        let key = PublicKey::parse(&blob).unwrap();
        let signature = sealed(b"ssh-ed25519", &proof);
        assert!(key.verifies(b"ssh-ed25519", &signature, b"data"));
        assert!(!key.verifies(b"ssh-ed25519", &signature, b"other"));
        assert!(!key.verifies(b"ssh-rsa", &signature, b"data"));
        assert!(!key.verifies(b"ssh-ed25519", &proof, b"data"));
    }

    #[test]
    fn rsa_signatures_name_their_digest() {
        let private = Rsa::generate(2_048).unwrap();
        let mut blob = Vec::new();
        blob.put_string(b"ssh-rsa");
        blob.put_mpint(&private.e().to_vec());
        blob.put_mpint(&private.n().to_vec());
        let private = PKey::from_rsa(private).unwrap();
        let key = PublicKey::parse(&blob).unwrap();
        for (algorithm, digest) in [
            (&b"rsa-sha2-512"[..], MessageDigest::sha512()),
            (b"rsa-sha2-256", MessageDigest::sha256()),
            (b"ssh-rsa", MessageDigest::sha1()),
        ] {
            let proof = Signer::new(digest, &private).unwrap().sign_oneshot_to_vec(b"data").unwrap();
            assert!(key.verifies(algorithm, &sealed(algorithm, &proof), b"data"));
            assert!(!key.verifies(b"rsa-sha2-512", &sealed(b"ssh-rsa", &proof), b"data"));
        }
    }

    #[test]
    fn ecdsa_signatures_are_two_numbers() {
        for (name, nid) in CURVES {
            let group = EcGroup::from_curve_name(*nid).unwrap();
            let private = EcKey::generate(&group).unwrap();
            let mut context = BigNumContext::new().unwrap();
            let form = openssl::ec::PointConversionForm::UNCOMPRESSED;
            let point = private.public_key().to_bytes(&group, form, &mut context).unwrap();
            let mut blob = Vec::new();
            blob.put_string(name.as_bytes());
            blob.put_string(&name.as_bytes()[11..]);
            blob.put_string(&point);
            let key = PublicKey::parse(&blob).unwrap();
            let digest = match *nid {
                Nid::X9_62_PRIME256V1 => MessageDigest::sha256(),
                Nid::SECP384R1 => MessageDigest::sha384(),
                _ => MessageDigest::sha512(),
            };
            let private = PKey::from_ec_key(private).unwrap();
            let der = Signer::new(digest, &private).unwrap().sign_oneshot_to_vec(b"data").unwrap();
            let pair = EcdsaSig::from_der(&der).unwrap();
            let mut proof = Vec::new();
            proof.put_mpint(&pair.r().to_vec());
            proof.put_mpint(&pair.s().to_vec());
            assert!(key.verifies(name.as_bytes(), &sealed(name.as_bytes(), &proof), b"data"));
            assert!(!key.verifies(name.as_bytes(), &sealed(name.as_bytes(), &proof), b"date"));
        }
    }

    #[test]
    fn short_and_trailing_keys_are_none() {
        let (_, mut blob) = ed25519_pair();
        blob.push(0);
        assert!(PublicKey::parse(&blob).is_err());
        let mut short = Vec::new();
        short.put_string(b"ssh-rsa");
        short.put_mpint(&[1, 0, 1]);
        short.put_mpint(&[0xff; 64]);
        assert!(PublicKey::parse(&short).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_key_or_none(bytes: Vec<u8>, signature: Vec<u8>) {
            if let Ok(key) = PublicKey::parse(&bytes) {
                let _ = key.verifies(b"ssh-rsa", &signature, b"data");
            }
            let (_, blob) = ed25519_pair();
            prop_assert!(!PublicKey::parse(&blob).unwrap().verifies(b"ssh-ed25519", &signature, b""));
        }
    }
}
