//! Bytes that look encrypted, made as they are read, the same at every reading.

use sha2::{Digest as _, Sha256};

const BLOCK: u64 = 32;

/// A file as `openssl enc -salt` writes it: its magic, then what nobody can tell from noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ftp) struct Noise {
    /// From which the bytes derive.
    pub(in crate::ftp) seed: [u8; 16],
    /// Size in bytes.
    pub(in crate::ftp) size: u64,
}

const MAGIC: &[u8; 8] = b"Salted__";

impl Noise {
    /// At most `most` bytes from `offset`; none at the end.
    pub(super) fn read(&self, offset: u64, most: usize) -> Vec<u8> {
        let end = self.size.min(offset.saturating_add(most as u64));
        let mut out = Vec::with_capacity(most.min(usize::try_from(end.saturating_sub(offset)).unwrap_or(0)));
        let mut at = offset;
        while at < end {
            let block = self.block(at / BLOCK);
            let from = at % BLOCK;
            let count = (BLOCK - from).min(end - at);
            let piece = block.get(from as usize..(from + count) as usize);
            out.extend_from_slice(piece.unwrap_or_default());
            at += count;
        }
        out
    }

    fn block(&self, number: u64) -> [u8; 32] {
        let mut block: [u8; 32] =
            Sha256::new().chain_update(self.seed).chain_update(number.to_be_bytes()).finalize().into();
        if number == 0
            && let Some(start) = block.first_chunk_mut::<8>()
        {
            *start = *MAGIC;
        }
        block
    }
}

#[cfg(test)]
mod tests {
    use super::Noise;

    #[test]
    fn any_way_of_reading_gives_the_same_bytes() {
        let noise = Noise { seed: [7; 16], size: 1_000 };
        let whole = noise.read(0, 2_000);
        assert_eq!(whole.len(), 1_000);
        assert!(whole.starts_with(b"Salted__"));
        for step in [1, 7, 32, 33, 999] {
            let mut pieces = Vec::new();
            while pieces.len() < 1_000 {
                pieces.extend(noise.read(pieces.len() as u64, step));
            }
            assert_eq!(pieces, whole, "step {step}");
        }
        assert!(noise.read(1_000, 10).is_empty());
        assert!(noise.read(u64::MAX, 10).is_empty());
    }
}
