//! chacha20-poly1305@openssh.com: one key encrypts lengths, the other packets, and the first
//! block of the latter is the key of the tag.

use openssl::{cipher::Cipher as Algorithm, cipher_ctx::CipherCtx, error::ErrorStack, memcmp};
use poly1305::{Poly1305, universal_hash::KeyInit as _};

use super::TAG;

/// Bytes of the key of a tag.
const TAG_KEY: usize = 32;
/// Bytes of one block of the key stream.
const BLOCK: usize = 64;

/// Both halves of the key at work.
pub(in crate::ssh) struct ChaCha {
    lengths: CipherCtx,
    packets: CipherCtx,
}

impl ChaCha {
    pub(super) fn new(key: &[u8]) -> Result<Self, ErrorStack> {
        let (packets, lengths) = key.split_at(key.len() / 2);
        Ok(Self { lengths: context(lengths)?, packets: context(packets)? })
    }

    /// Encrypts or decrypts a length.
    pub(super) fn length(&mut self, sequence: u32, header: [u8; 4]) -> Result<[u8; 4], ErrorStack> {
        let mut out = header;
        self.lengths.encrypt_init(None, None, Some(&nonce(sequence)))?;
        self.lengths.cipher_update_inplace(&mut out, 4)?;
        Ok(out)
    }

    pub(super) fn seal(&mut self, sequence: u32, packet: &mut [u8]) -> Result<[u8; TAG], ErrorStack> {
        let tag_key = self.begin(sequence)?;
        if let Some((header, body)) = packet.split_first_chunk_mut::<4>() {
            *header = self.length(sequence, *header)?;
            self.packets.cipher_update_inplace(body, body.len())?;
        }
        Ok(code(&tag_key, packet))
    }

    pub(super) fn open(&mut self, sequence: u32, packet: &mut [u8], tag: &[u8]) -> Result<bool, ErrorStack> {
        let tag_key = self.begin(sequence)?;
        let expected = code(&tag_key, packet);
        if tag.len() != TAG || !memcmp::eq(&expected, tag) {
            return Ok(false);
        }
        if let Some((header, body)) = packet.split_first_chunk_mut::<4>() {
            *header = self.length(sequence, *header)?;
            self.packets.cipher_update_inplace(body, body.len())?;
        }
        Ok(true)
    }

    /// Starts the key stream of a packet; half of the first block is the key of the tag.
    fn begin(&mut self, sequence: u32) -> Result<[u8; TAG_KEY], ErrorStack> {
        let mut block = [0; BLOCK];
        self.packets.encrypt_init(None, None, Some(&nonce(sequence)))?;
        self.packets.cipher_update_inplace(&mut block, BLOCK)?;
        Ok(block.first_chunk().copied().unwrap_or_default())
    }
}

fn context(key: &[u8]) -> Result<CipherCtx, ErrorStack> {
    let mut context = CipherCtx::new()?;
    context.encrypt_init(Some(Algorithm::chacha20()), Some(key), Some(&nonce(0)))?;
    Ok(context)
}

/// Eight bytes of counter and eight of nonce, which is the sequence number.
fn nonce(sequence: u32) -> [u8; 16] {
    let mut nonce = [0; 16];
    if let Some(end) = nonce.last_chunk_mut() {
        *end = sequence.to_be_bytes();
    }
    nonce
}

/// The code of a packet. OpenSSL has it too, but makes a key and a context for each, which costs ten
/// times as much as the code of a short one.
fn code(key: &[u8; TAG_KEY], packet: &[u8]) -> [u8; TAG] {
    Poly1305::new(key.into()).compute_unpadded(packet).into()
}

#[cfg(test)]
mod tests {
    use super::code;

    /// RFC 8439, section 2.5.2.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let key = [
            0x85, 0xd6, 0xbe, 0x78, 0x57, 0x55, 0x6d, 0x33, 0x7f, 0x44, 0x52, 0xfe, 0x42, 0xd5, 0x06, 0xa8,
            0x01, 0x03, 0x80, 0x8a, 0xfb, 0x0d, 0xb2, 0xfd, 0x4a, 0xbf, 0xf6, 0xaf, 0x41, 0x49, 0xf5, 0x1b,
        ];
        let expected =
            [0xa8, 0x06, 0x1d, 0xc1, 0x30, 0x51, 0x36, 0xc6, 0xc2, 0x2b, 0x8b, 0xaf, 0x0c, 0x01, 0x27, 0xa9];
        assert_eq!(code(&key, b"Cryptographic Forum Research Group"), expected);
    }
}
