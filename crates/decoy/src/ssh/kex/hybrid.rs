//! Methods that join X25519 with one that quantum computers do not break: sntrup761x25519-sha512
//! (RFC 9941) and mlkem768x25519-sha256.
//!
//! The client's value is its public key of the one method and then that of X25519; the answer
//! is the ciphertext and then the server's X25519 value; the secret is the hash of both secrets.

use openssl::rand::rand_bytes;

use super::{
    curve,
    method::{Answer, Hash, Refusal},
    sntrup,
};
use crate::ssh::wire::Writer as _;

/// Bytes of a public key of ML-KEM.
const MLKEM_KEY: usize = 1_184;

pub(super) fn sntrup761(client: &[u8]) -> Result<Answer, Refusal> {
    let (key, point) = split(client, sntrup::KEY)?;
    let (ciphertext, secret) = sntrup::encapsulate(key.try_into().map_err(|_| Refusal::Value)?)?;
    join(&ciphertext, &secret, point, Hash::Sha512)
}

pub(super) fn mlkem768(client: &[u8]) -> Result<Answer, Refusal> {
    let (key, point) = split(client, MLKEM_KEY)?;
    let key = key.try_into().map_err(|_| Refusal::Value)?;
    let key = ml_kem::EncapsulationKey768::new(key).map_err(|_| Refusal::Value)?;
    let mut seed = [0; 32];
    rand_bytes(&mut seed)?;
    let (ciphertext, secret) = key.encapsulate_deterministic(&seed.into());
    join(&ciphertext, &secret, point, Hash::Sha256)
}

fn split(client: &[u8], key: usize) -> Result<(&[u8], &[u8]), Refusal> {
    let halves = client.split_at_checked(key).filter(|(_, point)| point.len() == curve::LENGTH);
    halves.ok_or(Refusal::Value)
}

fn join(ciphertext: &[u8], first: &[u8], point: &[u8], hash: Hash) -> Result<Answer, Refusal> {
    let (ours, second) = curve::agree(point)?;
    let mut secret = Vec::new();
    secret.put_string(&hash.of(&[first, &second]));
    Ok(Answer { public: [ciphertext, &ours].concat(), secret })
}
