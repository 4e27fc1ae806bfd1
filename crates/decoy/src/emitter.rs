//! Where events leave: one sequence, one buffer, one writer.
//!
//! Events of a run are numbered under the lock that also appends their line, so that the
//! order of `seq` is the order of lines. A single task writes the buffer out; while more than
//! [`caps::PENDING_EVENTS`] bytes wait, [`Emitter::room`] holds sessions back, so a slow
//! reader of standard output slows peers down and loses nothing.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use decnet_event::{
    Boot, Event, Kind, Origin, Session, Timestamp,
    wire::{self, CHUNK_DATA_MAX, Chunk},
};
use tokio::{
    io::{AsyncWrite, AsyncWriteExt as _},
    sync::Notify,
};

use crate::caps;

/// The one way out of a decoy for what it saw.
#[derive(Debug)]
pub struct Emitter {
    decky: String,
    boot: Boot,
    state: Mutex<State>,
    written: Notify,
    drained: Notify,
}

#[derive(Debug, Default)]
struct State {
    seq: u64,
    artifacts: u64,
    hour: u64,
    artifact_bytes: u64,
    pending: Vec<u8>,
    closed: bool,
}

impl Emitter {
    /// An emitter for one run of a decky's decoy.
    pub fn new(decky: impl Into<String>, boot: Boot) -> Self {
        Self {
            decky: decky.into(),
            boot,
            state: Mutex::default(),
            written: Notify::new(),
            drained: Notify::new(),
        }
    }

    /// The origin under which a service of this decoy speaks.
    pub fn origin(&self, service: &str) -> Arc<Origin> {
        Arc::new(Origin { decky: self.decky.clone(), service: service.to_owned(), boot: self.boot })
    }

    /// Gives an event its number and queues its line; values that had to be cut follow as artifacts.
    pub fn emit(&self, origin: &Arc<Origin>, session: Option<Session>, kind: Kind) {
        let time = now();
        let mut state = self.lock();
        state.seq += 1;
        let event = Event { time, origin: Arc::clone(origin), seq: state.seq, session, kind };
        let cuts = wire::encode(&event, &mut state.pending);
        state.pending.push(b'\n');
        for cut in cuts {
            let id = state.next_artifact();
            push_pieces(&mut state, time, origin, id, 0, &cut.value, Some(&cut.sha256));
        }
        drop(state);
        self.written.notify_one();
    }

    /// The number of a new artifact.
    pub(crate) fn open_artifact(&self) -> u64 {
        self.lock().next_artifact()
    }

    /// How many of `wanted` bytes may still leave in captured files this hour.
    pub(crate) fn artifact_allowance(&self, wanted: u64) -> u64 {
        let hour = u64::try_from(now().0).unwrap_or_default() / 3_600_000_000;
        let mut state = self.lock();
        if state.hour != hour {
            (state.hour, state.artifact_bytes) = (hour, 0);
        }
        let granted = wanted.min(caps::ARTIFACTS_PER_HOUR.saturating_sub(state.artifact_bytes));
        state.artifact_bytes += granted;
        granted
    }

    /// Queues bytes of an artifact; `sha256` of the whole closes it.
    pub(crate) fn artifact_bytes(
        &self,
        origin: &Origin,
        id: u64,
        offset: u64,
        data: &[u8],
        sha256: Option<&str>,
    ) {
        push_pieces(&mut self.lock(), now(), origin, id, offset, data, sha256);
        self.written.notify_one();
    }

    /// Waits while too much waits to be written.
    pub async fn room(&self) {
        loop {
            let drained = self.drained.notified();
            if self.lock().pending.len() < caps::PENDING_EVENTS {
                return;
            }
            drained.await;
        }
    }

    /// Writes what is queued to `out` until [`Emitter::close`], and then what is left.
    ///
    /// # Errors
    /// The first error of `out`; nothing can be said any more then.
    pub async fn run(&self, mut out: impl AsyncWrite + Unpin) -> io::Result<()> {
        loop {
            let written = self.written.notified();
            let batch = self.take();
            if !batch.is_empty() {
                out.write_all(&batch).await?;
                self.drained.notify_waiters();
                continue;
            }
            if self.lock().closed {
                return out.flush().await;
            }
            out.flush().await?;
            written.await;
        }
    }

    /// Lets [`Emitter::run`] return once everything is written.
    pub fn close(&self) {
        self.lock().closed = true;
        self.written.notify_one();
    }

    /// Takes the lines that are queued, for tests and for the writer.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.lock().pending)
    }

    #[cfg(test)]
    pub(crate) fn take_len(&self) -> usize {
        self.lock().pending.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic while the lock is held can only have left a line unfinished; the number of
        // that line shows as a gap, which is what it is.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next_artifact(&mut self) -> u64 {
        self.artifacts += 1;
        self.artifacts
    }
}

/// Queues `data` in pieces of the size that a line holds; `sha256` marks the last of all.
fn push_pieces(
    state: &mut State,
    time: Timestamp,
    origin: &Origin,
    artifact: u64,
    offset: u64,
    data: &[u8],
    sha256: Option<&str>,
) {
    let end = offset + data.len() as u64;
    let mut at = offset;
    let mut pieces = data.chunks(CHUNK_DATA_MAX).peekable();
    while let Some(piece) = pieces.next().or((data.is_empty() && at == offset).then_some(&[][..])) {
        let last = sha256.filter(|_| pieces.peek().is_none()).map(|sha256| (sha256, end));
        let chunk = Chunk { artifact, offset: at, data_base64: &STANDARD.encode(piece), last };
        wire::encode_chunk(time, origin, &chunk, &mut state.pending);
        state.pending.push(b'\n');
        at += piece.len() as u64;
        if data.is_empty() {
            break;
        }
    }
}

/// The wall clock in microseconds.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
