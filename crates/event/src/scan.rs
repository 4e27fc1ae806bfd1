//! Where the next byte is that needs care: eight bytes at a time, because most need none.

const ONES: u64 = u64::from_le_bytes([0x01; 8]);
const HIGH: u64 = u64::from_le_bytes([0x80; 8]);

/// The bytes that are looked for: those of `these`, and control characters below the space where
/// `controls` says so.
#[derive(Clone, Copy)]
pub(crate) struct Special<const N: usize> {
    /// Any of these.
    pub(crate) these: [u8; N],
    /// Whether control characters are looked for too.
    pub(crate) controls: bool,
}

impl<const N: usize> Special<N> {
    /// Where the first of them is.
    pub(crate) fn find(self, bytes: &[u8]) -> Option<usize> {
        let (words, rest) = bytes.as_chunks::<8>();
        let in_words =
            words.iter().enumerate().find_map(|(at, word)| Some(at * 8 + self.find_in_word(*word)?));
        in_words.or_else(|| Some(words.len() * 8 + rest.iter().position(|byte| self.is(*byte))?))
    }

    /// Where the first of them is in eight bytes.
    pub(crate) fn find_in_word(self, word: [u8; 8]) -> Option<usize> {
        let word = u64::from_le_bytes(word);
        let controls = if self.controls { below(word, b' ') } else { 0 };
        let these = self.these.iter().fold(0, |all, byte| all | below(word ^ (ONES * u64::from(*byte)), 1));
        let marks = (controls | these) & HIGH;
        (marks != 0).then_some(marks.trailing_zeros() as usize / 8)
    }

    /// Whether it is one of them.
    pub(crate) fn is(self, byte: u8) -> bool {
        self.these.contains(&byte) || (self.controls && byte < b' ')
    }
}

/// A word whose lowest high bit that is set is that of the first byte of `word` below `bound`, which
/// is at most 128. Bytes behind that may have theirs wrongly, as a borrow reaches them.
fn below(word: u64, bound: u8) -> u64 {
    word.wrapping_sub(ONES * u64::from(bound)) & !word
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_is_found(bytes in proptest::collection::vec(
            prop_oneof![
                30 => any::<u8>(),
                6 => proptest::sample::select(&[b'"', b'#', b'!', b'\\', b'[', 0x1f, b' ', 0, 0x7f, 0x80, 0xff][..]),
            ],
            0..40,
        )) {
            for controls in [false, true] {
                let special = Special { these: [b'"', b'\\'], controls };
                let is_special = |byte: &u8| matches!(byte, b'"' | b'\\') || (controls && *byte < b' ');
                prop_assert_eq!(special.find(&bytes), bytes.iter().position(is_special));
            }
        }
    }
}
