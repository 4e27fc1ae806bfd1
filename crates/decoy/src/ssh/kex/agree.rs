//! What both sides agree on: of each list the client's first name that the server has too.

use super::{init::Offer, method::Method};
use crate::ssh::{cipher, hostkey::Algorithm, mac, wire::names};

/// What came of two offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ssh) struct Agreement {
    /// The method.
    pub(in crate::ssh) method: Method,
    /// Its name.
    pub(in crate::ssh) method_name: String,
    /// How the server proves itself.
    pub(in crate::ssh) host_key: Algorithm,
    /// From client to server, and back.
    pub(in crate::ssh) ways: [Way; 2],
    /// Whether the client's next packet was sent on a wrong guess.
    pub(in crate::ssh) drops_guess: bool,
}

/// What protects one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ssh) struct Way {
    /// The cipher.
    pub(in crate::ssh) cipher: &'static cipher::Suite,
    /// The code, where the cipher does not authenticate.
    pub(in crate::ssh) mac: Option<&'static mac::Suite>,
    /// Whether payloads are compressed after the log-in.
    pub(in crate::ssh) compresses: bool,
}

/// Which list has no name in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ssh) struct Disagreement(pub(in crate::ssh) &'static str);

impl Agreement {
    /// Bytes of key that the longest of all keys takes.
    pub(in crate::ssh) fn need(&self) -> usize {
        let of_way = |way: &Way| {
            let mac = way.mac.map_or(0, |mac| mac.key_length);
            way.cipher.key_length.max(way.cipher.block).max(way.cipher.iv_length).max(mac)
        };
        self.ways.iter().map(of_way).max().unwrap_or_default()
    }
}

/// Compares what a client offers with what the server does.
///
/// # Errors
/// [`Disagreement`] names the first list without a common name.
pub(in crate::ssh) fn agree(client: &Offer, server: &Offer) -> Result<Agreement, Disagreement> {
    let name = common(&client.key_exchange, &server.key_exchange);
    let none = Disagreement("no matching key exchange method");
    let (name, method) = name.and_then(|name| Some((name, Method::find(name)?))).ok_or(none)?;
    let host_key = common(&client.host_keys, &server.host_keys).and_then(Algorithm::find);
    let host_key = host_key.ok_or(Disagreement("no matching host key type"))?;
    let way = |at: usize| {
        let of = |lists: fn(&Offer) -> &[Vec<u8>; 2]| {
            let (client, server) = (lists(client).get(at), lists(server).get(at));
            common(
                client.map(Vec::as_slice).unwrap_or_default(),
                server.map(Vec::as_slice).unwrap_or_default(),
            )
        };
        let cipher = of(|offer| &offer.ciphers).and_then(cipher::Suite::find);
        let cipher = cipher.ok_or(Disagreement("no matching cipher"))?;
        let mac = match cipher.authenticates() {
            true => None,
            false => {
                let mac = of(|offer| &offer.macs).and_then(mac::Suite::find);
                Some(mac.ok_or(Disagreement("no matching MAC"))?)
            }
        };
        let compression =
            of(|offer| &offer.compression).ok_or(Disagreement("no matching compression method"))?;
        Ok(Way { cipher, mac, compresses: compression != b"none" })
    };
    Ok(Agreement {
        method,
        method_name: String::from_utf8_lossy(name).into_owned(),
        host_key,
        ways: [way(0)?, way(1)?],
        drops_guess: client.guessed && !guess_is_right(client, server),
    })
}

/// Whether both sides would have picked the same by their first names alone.
fn guess_is_right(client: &Offer, server: &Offer) -> bool {
    let first = |list: &[u8]| list.split(|byte| *byte == b',').next().map(<[u8]>::to_vec);
    first(&client.key_exchange) == first(&server.key_exchange)
        && first(&client.host_keys) == first(&server.host_keys)
}

/// The first name of `client` that `server` has; of either list OpenSSH looks at forty.
fn common<'a>(client: &'a [u8], server: &[u8]) -> Option<&'a [u8]> {
    const LOOKED_AT: usize = 40;
    names(client).take(LOOKED_AT).find(|name| names(server).take(LOOKED_AT).any(|other| other == *name))
}

#[cfg(test)]
mod tests {
    use super::{Disagreement, agree, common};
    use crate::ssh::{kex::Offer, kex::method::Method};

    fn offer(key_exchange: &str, cipher: &str) -> Offer {
        Offer {
            key_exchange: key_exchange.into(),
            host_keys: "ssh-ed25519".into(),
            ciphers: [cipher.into(), cipher.into()],
            macs: ["hmac-sha1".into(), "hmac-sha1".into()],
            compression: ["none".into(), "zlib@openssh.com,none".into()],
            languages: Default::default(),
            guessed: false,
        }
    }

    #[test]
    fn the_first_common_name_of_the_client_wins() {
        assert_eq!(common(b"a,b,c", b"c,b"), Some(&b"b"[..]));
        assert_eq!(common(b"foo,,b", b"b"), None);
        assert_eq!(common(b"", b""), None);
        let many = [b"x,".repeat(40), b"b".to_vec()].concat();
        assert_eq!(common(&many, b"b"), None);
    }

    #[test]
    fn both_sides_agree() {
        let server = offer("sntrup761x25519-sha512,curve25519-sha256", "aes128-gcm@openssh.com,aes128-ctr");
        let agreement = agree(&offer("x,curve25519-sha256", "aes128-ctr"), &server).unwrap();
        assert_eq!(agreement.method, Method::Curve25519);
        assert_eq!(agreement.ways[0].mac.unwrap().name, "hmac-sha1");
        assert!(!agreement.ways[0].compresses && agreement.ways[1].compresses);
        assert_eq!(agreement.need(), 20);
        let authenticated = agree(&offer("curve25519-sha256", "aes128-gcm@openssh.com"), &server).unwrap();
        assert_eq!(authenticated.ways[1].mac, None);
        assert_eq!(
            agree(&offer("y", "aes128-ctr"), &server),
            Err(Disagreement("no matching key exchange method"))
        );
        assert_eq!(agree(&offer("curve25519-sha256", "z"), &server), Err(Disagreement("no matching cipher")));
    }

    #[test]
    fn a_wrong_guess_is_dropped() {
        let server = offer("sntrup761x25519-sha512,curve25519-sha256", "aes128-ctr");
        let mut client = offer("curve25519-sha256", "aes128-ctr");
        client.guessed = true;
        assert!(agree(&client, &server).unwrap().drops_guess);
        client.key_exchange = b"sntrup761x25519-sha512,x".to_vec();
        assert!(!agree(&client, &server).unwrap().drops_guess);
    }
}
