//! The exchange hash (RFC 4253, section 8) and the keys that derive from it (section 7.2).

use openssl::error::ErrorStack;

use super::{agree::Agreement, method::Hash};
use crate::ssh::{cipher::Direction, packet::Keys, wire::Writer as _};

/// What enters the hash besides the values of the method.
#[derive(Clone, Copy, Debug)]
pub(in crate::ssh) struct Material<'a> {
    /// Identifications of client and server, without their line ends.
    pub(in crate::ssh) identifications: [&'a [u8]; 2],
    /// Payloads of the KEXINITs of client and server.
    pub(in crate::ssh) offers: [&'a [u8]; 2],
    /// The server's public key.
    pub(in crate::ssh) host_key: &'a [u8],
    /// Values of the method, each as it stands in a message, lengths in front.
    pub(in crate::ssh) values: &'a [u8],
    /// The shared secret, its length in front.
    pub(in crate::ssh) secret: &'a [u8],
}

impl Material<'_> {
    /// The exchange hash.
    pub(in crate::ssh) fn hash(&self, hash: Hash) -> Vec<u8> {
        let mut head = Vec::new();
        for part in self.identifications.into_iter().chain(self.offers).chain([self.host_key]) {
            head.put_string(part);
        }
        hash.of(&[&head, self.values, self.secret])
    }
}

/// What keys derive from.
#[derive(Clone, Copy, Debug)]
pub(in crate::ssh) struct Secrets<'a> {
    /// The hash of the method.
    pub(in crate::ssh) hash: Hash,
    /// The shared secret, its length in front.
    pub(in crate::ssh) secret: &'a [u8],
    /// The hash of this exchange.
    pub(in crate::ssh) exchange: &'a [u8],
    /// The hash of the first exchange.
    pub(in crate::ssh) session: &'a [u8],
}

impl Secrets<'_> {
    /// Keys from client to server, and back; a server opens what comes on the first of these ways
    /// and seals what goes on the second.
    pub(in crate::ssh) fn keys(
        &self,
        agreement: &Agreement,
        directions: [Direction; 2],
    ) -> Result<[Keys; 2], ErrorStack> {
        let [first, second] = directions;
        let [incoming, outgoing] = [(0, first), (1, second)].map(|(at, direction)| {
            let need = agreement.need();
            let letter = |first: u8| self.derive(first + at, need);
            let way = agreement.ways.get(usize::from(at)).or(agreement.ways.first());
            let Some(way) = way else { return Err(ErrorStack::get()) };
            let (iv, key, code) = (letter(b'A'), letter(b'C'), letter(b'E'));
            Ok(Keys {
                suite: way.cipher,
                cipher: way.cipher.open(&key, &iv, direction)?,
                mac: way.mac.map(|suite| suite.open(&code)).transpose()?,
                compresses: way.compresses,
            })
        });
        Ok([incoming?, outgoing?])
    }

    /// At least `need` bytes of the key with this letter.
    fn derive(&self, letter: u8, need: usize) -> Vec<u8> {
        let mut out = Vec::new();
        while out.len() < need {
            let more = match out.is_empty() {
                true => self.hash.of(&[self.secret, self.exchange, &[letter], self.session]),
                false => self.hash.of(&[self.secret, self.exchange, &out]),
            };
            out.extend_from_slice(&more);
        }
        out
    }
}
