//! A pipe between two tasks: bounded, with the ends of file and the broken
//! pipes of a real one.
//!
//! An end can be cloned, as `dup` does; a pipe ends when the last clone of its other side is
//! gone.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// Nobody will read what is written: `EPIPE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken;

/// Makes a pipe that holds at most `capacity` bytes (at least 1) unread.
pub(super) fn channel(capacity: usize) -> (PipeReader, PipeWriter) {
    let state = State { bytes: VecDeque::new(), capacity: capacity.max(1), reading: true, writing: true };
    let pipe = Arc::new(Pipe { state: Mutex::new(state), changed: Notify::new() });
    (PipeReader(Arc::new(ReadEnd(Arc::clone(&pipe)))), PipeWriter(Arc::new(WriteEnd(pipe))))
}

#[derive(Debug)]
struct Pipe {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    bytes: VecDeque<u8>,
    capacity: usize,
    reading: bool,
    writing: bool,
}

/// The end that is read.
#[derive(Clone, Debug)]
pub(super) struct PipeReader(Arc<ReadEnd>);

/// The end that is written.
#[derive(Clone, Debug)]
pub(super) struct PipeWriter(Arc<WriteEnd>);

#[derive(Debug)]
struct ReadEnd(Arc<Pipe>);

#[derive(Debug)]
struct WriteEnd(Arc<Pipe>);

impl PipeReader {
    /// Waits for bytes and takes at most `most` of them; none at the end.
    pub(super) async fn read(&self, most: usize) -> Vec<u8> {
        let pipe = &self.0.0;
        pipe.until(|state| {
            let count = most.min(state.bytes.len());
            (count > 0 || !state.writing || most == 0).then(|| state.bytes.drain(..count).collect())
        })
        .await
    }

    /// Waits for a line and takes it with its end; at most `most` bytes, what is left without
    /// an end of line at the end, and none after that. Takes nothing beyond the line.
    pub(super) async fn read_line(&self, most: usize) -> Vec<u8> {
        let pipe = &self.0.0;
        let mut line = Vec::new();
        loop {
            let room = most.saturating_sub(line.len());
            let piece: Vec<u8> = pipe
                .until(|state| {
                    let end = state.bytes.iter().position(|byte| *byte == b'\n');
                    let count = end.map_or(state.bytes.len(), |at| at + 1).min(room);
                    (count > 0 || !state.writing || room == 0).then(|| state.bytes.drain(..count).collect())
                })
                .await;
            let over = piece.is_empty() || piece.ends_with(b"\n");
            line.extend_from_slice(&piece);
            if over {
                return line;
            }
        }
    }
}

impl PipeWriter {
    /// Writes all of `bytes`, waiting while the pipe is full.
    ///
    /// # Errors
    /// [`Broken`] when nobody reads any more.
    pub(super) async fn write(&self, bytes: &[u8]) -> Result<(), Broken> {
        let pipe = &self.0.0;
        let mut rest = bytes;
        while !rest.is_empty() {
            let took = pipe
                .until(|state| {
                    if !state.reading {
                        return Some(Err(Broken));
                    }
                    let room = state.capacity.saturating_sub(state.bytes.len()).min(rest.len());
                    state.bytes.extend(rest.iter().take(room));
                    (room > 0).then_some(Ok(room))
                })
                .await?;
            rest = rest.get(took..).unwrap_or_default();
        }
        Ok(())
    }

    /// How many clones of this end there are.
    pub(super) fn holders(&self) -> usize {
        Arc::strong_count(&self.0)
    }

    /// Whether nobody reads any more.
    pub(super) fn is_broken(&self) -> bool {
        !self.0.0.lock().reading
    }
}

impl Pipe {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock can panic half way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `ready` has a value; wakes the other side when it has.
    async fn until<T>(&self, mut ready: impl FnMut(&mut State) -> Option<T>) -> T {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            let value = ready(&mut self.lock());
            if let Some(value) = value {
                self.changed.notify_waiters();
                return value;
            }
            changed.await;
        }
    }
}

impl Drop for ReadEnd {
    fn drop(&mut self) {
        self.0.lock().reading = false;
        self.0.changed.notify_waiters();
    }
}

impl Drop for WriteEnd {
    fn drop(&mut self) {
        self.0.lock().writing = false;
        self.0.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_written_is_read_in_order_through_a_small_pipe() {
        let (reader, writer) = channel(3);
        let write = async {
            writer.write(b"hello\nwor").await.unwrap();
            drop(writer);
        };
        let read = async { (reader.read_line(100).await, reader.read(2).await, reader.read_line(9).await) };
        let ((), (line, two, rest)) = tokio::join!(write, read);
        assert_eq!((&line[..], &two[..], &rest[..]), (&b"hello\n"[..], &b"wo"[..], &b"r"[..]));
        assert_eq!(reader.read(9).await, b"");
    }

    #[tokio::test]
    async fn a_pipe_nobody_reads_is_broken() {
        let (reader, writer) = channel(2);
        let other = reader.clone();
        drop(reader);
        assert!(!writer.is_broken());
        let write = async { writer.write(b"abc").await };
        let close = async { drop(other) };
        assert_eq!(tokio::join!(write, close).0, Err(Broken));
        assert!(writer.is_broken());
    }

    #[tokio::test]
    async fn a_pipe_lasts_as_long_as_any_clone_of_its_writer() {
        let (reader, writer) = channel(8);
        let second = writer.clone();
        drop(writer);
        second.write(b"x").await.unwrap();
        assert_eq!(reader.read(8).await, b"x");
        drop(second);
        assert_eq!(reader.read(8).await, b"");
    }
}
