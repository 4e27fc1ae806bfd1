//! Keys in files: the format of OpenSSH's private keys, and lines of public ones.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::{
    bn::BigNumContext,
    ec::{EcGroup, EcKey, PointConversionForm},
    error::ErrorStack,
    hash::MessageDigest,
    nid::Nid,
    pkcs5::pbkdf2_hmac,
    pkey::{PKey, Private},
    rsa::Rsa,
    symm::{Cipher, Crypter, Mode},
};

use crate::{
    caps,
    openssh::{
        private_key::{self, BEGIN, END, MAGIC},
        wire::{Reader, Writer as _},
    },
};

/// Kinds of keys: name of the option, of the type on the wire, as it is shown, bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyKind {
    Rsa(u32),
    Ecdsa(u32),
    Ed25519,
}

/// A public key: its encoding and its comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Public {
    pub(super) blob: Vec<u8>,
    pub(super) comment: String,
}

/// A private key: its public half, and the fields of its secret one, with the type first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Secret {
    pub(super) public: Public,
    fields: Vec<u8>,
}

/// Why a private key cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is none.
    Format,
    /// It wants a passphrase, or another one.
    Passphrase,
}

impl Public {
    /// The type as it stands in the encoding.
    pub(super) fn algorithm(&self) -> String {
        let name = Reader::new(&self.blob).string().unwrap_or_default();
        String::from_utf8_lossy(name).into_owned()
    }

    /// The type as it is shown, and the size.
    pub(super) fn kind(&self) -> Option<(&'static str, u32)> {
        let mut reader = Reader::new(&self.blob);
        let bits = |number: &[u8]| {
            let number: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
            number.first().map_or(0, |first| number.len() as u32 * 8 - first.leading_zeros())
        };
        Some(match reader.string().ok()? {
            b"ssh-rsa" => {
                reader.string().ok()?;
                ("RSA", bits(reader.string().ok()?))
            }
            b"ssh-dss" => ("DSA", bits(reader.string().ok()?)),
            b"ssh-ed25519" => ("ED25519", 256),
            b"ecdsa-sha2-nistp256" => ("ECDSA", 256),
            b"ecdsa-sha2-nistp384" => ("ECDSA", 384),
            b"ecdsa-sha2-nistp521" => ("ECDSA", 521),
            _ => return None,
        })
    }

    /// The line of a `.pub` file.
    pub(super) fn line(&self) -> String {
        let line = format!("{} {} {}", self.algorithm(), STANDARD.encode(&self.blob), self.comment);
        line.trim_end().to_owned() + "\n"
    }

    /// Reads a line of a `.pub` file, of `authorized_keys` or of `known_hosts`.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let known = |word: &&str| word.starts_with("ssh-") || word.starts_with("ecdsa-sha2-");
        let at = words.iter().take(3).position(known)?;
        let blob = STANDARD.decode(words.get(at + 1)?).ok()?;
        let comment = words.get(at + 2..).unwrap_or_default().join(" ");
        let public = Self { blob, comment };
        (public.algorithm() == *words.get(at)?).then_some(public).filter(|public| public.kind().is_some())
    }
}

impl Secret {
    /// Makes a key.
    pub(super) fn generate(kind: KeyKind, comment: &str) -> Result<Self, ErrorStack> {
        let (mut blob, mut fields) = (Vec::new(), Vec::new());
        match kind {
            KeyKind::Ed25519 => {
                let key: PKey<Private> = PKey::generate_ed25519()?;
                let (public, seed) = (key.raw_public_key()?, key.raw_private_key()?);
                blob.put_string(b"ssh-ed25519");
                blob.put_string(&public);
                fields.extend_from_slice(&blob);
                fields.put_string(&[seed, public].concat());
            }
            KeyKind::Rsa(bits) => {
                let key = Rsa::generate(bits)?;
                let number = |number: Option<&openssl::bn::BigNumRef>| {
                    number.map(openssl::bn::BigNumRef::to_vec).unwrap_or_default()
                };
                blob.put_string(b"ssh-rsa");
                blob.put_mpint(&key.e().to_vec());
                blob.put_mpint(&key.n().to_vec());
                fields.put_string(b"ssh-rsa");
                for part in [
                    key.n().to_vec(),
                    key.e().to_vec(),
                    key.d().to_vec(),
                    number(key.iqmp()),
                    number(key.p()),
                    number(key.q()),
                ] {
                    fields.put_mpint(&part);
                }
            }
            KeyKind::Ecdsa(bits) => {
                let (nid, name) = match bits {
                    384 => (Nid::SECP384R1, "nistp384"),
                    521 => (Nid::SECP521R1, "nistp521"),
                    _ => (Nid::X9_62_PRIME256V1, "nistp256"),
                };
                let group = EcGroup::from_curve_name(nid)?;
                let key = EcKey::generate(&group)?;
                let mut context = BigNumContext::new()?;
                let form = PointConversionForm::UNCOMPRESSED;
                let point = key.public_key().to_bytes(&group, form, &mut context)?;
                blob.put_string(format!("ecdsa-sha2-{name}").as_bytes());
                blob.put_string(name.as_bytes());
                blob.put_string(&point);
                fields.extend_from_slice(&blob);
                fields.put_mpint(&key.private_key().to_vec());
            }
        }
        Ok(Self { public: Public { blob, comment: comment.to_owned() }, fields })
    }

    /// The file that holds it; encrypted when there is a passphrase.
    pub(super) fn written(&self, passphrase: &[u8], random: &[u8; 20]) -> Result<String, ErrorStack> {
        let [a, b, c, d, salt @ ..] = random;
        let (check, comment) = ([*a, *b, *c, *d], self.public.comment.as_bytes());
        if passphrase.is_empty() {
            return Ok(private_key::plain(&self.public.blob, &self.fields, comment, check));
        }
        let mut options = Vec::new();
        options.put_string(salt);
        options.put_u32(ROUNDS);
        let inner = private_key::secret_part(&self.fields, comment, check, AES_BLOCK);
        let inner = crypted(passphrase, salt, Mode::Encrypt, &inner)?;
        Ok(private_key::file([b"aes256-ctr", b"bcrypt", &options], &self.public.blob, &inner))
    }

    /// Reads such a file.
    pub(super) fn parse(text: &[u8], passphrase: &[u8]) -> Result<Self, Unreadable> {
        let text = String::from_utf8_lossy(text.get(..caps::SSH_KEY_FILE).unwrap_or(text)).into_owned();
        let body = text.split_once(BEGIN.trim_end()).and_then(|(_, rest)| rest.split_once(END.trim_end()));
        let (body, _) = body.ok_or(Unreadable::Format)?;
        let body: String = body.split_whitespace().collect();
        let bytes = STANDARD.decode(body).map_err(|_| Unreadable::Format)?;
        let rest = bytes.strip_prefix(MAGIC).ok_or(Unreadable::Format)?;
        Self::inside(rest, passphrase).unwrap_or(Err(Unreadable::Format))
    }

    /// Nothing when it is cut off.
    fn inside(bytes: &[u8], passphrase: &[u8]) -> Option<Result<Self, Unreadable>> {
        let mut reader = Reader::new(bytes);
        let cipher = reader.string().ok()?;
        let (_, options) = (reader.string().ok()?, reader.string().ok()?);
        let (_, blob, inner) = (reader.u32().ok()?, reader.string().ok()?, reader.string().ok()?);
        let plain = if cipher == b"none" {
            inner.to_vec()
        } else {
            let salt = Reader::new(options).string().ok()?;
            crypted(passphrase, salt, Mode::Decrypt, inner).ok()?
        };
        let mut reader = Reader::new(&plain);
        if reader.u32().ok()? != reader.u32().ok()? {
            return Some(Err(Unreadable::Passphrase));
        }
        let start = reader.rest();
        let count = match reader.string().ok()? {
            b"ssh-rsa" => 6,
            b"ssh-ed25519" => 2,
            _ => 3,
        };
        for _ in 0..count {
            reader.string().ok()?;
        }
        let fields = start.get(..start.len() - reader.rest().len())?.to_vec();
        let comment = String::from_utf8_lossy(reader.string().ok()?).into_owned();
        Some(Ok(Self { public: Public { blob: blob.to_vec(), comment }, fields }))
    }
}

const ROUNDS: u32 = 16;
/// Bytes of a block of AES, up to a multiple of which what it encrypts is filled.
const AES_BLOCK: usize = 16;

/// Applies the cipher of encrypted keys, whose key the passphrase makes.
fn crypted(passphrase: &[u8], salt: &[u8], mode: Mode, text: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let mut key = [0; 48];
    pbkdf2_hmac(passphrase, salt, 20_000, MessageDigest::sha512(), &mut key)?;
    let (key, vector) = key.split_at(32);
    let mut crypter = Crypter::new(Cipher::aes_256_ctr(), mode, key, Some(vector))?;
    let mut out = vec![0; text.len() + 16];
    let length = crypter.update(text, &mut out)?;
    out.truncate(length);
    Ok(out)
}
