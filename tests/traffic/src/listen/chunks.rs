//! The body of an answer that has no end: chunks (RFC 9112, section 7.1).

use anyhow::{Context as _, Result, bail};

/// Longest line before a chunk that is believed.
const LONGEST: usize = 64;

/// Takes chunks apart, however they are cut.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    /// Bytes of the chunk that are still to come, the line feed behind it included.
    left: usize,
    /// The line before a chunk, as far as it is there.
    line: Vec<u8>,
}

impl Chunks {
    /// Adds what is inside of `bytes` to `out`.
    ///
    /// # Errors
    /// When they are no chunks, or the last one came.
    pub(super) fn take(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
        while let Some((first, rest)) = bytes.split_first() {
            if self.left == 0 {
                self.line.push(*first);
                bytes = rest;
                self.begin()?;
                continue;
            }
            let (now, later) = bytes.split_at(self.left.min(bytes.len()));
            // The last two are behind the chunk.
            let inside = self.left.saturating_sub(2).min(now.len());
            out.extend_from_slice(now.get(..inside).unwrap_or_default());
            self.left -= now.len();
            bytes = later;
        }
        Ok(())
    }

    /// Begins a chunk, if the line before it is whole.
    fn begin(&mut self) -> Result<()> {
        let Some(line) = self.line.strip_suffix(b"\r\n") else {
            if self.line.len() > LONGEST {
                bail!("what comes is in no chunks");
            }
            return Ok(());
        };
        let size = std::str::from_utf8(line).ok().and_then(|text| usize::from_str_radix(text, 16).ok());
        match size.context("a chunk without a size")? {
            0 => bail!("the stream ended"),
            size => self.left = size + 2,
        }
        self.line.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_taken_apart_wherever_they_are_cut() {
        let whole = b"5\r\nhello\r\n1\r\n \r\nb\r\nbig\r\n world\r\n";
        for cut in 1..whole.len() {
            let (mut chunks, mut out) = (Chunks::default(), Vec::new());
            whole.chunks(cut).for_each(|piece| chunks.take(piece, &mut out).unwrap());
            assert_eq!(out, b"hello big\r\n world", "{cut}");
        }
    }

    #[test]
    fn what_is_no_chunk_and_the_last_one_are_errors() {
        for bad in [&b"x\r\n"[..], &[b'1'; 80], b"0\r\n\r\n"] {
            assert!(Chunks::default().take(bad, &mut Vec::new()).is_err(), "{bad:?}");
        }
    }
}
