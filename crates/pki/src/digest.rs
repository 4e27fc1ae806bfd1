//! What keys and certificates are known by: SHA-256, written as 64 lower-case hexadecimal digits.

use std::{fmt, str::FromStr};

use ring::digest::{SHA256, digest};
use rustls::pki_types::CertificateDer;
use thiserror::Error;

/// The text is no SHA-256.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0:?} is no SHA-256: it would be 64 lower-case hexadecimal digits")]
pub struct InvalidDigest(pub String);

/// What somebody must hold to be who he says: of a peer the SHA-256 of its key
/// (`SubjectPublicKeyInfo`), which a renewal with the same key does not change; of an authority
/// that of its certificate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pin(pub [u8; 32]);

/// SHA-256 of a certificate: what is shown of it, and what is remembered when it is revoked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl Pin {
    /// Of a key, from the DER form of its `SubjectPublicKeyInfo`.
    pub fn of_key(info: &[u8]) -> Self {
        Self(sha256(info))
    }

    /// Of an authority.
    pub fn of_authority(certificate: &CertificateDer<'_>) -> Self {
        Self(sha256(certificate))
    }
}

impl Fingerprint {
    /// Of a certificate.
    pub fn of(certificate: &CertificateDer<'_>) -> Self {
        Self(sha256(certificate))
    }
}

/// SHA-256 of `bytes`.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sum = [0; 32];
    sum.copy_from_slice(digest(&SHA256, bytes).as_ref());
    sum
}

fn write_hex(bytes: &[u8; 32], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut text = String::with_capacity(64);
    for byte in bytes {
        use fmt::Write as _;
        write!(text, "{byte:02x}")?;
    }
    f.pad(&text)
}

fn read_hex(text: &str) -> Result<[u8; 32], InvalidDigest> {
    let invalid = || InvalidDigest(text.chars().take(80).collect());
    let lower = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if text.len() != 64 || !text.bytes().all(lower) {
        return Err(invalid());
    }
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        let pair = text.get(2 * at..2 * at + 2).ok_or_else(invalid)?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| invalid())?;
    }
    Ok(bytes)
}

/// Text in both directions, for a type of 32 bytes.
macro_rules! as_hex {
    ($type:ident) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(&self.0, f)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($type))
            }
        }

        impl FromStr for $type {
            type Err = InvalidDigest;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                read_hex(text).map(Self)
            }
        }
    };
}

as_hex!(Pin);
as_hex!(Fingerprint);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_has_one_text() {
        // FIPS 180-4's own example of one block.
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Pin::of_key(b"abc").to_string(), text);
        assert_eq!(text.parse(), Ok(Pin::of_key(b"abc")));
        let wide = format!("{}\u{e9}", &text[..62]);
        for bad in [&text.to_uppercase(), &text[1..], &format!("{text}0"), &format!("+{}", &text[1..]), &wide]
        {
            assert!(bad.parse::<Fingerprint>().is_err(), "{bad}");
        }
    }
}
