//! chacha20-poly1305@openssh.com: one key encrypts lengths, the other packets, and the first
//! block of the latter is the key of the tag.

use openssl::{
    cipher::Cipher as Algorithm,
    cipher_ctx::CipherCtx,
    error::ErrorStack,
    memcmp,
    pkey::{Id, PKey},
    sign::Signer,
};

use super::TAG;

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
        poly1305(&tag_key, packet)
    }

    pub(super) fn open(&mut self, sequence: u32, packet: &mut [u8], tag: &[u8]) -> Result<bool, ErrorStack> {
        let tag_key = self.begin(sequence)?;
        let expected = poly1305(&tag_key, packet)?;
        if tag.len() != TAG || !memcmp::eq(&expected, tag) {
            return Ok(false);
        }
        if let Some((header, body)) = packet.split_first_chunk_mut::<4>() {
            *header = self.length(sequence, *header)?;
            self.packets.cipher_update_inplace(body, body.len())?;
        }
        Ok(true)
    }

    /// Starts the key stream of a packet; the first block, of which half is the key of the tag.
    fn begin(&mut self, sequence: u32) -> Result<[u8; BLOCK], ErrorStack> {
        let mut block = [0; BLOCK];
        self.packets.encrypt_init(None, None, Some(&nonce(sequence)))?;
        self.packets.cipher_update_inplace(&mut block, BLOCK)?;
        Ok(block)
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

fn poly1305(key: &[u8; BLOCK], data: &[u8]) -> Result<[u8; TAG], ErrorStack> {
    let key = PKey::private_key_from_raw_bytes(key.get(..32).unwrap_or_default(), Id::POLY1305)?;
    let mut tag = [0; TAG];
    Signer::new_without_digest(&key)?.sign_oneshot(&mut tag, data)?;
    Ok(tag)
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, poly1305};

    /// RFC 8439, section 2.5.2.
    #[test]
    fn tags_are_those_of_the_rfc() {
        let mut key = [0; BLOCK];
        let bytes = [
            0x85, 0xd6, 0xbe, 0x78, 0x57, 0x55, 0x6d, 0x33, 0x7f, 0x44, 0x52, 0xfe, 0x42, 0xd5, 0x06, 0xa8,
            0x01, 0x03, 0x80, 0x8a, 0xfb, 0x0d, 0xb2, 0xfd, 0x4a, 0xbf, 0xf6, 0xaf, 0x41, 0x49, 0xf5, 0x1b,
        ];
        key[..32].copy_from_slice(&bytes);
        let tag = poly1305(&key, b"Cryptographic Forum Research Group").unwrap();
        let expected =
            [0xa8, 0x06, 0x1d, 0xc1, 0x30, 0x51, 0x36, 0xc6, 0xc2, 0x2b, 0x8b, 0xaf, 0x0c, 0x01, 0x27, 0xa9];
        assert_eq!(tag, expected);
    }
}
