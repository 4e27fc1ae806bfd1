//! aes128-gcm@openssh.com and aes256-gcm@openssh.com (RFC 5647): lengths stay in the clear, and
//! the last eight bytes of the initial vector count packets.

use openssl::{cipher::CipherRef, cipher_ctx::CipherCtx, error::ErrorStack};

use super::{Direction, TAG};

/// The cipher in one direction.
pub(in crate::ssh) struct Gcm {
    context: CipherCtx,
    iv: [u8; 12],
}

impl Gcm {
    pub(super) fn new(
        algorithm: &CipherRef,
        key: &[u8],
        iv: &[u8],
        direction: Direction,
    ) -> Result<Self, ErrorStack> {
        let iv = iv.first_chunk().copied().unwrap_or_default();
        let mut context = CipherCtx::new()?;
        match direction {
            Direction::Seal => context.encrypt_init(Some(algorithm), Some(key), None)?,
            Direction::Open => context.decrypt_init(Some(algorithm), Some(key), None)?,
        }
        Ok(Self { context, iv })
    }

    pub(super) fn seal(&mut self, packet: &mut [u8]) -> Result<[u8; TAG], ErrorStack> {
        let iv = self.next_iv();
        let mut tag = [0; TAG];
        self.context.encrypt_init(None, None, Some(&iv))?;
        if let Some((header, body)) = packet.split_first_chunk_mut::<4>() {
            self.context.cipher_update(header, None)?;
            self.context.cipher_update_inplace(body, body.len())?;
        }
        self.context.cipher_final(&mut [0; TAG])?;
        self.context.tag(&mut tag)?;
        Ok(tag)
    }

    /// Decrypts a packet; whether its tag is right.
    pub(super) fn open(&mut self, packet: &mut [u8], tag: &[u8]) -> bool {
        let iv = self.next_iv();
        let mut opened = || -> Result<(), ErrorStack> {
            self.context.decrypt_init(None, None, Some(&iv))?;
            if let Some((header, body)) = packet.split_first_chunk_mut::<4>() {
                self.context.cipher_update(header, None)?;
                self.context.cipher_update_inplace(body, body.len())?;
            }
            self.context.set_tag(tag)?;
            self.context.cipher_final(&mut [0; TAG])?;
            Ok(())
        };
        opened().is_ok()
    }

    fn next_iv(&mut self) -> [u8; 12] {
        let iv = self.iv;
        if let Some(counter) = self.iv.last_chunk_mut::<8>() {
            *counter = u64::from_be_bytes(*counter).wrapping_add(1).to_be_bytes();
        }
        iv
    }
}
