//! curve25519-sha256 (RFC 8731).

use openssl::{
    derive::Deriver,
    pkey::{Id, PKey},
};

use super::method::{Answer, Refusal};
use crate::ssh::wire::Writer as _;

/// Bytes of a public value and of the secret.
pub(super) const LENGTH: usize = 32;

/// The server's value, and the secret as a number.
pub(super) fn answer(client: &[u8]) -> Result<Answer, Refusal> {
    let (public, raw) = agree(client)?;
    let mut secret = Vec::new();
    secret.put_mpint(&raw);
    Ok(Answer { public, secret })
}

/// The server's value, and the secret as it comes.
pub(super) fn agree(client: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Refusal> {
    if client.len() != LENGTH {
        return Err(Refusal::Value);
    }
    let theirs = PKey::public_key_from_raw_bytes(client, Id::X25519)?;
    let ours = PKey::generate_x25519()?;
    let mut deriver = Deriver::new(&ours)?;
    deriver.set_peer(&theirs)?;
    // A point of small order gives nothing but zeros, and the library says so.
    let raw = deriver.derive_to_vec().map_err(|_| Refusal::Value)?;
    Ok((ours.raw_public_key()?, raw))
}
