//! What a program reads from and writes to: open file descriptions, as a kernel would say.
//!
//! Cloning one is what `dup` does: clones share the position, and a pipe ends when the last
//! clone of its other side is gone.

mod channel;
mod effort;
mod lines;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use channel::{PipeReader, PipeWriter};
pub use lines::Lines;

use super::terminal::Tty;
use crate::machine::{Errno, Handle};

/// Makes a pipe that holds at most `capacity` bytes unread.
pub fn pipe(capacity: usize) -> (Reader, Writer) {
    let (reader, writer) = channel::channel(capacity);
    (Reader(Source::Pipe(reader)), Writer(Sink::Pipe(writer)))
}

/// Something open for reading.
#[derive(Clone, Debug)]
pub struct Reader(Source);

#[derive(Clone, Debug)]
enum Source {
    Empty,
    Pipe(PipeReader),
    Bytes(Arc<Mutex<Bytes>>),
    File(Arc<Mutex<Handle>>),
    Terminal(Arc<Tty>),
}

#[derive(Debug)]
struct Bytes {
    bytes: Vec<u8>,
    at: usize,
}

/// Something open for writing.
#[derive(Clone, Debug)]
pub struct Writer(Sink);

#[derive(Clone, Debug)]
enum Sink {
    Nowhere,
    Refused(Errno),
    Pipe(PipeWriter),
    Bytes(Arc<Mutex<Vec<u8>>>, usize),
    File(Arc<Mutex<Handle>>),
    Terminal(Arc<Tty>),
}

impl Reader {
    /// What is at its end from the start.
    pub fn empty() -> Self {
        Self(Source::Empty)
    }

    /// Bytes that are there already, as of a here-document.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Source::Bytes(Arc::new(Mutex::new(Bytes { bytes: bytes.into(), at: 0 }))))
    }

    /// An open file.
    pub fn file(handle: Handle) -> Self {
        Self(Source::File(Arc::new(Mutex::new(handle))))
    }

    /// The terminal of a visit.
    pub fn terminal(tty: Arc<Tty>) -> Self {
        Self(Source::Terminal(tty))
    }

    /// Whether it is the terminal.
    pub fn is_terminal(&self) -> bool {
        matches!(self.0, Source::Terminal(_))
    }

    /// Waits for bytes and takes at most `most` of them; none at the end.
    pub async fn read(&self, most: usize) -> Vec<u8> {
        match &self.0 {
            Source::Empty => Vec::new(),
            Source::Pipe(pipe) => pipe.read(most).await,
            Source::Bytes(bytes) => take(bytes, |rest| most.min(rest.len())),
            Source::Terminal(tty) => tty.read(most).await,
            Source::File(handle) => {
                effort::spend(most.min(16 * 1024)).await;
                lock(handle).read(most.min(64 * 1024)).unwrap_or_default()
            }
        }
    }

    /// Waits for a line and takes it with its end; at most `most` bytes, what is left without
    /// an end of line at the end, and none after that. Takes nothing beyond the line.
    pub async fn read_line(&self, most: usize) -> Vec<u8> {
        match &self.0 {
            Source::Empty => Vec::new(),
            Source::Pipe(pipe) => pipe.read_line(most).await,
            Source::Bytes(bytes) => take(bytes, |rest| {
                let end = rest.iter().position(|byte| *byte == b'\n');
                end.map_or(rest.len(), |at| at + 1).min(most)
            }),
            Source::Terminal(tty) => tty.read_line(most).await,
            Source::File(handle) => {
                effort::spend(most.min(64)).await;
                file_line(&mut lock(handle), most)
            }
        }
    }

    /// Takes everything to the end, and keeps the first `most` bytes of it; of what has no end,
    /// it takes no more.
    pub async fn read_to_end(&self, most: usize) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let piece = self.read(16 * 1024).await;
            let endless = matches!(&self.0, Source::File(handle) if lock(handle).is_endless());
            if piece.is_empty() || (endless && all.len() >= most) {
                return all;
            }
            let room = most.saturating_sub(all.len()).min(piece.len());
            all.extend_from_slice(piece.get(..room).unwrap_or_default());
        }
    }
}

fn lock(handle: &Mutex<Handle>) -> MutexGuard<'_, Handle> {
    // Nothing under the lock can panic half way.
    handle.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads a line and leaves the offset right behind it.
fn file_line(handle: &mut Handle, most: usize) -> Vec<u8> {
    let mut line = Vec::new();
    loop {
        let start = handle.offset();
        let piece = handle.read(512.min(most.saturating_sub(line.len()))).unwrap_or_default();
        let end = piece.iter().position(|byte| *byte == b'\n');
        let count = end.map_or(piece.len(), |at| at + 1);
        line.extend_from_slice(piece.get(..count).unwrap_or_default());
        if end.is_some() {
            handle.seek(start + count as u64);
        }
        if end.is_some() || piece.is_empty() {
            return line;
        }
    }
}

/// Takes as many bytes as `count` says of what is left.
fn take(bytes: &Mutex<Bytes>, count: impl Fn(&[u8]) -> usize) -> Vec<u8> {
    let mut bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
    let rest = bytes.bytes.get(bytes.at..).unwrap_or_default();
    let taken = rest.get(..count(rest)).unwrap_or_default().to_vec();
    bytes.at += taken.len();
    taken
}

impl Writer {
    /// What swallows everything, as `/dev/null`.
    pub fn nowhere() -> Self {
        Self(Sink::Nowhere)
    }

    /// What refuses everything.
    pub fn refused(error: Errno) -> Self {
        Self(Sink::Refused(error))
    }

    /// An open file.
    pub fn file(handle: Handle) -> Self {
        Self(Sink::File(Arc::new(Mutex::new(handle))))
    }

    /// The terminal of a visit.
    pub fn terminal(tty: Arc<Tty>) -> Self {
        Self(Sink::Terminal(tty))
    }

    /// Whether it is the terminal.
    pub fn is_terminal(&self) -> bool {
        matches!(self.0, Sink::Terminal(_))
    }

    /// Keeps the first `most` bytes in `bytes`; beyond them it is as a pipe that nobody reads.
    pub fn bytes(bytes: Arc<Mutex<Vec<u8>>>, most: usize) -> Self {
        Self(Sink::Bytes(bytes, most))
    }

    /// Writes all of `bytes`, waiting while the reader is behind.
    ///
    /// # Errors
    /// [`Errno::BrokenPipe`] when nobody reads any more: a real program is killed by `SIGPIPE`
    /// then. Others as `write`.
    pub async fn write(&self, bytes: &[u8]) -> Result<(), Errno> {
        match &self.0 {
            Sink::Nowhere => {
                effort::spend(bytes.len()).await;
                Ok(())
            }
            Sink::Refused(error) => Err(*error),
            Sink::Pipe(pipe) => pipe.write(bytes).await.map_err(|_| Errno::BrokenPipe),
            Sink::Terminal(tty) => Box::pin(tty.write(bytes)).await,
            Sink::File(handle) => {
                effort::spend(bytes.len()).await;
                lock(handle).write(bytes).map(drop)
            }
            Sink::Bytes(kept, most) => {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                let room = most.saturating_sub(kept.len()).min(bytes.len());
                kept.extend_from_slice(bytes.get(..room).unwrap_or_default());
                if room < bytes.len() { Err(Errno::BrokenPipe) } else { Ok(()) }
            }
        }
    }

    /// How many clones of it there are, itself among them.
    pub(crate) fn holders(&self) -> usize {
        match &self.0 {
            Sink::Nowhere | Sink::Refused(_) => 1,
            Sink::Pipe(pipe) => pipe.holders(),
            Sink::Bytes(kept, _) => Arc::strong_count(kept),
            Sink::File(handle) => Arc::strong_count(handle),
            Sink::Terminal(tty) => Arc::strong_count(tty),
        }
    }

    /// Whether nobody reads any more.
    pub fn is_broken(&self) -> bool {
        matches!(&self.0, Sink::Pipe(pipe) if pipe.is_broken())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bytes_that_are_there_are_read_line_by_line_by_all_clones() {
        let reader = Reader::bytes(*b"a\nbc\nd");
        assert_eq!(reader.read_line(9).await, b"a\n");
        assert_eq!(reader.clone().read(1).await, b"b");
        assert_eq!(reader.read_to_end(2).await, b"c\n");
        assert_eq!(reader.read(9).await, b"");
    }

    #[tokio::test]
    async fn kept_bytes_have_a_bound() {
        let kept = Arc::default();
        let writer = Writer::bytes(Arc::clone(&kept), 4);
        writer.write(b"abc").await.unwrap();
        assert_eq!(writer.write(b"def").await, Err(Errno::BrokenPipe));
        assert_eq!(*kept.lock().unwrap(), b"abcd");
        let refused = Writer::refused(Errno::BadDescriptor);
        assert_eq!(refused.write(b"x").await, Err(Errno::BadDescriptor));
    }
}
