//! What proves a password without saying it, and the form in which crackers read it.

use openssl::sha::{Sha1, Sha256, sha1, sha256};

use super::greeting::SCRAMBLE;

/// What a client of `mysql_native_password` answers to `scramble`.
pub fn native(password: &[u8], scramble: &[u8; SCRAMBLE]) -> Vec<u8> {
    let once = sha1(password);
    let mut hash = Sha1::new();
    hash.update(scramble);
    hash.update(&sha1(&once));
    xor(&once, &hash.finish())
}

/// What a client of `caching_sha2_password` answers to `scramble`.
pub fn caching_sha2(password: &[u8], scramble: &[u8; SCRAMBLE]) -> Vec<u8> {
    let once = sha256(password);
    let mut hash = Sha256::new();
    hash.update(&sha256(&once));
    hash.update(scramble);
    xor(&once, &hash.finish())
}

fn xor(one: &[u8], other: &[u8]) -> Vec<u8> {
    one.iter().zip(other).map(|(a, b)| a ^ b).collect()
}

/// `bytes`, each combined with the next of `scramble` and a NUL, again and again: how passwords
/// are veiled before they are encrypted with RSA.
pub fn unveil(bytes: &[u8], scramble: &[u8; SCRAMBLE]) -> Vec<u8> {
    let veil = scramble.iter().chain(&[0]).cycle();
    bytes.iter().zip(veil).map(|(byte, veil)| byte ^ veil).collect()
}

/// Challenge and response of `mysql_native_password` as hashcat's mode 11200 reads them.
pub fn native_hash(scramble: &[u8], response: &[u8]) -> String {
    format!("$mysqlna${}*{}", hex(scramble), hex(response))
}

/// Challenge and response of `caching_sha2_password`. Hashcat reads no such exchange (its mode
/// 7401 is what the server stores), so this is the same form under another name: response =
/// SHA256(p) ⊕ SHA256(SHA256(SHA256(p)) · challenge).
pub fn caching_sha2_hash(scramble: &[u8], response: &[u8]) -> String {
    format!("$mysqlsha2${}*{}", hex(scramble), hex(response))
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash that MariaDB's `mysql_native_password` stores: what SHOW GRANTS prints.
pub fn stored_native(password: &[u8]) -> String {
    format!("*{}", hex(&sha1(&sha1(password))).to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of hashcat's documentation for mode 11200: the password is `hashcat`.
    #[test]
    fn the_form_is_what_hashcat_cracks() {
        let scramble: [u8; 20] = [
            0x1c, 0x24, 0xab, 0x8d, 0x0e, 0xe9, 0x4d, 0x70, 0xab, 0x1f, 0x2e, 0x81, 0x4d, 0x8f, 0x09, 0x48,
            0xa1, 0x4d, 0x10, 0xb9,
        ];
        assert_eq!(
            native_hash(&scramble, &native(b"hashcat", &scramble)),
            "$mysqlna$1c24ab8d0ee94d70ab1f2e814d8f0948a14d10b9*437e93572f18ae44d9e779160c2505271f85821d"
        );
    }

    #[test]
    fn a_veil_comes_off_as_it_went_on() {
        let scramble = [b'k'; SCRAMBLE];
        let veiled = unveil(b"a long password of more than twenty characters\0", &scramble);
        assert_eq!(unveil(&veiled, &scramble), b"a long password of more than twenty characters\0");
    }

    #[test]
    fn stored_hashes_are_those_of_the_server() {
        assert_eq!(stored_native(b"Sekret1"), "*92353A8CA6596E9B4031EDF4DD3A50DB44267406");
    }
}
