//! Log-ins, as most services tell of them.

use decnet_event::Kind;

/// A log-in with what most protocols carry: a name and a password.
pub(crate) const fn auth_attempt(
    mechanism: &'static str,
    username: Option<Vec<u8>>,
    password: Option<Vec<u8>>,
    accepted: bool,
) -> Kind {
    Kind::AuthAttempt {
        mechanism,
        username,
        password,
        status: if accepted { "accepted" } else { "rejected" },
        key_type: None,
        key_bits: None,
        key_fingerprint: None,
        hash: None,
    }
}

/// A log-in that carries no password but a proof that one is known: challenge and response in
/// the form in which `hashcat` reads them.
pub(crate) const fn auth_proof(
    mechanism: &'static str,
    username: Option<Vec<u8>>,
    hash: Vec<u8>,
    accepted: bool,
) -> Kind {
    Kind::AuthAttempt {
        mechanism,
        username,
        password: None,
        status: if accepted { "accepted" } else { "rejected" },
        key_type: None,
        key_bits: None,
        key_fingerprint: None,
        hash: Some(hash),
    }
}
