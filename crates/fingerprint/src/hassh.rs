//! HASSH: which program a peer of SSH is, from the algorithms that it offers.
//!
//! The algorithms of one direction, each list as it came, joined by semicolons, hashed with
//! MD5: `hassh` over what a client offers towards the server, `hasshServer` over what a server
//! offers towards the client.

use md5::{Digest as _, Md5};

/// The lists of a KEXINIT that a fingerprint covers, as they came: names joined by commas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer<'a> {
    /// Key exchange methods.
    pub key_exchange: &'a [u8],
    /// Ciphers in the direction away from the peer.
    pub ciphers: &'a [u8],
    /// Message authentication codes in that direction.
    pub macs: &'a [u8],
    /// Compression methods in that direction.
    pub compression: &'a [u8],
}

impl Offer<'_> {
    /// What is hashed.
    pub fn algorithms(&self) -> Vec<u8> {
        [self.key_exchange, self.ciphers, self.macs, self.compression].join(&b';')
    }

    /// The fingerprint: 32 lower-case hexadecimal digits.
    pub fn hassh(&self) -> String {
        Md5::digest(self.algorithms()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Offer;

    /// What Debian 12's `sshd` offers, with the hash that is published for it.
    #[test]
    fn the_server_of_debian_12_is_known_by_its_hash() {
        let offer = Offer {
            key_exchange: b"sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,curve25519-sha256,\
                curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,\
                diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,\
                diffie-hellman-group18-sha512,diffie-hellman-group14-sha256,kex-strict-s-v00@openssh.com",
            ciphers: b"chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,\
                aes128-gcm@openssh.com,aes256-gcm@openssh.com",
            macs: b"umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,\
                hmac-sha2-512-etm@openssh.com,hmac-sha1-etm@openssh.com,umac-64@openssh.com,\
                umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1",
            compression: b"none,zlib@openssh.com",
        };
        assert_eq!(offer.hassh(), "425d29fe50d8e4f5e37efb6e24bcf660");
    }

    #[test]
    fn lists_keep_their_place_when_they_are_empty() {
        let offer = Offer { key_exchange: b"a", ciphers: b"", macs: b"b,c", compression: b"" };
        assert_eq!(offer.algorithms(), b"a;;b,c;");
    }
}
