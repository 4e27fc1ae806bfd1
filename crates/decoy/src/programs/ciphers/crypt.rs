//! Hashes of passwords: those of MD5 and of SHA-2.

use openssl::{
    error::ErrorStack,
    hash::{MessageDigest, hash},
};

const LETTERS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// One of the letters that salts and hashes are made of.
pub(super) fn letter(number: u32) -> u8 {
    LETTERS.get(number as usize & 63).copied().unwrap_or(b'.')
}

/// Three bytes as letters, the lowest first.
fn letters(out: &mut String, sum: &[u8], places: [Option<usize>; 3], count: usize) {
    let byte = |place: Option<usize>| place.and_then(|at| sum.get(at)).copied().map_or(0, u32::from);
    let [high, middle, low] = places;
    let mut value = byte(high) << 16 | byte(middle) << 8 | byte(low);
    for _ in 0..count {
        out.push(char::from(letter(value)));
        value >>= 6;
    }
}

/// The first `length` bytes of a text that is repeated.
fn stretched(text: &[u8], length: usize) -> Vec<u8> {
    text.iter().copied().cycle().take(length).collect()
}

fn cut(salt: &[u8], most: usize) -> &[u8] {
    let end = salt.iter().position(|byte| *byte == b'$').unwrap_or(salt.len()).min(most);
    salt.get(..end).unwrap_or_default()
}

/// `$1$` or `$apr1$`.
pub(super) fn md5(password: &[u8], salt: &[u8], magic: &str) -> Result<String, ErrorStack> {
    let digest = |bytes: &[u8]| hash(MessageDigest::md5(), bytes).map(|sum| sum.to_vec());
    let salt = cut(salt, 8);
    let password = password.get(..256).unwrap_or(password);
    let other = digest(&[password, salt, password].concat())?;
    let mut text =
        [password, format!("${magic}$").as_bytes(), salt, &stretched(&other, password.len())].concat();
    let mut length = password.len();
    while length > 0 {
        text.push(if length & 1 > 0 { 0 } else { password.first().copied().unwrap_or(0) });
        length >>= 1;
    }
    let mut sum = digest(&text)?;
    for round in 0..1_000 {
        let odd = round % 2 > 0;
        let mut text = if odd { password.to_vec() } else { sum.clone() };
        if round % 3 > 0 {
            text.extend_from_slice(salt);
        }
        if round % 7 > 0 {
            text.extend_from_slice(password);
        }
        text.extend_from_slice(if odd { &sum } else { password });
        sum = digest(&text)?;
    }
    let mut out = format!("${magic}${}$", String::from_utf8_lossy(salt));
    for at in 0..5 {
        let last = if at == 4 { 5 } else { at + 12 };
        letters(&mut out, &sum, [Some(at), Some(at + 6), Some(last)], 4);
    }
    letters(&mut out, &sum, [None, None, Some(11)], 2);
    Ok(out)
}

/// `$5$` or `$6$`.
pub(super) fn sha(password: &[u8], salt: &[u8], wide: bool) -> Result<String, ErrorStack> {
    let method = if wide { MessageDigest::sha512() } else { MessageDigest::sha256() };
    let digest = |bytes: &[u8]| hash(method, bytes).map(|sum| sum.to_vec());
    let salt = cut(salt, 16);
    let password = password.get(..256).unwrap_or(password);
    let other = digest(&[password, salt, password].concat())?;
    let mut text = [password, salt, &stretched(&other, password.len())].concat();
    let mut length = password.len();
    while length > 0 {
        text.extend_from_slice(if length & 1 > 0 { &other } else { password });
        length >>= 1;
    }
    let first = digest(&text)?;
    let passwords = stretched(&digest(&password.repeat(password.len()))?, password.len());
    let times = 16 + first.first().copied().map_or(0, usize::from);
    let salts = stretched(&digest(&salt.repeat(times))?, salt.len());
    let mut sum = first;
    for round in 0..5_000 {
        let odd = round % 2 > 0;
        let mut text = if odd { passwords.clone() } else { sum.clone() };
        if round % 3 > 0 {
            text.extend_from_slice(&salts);
        }
        if round % 7 > 0 {
            text.extend_from_slice(&passwords);
        }
        text.extend_from_slice(if odd { &sum } else { &passwords });
        sum = digest(&text)?;
    }
    let mut out = format!("${}${}$", if wide { 6 } else { 5 }, String::from_utf8_lossy(salt));
    // Each group begins one third further, and the thirds change places.
    let (third, groups) = if wide { (21, 21) } else { (10, 10) };
    let step = if wide { 22 } else { 21 };
    let size = third * 3;
    let mut at = 0;
    for _ in 0..groups {
        letters(&mut out, &sum, [Some(at), Some((at + third) % size), Some((at + 2 * third) % size)], 4);
        at = (at + step) % size;
    }
    if wide {
        letters(&mut out, &sum, [None, None, Some(63)], 2);
    } else {
        letters(&mut out, &sum, [None, Some(31), Some(30)], 3);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_openssl() {
        assert_eq!(md5(b"pw", b"ab", "1").unwrap(), "$1$ab$b2XAKzcGJvTR.javvk3280");
        assert_eq!(md5(b"pw", b"ab", "apr1").unwrap(), "$apr1$ab$RieuZkC7MNZo71UI4mVva0");
        assert_eq!(
            sha(b"pw", b"abcd", false).unwrap(),
            "$5$abcd$zZA/0qLgoSH67pe3824tVxM.c9kUup4SAH1VanH0FR."
        );
        let wide =
            "$6$abcd$uQZaz9xQBejvX2R1u2x93SXlAvfV3SAU2qoX20YNobk9HllUTM5ihgzh9nmhQnkHDvkSvQvuOa/KGMUZf6XR6/";
        assert_eq!(sha(b"pw", b"abcd", true).unwrap(), wide);
    }
}
