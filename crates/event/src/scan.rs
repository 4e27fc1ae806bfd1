//! Where the next byte is that needs care: eight bytes at a time, because most need none.

const ONES: u64 = u64::from_le_bytes([0x01; 8]);
const HIGH: u64 = u64::from_le_bytes([0x80; 8]);

/// Where the first byte is that is one of `wanted`, or a control character below the space where
/// `controls` says so.
pub(crate) fn find<const N: usize>(bytes: &[u8], wanted: [u8; N], controls: Controls) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let marks = marks(u64::from_le_bytes(*word), wanted, controls);
        if marks != 0 {
            return Some(at * 8 + marks.trailing_zeros() as usize / 8);
        }
    }
    let is_it = |byte: &u8| wanted.contains(byte) || (controls == Controls::Too && *byte < b' ');
    rest.iter().position(is_it).map(|at| words.len() * 8 + at)
}

/// Whether control characters are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Controls {
    /// They are.
    Too,
    /// They are like any other byte.
    Not,
}

/// The high bit of every byte of `word` that is looked for. Bytes above the first such may be
/// marked wrongly, as a borrow reaches them.
fn marks<const N: usize>(word: u64, wanted: [u8; N], controls: Controls) -> u64 {
    let below = |word: u64, bound: u8| word.wrapping_sub(ONES * u64::from(bound)) & !word;
    let low = if controls == Controls::Too { below(word, b' ') } else { 0 };
    let equal = wanted.iter().fold(0, |all, byte| all | below(word ^ (ONES * u64::from(*byte)), 1));
    (low | equal) & HIGH
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_is_found(bytes in proptest::collection::vec(
            prop_oneof![30 => any::<u8>(), 1 => Just(b'"'), 1 => Just(b'#'), 1 => Just(b'!'), 1 => Just(0x1f)],
            0..40,
        )) {
            let wanted = |byte: &u8| matches!(byte, b'"' | b'\\');
            prop_assert_eq!(find(&bytes, [b'"', b'\\'], Controls::Not), bytes.iter().position(wanted));
            let special = |byte: &u8| wanted(byte) || *byte < b' ';
            prop_assert_eq!(find(&bytes, [b'"', b'\\'], Controls::Too), bytes.iter().position(special));
        }
    }
}
