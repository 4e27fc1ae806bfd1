//! Ways in for fuzz targets: every parser, from bytes.

use super::{
    auth,
    cipher::{self, Direction},
    connection,
    identification::{Scan, Scanner},
    kex::{Method, Offer, Wanted, only_string},
    mac,
    packet::{Input, Keys, Opener},
    public_key::PublicKey,
    scp, sftp,
};

/// Inputs that a client would send, from which tests and fuzzers start.
pub const SEEDS: &[&[u8]] = &[
    b"SSH-2.0-OpenSSH_9.2p1\r\n\0\0\0\x2c\x06\x14cccccccccccccccc\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    b"SSH-2.0-libssh2_1.4.3\r\n\0\0\0\x0c\x06\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\x1c\x0a\x05\0\0\0\x0cssh-userauth\0\0\0\0\0\0\0\0\0\0",
    b"SSH-1.99-Go\n\0\0\0\x14\x07\x01\0\0\0\x02\0\0\0\0\0\0\0\0aaaaaaa\0\0\0\x0c\x0a\x15\0\0\0\0\0\0\0\0\0\0",
    b"SSH-1.5-x\r\n",
    b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    include_bytes!("fixtures/client.talk"),
];

const METHODS: &[&str] = &[
    "sntrup761x25519-sha512",
    "mlkem768x25519-sha256",
    "curve25519-sha256",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group14-sha256",
];
const CIPHERS: &[&str] =
    &["chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com", "aes128-ctr", "aes128-cbc", "3des-cbc"];
const MACS: &[&str] = &["umac-64@openssh.com", "umac-128-etm@openssh.com", "hmac-sha1"];

/// Gives `bytes` to every function that reads what a client sends before there are keys.
pub fn parse(bytes: &[u8]) {
    for is_old in [false, true] {
        let mut scanner = Scanner::new(is_old);
        if bytes.iter().any(|byte| scanner.push(*byte) == Scan::Whole) {
            scanner.judge();
        }
    }
    let _ = (Offer::parse(bytes), Wanted::parse(bytes), only_string(bytes));
    PublicKey::parse(bytes);
    if let Some((which, value)) = bytes.split_first() {
        let name = METHODS.get(usize::from(*which) % METHODS.len()).copied().unwrap_or_default();
        let _ = Method::find(name.as_bytes()).map(|method| method.answer(value, 32));
    }
}

/// Gives `bytes` to every function that reads what a client sends under keys: who it is, what it
/// wants of channels, and what it transfers.
pub fn session(bytes: &[u8]) {
    auth::parse(bytes);
    connection::parse(bytes);
    sftp::parse(bytes);
    scp::parse_line(bytes);
}

/// Opens `bytes` as packets under keys that everybody knows; the first two bytes say of which
/// cipher and code, and the third into which pieces they are cut.
pub fn open(bytes: &[u8]) {
    let Some(([cipher, code, piece], bytes)) = bytes.split_first_chunk() else { return };
    let mut opener = Opener::new(cipher & 0x80 != 0);
    if let Some(keys) = keys(usize::from(cipher & 0x7f), usize::from(code & 0x7f), code & 0x80 != 0) {
        opener.set_keys(keys, true);
    }
    let mut input = Input::default();
    for piece in bytes.chunks(usize::from(*piece).max(1)) {
        input.tail().extend_from_slice(piece);
        loop {
            match opener.open(&mut input) {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) => return,
            }
        }
    }
}

/// Keys of nothing but a constant; none for numbers beyond the tables.
fn keys(cipher: usize, code: usize, compresses: bool) -> Option<Keys> {
    let suite = cipher::Suite::find(CIPHERS.get(cipher)?.as_bytes())?;
    let mac = mac::Suite::find(MACS.get(code % MACS.len())?.as_bytes()).filter(|_| !suite.authenticates());
    Some(Keys {
        suite,
        cipher: suite.open(&[1; 64], &[2; 16], Direction::Open).ok()?,
        mac: mac.and_then(|mac| mac.open(&[3; 64]).ok()),
        compresses,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{SEEDS, open, parse, session};

    proptest! {
        #[test]
        fn any_bytes_are_parsed_and_opened(bytes: Vec<u8>, seed in 0..SEEDS.len(), at: usize, flip: u8) {
            let mut seed = SEEDS[seed].to_vec();
            let at = at % seed.len();
            seed[at] ^= flip;
            for bytes in [bytes, seed] {
                parse(&bytes);
                open(&bytes);
                session(&bytes);
            }
        }
    }
}
