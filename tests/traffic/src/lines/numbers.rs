//! Numbers that look random, the same for the same seed.

/// A generator of numbers (xorshift64*).
#[derive(Debug)]
pub(crate) struct Numbers(u64);

impl Numbers {
    /// The numbers of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        // Seeds that differ little begin far from each other.
        Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15).max(1))
    }

    /// A number below `end`, which is at least 1.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end.max(1)
    }

    /// A number of 62 bits.
    pub(super) fn wide(&mut self) -> u64 {
        (self.below(1 << 31) << 31) | self.below(1 << 31)
    }

    /// One of `some`.
    pub(super) fn pick<T: Copy + Default>(&mut self, some: &[T]) -> T {
        some.get(self.below(some.len() as u64) as usize).copied().unwrap_or_default()
    }
}
