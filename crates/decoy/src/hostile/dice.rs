//! Inputs: conversations that are broken, and noise.

/// A small source of numbers whose sequence is the same in every run.
pub(super) struct Dice(u64);

impl Dice {
    /// The same numbers for everybody who asks.
    pub(super) fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.roll() % bound.max(1) as u64).unwrap_or(0)
    }

    pub(super) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.roll().to_le_bytes()[0]).collect()
    }

    /// An input made of conversations, or noise.
    pub(super) fn input(&mut self, talks: &[&[u8]]) -> Vec<u8> {
        if self.below(10) == 0 {
            let length = self.below(600);
            return self.bytes(length);
        }
        let mut input = talks[self.below(talks.len())].to_vec();
        for _ in 0..=self.below(6) {
            self.break_somewhere(&mut input, talks);
        }
        input
    }

    fn break_somewhere(&mut self, input: &mut Vec<u8>, talks: &[&[u8]]) {
        let at = self.below(input.len() + 1);
        let end = (at + self.below(24)).min(input.len());
        match self.below(8) {
            0 if at < input.len() => input[at] ^= 1 << self.below(8),
            1 => drop(input.drain(at..end)),
            2 => input.truncate(at),
            3 => {
                let piece = input[at..end].repeat(1 + self.below(40));
                input.splice(at..at, piece);
            }
            4 => {
                let length = self.below(12);
                let piece = self.bytes(length);
                input.splice(at..end, piece);
            }
            5 => {
                let other = talks[self.below(talks.len())];
                input.extend_from_slice(&other[self.below(other.len())..]);
            }
            6 => {
                let piece: &[u8] =
                    [&b"\r\n"[..], b"\0", b"\n", b"-1", b"99999999999999999999", b"%n", b"\xff\xfe"]
                        [self.below(7)];
                input.splice(at..at, piece.iter().copied());
            }
            _ => {
                let long = vec![input.get(at).copied().unwrap_or(b'A'); self.below(20_000)];
                input.splice(at..at, long);
            }
        }
    }
}
