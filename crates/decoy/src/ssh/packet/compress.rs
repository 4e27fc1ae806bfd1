//! zlib@openssh.com: payloads compressed once the client is authenticated, each flushed so that
//! it can be read at once.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::LARGEST;

/// The outgoing direction.
pub(super) struct Deflater(Compress);

impl Default for Deflater {
    fn default() -> Self {
        Self(Compress::new(Compression::new(6), true))
    }
}

impl Deflater {
    pub(super) fn run(&mut self, payload: &[u8]) -> Vec<u8> {
        let begin = self.0.total_in();
        let mut out = Vec::with_capacity(payload.len() / 2 + 64);
        loop {
            let taken = usize::try_from(self.0.total_in() - begin).unwrap_or(usize::MAX);
            let rest = payload.get(taken..).unwrap_or_default();
            let room = out.capacity() - out.len();
            let done = self.0.compress_vec(rest, &mut out, FlushCompress::Partial);
            let all = self.0.total_in() - begin == payload.len() as u64;
            if done.is_err() || (all && (out.len() < out.capacity() || room == 0 && rest.is_empty())) {
                return out;
            }
            out.reserve(4_096);
        }
    }
}

/// The incoming direction.
pub(super) struct Inflater(Decompress);

impl Default for Inflater {
    fn default() -> Self {
        Self(Decompress::new(true))
    }
}

impl Inflater {
    /// What `payload` holds, unless it is no such data or holds more than a packet may.
    pub(super) fn run(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        let begin = self.0.total_in();
        let mut out = Vec::with_capacity((payload.len() * 2 + 64).min(LARGEST));
        loop {
            let taken = usize::try_from(self.0.total_in() - begin).ok()?;
            let rest = payload.get(taken..).unwrap_or_default();
            let before = out.len();
            let status = self.0.decompress_vec(rest, &mut out, FlushDecompress::Sync).ok()?;
            let all = self.0.total_in() - begin == payload.len() as u64;
            if all && out.len() < out.capacity() {
                return Some(out);
            }
            if status == Status::StreamEnd || (out.len() == before && out.len() < out.capacity()) {
                return None;
            }
            if out.len() > LARGEST {
                return None;
            }
            out.reserve(8_192);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Deflater, Inflater, LARGEST};

    #[test]
    fn what_is_deflated_is_inflated() {
        let (mut deflater, mut inflater) = (Deflater::default(), Inflater::default());
        for length in [0, 1, 5, 100, 4_096, 32_768, 200_000, 3] {
            let plain: Vec<u8> = (0..length).map(|n: u32| (n.wrapping_mul(n) >> 3) as u8).collect();
            let deflated = deflater.run(&plain);
            assert_eq!(inflater.run(&deflated).unwrap(), plain, "{length}");
        }
    }

    #[test]
    fn a_bomb_does_not_go_off() {
        let mut deflater = Deflater::default();
        let bomb = deflater.run(&vec![0; 16 * LARGEST]);
        assert!(bomb.len() < LARGEST / 4);
        assert_eq!(Inflater::default().run(&bomb), None);
        assert_eq!(Inflater::default().run(b"no such data"), None);
    }
}
