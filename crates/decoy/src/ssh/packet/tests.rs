//! Both directions of every combination.

use proptest::prelude::*;

use super::{Fault, Input, Keys, LARGEST, Opener, Sealer};
use crate::ssh::{
    cipher::{self, Direction},
    mac,
};

const CIPHERS: &[&str] = &[
    "chacha20-poly1305@openssh.com",
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
    "aes256-cbc",
    "3des-cbc",
    "blowfish-cbc",
    "cast128-cbc",
];
const MACS: &[&str] =
    &["umac-64-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "umac-128@openssh.com", "hmac-sha1"];

fn keys(cipher: &str, mac: &str, compresses: bool, direction: Direction) -> Keys {
    let suite = cipher::Suite::find(cipher.as_bytes()).unwrap();
    let mac = mac::Suite::find(mac.as_bytes()).filter(|_| !suite.authenticates());
    Keys {
        suite,
        cipher: suite.open(&[1; 64], &[2; 16], direction).unwrap(),
        mac: mac.map(|mac| mac.open(&[3; 64]).unwrap()),
        compresses,
    }
}

fn pair(cipher: &str, mac: &str, compresses: bool) -> (Sealer, Opener) {
    let (mut sealer, mut opener) = (Sealer::default(), Opener::new(false));
    sealer.set_keys(keys(cipher, mac, compresses, Direction::Seal), true);
    opener.set_keys(keys(cipher, mac, compresses, Direction::Open), true);
    (sealer, opener)
}

fn input(bytes: &[u8]) -> Input {
    let mut input = Input::default();
    input.tail().extend_from_slice(bytes);
    input
}

#[test]
fn payloads_arrive_as_they_were_sent_byte_by_byte() {
    for cipher in CIPHERS {
        for mac in MACS {
            for compresses in [false, true] {
                let (mut sealer, mut opener) = pair(cipher, mac, compresses);
                let payloads: Vec<Vec<u8>> = (1..40).map(|n| vec![n; usize::from(n) * 7]).collect();
                let mut wire = Vec::new();
                for payload in &payloads {
                    sealer.seal(payload, &mut wire).unwrap();
                }
                let (mut waiting, mut arrived) = (Input::default(), Vec::new());
                for byte in wire {
                    waiting.tail().push(byte);
                    if let Some((number, payload)) = opener.open(&mut waiting).unwrap() {
                        assert_eq!(usize::try_from(number).unwrap(), arrived.len());
                        arrived.push(payload);
                    }
                }
                assert_eq!(arrived, payloads, "{cipher} {mac}");
                assert_eq!(waiting.len(), 0);
            }
        }
    }
}

#[test]
fn padding_is_as_openssh_chooses_it() {
    let mut sealer = Sealer::default();
    for length in 1..100_usize {
        let mut wire = Vec::new();
        sealer.seal(&vec![1; length], &mut wire).unwrap();
        let padding = usize::from(wire[4]);
        assert!((4..12).contains(&padding) && wire.len() % 8 == 0);
        assert!(wire[5 + length..].iter().all(|byte| *byte == 0), "before there are keys it is zeros");
    }
}

#[test]
fn any_change_of_a_packet_ends_the_connection() {
    for cipher in CIPHERS {
        for mac in MACS {
            let (mut sealer, _) = pair(cipher, mac, false);
            let mut wire = Vec::new();
            sealer.seal(&[94; 50], &mut wire).unwrap();
            for at in 0..wire.len() {
                let (_, mut opener) = pair(cipher, mac, false);
                let mut changed = wire.clone();
                changed[at] ^= 0x10;
                changed.extend_from_slice(&[0; 64]);
                let opened = opener.open(&mut input(&changed));
                assert!(!matches!(opened, Ok(Some(_))), "{cipher} {mac} at {at}");
            }
        }
    }
}

#[test]
fn lengths_have_bounds() {
    for (length, taken) in [(0, false), (4, false), (12, true), (LARGEST - 4, true), (LARGEST + 4, false)] {
        let header = u32::try_from(length).unwrap().to_be_bytes();
        let opened = Opener::new(false).open(&mut input(&[&header[..], &[0; 4]].concat()));
        assert_eq!(opened.is_ok(), taken, "{length}");
    }
    // A length that is no multiple of the block.
    assert!(Opener::new(false).open(&mut input(b"\0\0\0\x0daaaaaaaaaaaaa")).is_err());
}

#[test]
fn chained_ciphers_read_on_and_others_close() {
    let broken = [0xaa; 64];
    let (_, mut chained) = pair("aes256-cbc", "hmac-sha1", false);
    assert_eq!(chained.open(&mut input(&broken)), Err(Fault::Discard(LARGEST - 64)));
    let (_, mut counting) = pair("aes256-ctr", "hmac-sha1", false);
    assert!(matches!(counting.open(&mut input(&broken)), Err(Fault::Close(_))));
}

#[test]
fn numbers_that_no_message_has_are_said() {
    let said = |payload: &[u8], takes_local: bool| {
        let mut wire = Vec::new();
        Sealer::default().seal(payload, &mut wire).unwrap();
        Opener::new(takes_local).open(&mut input(&wire))
    };
    assert_eq!(said(&[0, 1], false), Err(Fault::Say("Invalid ssh2 packet type: 0".into())));
    assert_eq!(said(&[192, 1], false), Err(Fault::Say("Invalid ssh2 packet type: 192".into())));
    assert!(said(&[192, 1], true).is_ok());
    assert!(said(&[191, 1], false).is_ok());
    let short = [&[0, 0, 0, 12, 3, 2][..], &[0; 10]].concat();
    let fault = Opener::new(false).open(&mut input(&short));
    assert_eq!(fault, Err(Fault::Say("Corrupted padlen 3 on input.".into())));
}

#[test]
fn keys_wear_out() {
    let (mut sealer, opener) = pair("chacha20-poly1305@openssh.com", "", false);
    assert!(!sealer.is_spent(100) && !sealer.is_used() && !opener.is_spent());
    sealer.spend((1 << 27) - 10);
    assert!(!sealer.is_spent(32));
    assert!(sealer.is_spent(100));
    let (mut sealer, _) = pair("aes128-ctr", "hmac-sha1", false);
    sealer.spend(1 << 27);
    assert!(!sealer.is_spent(100));
    sealer.spend(1 << 32);
    assert!(sealer.is_spent(100));
}

proptest! {
    #[test]
    fn any_bytes_are_opened_or_refused(bytes: Vec<u8>, which in 0..CIPHERS.len(), code in 0..MACS.len()) {
        let (_, mut opener) = pair(CIPHERS[which], MACS[code], which % 2 == 0);
        let mut waiting = input(&bytes);
        while matches!(opener.open(&mut waiting), Ok(Some(_))) {}
        let mut plain = Opener::new(false);
        let mut waiting = input(&bytes);
        while matches!(plain.open(&mut waiting), Ok(Some(_))) {}
        prop_assert!(plain.wanted() <= LARGEST + 4);
    }
}
