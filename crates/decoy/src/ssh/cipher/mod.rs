//! Ciphers: from a name and its keys to packets that are sealed and opened in place.

mod chacha;
mod gcm;
mod stream;

use openssl::{cipher::Cipher as Algorithm, error::ErrorStack};

use chacha::ChaCha;
use gcm::Gcm;
use stream::Stream;

/// A cipher as the key exchange sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Suite {
    /// Its name.
    pub(super) name: &'static str,
    /// Bytes of its key.
    pub(super) key_length: usize,
    /// Bytes of its initial vector.
    pub(super) iv_length: usize,
    /// Bytes to a multiple of which packets are padded.
    pub(super) block: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    ChaCha,
    Gcm128,
    Gcm256,
    Ctr128,
    Ctr192,
    Ctr256,
    Cbc128,
    Cbc192,
    Cbc256,
    TripleDes,
    Blowfish,
    Cast128,
}

/// Bytes of the tag of an authenticating cipher.
pub(super) const TAG: usize = 16;

const fn suite(name: &'static str, key_length: usize, iv_length: usize, block: usize, kind: Kind) -> Suite {
    Suite { name, key_length, iv_length, block, kind }
}

const SUITES: &[Suite] = &[
    suite("chacha20-poly1305@openssh.com", 64, 0, 8, Kind::ChaCha),
    suite("aes128-gcm@openssh.com", 16, 12, 16, Kind::Gcm128),
    suite("aes256-gcm@openssh.com", 32, 12, 16, Kind::Gcm256),
    suite("aes128-ctr", 16, 16, 16, Kind::Ctr128),
    suite("aes192-ctr", 24, 16, 16, Kind::Ctr192),
    suite("aes256-ctr", 32, 16, 16, Kind::Ctr256),
    suite("aes128-cbc", 16, 16, 16, Kind::Cbc128),
    suite("aes192-cbc", 24, 16, 16, Kind::Cbc192),
    suite("aes256-cbc", 32, 16, 16, Kind::Cbc256),
    suite("3des-cbc", 24, 8, 8, Kind::TripleDes),
    suite("blowfish-cbc", 16, 8, 8, Kind::Blowfish),
    suite("cast128-cbc", 16, 8, 8, Kind::Cast128),
];

impl Suite {
    /// The cipher of a name.
    pub(super) fn find(name: &[u8]) -> Option<&'static Self> {
        SUITES.iter().find(|suite| suite.name.as_bytes() == name)
    }

    /// Whether it authenticates by itself, so that no message authentication code is used.
    pub(super) fn authenticates(&self) -> bool {
        matches!(self.kind, Kind::ChaCha | Kind::Gcm128 | Kind::Gcm256)
    }

    /// Whether it chains blocks, so that a broken packet is read to its longest end.
    pub(super) fn chains(&self) -> bool {
        !self.authenticates() && !matches!(self.kind, Kind::Ctr128 | Kind::Ctr192 | Kind::Ctr256)
    }

    /// The cipher with its key and initial vector, of which it takes what it needs.
    pub(super) fn open(&self, key: &[u8], iv: &[u8], direction: Direction) -> Result<Cipher, ErrorStack> {
        let key = key.get(..self.key_length).unwrap_or_default();
        let iv = iv.get(..self.iv_length).unwrap_or_default();
        let algorithm = match self.kind {
            Kind::ChaCha => return Ok(Cipher::ChaCha(ChaCha::new(key)?)),
            Kind::Gcm128 => return Ok(Cipher::Gcm(Gcm::new(Algorithm::aes_128_gcm(), key, iv, direction)?)),
            Kind::Gcm256 => return Ok(Cipher::Gcm(Gcm::new(Algorithm::aes_256_gcm(), key, iv, direction)?)),
            Kind::Ctr128 => Algorithm::aes_128_ctr(),
            Kind::Ctr192 => Algorithm::aes_192_ctr(),
            Kind::Ctr256 => Algorithm::aes_256_ctr(),
            Kind::Cbc128 => Algorithm::aes_128_cbc(),
            Kind::Cbc192 => Algorithm::aes_192_cbc(),
            Kind::Cbc256 => Algorithm::aes_256_cbc(),
            Kind::TripleDes => Algorithm::des_ede3_cbc(),
            Kind::Blowfish => return Ok(Cipher::Stream(Stream::blowfish(key, iv, direction))),
            Kind::Cast128 => return Ok(Cipher::Stream(Stream::cast128(key, iv, direction))),
        };
        Ok(Cipher::Stream(Stream::new(algorithm, key, iv, direction)?))
    }
}

/// Which way packets go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// They are encrypted.
    Seal,
    /// They are decrypted.
    Open,
}

/// A cipher at work in one direction.
pub(super) enum Cipher {
    /// ChaCha20 with Poly1305, lengths encrypted with a key of their own.
    ChaCha(ChaCha),
    /// AES in Galois counter mode, lengths in the clear.
    Gcm(Gcm),
    /// One that does not authenticate; its state runs on over packets.
    Stream(Stream),
}

impl Cipher {
    /// The packet length in the first four bytes, of those that leave it outside the packet.
    pub(super) fn length(&mut self, sequence: u32, header: [u8; 4]) -> Result<u32, ErrorStack> {
        match self {
            Self::ChaCha(cipher) => cipher.length(sequence, header).map(u32::from_be_bytes),
            Self::Gcm(_) | Self::Stream(_) => Ok(u32::from_be_bytes(header)),
        }
    }

    /// Encrypts `packet` after its first `clear` bytes, and appends the tag if there is one.
    pub(super) fn seal(
        &mut self,
        sequence: u32,
        packet: &mut Vec<u8>,
        start: usize,
        clear: usize,
    ) -> Result<(), ErrorStack> {
        match self {
            Self::ChaCha(cipher) => {
                let tag = cipher.seal(sequence, packet.get_mut(start..).unwrap_or_default())?;
                packet.extend_from_slice(&tag);
            }
            Self::Gcm(cipher) => {
                let tag = cipher.seal(packet.get_mut(start..).unwrap_or_default())?;
                packet.extend_from_slice(&tag);
            }
            Self::Stream(cipher) => cipher.run(packet.get_mut(start + clear..).unwrap_or_default())?,
        }
        Ok(())
    }

    /// Decrypts `packet`, that has its length in front, after its first `clear` bytes; whether
    /// the tag was right.
    pub(super) fn open(
        &mut self,
        sequence: u32,
        packet: &mut [u8],
        clear: usize,
        tag: &[u8],
    ) -> Result<bool, ErrorStack> {
        match self {
            Self::ChaCha(cipher) => cipher.open(sequence, packet, tag),
            Self::Gcm(cipher) => Ok(cipher.open(packet, tag)),
            Self::Stream(cipher) => {
                cipher.run(packet.get_mut(clear..).unwrap_or_default())?;
                Ok(true)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Direction, SUITES, Suite, TAG};

    #[test]
    fn every_cipher_opens_what_it_sealed() {
        for suite in SUITES {
            let (key, iv) = ([7; 64], [9; 16]);
            let mut seal = suite.open(&key, &iv, Direction::Seal).unwrap();
            let mut open = suite.open(&key, &iv, Direction::Open).unwrap();
            for sequence in 0..3 {
                let clear = if suite.authenticates() { 4 } else { 0 };
                let plain: Vec<u8> = [&[0, 0, 0, 48][..], &[sequence as u8; 48][..clear + 44]].concat();
                let mut packet = plain.clone();
                seal.seal(sequence, &mut packet, 0, clear).unwrap();
                assert_ne!(packet[4..], plain[4..], "{}", suite.name);
                let tag = packet.split_off(plain.len());
                assert_eq!(tag.len(), if suite.authenticates() { TAG } else { 0 });
                if suite.authenticates() {
                    assert_eq!(open.length(sequence, packet[..4].try_into().unwrap()).unwrap(), 48);
                }
                assert!(open.open(sequence, &mut packet, clear, &tag).unwrap(), "{}", suite.name);
                assert_eq!(packet, plain, "{}", suite.name);
            }
        }
    }

    #[test]
    fn a_changed_packet_is_refused() {
        for suite in SUITES.iter().filter(|suite| suite.authenticates()) {
            for changed in [4, 10] {
                let (key, iv) = ([7; 64], [9; 16]);
                let mut seal = suite.open(&key, &iv, Direction::Seal).unwrap();
                let mut open = suite.open(&key, &iv, Direction::Open).unwrap();
                let mut packet = [&[0, 0, 0, 32][..], &[1; 32]].concat();
                seal.seal(0, &mut packet, 0, 4).unwrap();
                let tag = packet.split_off(36);
                packet[changed] ^= 1;
                assert!(!open.open(0, &mut packet, 4, &tag).unwrap_or(false), "{}", suite.name);
            }
        }
    }

    #[test]
    fn names_are_found() {
        assert!(Suite::find(b"aes256-ctr").is_some_and(|suite| !suite.chains()));
        assert!(Suite::find(b"3des-cbc").is_some_and(Suite::chains));
        assert_eq!(Suite::find(b"none"), None);
    }
}
