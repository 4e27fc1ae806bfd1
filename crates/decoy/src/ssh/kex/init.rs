//! KEXINIT (RFC 4253, section 7.1): what either side offers.

use super::super::wire::{Malformed, Reader, Writer as _};
use crate::ssh::message;

/// The lists of one side, in the order of the packet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::ssh) struct Offer {
    /// Key exchange methods, and what extensions hide among them.
    pub(in crate::ssh) key_exchange: Vec<u8>,
    /// Algorithms of host keys.
    pub(in crate::ssh) host_keys: Vec<u8>,
    /// Ciphers from client to server, and back.
    pub(in crate::ssh) ciphers: [Vec<u8>; 2],
    /// Message authentication codes from client to server, and back.
    pub(in crate::ssh) macs: [Vec<u8>; 2],
    /// Compression from client to server, and back.
    pub(in crate::ssh) compression: [Vec<u8>; 2],
    /// Languages from client to server, and back.
    pub(in crate::ssh) languages: [Vec<u8>; 2],
    /// Whether the first packet of the exchange was sent on a guess.
    pub(in crate::ssh) guessed: bool,
}

impl Offer {
    /// The payload of a KEXINIT.
    pub(in crate::ssh) fn payload(&self, cookie: [u8; 16]) -> Vec<u8> {
        let mut out = vec![message::KEXINIT];
        out.extend_from_slice(&cookie);
        for list in self.lists() {
            out.put_string(list);
        }
        out.put_boolean(self.guessed);
        out.put_u32(0);
        out
    }

    /// Reads the payload of a KEXINIT, its message number left out.
    pub(in crate::ssh) fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body);
        reader.array::<16>()?;
        let mut list = || reader.text().map(<[u8]>::to_vec);
        let mut out = Self {
            key_exchange: list()?,
            host_keys: list()?,
            ciphers: [list()?, list()?],
            macs: [list()?, list()?],
            compression: [list()?, list()?],
            languages: [list()?, list()?],
            guessed: false,
        };
        out.guessed = reader.boolean()?;
        reader.u32()?;
        reader.end()?;
        Ok(out)
    }

    fn lists(&self) -> [&[u8]; 10] {
        let [ciphers_in, ciphers_out] = &self.ciphers;
        let [macs_in, macs_out] = &self.macs;
        let [compression_in, compression_out] = &self.compression;
        let [languages_in, languages_out] = &self.languages;
        [
            &self.key_exchange,
            &self.host_keys,
            ciphers_in,
            ciphers_out,
            macs_in,
            macs_out,
            compression_in,
            compression_out,
            languages_in,
            languages_out,
        ]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Offer;

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = Offer::parse(&bytes);
        }

        #[test]
        fn what_is_written_is_read(names in prop::collection::vec("[a-z0-9,@.-]{0,40}", 10), guessed: bool) {
            let list = |at: usize| names[at].clone().into_bytes();
            let offer = Offer {
                key_exchange: list(0),
                host_keys: list(1),
                ciphers: [list(2), list(3)],
                macs: [list(4), list(5)],
                compression: [list(6), list(7)],
                languages: [list(8), list(9)],
                guessed,
            };
            let payload = offer.payload([7; 16]);
            prop_assert_eq!(Offer::parse(&payload[1..]), Ok(offer));
            prop_assert!(Offer::parse(&payload[1..payload.len() - 1]).is_err());
        }
    }
}
