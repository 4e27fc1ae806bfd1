//! The binary packet protocol (RFC 4253, section 6), as OpenSSH seals and opens packets.
//!
//! [`Sealer`] and [`Opener`] are one direction each. They do no I/O: the one appends to what will
//! be sent, the other takes off what was received.

mod compress;
mod open;
mod seal;
#[cfg(test)]
mod tests;

pub(super) use open::{Fault, Input, Opener};
pub(super) use seal::Sealer;

use super::{cipher, mac};

/// Largest packet length that is taken.
pub(super) const LARGEST: usize = 256 * 1024;

/// Bytes to a multiple of which packets are padded before there are keys.
const PLAIN_BLOCK: usize = 8;

/// Blocks that a cipher may encrypt under one key: less for small blocks (RFC 4344, section 3.2).
fn block_limit(block: usize) -> u64 {
    if block >= 16 { 1 << (block * 2).min(63) } else { (1 << 30) / (block.max(1) as u64) }
}

/// Packets after which keys are exchanged again (RFC 4344, section 3.1).
const PACKET_LIMIT: u64 = 1 << 31;

/// What protects a direction once keys were exchanged.
pub(super) struct Keys {
    /// The cipher.
    pub(super) suite: &'static cipher::Suite,
    /// The cipher at work.
    pub(super) cipher: cipher::Cipher,
    /// The code, where the cipher does not authenticate.
    pub(super) mac: Option<mac::Mac>,
    /// Whether payloads are compressed once the client is authenticated.
    pub(super) compresses: bool,
}

impl Keys {
    /// Whether the length stands outside what is encrypted.
    fn clear_length(&self) -> usize {
        let encrypt_first = self.mac.as_ref().is_some_and(|mac| mac.suite.encrypt_first);
        if encrypt_first || self.suite.authenticates() { 4 } else { 0 }
    }
}

/// How much went through under the keys of a direction.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    packets: u64,
    blocks: u64,
}

impl Count {
    fn add(&mut self, bytes: usize, block: usize) {
        self.packets += 1;
        self.blocks += (bytes / block.max(1)) as u64;
    }
}
