//! Private keys as OpenSSH keeps them in files (PROTOCOL.key of OpenSSH).

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::wire::Writer as _;

/// What such a file begins with, below its base64.
pub(crate) const MAGIC: &[u8] = b"openssh-key-v1\0";
/// Its first line.
pub(crate) const BEGIN: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
/// Its last line.
pub(crate) const END: &str = "-----END OPENSSH PRIVATE KEY-----\n";

/// Bytes of a line.
const LINE: usize = 70;

/// What the secret part is filled up to a multiple of where nothing encrypts it.
const PLAIN_BLOCK: usize = 8;

/// The file of a key that no passphrase protects: its public half, and the fields of both halves as
/// the secret part has them.
pub(crate) fn plain(public: &[u8], fields: &[u8], comment: &[u8], check: [u8; 4]) -> String {
    file([b"none", b"none", b""], public, &secret_part(fields, comment, check, PLAIN_BLOCK))
}

/// The part with the private half, yet to be encrypted: `check` stands in it twice, and it is filled
/// up to a multiple of `block`.
pub(crate) fn secret_part(fields: &[u8], comment: &[u8], check: [u8; 4], block: usize) -> Vec<u8> {
    let mut out = [check, check].concat();
    out.extend_from_slice(fields);
    out.put_string(comment);
    let padding = out.len().next_multiple_of(block) - out.len();
    out.extend((1..=u8::MAX).take(padding));
    out
}

/// The file: names of cipher and key derivation, options of that, the public half, the secret part.
pub(crate) fn file(how: [&[u8]; 3], public: &[u8], secret: &[u8]) -> String {
    let mut out = MAGIC.to_vec();
    how.iter().for_each(|field| out.put_string(field));
    out.put_u32(1);
    out.put_string(public);
    out.put_string(secret);
    let text = STANDARD.encode(out);
    let lines = text.as_bytes().chunks(LINE).map(|line| String::from_utf8_lossy(line).into_owned() + "\n");
    format!("{BEGIN}{}{END}", lines.collect::<String>())
}
