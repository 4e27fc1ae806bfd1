//! chacha20-poly1305@openssh.com: one key encrypts lengths, the other packets, and the first
//! block of the latter is the key of the tag.

use openssl::{cipher::Cipher as Algorithm, cipher_ctx::CipherCtx, error::ErrorStack, memcmp};

use super::{TAG, poly1305};

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
        Ok(poly1305::code(&tag_key, packet))
    }

    pub(super) fn open(&mut self, sequence: u32, packet: &mut [u8], tag: &[u8]) -> Result<bool, ErrorStack> {
        let tag_key = self.begin(sequence)?;
        let expected = poly1305::code(&tag_key, packet);
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
