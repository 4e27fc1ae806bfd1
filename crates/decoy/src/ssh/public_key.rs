//! Public keys of clients: what they are, and their fingerprint.

use ssh_key::{HashAlg, public::KeyData};

use super::wire::Reader;

/// What is written down of a public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PublicKey {
    /// Its type, as `ssh-ed25519`.
    pub(super) algorithm: String,
    /// `SHA256:` and the hash of its encoding, in base64 without padding.
    pub(super) fingerprint: String,
    /// Its size, of types that come in several.
    pub(super) bits: Option<u32>,
}

impl PublicKey {
    /// Reads the encoding of a key; only well-formed keys of known types are keys.
    pub(super) fn parse(blob: &[u8]) -> Option<Self> {
        let key = ssh_key::PublicKey::from_bytes(blob).ok()?;
        let algorithm = Reader::new(blob).string().ok()?;
        Some(Self {
            algorithm: String::from_utf8_lossy(algorithm).into_owned(),
            fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
            bits: bits(key.key_data()),
        })
    }
}

fn bits(key: &KeyData) -> Option<u32> {
    let number = |mpint: &ssh_key::Mpint| {
        let bytes = mpint.as_positive_bytes()?;
        let zeros = bytes.first()?.leading_zeros();
        Some(u32::try_from(bytes.len()).ok()? * 8 - zeros)
    };
    match key {
        KeyData::Rsa(rsa) => number(rsa.n()),
        KeyData::Dsa(dsa) => number(dsa.p()),
        _ => None,
    }
}
