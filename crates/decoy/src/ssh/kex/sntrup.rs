//! Streamlined NTRU Prime with 761 coefficients modulo 4591: the half that encapsulates.
//!
//! A server only ever encapsulates, and the crates that do both take two milliseconds for it.
//!
//! Limits: time depends on the random polynomial, as it may on a machine that has no secrets.

use openssl::{error::ErrorStack, rand::rand_bytes, sha::Sha512};

/// Coefficients of a polynomial.
const P: usize = 761;
/// They are numbers modulo this.
const Q: i32 = 4_591;
/// So many of a random polynomial's are not zero.
const WEIGHT: usize = 286;
/// Bytes of a public key.
pub(super) const KEY: usize = 1_158;
/// Bytes of a small polynomial, four coefficients each.
const SMALL: usize = P.div_ceil(4);
/// Below this a number is not cut any further when it is written.
const LIMIT: u32 = 1 << 14;

/// A polynomial.
type Polynomial = [i32; P];

/// A ciphertext for the key, and the secret in it.
pub(super) fn encapsulate(key: &[u8; KEY]) -> Result<(Vec<u8>, [u8; 32]), ErrorStack> {
    let small = random_small()?;
    let encoded = encode_small(&small);
    let product = multiply(&decode_key(key), &small);
    let mut ciphertext = encode_rounded(&product);
    let hidden = hash(3, &[&encoded]);
    let confirmation = hash(2, &[&hidden, &hash(4, &[key])]);
    ciphertext.extend_from_slice(&confirmation);
    let secret = hash(1, &[&hidden, &ciphertext]);
    Ok((ciphertext, secret))
}

/// Half of SHA-512 over a number and the parts.
fn hash(purpose: u8, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha512::new();
    hasher.update(&[purpose]);
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finish().first_chunk().copied().unwrap_or_default()
}

/// A random polynomial of `WEIGHT` ones and minus ones, in an order that sorting random numbers
/// gives.
fn random_small() -> Result<Polynomial, ErrorStack> {
    let mut random = [0; 4 * P];
    rand_bytes(&mut random)?;
    let mut numbers = [0_u32; P];
    for (at, (number, bytes)) in numbers.iter_mut().zip(random.as_chunks::<4>().0).enumerate() {
        let drawn = u32::from_le_bytes(*bytes);
        *number = if at < WEIGHT { drawn & !1 } else { (drawn & !3) | 1 };
    }
    numbers.sort_unstable();
    // The two lowest bits are 0 or 2 for the first ones and 1 for the others.
    Ok(numbers.map(|number| (number & 3) as i32 - 1))
}

fn encode_small(small: &Polynomial) -> [u8; SMALL] {
    let mut out = [0; SMALL];
    for (byte, coefficients) in out.iter_mut().zip(small.chunks(4)) {
        for (at, coefficient) in coefficients.iter().enumerate() {
            *byte |= u8::try_from(coefficient + 1).unwrap_or_default() << (2 * at);
        }
    }
    out
}

/// The product modulo x^761 - x - 1, with coefficients from -2295 to 2295.
fn multiply(large: &Polynomial, small: &Polynomial) -> Polynomial {
    let mut sums = [0_i32; 2 * P];
    for (shift, sign) in small.iter().enumerate().filter(|(_, sign)| **sign != 0) {
        let window = sums.get_mut(shift..shift + P).unwrap_or_default();
        if *sign > 0 {
            window.iter_mut().zip(large).for_each(|(sum, value)| *sum += value);
        } else {
            window.iter_mut().zip(large).for_each(|(sum, value)| *sum -= value);
        }
    }
    let (low, high) = sums.split_at(P);
    let mut out = [0; P];
    let mut before = 0;
    for ((out, low), high) in out.iter_mut().zip(low).zip(high) {
        *out = centre(low + high + before);
        before = *high;
    }
    out
}

/// The residue modulo `Q` that is nearest to zero.
fn centre(value: i32) -> i32 {
    (value + Q / 2).rem_euclid(Q) - Q / 2
}

fn decode_key(key: &[u8; KEY]) -> Polynomial {
    let numbers = decode(key, &[Q as u32; P]);
    let mut out = [0; P];
    for (coefficient, number) in out.iter_mut().zip(numbers) {
        *coefficient = number as i32 - Q / 2;
    }
    out
}

/// Coefficients rounded to multiples of three, written as numbers below 1531.
fn encode_rounded(product: &Polynomial) -> Vec<u8> {
    const BOUND: u32 = (Q as u32).div_ceil(3);
    // A third of what is rounded, counted from the lowest multiple of three.
    let numbers = product.map(|value| ((value + Q / 2 + 1) / 3) as u32);
    encode(&numbers, &[BOUND; P])
}

/// Writes numbers, each below its bound: two become one below the product of their bounds, whose
/// low bytes are written until it is small, and so on with half as many.
fn encode(numbers: &[u32], bounds: &[u32]) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut numbers, mut bounds) = (numbers.to_vec(), bounds.to_vec());
    while numbers.len() > 1 {
        let pairs = numbers.chunks(2).zip(bounds.chunks(2));
        let halves: Vec<(u32, u32)> = pairs
            .map(|pair| match pair {
                ([a, b], [m, n]) => shrink(a + b * m, m * n, LIMIT, &mut out),
                (number, bound) => (total(number), total(bound)),
            })
            .collect();
        (numbers, bounds) = halves.into_iter().unzip();
    }
    shrink(total(&numbers), total(&bounds), 2, &mut out);
    out
}

/// Writes low bytes of a number until its bound is below `limit`.
fn shrink(mut number: u32, mut bound: u32, limit: u32, out: &mut Vec<u8>) -> (u32, u32) {
    while bound >= limit {
        out.push(number.to_le_bytes()[0]);
        (number, bound) = (number >> 8, bound.div_ceil(256));
    }
    (number, bound)
}

/// The only one.
fn total(numbers: &[u32]) -> u32 {
    numbers.iter().sum()
}

/// What two neighbours were written as.
#[derive(Clone, Copy)]
struct Pair {
    /// Bound of the first, and of the second where there is one.
    bounds: (u32, Option<u32>),
    /// Low bytes that were written, and one more than the largest that they can be.
    low: (u32, u32),
}

/// Reads numbers that [`encode`] wrote; what is missing counts as zero, and what is out of bounds
/// is brought into them.
fn decode(bytes: &[u8], bounds: &[u32]) -> Vec<u32> {
    let mut bytes = bytes.iter();
    let mut next = || u32::from(bytes.next().copied().unwrap_or_default());
    let mut levels = Vec::new();
    let mut bounds = bounds.to_vec();
    while bounds.len() > 1 {
        let (level, halves): (Vec<Pair>, Vec<u32>) =
            bounds.chunks(2).map(|pair| read_pair(pair, &mut next)).unzip();
        levels.push(level);
        bounds = halves;
    }
    let bound = total(&bounds);
    let mut top = next();
    if bound > 256 {
        top += next() << 8;
    }
    let mut numbers = vec![top % bound.max(1)];
    for level in levels.into_iter().rev() {
        numbers =
            level.into_iter().zip(numbers).flat_map(|(pair, high)| split(pair, high)).flatten().collect();
    }
    numbers
}

/// The low bytes of a pair, and the bound of the rest.
fn read_pair(bounds: &[u32], next: &mut impl FnMut() -> u32) -> (Pair, u32) {
    let [first, second] = bounds else {
        return (Pair { bounds: (total(bounds), None), low: (0, 1) }, total(bounds));
    };
    let (mut bound, mut low, mut factor) = (first * second, 0, 1);
    while bound >= LIMIT {
        low += next() * factor;
        (bound, factor) = (bound.div_ceil(256), factor << 8);
    }
    (Pair { bounds: (*first, Some(*second)), low: (low, factor) }, bound)
}

/// Both numbers of a pair, or the one.
fn split(pair: Pair, high: u32) -> [Option<u32>; 2] {
    let (low, factor) = pair.low;
    let whole = low + factor * high;
    match pair.bounds {
        (first, Some(second)) => [Some(whole % first), Some(whole / first % second)],
        (_, None) => [Some(whole), None],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{KEY, P, Q, decode, encapsulate, encode, random_small};

    #[test]
    fn the_secret_is_the_one_that_the_owner_of_the_key_finds() {
        for seed in 0..3 {
            let (public, private) = sntrup761::generate_key_from_seed([seed; 32]);
            let key: [u8; KEY] = public.as_ref().try_into().unwrap();
            let (ciphertext, secret) = encapsulate(&key).unwrap();
            assert_eq!(ciphertext.len(), 1_039);
            let theirs = private.decapsulate(&ciphertext.as_slice().try_into().unwrap());
            assert_eq!(theirs.as_ref(), secret);
        }
    }

    #[test]
    fn a_random_polynomial_has_its_weight() {
        let small = random_small().unwrap();
        assert_eq!(small.iter().filter(|value| **value != 0).count(), 286);
        assert!(small.iter().all(|value| (-1..=1).contains(value)));
        assert_ne!(small, random_small().unwrap());
    }

    proptest! {
        #[test]
        fn numbers_are_read_as_they_were_written(numbers in prop::collection::vec(0..Q as u32, P)) {
            let bounds = [Q as u32; P];
            let bytes = encode(&numbers, &bounds);
            prop_assert_eq!(bytes.len(), KEY);
            prop_assert_eq!(decode(&bytes, &bounds), numbers);
        }

        #[test]
        fn any_key_is_answered(bytes in prop::collection::vec(any::<u8>(), KEY)) {
            prop_assert!(encapsulate(&bytes.try_into().unwrap()).is_ok());
        }
    }
}
