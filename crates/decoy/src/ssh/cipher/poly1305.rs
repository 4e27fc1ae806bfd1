//! Poly1305 (RFC 8439, section 2.5) of a whole message.
//!
//! The library has it too, but makes a key object and a context for every packet, which costs ten
//! times as much as the code of a short one. The sum is kept modulo 2^130 - 5 in three limbs of 44,
//! 44 and 42 bits; nothing depends on the time that a value takes.

/// Bytes of a code.
const LENGTH: usize = 16;
/// A limb of 44 bits, and one of 42.
const LIMB: u64 = (1 << 44) - 1;
const LAST_LIMB: u64 = (1 << 42) - 1;

/// The code of `data` under a key that is used once.
pub(super) fn code(key: &[u8; 32], data: &[u8]) -> [u8; LENGTH] {
    let (factor, pad) = key.split_at(LENGTH);
    let factor = limbs(number(factor) & 0x0fff_fffc_0fff_fffc_0fff_fffc_0fff_ffff);
    let mut sum = [0; 3];
    for block in data.chunks(LENGTH) {
        // A one stands behind the last byte.
        let (value, end) = match block.len() {
            LENGTH => (number(block), 1 << 40),
            length => (number(block) | 1 << (8 * length), 0),
        };
        let [low, middle, high] = limbs(value);
        sum = multiply([sum[0] + low, sum[1] + middle, sum[2] + high + end], factor);
    }
    let [low, middle, high] = reduce(sum).map(u128::from);
    (low | middle << 44 | high << 88).wrapping_add(number(pad)).to_le_bytes()
}

/// A number of up to sixteen bytes, the lowest first.
fn number(bytes: &[u8]) -> u128 {
    let mut whole = [0; LENGTH];
    whole.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    u128::from_le_bytes(whole)
}

fn limbs(value: u128) -> [u64; 3] {
    [value as u64 & LIMB, (value >> 44) as u64 & LIMB, (value >> 88) as u64]
}

/// The product, each limb at most a little longer than it should be.
fn multiply([a0, a1, a2]: [u64; 3], [b0, b1, b2]: [u64; 3]) -> [u64; 3] {
    let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
    // What goes over 2^132 comes back five times, and four times more for the two bits between.
    let (c1, c2) = (b1 * 20, b2 * 20);
    let low = product(a0, b0) + product(a1, c2) + product(a2, c1);
    let middle = product(a0, b1) + product(a1, b0) + product(a2, c2) + (low >> 44);
    let high = product(a0, b2) + product(a1, b1) + product(a2, b0) + (middle >> 44);
    let low = (low as u64 & LIMB) + (high >> 42) as u64 * 5;
    [low & LIMB, (middle as u64 & LIMB) + (low >> 44), high as u64 & LAST_LIMB]
}

/// The residue below 2^130 - 5.
fn reduce(sum: [u64; 3]) -> [u64; 3] {
    // Twice, since the first carry may make another.
    let [low, middle, high] = carry(carry(sum));
    let [over_low, over_middle, over_high] = {
        let low = low + 5;
        let middle = middle + (low >> 44);
        [low & LIMB, middle & LIMB, high + (middle >> 44)]
    };
    // All ones where five more goes over 2^130, so that the number was too large.
    let over = (over_high >> 42).wrapping_neg();
    let pick = |kept: u64, other: u64| kept & !over | other & over;
    [pick(low, over_low), pick(middle, over_middle), pick(high, over_high & LAST_LIMB)]
}

fn carry([low, middle, high]: [u64; 3]) -> [u64; 3] {
    let middle = middle + (low >> 44);
    let high = high + (middle >> 44);
    let low = (low & LIMB) + (high >> 42) * 5;
    [low & LIMB, (middle & LIMB) + (low >> 44), high & LAST_LIMB]
}

#[cfg(test)]
mod tests {
    use openssl::{
        pkey::{Id, PKey},
        sign::Signer,
    };
    use proptest::prelude::*;

    use super::code;

    fn of_library(key: &[u8; 32], data: &[u8]) -> Vec<u8> {
        let key = PKey::private_key_from_raw_bytes(key, Id::POLY1305).unwrap();
        Signer::new_without_digest(&key).unwrap().sign_oneshot_to_vec(data).unwrap()
    }

    /// RFC 8439, section 2.5.2.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let key = [
            0x85, 0xd6, 0xbe, 0x78, 0x57, 0x55, 0x6d, 0x33, 0x7f, 0x44, 0x52, 0xfe, 0x42, 0xd5, 0x06, 0xa8,
            0x01, 0x03, 0x80, 0x8a, 0xfb, 0x0d, 0xb2, 0xfd, 0x4a, 0xbf, 0xf6, 0xaf, 0x41, 0x49, 0xf5, 0x1b,
        ];
        let expected =
            [0xa8, 0x06, 0x1d, 0xc1, 0x30, 0x51, 0x36, 0xc6, 0xc2, 0x2b, 0x8b, 0xaf, 0x0c, 0x01, 0x27, 0xa9];
        assert_eq!(code(&key, b"Cryptographic Forum Research Group"), expected);
    }

    /// Sums at and around the prime: RFC 8439, appendix A.3, and all ones.
    #[test]
    fn sums_at_the_edges_are_those_of_the_library() {
        for factor in [[1; 16], [2; 16], [0xff; 16], [0; 16]] {
            for byte in [0, 1, 0xfa, 0xfb, 0xfe, 0xff] {
                for length in [0, 1, 15, 16, 17, 31, 32, 48, 64, 4_096] {
                    let mut key = [0xff; 32];
                    key[..16].copy_from_slice(&factor);
                    let mut data = vec![0xff; length];
                    data.iter_mut().step_by(16).for_each(|first| *first = byte);
                    assert_eq!(code(&key, &data).to_vec(), of_library(&key, &data));
                }
            }
        }
        for first in 0..=8 {
            let mut key = [0; 32];
            key[0] = first;
            for low in 0xf0..=0xff {
                let mut data = [0xff; 32];
                data[0] = low;
                assert_eq!(code(&key, &data).to_vec(), of_library(&key, &data));
            }
        }
    }

    proptest! {
        #[test]
        fn codes_are_those_of_the_library(key: [u8; 32], data in prop::collection::vec(any::<u8>(), 0..600)) {
            prop_assert_eq!(code(&key, &data).to_vec(), of_library(&key, &data));
        }
    }
}
