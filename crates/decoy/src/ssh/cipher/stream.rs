//! Ciphers that only encrypt: AES in counter mode, and the chained ones of old builds.

use blowfish::Blowfish;
use cast5::{
    Cast5,
    cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit, consts::U8},
};
use openssl::{cipher::CipherRef, cipher_ctx::CipherCtx, error::ErrorStack};

use super::Direction;

/// A cipher whose state runs on from packet to packet.
pub(in crate::ssh) enum Stream {
    /// One of the library.
    Library {
        /// Its state.
        context: CipherCtx,
        /// Where chained blocks are put, for the library asks for room.
        scratch: Vec<u8>,
    },
    /// Blowfish in chained blocks.
    Blowfish(Box<Chained<Blowfish>>),
    /// CAST-128 in chained blocks.
    Cast128(Box<Chained<Cast5>>),
}

impl Stream {
    pub(super) fn new(
        algorithm: &CipherRef,
        key: &[u8],
        iv: &[u8],
        direction: Direction,
    ) -> Result<Self, ErrorStack> {
        let mut context = CipherCtx::new()?;
        match direction {
            Direction::Seal => context.encrypt_init(Some(algorithm), Some(key), Some(iv))?,
            Direction::Open => context.decrypt_init(Some(algorithm), Some(key), Some(iv))?,
        }
        context.set_padding(false);
        Ok(Self::Library { context, scratch: Vec::new() })
    }

    pub(super) fn blowfish(key: &[u8], iv: &[u8], direction: Direction) -> Self {
        Self::Blowfish(Box::new(Chained::new(key, iv, direction)))
    }

    pub(super) fn cast128(key: &[u8], iv: &[u8], direction: Direction) -> Self {
        Self::Cast128(Box::new(Chained::new(key, iv, direction)))
    }

    /// Encrypts or decrypts whole blocks.
    pub(super) fn run(&mut self, data: &mut [u8]) -> Result<(), ErrorStack> {
        match self {
            Self::Library { context, .. } if context.block_size() == 1 => {
                context.cipher_update_inplace(data, data.len())?;
            }
            Self::Library { context, scratch } => {
                scratch.clear();
                context.cipher_update_vec(data, scratch)?;
                data.iter_mut().zip(&*scratch).for_each(|(to, from)| *to = *from);
            }
            Self::Blowfish(chained) => chained.run(data),
            Self::Cast128(chained) => chained.run(data),
        }
        Ok(())
    }
}

/// A cipher of eight-byte blocks, chained (CBC).
pub(in crate::ssh) struct Chained<C> {
    cipher: Option<C>,
    before: [u8; 8],
    direction: Direction,
}

impl<C: KeyInit + BlockCipherEncrypt<BlockSize = U8> + BlockCipherDecrypt> Chained<C> {
    fn new(key: &[u8], iv: &[u8], direction: Direction) -> Self {
        Self {
            // Keys of the lengths in the table are taken.
            cipher: C::new_from_slice(key).ok(),
            before: iv.first_chunk().copied().unwrap_or_default(),
            direction,
        }
    }

    fn run(&mut self, data: &mut [u8]) {
        let Some(cipher) = &self.cipher else { return };
        for block in data.as_chunks_mut::<8>().0 {
            let given = *block;
            let mut work = Array::from(given);
            match self.direction {
                Direction::Seal => {
                    work.iter_mut().zip(self.before).for_each(|(byte, before)| *byte ^= before);
                    cipher.encrypt_block(&mut work);
                    *block = work.into();
                    self.before = *block;
                }
                Direction::Open => {
                    cipher.decrypt_block(&mut work);
                    work.iter_mut().zip(self.before).for_each(|(byte, before)| *byte ^= before);
                    *block = work.into();
                    self.before = given;
                }
            }
        }
    }
}
