//! The user-based security of version 3: keys, digests, encryption.
//!
//! RFC 3414 and RFC 7860 for digests, RFC 3414 for DES, RFC 3826 for AES.

use openssl::{
    hash::{Hasher, MessageDigest},
    memcmp,
    pkey::PKey,
    sign::Signer,
    symm::{Cipher, Crypter, Mode},
};

/// How messages are authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// HMAC-MD5-96.
    Md5,
    /// HMAC-SHA-96.
    Sha1,
    /// HMAC-192-SHA-256.
    Sha256,
    /// HMAC-384-SHA-512.
    Sha512,
}

impl Auth {
    fn digest(self) -> MessageDigest {
        match self {
            Self::Md5 => MessageDigest::md5(),
            Self::Sha1 => MessageDigest::sha1(),
            Self::Sha256 => MessageDigest::sha256(),
            Self::Sha512 => MessageDigest::sha512(),
        }
    }

    /// Length of a digest on the wire.
    pub const fn length(self) -> usize {
        match self {
            Self::Md5 | Self::Sha1 => 12,
            Self::Sha256 => 24,
            Self::Sha512 => 48,
        }
    }
}

/// How messages are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privacy {
    /// DES in CBC mode.
    Des,
    /// AES-128 in CFB mode.
    Aes,
}

/// Bytes that a password is stretched to before it is hashed.
const STRETCHED: usize = 1024 * 1024;
/// Bytes of the salt in a message.
pub const SALT: usize = 8;

/// The key that a password is to one engine.
pub fn localized_key(auth: Auth, password: &[u8], engine: &[u8]) -> Option<Vec<u8>> {
    let mut hasher = Hasher::new(auth.digest()).ok()?;
    let stream: Vec<u8> = password.iter().copied().cycle().take(STRETCHED).collect();
    hasher.update(&stream).ok()?;
    let key = hasher.finish().ok()?;
    let mut hasher = Hasher::new(auth.digest()).ok()?;
    for part in [&*key, engine, &*key] {
        hasher.update(part).ok()?;
    }
    Some(hasher.finish().ok()?.to_vec())
}

/// The digest of a message whose place for it is filled with zeros.
pub fn digest(auth: Auth, key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let key = PKey::hmac(key).ok()?;
    let mut signer = Signer::new(auth.digest(), &key).ok()?;
    let mut digest = signer.sign_oneshot_to_vec(message).ok()?;
    digest.truncate(auth.length());
    Some(digest)
}

/// Whether two digests are the same.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && memcmp::eq(a, b)
}

/// Where an engine stands in time when a message is encrypted.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// How often it started.
    pub boots: u32,
    /// Seconds since.
    pub time: u32,
}

/// Reads what is encrypted; DES leaves padding behind it.
pub fn decrypt(privacy: Privacy, key: &[u8], salt: &[u8], moment: Moment, data: &[u8]) -> Option<Vec<u8>> {
    if privacy == Privacy::Des && !data.len().is_multiple_of(8) {
        return None;
    }
    transform(privacy, Mode::Decrypt, key, salt, moment, data)
}

/// Encrypts; DES pads with zeros.
pub fn encrypt(privacy: Privacy, key: &[u8], salt: &[u8], moment: Moment, data: &[u8]) -> Option<Vec<u8>> {
    let mut data = data.to_vec();
    if privacy == Privacy::Des {
        data.resize(data.len().next_multiple_of(8), 0);
    }
    transform(privacy, Mode::Encrypt, key, salt, moment, &data)
}

fn transform(
    privacy: Privacy,
    mode: Mode,
    key: &[u8],
    salt: &[u8],
    moment: Moment,
    data: &[u8],
) -> Option<Vec<u8>> {
    if salt.len() != SALT {
        return None;
    }
    let (cipher, key, iv) = match privacy {
        Privacy::Des => {
            // Single DES is triple DES with one key; the library has it under that name only.
            let des = key.get(..8)?;
            let mixed = key.get(8..16)?.iter().zip(salt).map(|(a, b)| a ^ b).collect();
            (Cipher::des_ede3_cbc(), des.repeat(3), mixed)
        }
        Privacy::Aes => {
            let times = [moment.boots.to_be_bytes(), moment.time.to_be_bytes()].concat();
            (Cipher::aes_128_cfb128(), key.get(..16)?.to_vec(), [&times, salt].concat())
        }
    };
    let iv: Vec<u8> = iv;
    let mut crypter = Crypter::new(cipher, mode, &key, Some(&iv)).ok()?;
    crypter.pad(false);
    let mut out = vec![0; data.len() + cipher.block_size()];
    let mut written = crypter.update(data, &mut out).ok()?;
    written += crypter.finalize(out.get_mut(written..)?).ok()?;
    out.truncate(written);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGINE: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];

    /// RFC 3414, appendix A.3.
    #[test]
    fn keys_are_those_of_the_standard() {
        let check = |auth, expect: &str| {
            let key = localized_key(auth, b"maplesyrup", &ENGINE).unwrap();
            assert_eq!(key.iter().map(|b| format!("{b:02x}")).collect::<String>(), expect);
        };
        check(Auth::Md5, "526f5eed9fcce26f8964c2930787d82b");
        check(Auth::Sha1, "6695febc9288e36282235fc7151f128497b38f3f");
    }

    #[test]
    fn what_is_encrypted_can_be_read() {
        let moment = Moment { boots: 3, time: 77 };
        for privacy in [Privacy::Des, Privacy::Aes] {
            let key = localized_key(Auth::Sha1, b"maplesyrup", &ENGINE).unwrap();
            let sealed = encrypt(privacy, &key, &[7; 8], moment, b"a text of 19 octets").unwrap();
            let opened = decrypt(privacy, &key, &[7; 8], moment, &sealed).unwrap();
            assert_eq!(opened[..19], *b"a text of 19 octets");
            assert!(decrypt(privacy, &key, &[7; 7], moment, &sealed).is_none());
        }
        assert!(decrypt(Privacy::Des, &[1; 16], &[7; 8], moment, &[0; 9]).is_none());
    }
}
