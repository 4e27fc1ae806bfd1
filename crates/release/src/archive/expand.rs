//! What an archive expands to, bounded, as it comes.

use std::io::{self, BufRead as _, BufReader, Read};

use flate2::bufread::GzDecoder;

use super::{
    BLOCK,
    refusal::{Refusal, UnpackError},
};
use crate::{
    caps,
    digest::{Digest, Hasher},
};

/// Reads compressed bytes and gives expanded ones.
pub(super) struct Expanding<R> {
    gzip: GzDecoder<BufReader<Counted<R>>>,
    expanded: u64,
}

impl<R: Read> Expanding<R> {
    pub(super) fn new(source: R) -> Self {
        let counted = Counted { source, read: 0, hasher: Hasher::new(), stop: None };
        Self { gzip: GzDecoder::new(BufReader::with_capacity(64 * 1024, counted)), expanded: 0 }
    }

    /// Some of the next bytes; none at the end.
    pub(super) fn some(&mut self, buffer: &mut [u8]) -> Result<usize, UnpackError> {
        let read = loop {
            match self.gzip.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.why(&error)),
                Ok(read) => break read,
            }
        };
        self.expanded = self.expanded.saturating_add(read as u64);
        let compressed = self.gzip.get_ref().get_ref().read;
        let most = compressed.saturating_mul(caps::RATIO).max(caps::RATIO_AFTER);
        if self.expanded > most { Err(Refusal::Ratio.into()) } else { Ok(read) }
    }

    /// Fills the buffer.
    pub(super) fn exactly(&mut self, buffer: &mut [u8]) -> Result<(), UnpackError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.some(buffer.get_mut(filled..).unwrap_or_default())? {
                0 => return Err(Refusal::Truncated.into()),
                read => filled += read,
            }
        }
        Ok(())
    }

    /// Reads a block.
    pub(super) fn block(&mut self) -> Result<[u8; BLOCK], UnpackError> {
        let mut block = [0; BLOCK];
        self.exactly(&mut block)?;
        Ok(block)
    }

    /// Reads what must be zeros, less than a block of them.
    pub(super) fn zeros(&mut self, count: usize, behind: &str) -> Result<(), UnpackError> {
        let mut block = [0; BLOCK];
        self.exactly(block.get_mut(..count).unwrap_or_default())?;
        let clean = block.iter().all(|byte| *byte == 0);
        clean.then_some(()).ok_or_else(|| Refusal::Padding(behind.to_owned()).into())
    }

    /// Checks that nothing follows; then length and SHA-256 of all that was read.
    pub(super) fn end(mut self) -> Result<(u64, Digest), UnpackError> {
        // The checksum of the whole is checked where the end is read.
        if self.some(&mut [0])? > 0 {
            return Err(Refusal::Trailing.into());
        }
        let mut rest = self.gzip.into_inner();
        let follows = rest.fill_buf().map(|rest| !rest.is_empty());
        let mut counted = rest.into_inner();
        match (counted.stop.take(), follows) {
            (None, Ok(false)) => Ok((counted.read, counted.hasher.finish())),
            (Some(Stop::Failed(error)), _) => Err(UnpackError::Source(error)),
            _ => Err(Refusal::Trailing.into()),
        }
    }

    /// What an error of the decoder really is.
    fn why(&mut self, error: &io::Error) -> UnpackError {
        match self.gzip.get_mut().get_mut().stop.take() {
            Some(Stop::Failed(source)) => UnpackError::Source(source),
            Some(Stop::Large) => Refusal::Large.into(),
            None if error.kind() == io::ErrorKind::UnexpectedEof => Refusal::Truncated.into(),
            None => Refusal::Compression(error.to_string()).into(),
        }
    }
}

/// Why the source gives nothing more.
enum Stop {
    Failed(io::Error),
    Large,
}

/// What comes in: counted, hashed, and cut off at the cap.
struct Counted<R> {
    source: R,
    read: u64,
    hasher: Hasher,
    stop: Option<Stop>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match self.source.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => {
                // The decoder may replace it by an error of its own.
                self.stop = Some(Stop::Failed(error));
                return Err(io::Error::other("the source failed"));
            }
            Ok(read) => read,
        };
        self.read += read as u64;
        if self.read > caps::ARCHIVE {
            self.stop = Some(Stop::Large);
            return Err(io::Error::other("too large"));
        }
        self.hasher.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}
