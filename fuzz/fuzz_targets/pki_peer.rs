//! Certificates, tokens and pins are read or refused, whatever they are.

#![no_main]

use decnet_pki::{digest::Pin, peer::Peer, pem, token::Token};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(peer) = Peer::of(&bytes.into()) {
        assert_eq!(peer.identity.role, peer.profile.role());
        assert_eq!(peer.identity.to_string().parse(), Ok(peer.identity));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = pem::certificates(text);
        let _ = text.parse::<Pin>();
        if let Ok(token) = Token::parse(text) {
            let _ = (token.hash(), token.authority_pin());
        }
    }
});
