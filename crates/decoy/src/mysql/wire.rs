//! Packets over a connection, plain or compressed, in order.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::packet::put_packets;
use crate::{Conn, End, caps};

/// A message from the client.
#[derive(Clone, Debug, Default)]
pub(super) struct Message {
    /// Its payload, or the first [`caps::MYSQL_MESSAGE`] bytes of it.
    pub(super) payload: Vec<u8>,
    /// Length of all of it.
    pub(super) length: usize,
}

/// Why no message came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// The connection ended, or the peer wanted too much.
    End(End),
    /// A packet had another number than the next one; the header.
    OutOfOrder([u8; 4]),
    /// It is longer than the server takes.
    TooBig,
}

impl From<End> for Broken {
    fn from(end: End) -> Self {
        Self::End(end)
    }
}

/// Packets both ways.
pub(super) struct Wire<'c> {
    /// The connection below.
    pub(super) conn: &'c mut Conn,
    sequence: u8,
    squeezed: Option<Squeezed>,
    out: Vec<u8>,
    claimed: usize,
}

/// The state of the compressed protocol.
#[derive(Debug, Default)]
struct Squeezed {
    sequence: u8,
    /// What was unpacked and not read yet.
    input: Vec<u8>,
}

impl<'c> Wire<'c> {
    /// Packets over `conn`, from number 0 on.
    pub(super) fn new(conn: &'c mut Conn) -> Self {
        Self { conn, sequence: 0, squeezed: None, out: Vec::new(), claimed: 0 }
    }

    /// Compresses from now on.
    pub(super) fn squeeze(&mut self) {
        self.squeezed = Some(Squeezed::default());
    }

    /// Forgets the last command: the next packet has number 0.
    pub(super) fn restart(&mut self) {
        self.sequence = 0;
        if let Some(squeezed) = &mut self.squeezed {
            squeezed.sequence = 0;
        }
        self.conn.release(std::mem::take(&mut self.claimed));
    }

    /// Appends a packet to what is sent next.
    pub(super) fn put(&mut self, payload: &[u8]) {
        put_packets(&mut self.out, &mut self.sequence, payload);
    }

    /// How much waits to be sent.
    pub(super) fn waiting(&self) -> usize {
        self.out.len()
    }

    /// Sends what was put.
    ///
    /// # Errors
    /// As [`Conn::write`].
    pub(super) async fn send(&mut self) -> Result<(), End> {
        let out = std::mem::take(&mut self.out);
        match &mut self.squeezed {
            None => self.conn.write(&out).await,
            Some(squeezed) => {
                for piece in out.chunks(PIECE) {
                    let frame = frame(piece, squeezed.sequence).ok_or(End::Budget)?;
                    squeezed.sequence = squeezed.sequence.wrapping_add(1);
                    self.conn.write(&frame).await?;
                }
                Ok(())
            }
        }
    }

    /// Sends one packet.
    ///
    /// # Errors
    /// As [`Conn::write`].
    pub(super) async fn say(&mut self, payload: &[u8]) -> Result<(), End> {
        self.put(payload);
        self.send().await
    }

    /// The next message of at most `longest` bytes.
    ///
    /// # Errors
    /// [`Broken`] says what was wrong.
    pub(super) async fn read(&mut self, longest: usize) -> Result<Message, Broken> {
        let mut message = Message::default();
        loop {
            let header = self.header().await?;
            let [a, b, c, sequence] = header;
            if sequence != self.sequence {
                return Err(Broken::OutOfOrder(header));
            }
            self.sequence = self.sequence.wrapping_add(1);
            let length = usize::from(a) | usize::from(b) << 8 | usize::from(c) << 16;
            message.length += length;
            if message.length > longest {
                return Err(Broken::TooBig);
            }
            self.payload(length, &mut message.payload).await?;
            if length < 0xff_ffff {
                return Ok(message);
            }
        }
    }

    async fn header(&mut self) -> Result<[u8; 4], End> {
        let bytes = self.take(4).await?;
        Ok(bytes.try_into().unwrap_or_default())
    }

    /// Reads `length` bytes, of which as many are kept as may be.
    async fn payload(&mut self, length: usize, into: &mut Vec<u8>) -> Result<(), End> {
        const STEP: usize = 32 * 1024;
        let mut left = length;
        while left > 0 {
            let piece = self.take(left.min(STEP)).await?;
            left -= piece.len();
            let room = caps::MYSQL_MESSAGE.saturating_sub(into.len());
            let kept = piece.get(..room).unwrap_or(&piece);
            if into.len() + kept.len() > STEP {
                self.conn.claim(kept.len())?;
                self.claimed += kept.len();
            }
            into.extend_from_slice(kept);
        }
        Ok(())
    }

    async fn take(&mut self, count: usize) -> Result<Vec<u8>, End> {
        let Some(squeezed) = &mut self.squeezed else { return self.conn.read_exact(count).await };
        while squeezed.input.len() < count {
            let header = self.conn.read_exact(7).await?;
            let &[a, b, c, sequence, x, y, z] = header.as_slice() else { return Err(End::Peer) };
            let packed = usize::from(a) | usize::from(b) << 8 | usize::from(c) << 16;
            let plain = usize::from(x) | usize::from(y) << 8 | usize::from(z) << 16;
            squeezed.sequence = sequence.wrapping_add(1);
            if packed.max(plain) > caps::MYSQL_MESSAGE {
                return Err(End::Budget);
            }
            let mut bytes = Vec::new();
            while bytes.len() < packed {
                let step = (packed - bytes.len()).min(32 * 1024);
                bytes.extend_from_slice(&self.conn.read_exact(step).await?);
            }
            if plain == 0 {
                squeezed.input.append(&mut bytes);
            } else {
                squeezed.input.append(&mut unpacked(&bytes, plain).ok_or(End::Peer)?);
            }
        }
        let rest = squeezed.input.split_off(count);
        Ok(std::mem::replace(&mut squeezed.input, rest))
    }
}

impl Drop for Wire<'_> {
    fn drop(&mut self) {
        self.conn.release(self.claimed);
    }
}

/// Bytes of one frame at most, below the three bytes of its length.
const PIECE: usize = 1 << 20;
/// What is shorter is not worth compressing, to the servers.
const WORTH_IT: usize = 50;

/// `piece` as a frame of the compressed protocol.
fn frame(piece: &[u8], sequence: u8) -> Option<Vec<u8>> {
    let packed = (piece.len() >= WORTH_IT).then(|| packed(piece)).flatten();
    let packed = packed.filter(|packed| packed.len() < piece.len());
    let (body, plain) = packed.as_deref().map_or((piece, 0), |packed| (packed, piece.len()));
    let [a, b, c, _] = u32::try_from(body.len()).ok()?.to_le_bytes();
    let [x, y, z, _] = u32::try_from(plain).ok()?.to_le_bytes();
    let mut out = vec![a, b, c, sequence, x, y, z];
    out.extend_from_slice(body);
    Some(out)
}

fn packed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len() + 64);
    let status =
        Compress::new(Compression::default(), true).compress_vec(bytes, &mut out, FlushCompress::Finish);
    (status.ok()? == Status::StreamEnd).then_some(out)
}

fn unpacked(bytes: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(length);
    Decompress::new(true).decompress_vec(bytes, &mut out, FlushDecompress::Finish).ok()?;
    (out.len() == length).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn frames_come_back(bytes in proptest::collection::vec(0_u8..4, 1..4_000)) {
            let frame = frame(&bytes, 3).unwrap();
            let plain = usize::from(frame[4]) | usize::from(frame[5]) << 8;
            let body = frame[7..].to_vec();
            let back = if plain == 0 { Some(body) } else { unpacked(&body, plain) };
            prop_assert_eq!(back, Some(bytes));
        }

        #[test]
        fn noise_does_not_unpack_into_more_than_announced(bytes: Vec<u8>, length in 0_usize..4096) {
            if let Some(out) = unpacked(&bytes, length) {
                prop_assert_eq!(out.len(), length);
            }
        }
    }
}
