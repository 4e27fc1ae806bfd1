//! Everything that looks like chance, drawn from the fleet's seed: the same seed and labels
//! give the same draws, and no draw says anything of the seed or of another label's draws.

use decnet_proto::ids::SecretKey;
use hkdf::{Hkdf, HmacImpl, hmac::Hmac};
use sha2::Sha256;

/// Separates our use of a seed from any other.
const SALT: &[u8] = b"fleet persona derivation, version 1";

/// The seed of a fleet, ready to be drawn from: HMAC-SHA256 keyed with what HKDF-Extract
/// (RFC 5869) makes of the seed.
pub(crate) struct Source(Hmac<Sha256>);

impl Source {
    /// HKDF-Extract over the seed.
    pub(crate) fn new(seed: &SecretKey) -> Self {
        let (pseudorandom_key, _) = Hkdf::<Sha256>::extract(Some(SALT), &seed.0);
        Self(HmacImpl::new_from_slice(&pseudorandom_key))
    }

    /// The draws of a purpose for a subject, as `mac` for a decky's name.
    pub(crate) fn stream(&self, purpose: &'static str, subject: &str) -> Stream<'_> {
        Stream { source: self, purpose, subject: subject.to_owned(), block: [0; 32], used: 32, next: 0 }
    }
}

/// A sequence of draws without end.
pub(crate) struct Stream<'a> {
    source: &'a Source,
    purpose: &'static str,
    subject: String,
    block: [u8; 32],
    used: usize,
    next: u32,
}

impl Stream<'_> {
    /// 32 bytes of key.
    pub(crate) fn key(&mut self) -> SecretKey {
        SecretKey(self.bytes())
    }

    /// The next bytes.
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        bytes.fill_with(|| self.byte());
        bytes
    }

    fn byte(&mut self) -> u8 {
        if self.used == self.block.len() {
            self.refill();
        }
        let byte = self.block.get(self.used).copied().unwrap_or_default();
        self.used += 1;
        byte
    }

    /// HKDF-Expand of one hash's length, whose info is the labels and the block's number; each
    /// label ends in a zero, so that no two pairs of labels read alike.
    fn refill(&mut self) {
        let mut mac = self.source.0.clone();
        for label in [self.purpose, &self.subject] {
            HmacImpl::update(&mut mac, label.as_bytes());
            HmacImpl::update(&mut mac, &[0]);
        }
        HmacImpl::update(&mut mac, &self.next.to_be_bytes());
        HmacImpl::update(&mut mac, &[1]);
        self.block = HmacImpl::finalize(mac).into();
        self.next += 1;
        self.used = 0;
    }

    /// A number below `bound`, each equally likely to within 2⁻³²; 0 if the bound is 0.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        let wide = u64::from_be_bytes(self.bytes());
        // The upper half of a 64 by 32 bit product: always below the bound.
        u32::try_from((u128::from(wide) * u128::from(bound)) >> 64).unwrap_or_default()
    }

    /// A number from `first` to `last`.
    pub(crate) fn between(&mut self, first: u32, last: u32) -> u32 {
        first.saturating_add(self.below(last.saturating_sub(first).saturating_add(1)))
    }

    /// One of several values; `None` if there are none.
    pub(crate) fn pick<'v, T>(&mut self, values: &'v [T]) -> Option<&'v T> {
        let bound = u32::try_from(values.len()).unwrap_or(u32::MAX);
        values.get(self.below(bound) as usize)
    }

    /// One of several words; the empty word if there are none.
    pub(crate) fn word(&mut self, words: &[&'static str]) -> &'static str {
        self.pick(words).copied().unwrap_or_default()
    }

    /// The values in an order of their own.
    pub(crate) fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            let bound = u32::try_from(last).unwrap_or(u32::MAX).saturating_add(1);
            values.swap(last, self.below(bound) as usize);
        }
    }

    /// `length` characters out of `alphabet`.
    pub(crate) fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).filter_map(|_| self.pick(alphabet)).map(|byte| char::from(*byte)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(seed: u8, purpose: &'static str, subject: &str) -> [u8; 40] {
        Source::new(&SecretKey([seed; 32])).stream(purpose, subject).bytes()
    }

    #[test]
    fn labels_and_seeds_separate_the_draws() {
        assert_eq!(draws(1, "mac", "web"), draws(1, "mac", "web"));
        for (seed, purpose, subject) in [(2, "mac", "web"), (1, "key", "web"), (1, "mac", "web2")] {
            assert_ne!(draws(1, "mac", "web"), draws(seed, purpose, subject));
        }
        assert_ne!(draws(1, "a", "bc"), draws(1, "ab", "c"));
    }

    #[test]
    fn a_block_is_what_hkdf_expands() {
        let mut expect = [0; 32];
        let hkdf = Hkdf::<Sha256>::new(Some(SALT), &[9; 32]);
        hkdf.expand(b"key\0web\0\0\0\0\0", &mut expect).expect("one hash");
        assert_eq!(draws(9, "key", "web")[..32], expect);
    }

    #[test]
    fn bounds_hold() {
        let source = Source::new(&SecretKey([7; 32]));
        let mut stream = source.stream("bounds", "x");
        for bound in [1, 2, 3, 250, u32::MAX] {
            assert!((0..200).all(|_| stream.below(bound) < bound), "{bound}");
        }
        assert_eq!(stream.below(0), 0);
        assert!((0..200).map(|_| stream.between(3, 5)).all(|n| (3..=5).contains(&n)));
        assert!((0..100).map(|_| stream.below(3)).collect::<std::collections::BTreeSet<_>>().len() == 3);
    }

    #[test]
    fn shuffling_loses_nothing() {
        let mut values: Vec<u32> = (0..50).collect();
        Source::new(&SecretKey([7; 32])).stream("order", "x").shuffle(&mut values);
        assert_ne!(values, (0..50).collect::<Vec<_>>());
        values.sort_unstable();
        assert_eq!(values, (0..50).collect::<Vec<_>>());
    }
}
