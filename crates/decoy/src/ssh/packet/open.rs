//! Packets that come in.

use openssl::error::ErrorStack;

use super::{
    super::cipher::TAG, Count, Keys, LARGEST, PACKET_LIMIT, PLAIN_BLOCK, block_limit, compress::Inflater,
};

/// Why a connection ends by what came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ssh) enum Fault {
    /// The peer says that it goes.
    Gone,
    /// It is closed without a word; what was wrong.
    Close(&'static str),
    /// So many bytes are read away before it is closed, so that nobody learns where it broke.
    Discard(usize),
    /// It is told this, and closed.
    Say(String),
}

impl From<ErrorStack> for Fault {
    fn from(_: ErrorStack) -> Self {
        Self::Close("the cipher failed")
    }
}

/// The incoming direction of a connection.
#[derive(Default)]
pub(in crate::ssh) struct Opener {
    keys: Option<Keys>,
    sequence: u32,
    count: Count,
    inflater: Option<Box<Inflater>>,
    /// Length of the packet that is coming, when it is known.
    length: Option<usize>,
    /// Whether message numbers from 192 on are taken, as OpenSSH does since 9.5.
    takes_local: bool,
}

impl Opener {
    /// A direction without keys yet.
    pub(in crate::ssh) fn new(takes_local: bool) -> Self {
        Self { takes_local, ..Self::default() }
    }

    /// Takes the next packet off the front of `input`, if it is all there; its number and payload.
    ///
    /// What is there is decrypted in place, so that `input` may only grow between two calls.
    ///
    /// # Errors
    /// [`Fault`] ends the connection.
    pub(in crate::ssh) fn open(&mut self, input: &mut Input) -> Result<Option<(u32, Vec<u8>)>, Fault> {
        let Some(length) = self.length(input)? else { return Ok(None) };
        let (block, clear, tail) = self.shape();
        let total = 4 + length;
        if (total - clear) % block != 0 {
            return Err(self.discard(LARGEST - block, input.len()));
        }
        if input.len() < total + tail {
            return Ok(None);
        }
        self.decrypt(input, total, tail)?;
        let number = self.sequence;
        self.sequence = number.wrapping_add(1);
        self.count.add(total, block);
        self.length = None;
        let payload = self.unpack(input.bytes(total));
        input.consume(total + tail);
        payload.map(|payload| Some((number, payload)))
    }

    /// Bytes that the packet which is coming will take, when that is known.
    pub(in crate::ssh) fn wanted(&self) -> usize {
        self.length.map_or(0, |length| 4 + length + self.shape().2)
    }

    /// Goes on under new keys, with compression from its beginning.
    pub(in crate::ssh) fn set_keys(&mut self, keys: Keys, authenticated: bool) {
        self.count = Count::default();
        let compresses = keys.compresses && authenticated;
        self.keys = Some(keys);
        self.inflater = compresses.then(Box::default);
    }

    /// Begins to decompress, where that was agreed for after the log-in.
    pub(in crate::ssh) fn authenticated(&mut self) {
        if self.inflater.is_none() && self.keys.as_ref().is_some_and(|keys| keys.compresses) {
            self.inflater = Some(Box::default());
        }
    }

    /// Starts to count packets at zero again, as strict key exchange wants.
    pub(in crate::ssh) fn reset_sequence(&mut self) {
        self.sequence = 0;
    }

    /// Whether something came in under these keys.
    pub(in crate::ssh) fn is_used(&self) -> bool {
        self.count.packets > 0
    }

    /// Whether the keys should be exchanged.
    pub(in crate::ssh) fn is_spent(&self) -> bool {
        let Some(keys) = &self.keys else { return false };
        self.count.packets > PACKET_LIMIT || self.count.blocks > block_limit(keys.suite.block)
    }

    /// Block size, bytes of the length that stand outside, bytes after the packet.
    fn shape(&self) -> (usize, usize, usize) {
        let Some(keys) = &self.keys else { return (PLAIN_BLOCK, 0, 0) };
        let tag = if keys.suite.authenticates() { TAG } else { 0 };
        let code = keys.mac.as_ref().map_or(0, |mac| mac.suite.length);
        (keys.suite.block, keys.clear_length(), tag + code)
    }

    /// The packet length, once its bytes are there.
    fn length(&mut self, input: &mut Input) -> Result<Option<usize>, Fault> {
        if self.length.is_some() {
            return Ok(self.length);
        }
        let (block, clear, _) = self.shape();
        let head = if clear > 0 { clear } else { block };
        if input.len() < head {
            return Ok(None);
        }
        if let Some(keys) = self.keys.as_mut().filter(|_| clear == 0) {
            keys.cipher.open(self.sequence, input.bytes_mut(block), 0, &[])?;
        }
        let header = input.bytes(4).first_chunk().copied().unwrap_or_default();
        let length = match self.keys.as_mut().filter(|_| clear > 0) {
            Some(keys) => keys.cipher.length(self.sequence, header)?,
            None => u32::from_be_bytes(header),
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if !(5..=LARGEST).contains(&length) {
            return Err(self.discard(LARGEST, input.len()));
        }
        self.length = Some(length);
        Ok(self.length)
    }

    /// Chained ciphers read on, so that a change of the length cannot be told from one of the rest.
    fn discard(&self, bytes: usize, there: usize) -> Fault {
        match &self.keys {
            Some(keys) if keys.suite.chains() && keys.clear_length() == 0 => {
                Fault::Discard(bytes.saturating_sub(there))
            }
            _ => Fault::Close("bad packet length"),
        }
    }

    fn decrypt(&mut self, input: &mut Input, total: usize, tail: usize) -> Result<(), Fault> {
        let (sequence, block) = (self.sequence, self.shape().0);
        let Some(keys) = &mut self.keys else { return Ok(()) };
        let clear = keys.clear_length();
        let (packet, rest) = input.bytes_mut(total + tail).split_at_mut(total);
        let right = match &mut keys.mac {
            Some(mac) if mac.suite.encrypt_first => {
                mac.is_right(sequence, packet, rest)? && keys.cipher.open(sequence, packet, clear, &[])?
            }
            Some(mac) => {
                // Its first block was decrypted for the length.
                keys.cipher.open(sequence, packet.get_mut(block..).unwrap_or_default(), 0, &[])?;
                if !mac.is_right(sequence, packet, rest)? {
                    return Err(self.discard(LARGEST - total, rest.len()));
                }
                true
            }
            None => keys.cipher.open(sequence, packet, clear, rest)?,
        };
        if right { Ok(()) } else { Err(Fault::Close("corrupted code on input")) }
    }

    /// The payload of a packet that is in the clear.
    fn unpack(&mut self, packet: &[u8]) -> Result<Vec<u8>, Fault> {
        let padding = packet.get(4).copied().unwrap_or_default();
        if padding < 4 {
            return Err(Fault::Say(format!("Corrupted padlen {padding} on input.")));
        }
        let end = packet.len().saturating_sub(usize::from(padding));
        let payload = packet.get(5..end).ok_or(Fault::Close("more padding than packet"))?;
        let payload = match &mut self.inflater {
            Some(inflater) => inflater.run(payload).ok_or(Fault::Close("bad compressed data"))?,
            None => payload.to_vec(),
        };
        match payload.first() {
            None => Err(Fault::Close("empty packet")),
            Some(number) if *number == 0 || (*number >= 192 && !self.takes_local) => {
                Err(Fault::Say(format!("Invalid ssh2 packet type: {number}")))
            }
            Some(_) => Ok(payload),
        }
    }
}

/// What was received and not taken yet.
#[derive(Debug, Default)]
pub(in crate::ssh) struct Input {
    bytes: Vec<u8>,
    start: usize,
}

impl Input {
    /// Bytes that wait.
    pub(in crate::ssh) fn len(&self) -> usize {
        self.bytes.len().saturating_sub(self.start)
    }

    /// Where new bytes are put.
    pub(in crate::ssh) fn tail(&mut self) -> &mut Vec<u8> {
        if self.start > 0 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        &mut self.bytes
    }

    fn bytes(&self, count: usize) -> &[u8] {
        self.bytes.get(self.start..self.start + count).unwrap_or_default()
    }

    fn bytes_mut(&mut self, count: usize) -> &mut [u8] {
        self.bytes.get_mut(self.start..self.start + count).unwrap_or_default()
    }

    fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.bytes.len());
        if self.start == self.bytes.len() {
            // An idle connection keeps no buffer.
            *self = Self::default();
        }
    }
}
