//! Packets that go out.

use openssl::{error::ErrorStack, rand::rand_bytes};

use super::{Count, Keys, PACKET_LIMIT, PLAIN_BLOCK, block_limit, compress::Deflater};

/// The outgoing direction of a connection.
#[derive(Default)]
pub(in crate::ssh) struct Sealer {
    keys: Option<Keys>,
    sequence: u32,
    count: Count,
    deflater: Option<Box<Deflater>>,
}

impl Sealer {
    /// Appends `payload` as a packet to `out`.
    ///
    /// # Errors
    /// When the library refuses a step.
    pub(in crate::ssh) fn seal(&mut self, payload: &[u8], out: &mut Vec<u8>) -> Result<(), ErrorStack> {
        let deflated;
        let payload = match &mut self.deflater {
            Some(deflater) => {
                deflated = deflater.run(payload);
                &deflated
            }
            None => payload,
        };
        let start = out.len();
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        let Some(keys) = &mut self.keys else {
            let length = frame(payload, PLAIN_BLOCK, 0, false, out)?;
            self.count.add(length, PLAIN_BLOCK);
            return Ok(());
        };
        let clear = keys.clear_length();
        let length = frame(payload, keys.suite.block, clear, true, out)?;
        self.count.add(length, keys.suite.block);
        let mut code = Vec::new();
        if let Some(mac) = keys.mac.as_mut().filter(|mac| !mac.suite.encrypt_first) {
            mac.put(sequence, out.get(start..).unwrap_or_default(), &mut code)?;
        }
        keys.cipher.seal(sequence, out, start, clear)?;
        if let Some(mac) = keys.mac.as_mut().filter(|mac| mac.suite.encrypt_first) {
            mac.put(sequence, out.get(start..).unwrap_or_default(), &mut code)?;
        }
        out.extend_from_slice(&code);
        Ok(())
    }

    /// Goes on under new keys, with compression from its beginning.
    pub(in crate::ssh) fn set_keys(&mut self, keys: Keys, authenticated: bool) {
        self.count = Count::default();
        let compresses = keys.compresses && authenticated;
        self.keys = Some(keys);
        self.deflater = compresses.then(Box::default);
    }

    /// Begins to compress, where that was agreed for after the log-in.
    pub(in crate::ssh) fn authenticated(&mut self) {
        if self.deflater.is_none() && self.keys.as_ref().is_some_and(|keys| keys.compresses) {
            self.deflater = Some(Box::default());
        }
    }

    /// Whether compression was agreed on for after the log-in.
    pub(in crate::ssh) fn will_compress(&self) -> bool {
        self.keys.as_ref().is_some_and(|keys| keys.compresses)
    }

    /// Starts to count packets at zero again, as strict key exchange wants.
    pub(in crate::ssh) fn reset_sequence(&mut self) {
        self.sequence = 0;
    }

    /// Whether something went out under these keys.
    pub(in crate::ssh) fn is_used(&self) -> bool {
        self.count.packets > 0
    }

    /// Whether the keys should be exchanged before a payload of this length.
    pub(in crate::ssh) fn is_spent(&self, payload: usize) -> bool {
        let Some(keys) = &self.keys else { return false };
        let block = keys.suite.block;
        let coming = (payload + 5).div_ceil(block.max(1)) as u64;
        self.count.packets > PACKET_LIMIT || self.count.blocks + coming > block_limit(block)
    }

    /// Pretends that so many blocks went out.
    #[cfg(test)]
    pub(in crate::ssh) fn spend(&mut self, blocks: u64) {
        self.count.blocks += blocks;
    }
}

/// Appends length, padding length, payload and padding; how many bytes that are.
fn frame(
    payload: &[u8],
    block: usize,
    clear: usize,
    random: bool,
    out: &mut Vec<u8>,
) -> Result<usize, ErrorStack> {
    let content = 5 + payload.len();
    let over = (content - clear) % block;
    let padding = if block - over < 4 { 2 * block - over } else { block - over };
    let total = content + padding;
    let mut pad = [0; 32];
    let pad = pad.get_mut(..padding).unwrap_or_default();
    if random {
        rand_bytes(pad)?;
    }
    out.reserve(total + 64);
    out.extend_from_slice(&u32::try_from(total - 4).unwrap_or(u32::MAX).to_be_bytes());
    out.push(u8::try_from(padding).unwrap_or(u8::MAX));
    out.extend_from_slice(payload);
    out.extend_from_slice(pad);
    Ok(total)
}
