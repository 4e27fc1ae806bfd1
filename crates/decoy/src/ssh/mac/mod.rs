//! Message authentication codes: from a name and its key to the code of a packet.

mod umac;

use openssl::{
    error::ErrorStack,
    hash::MessageDigest,
    memcmp,
    pkey::{PKey, Private},
    sign::Signer,
};

use umac::Umac;

/// A code as the key exchange sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Suite {
    /// Its name.
    pub(super) name: &'static str,
    /// Bytes of its key.
    pub(super) key_length: usize,
    /// Bytes of a code.
    pub(super) length: usize,
    /// Whether it covers what is encrypted rather than what is in it.
    pub(super) encrypt_first: bool,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Umac64,
    Umac128,
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

const fn suite(name: &'static str, key_length: usize, length: usize, etm: bool, kind: Kind) -> Suite {
    Suite { name, key_length, length, encrypt_first: etm, kind }
}

const SUITES: &[Suite] = &[
    suite("umac-64-etm@openssh.com", 16, 8, true, Kind::Umac64),
    suite("umac-128-etm@openssh.com", 16, 16, true, Kind::Umac128),
    suite("hmac-sha2-256-etm@openssh.com", 32, 32, true, Kind::Sha256),
    suite("hmac-sha2-512-etm@openssh.com", 64, 64, true, Kind::Sha512),
    suite("hmac-sha1-etm@openssh.com", 20, 20, true, Kind::Sha1),
    suite("hmac-sha1-96-etm@openssh.com", 20, 12, true, Kind::Sha1),
    suite("hmac-md5-etm@openssh.com", 16, 16, true, Kind::Md5),
    suite("hmac-md5-96-etm@openssh.com", 16, 12, true, Kind::Md5),
    suite("umac-64@openssh.com", 16, 8, false, Kind::Umac64),
    suite("umac-128@openssh.com", 16, 16, false, Kind::Umac128),
    suite("hmac-sha2-256", 32, 32, false, Kind::Sha256),
    suite("hmac-sha2-512", 64, 64, false, Kind::Sha512),
    suite("hmac-sha1", 20, 20, false, Kind::Sha1),
    suite("hmac-sha1-96", 20, 12, false, Kind::Sha1),
    suite("hmac-md5", 16, 16, false, Kind::Md5),
    suite("hmac-md5-96", 16, 12, false, Kind::Md5),
];

impl Suite {
    /// The code of a name.
    pub(super) fn find(name: &[u8]) -> Option<&'static Self> {
        SUITES.iter().find(|suite| suite.name.as_bytes() == name)
    }

    /// The code with its key, of which it takes what it needs.
    pub(super) fn open(&'static self, key: &[u8]) -> Result<Mac, ErrorStack> {
        let key = key.get(..self.key_length).unwrap_or_default();
        let engine = match self.kind {
            Kind::Umac64 => Engine::Umac(Box::new(Umac::new(key, 2)?)),
            Kind::Umac128 => Engine::Umac(Box::new(Umac::new(key, 4)?)),
            Kind::Md5 => Engine::Hmac(PKey::hmac(key)?, MessageDigest::md5()),
            Kind::Sha1 => Engine::Hmac(PKey::hmac(key)?, MessageDigest::sha1()),
            Kind::Sha256 => Engine::Hmac(PKey::hmac(key)?, MessageDigest::sha256()),
            Kind::Sha512 => Engine::Hmac(PKey::hmac(key)?, MessageDigest::sha512()),
        };
        Ok(Mac { suite: self, engine })
    }
}

/// A code at work.
pub(super) struct Mac {
    /// What it is.
    pub(super) suite: &'static Suite,
    engine: Engine,
}

enum Engine {
    Umac(Box<Umac>),
    Hmac(PKey<Private>, MessageDigest),
}

impl Mac {
    /// Appends the code of the packet with this number to `out`.
    pub(super) fn put(&mut self, sequence: u32, packet: &[u8], out: &mut Vec<u8>) -> Result<(), ErrorStack> {
        let mut code = [0; 64];
        let length = self.code(sequence, packet, &mut code)?;
        out.extend_from_slice(code.get(..length).unwrap_or_default());
        Ok(())
    }

    /// Whether `given` is the code of the packet with this number.
    pub(super) fn is_right(
        &mut self,
        sequence: u32,
        packet: &[u8],
        given: &[u8],
    ) -> Result<bool, ErrorStack> {
        let mut code = [0; 64];
        let length = self.code(sequence, packet, &mut code)?;
        let code = code.get(..length).unwrap_or_default();
        Ok(code.len() == given.len() && memcmp::eq(code, given))
    }

    fn code(&mut self, sequence: u32, packet: &[u8], code: &mut [u8; 64]) -> Result<usize, ErrorStack> {
        match &mut self.engine {
            Engine::Umac(umac) => umac.tag(u64::from(sequence).to_be_bytes(), packet, code)?,
            Engine::Hmac(key, digest) => {
                let mut signer = Signer::new(*digest, key)?;
                signer.update(&sequence.to_be_bytes())?;
                signer.update(packet)?;
                signer.sign(code)?;
            }
        }
        Ok(self.suite.length)
    }
}

#[cfg(test)]
mod tests {
    use super::SUITES;

    #[test]
    fn every_code_knows_its_own() {
        for suite in SUITES {
            let mut mac = suite.open(&[5; 64]).unwrap();
            let mut code = Vec::new();
            mac.put(3, b"a packet", &mut code).unwrap();
            assert_eq!(code.len(), suite.length, "{}", suite.name);
            assert!(mac.is_right(3, b"a packet", &code).unwrap());
            assert!(!mac.is_right(4, b"a packet", &code).unwrap());
            assert!(!mac.is_right(3, b"a racket", &code).unwrap());
            assert!(!mac.is_right(3, b"a packet", &code[1..]).unwrap());
        }
    }
}
