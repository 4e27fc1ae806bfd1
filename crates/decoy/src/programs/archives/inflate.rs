//! What gzip wrote, as it comes in pieces.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::coding::Broken;

/// Where in a member it is.
enum Stage {
    /// Before one; whether it is the first.
    Header(bool),
    Body(Decompress, Crc),
    Trailer(Crc),
    /// What follows is none of gzip's.
    Over,
}

/// Members of gzip's, one after the other.
pub(super) struct Decoder {
    waiting: Vec<u8>,
    stage: Stage,
}

impl Decoder {
    pub(super) fn new() -> Self {
        Self { waiting: Vec::new(), stage: Stage::Header(true) }
    }

    /// Takes a piece, the last of which is empty.
    ///
    /// # Errors
    /// When it is damaged, or ends too early.
    pub(super) fn feed(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), Broken> {
        self.waiting.extend_from_slice(piece);
        let ends = piece.is_empty();
        loop {
            let goes_on = match &mut self.stage {
                Stage::Over => return Ok(()),
                Stage::Header(first) => {
                    let first = *first;
                    if !first && self.waiting.is_empty() {
                        return Ok(());
                    }
                    self.header(first)?
                }
                Stage::Body(..) => self.body(out)?,
                Stage::Trailer(_) => self.trailer()?,
            };
            if !goes_on {
                return if ends { Err(Broken::Short) } else { Ok(()) };
            }
        }
    }

    fn pass(&mut self, length: usize) {
        self.waiting.drain(..length.min(self.waiting.len()));
    }

    fn header(&mut self, first: bool) -> Result<bool, Broken> {
        match self.waiting.as_slice() {
            [0x1f, 0x8b, 8, ..] | [0x1f, 0x8b] | [0x1f] => {}
            _ if first => return Err(Broken::Format),
            _ => {
                self.stage = Stage::Over;
                return Ok(true);
            }
        }
        let Some(length) = header_length(&self.waiting) else { return Ok(false) };
        self.pass(length);
        self.stage = Stage::Body(Decompress::new(false), Crc::new());
        Ok(true)
    }

    fn body(&mut self, out: &mut Vec<u8>) -> Result<bool, Broken> {
        let Stage::Body(inflate, crc) = &mut self.stage else { return Ok(false) };
        let from = out.len();
        let (read, wrote) = (inflate.total_in(), inflate.total_out());
        out.resize(from + 64 * 1024, 0);
        let room = out.get_mut(from..).unwrap_or_default();
        let status = inflate.decompress(&self.waiting, room, FlushDecompress::None);
        let count = usize::try_from(inflate.total_out() - wrote).unwrap_or_default();
        let taken = usize::try_from(inflate.total_in() - read).unwrap_or_default();
        out.truncate(from + count);
        crc.update(out.get(from..).unwrap_or_default());
        let crc = std::mem::take(crc);
        match status {
            Ok(Status::StreamEnd) => self.stage = Stage::Trailer(crc),
            Ok(_) => {
                if let Stage::Body(_, place) = &mut self.stage {
                    *place = crc;
                }
            }
            Err(_) => return Err(Broken::Data),
        }
        self.pass(taken);
        Ok(count > 0 || taken > 0)
    }

    fn trailer(&mut self) -> Result<bool, Broken> {
        let Stage::Trailer(crc) = &self.stage else { return Ok(false) };
        let Some((trailer, _)) = self.waiting.split_first_chunk::<8>() else { return Ok(false) };
        let expect = [crc.sum().to_le_bytes(), crc.amount().to_le_bytes()].concat();
        if trailer[..] != expect {
            return Err(Broken::Sum);
        }
        self.pass(8);
        self.stage = Stage::Header(false);
        Ok(true)
    }
}

/// How long the header of a member is, once it is all there.
fn header_length(bytes: &[u8]) -> Option<usize> {
    let flags = *bytes.get(3)?;
    let mut at = 10;
    if flags & 4 > 0 {
        at += 2 + usize::from(*bytes.get(at)?) + (usize::from(*bytes.get(at + 1)?) << 8);
    }
    for bit in [8, 16] {
        if flags & bit > 0 {
            at += bytes.get(at..)?.iter().position(|byte| *byte == 0)? + 1;
        }
    }
    if flags & 2 > 0 {
        at += 2;
    }
    (bytes.len() >= at).then_some(at)
}
