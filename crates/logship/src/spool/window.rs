//! Records of one segment, read in their order by large blocks.

use std::{fs::File, io, os::unix::fs::FileExt as _};

use super::head::{self, HEAD, Head, MAGIC};

/// Bytes that are read at once.
const BLOCK: usize = 512 << 10;

/// What stands next in a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A whole record.
    Whole(Head),
    /// The limit.
    End,
    /// Something that is no whole record.
    Torn,
}

/// A part of a segment in memory.
#[derive(Debug)]
pub(super) struct Window {
    file: File,
    buffer: Vec<u8>,
    /// What of the buffer was read and not yet passed.
    begin: usize,
    end: usize,
    /// Offset in the file of what is at `begin`.
    at: u64,
}

impl Window {
    /// A window on `file` from byte `at`; from the beginning where `at` is zero.
    pub(super) fn new(file: File, at: u64) -> Self {
        Self { file, buffer: Vec::new(), begin: 0, end: 0, at }
    }

    /// Where the next record begins.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Looks at the next record of those that end at `limit` or before. What is behind the limit is
    /// never read.
    pub(super) fn peek(&mut self, limit: u64) -> io::Result<Found> {
        if self.at == 0 {
            match self.fill(MAGIC.len(), limit)? {
                Some(bytes) if bytes == MAGIC => self.advance(MAGIC.len()),
                _ => return Ok(Found::Torn),
            }
        }
        if self.at == limit {
            return Ok(Found::End);
        }
        let Some(length) = self.fill(HEAD, limit)?.and_then(head::announced) else { return Ok(Found::Torn) };
        let record = self.fill(length, limit)?;
        Ok(record.and_then(Head::open).map_or(Found::Torn, Found::Whole))
    }

    /// Goes behind the record with that head, which [`Window::peek`] gave, and returns its name and
    /// body.
    pub(super) fn pass(&mut self, head: &Head) -> (&[u8], &[u8]) {
        let begin = self.begin + HEAD;
        self.advance(head.length());
        let tail = self.buffer.get(begin..self.begin).unwrap_or_default();
        tail.split_at_checked(usize::from(head.name)).unwrap_or_default()
    }

    fn advance(&mut self, bytes: usize) {
        self.begin += bytes;
        self.at += bytes as u64;
    }

    /// The next `wanted` bytes, if there are so many before `limit`.
    fn fill(&mut self, wanted: usize, limit: u64) -> io::Result<Option<&[u8]>> {
        if self.end - self.begin < wanted {
            let there = usize::try_from(limit.saturating_sub(self.at)).unwrap_or(usize::MAX);
            if there < wanted {
                return Ok(None);
            }
            self.make_room(wanted);
            self.read(wanted, there)?;
        }
        let bytes = self.buffer.get(self.begin..self.end).and_then(|bytes| bytes.get(..wanted));
        Ok(bytes)
    }

    fn make_room(&mut self, wanted: usize) {
        self.buffer.copy_within(self.begin..self.end, 0);
        self.end -= self.begin;
        self.begin = 0;
        let size = wanted.max(BLOCK);
        if self.buffer.is_empty() {
            // Not a page of it is touched before it is read to.
            self.buffer = vec![0; size];
        } else if self.buffer.len() < size {
            self.buffer.resize(size, 0);
        } else if self.buffer.len() > 4 * size.max(self.end) {
            // A large record, of marks, is past.
            self.buffer.truncate(size.max(self.end));
            self.buffer.shrink_to_fit();
        }
    }

    /// Reads until `wanted` bytes are here, and as much more as there is room for, but no byte
    /// more than the `there` ones before the limit.
    fn read(&mut self, wanted: usize, there: usize) -> io::Result<()> {
        let room = self.buffer.len().min(there);
        while self.end < wanted {
            let Some(free) = self.buffer.get_mut(self.end..room) else { return Ok(()) };
            match self.file.read_at(free, self.at + self.end as u64) {
                // Shorter than it should be: whoever asked finds too few bytes.
                Ok(0) => return Ok(()),
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
