//! Keys beside those of OpenSSH: what it wrote is read, and what is written says the same.

use super::{
    art,
    file::{KeyKind, Public, Secret, Unreadable},
};
use crate::caps;

const LINE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAixIjqGzmwa1kNqMu4LIkuzhb5qQd9DySKcNOEy+0lV me@here";
const PRINT: &str = "SHA256:DLsFQ+JtnUKDDlyk1RK8yCXc1BpuRBWJsj0Fq2x34Ak";
const MD5: &str = "MD5:20:7b:48:20:c9:89:0c:32:ec:7a:1d:17:02:58:e4:50";
const ART: &str = "+--[ED25519 256]--+\n| o BXO*o         |\n|  *+X*=o .       |\n| .E%+*B o        |\n| .++O+ B         |\n|  +.+.o S        |\n| . . . o         |\n|      .          |\n|                 |\n|                 |\n+----[SHA256]-----+";
const PRIVATE: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\nQyNTUxOQAAACAIsSI6hs5sGtZDajLuCyJLs4W+akHfQ8kinDThMvtJVQAAAJAHlpSJB5aU\niQAAAAtzc2gtZWQyNTUxOQAAACAIsSI6hs5sGtZDajLuCyJLs4W+akHfQ8kinDThMvtJVQ\nAAAEDIssEkjOjHUmnHnXZuN0Q1HBibMVjBF0CPix0kaGELxgixIjqGzmwa1kNqMu4LIkuz\nhb5qQd9DySKcNOEy+0lVAAAAB21lQGhlcmUBAgMEBQY=\n-----END OPENSSH PRIVATE KEY-----\n";

#[test]
fn fingerprints_and_pictures_are_those_of_openssh() {
    let public = Public::parse(LINE).unwrap();
    assert_eq!(art::fingerprint(&public.blob, false), PRINT);
    assert_eq!(art::fingerprint(&public.blob, true), MD5);
    assert_eq!(art::art(&public.blob, false, "ED25519 256"), ART);
    assert_eq!(public.line().trim_end(), LINE);
}

#[test]
fn a_private_key_of_openssh_is_read_and_written() {
    let secret = Secret::parse(PRIVATE.as_bytes(), b"").unwrap();
    assert_eq!(secret.public.line().trim_end(), LINE);
    let again = secret.written(b"", &[7; 20]).unwrap();
    assert_eq!(again.lines().count(), PRIVATE.lines().count());
    assert_eq!(Secret::parse(again.as_bytes(), b"").unwrap(), secret);
}

#[test]
fn keys_of_every_kind_come_back() {
    for kind in [KeyKind::Ed25519, KeyKind::Ecdsa(256), KeyKind::Ecdsa(521), KeyKind::Rsa(1_024)] {
        let secret = Secret::generate(kind, "me@here").unwrap();
        for phrase in [&b""[..], b"secret"] {
            let text = secret.written(phrase, &[7; 20]).unwrap();
            assert_eq!(Secret::parse(text.as_bytes(), phrase), Ok(secret.clone()), "{kind:?}");
        }
        let text = secret.written(b"secret", &[7; 20]).unwrap();
        assert_eq!(Secret::parse(text.as_bytes(), b"other"), Err(Unreadable::Passphrase));
    }
    assert!(Secret::parse(&vec![b'x'; 2 * caps::SSH_KEY_FILE], b"").is_err());
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_no_harm(bytes: Vec<u8>, text: String) {
        let _ = (Secret::parse(&bytes, b"x"), Public::parse(&text));
        let inner = openssl::base64::encode_block(&[b"openssh-key-v1\0", bytes.as_slice()].concat());
        let file = format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{inner}\n-----END OPENSSH PRIVATE KEY-----\n");
        let _ = Secret::parse(file.as_bytes(), b"x");
    }
}
