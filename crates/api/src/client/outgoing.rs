//! What is sent with a request: a text that is whole, or a file as it is read.

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt as _,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

use http_body_util::Full;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::sync::mpsc;

/// Bytes that are read at a time.
const CHUNK: usize = 64 * 1024;

/// Chunks that wait to be sent, so that memory has a bound whatever the other end does.
const AHEAD: usize = 2;

/// The body of a request.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// A text.
    Whole(Full<Bytes>),
    /// A file.
    File(Streamed),
}

/// A file as it is read.
#[derive(Debug)]
pub(super) struct Streamed {
    chunks: mpsc::Receiver<io::Result<Bytes>>,
    left: u64,
    sent: Arc<AtomicU64>,
}

impl From<Bytes> for Outgoing {
    fn from(text: Bytes) -> Self {
        Self::Whole(Full::new(text))
    }
}

impl Streamed {
    /// The first `length` bytes of a file, which others may read at the same time; `sent` counts those that
    /// went out.
    pub(super) fn new(file: Arc<File>, length: u64, sent: Arc<AtomicU64>) -> Self {
        let (reader, chunks) = mpsc::channel(AHEAD);
        // It ends with the file, or when nobody wants more of it.
        tokio::task::spawn_blocking(move || read(&file, length, &reader));
        Self { chunks, left: length, sent }
    }
}

fn read(file: &File, length: u64, reader: &mpsc::Sender<io::Result<Bytes>>) {
    let mut offset = 0;
    while offset < length {
        let size = usize::try_from(length - offset).unwrap_or(CHUNK).min(CHUNK);
        let mut chunk = vec![0; size];
        let read = file.read_exact_at(&mut chunk, offset).map(|()| Bytes::from(chunk));
        let is_over = read.is_err();
        if reader.blocking_send(read).is_err() || is_over {
            return;
        }
        offset += size as u64;
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.get_mut() {
            Self::Whole(text) => Pin::new(text).poll_frame(context).map_err(|never| match never {}),
            Self::File(file) => {
                let chunk = ready!(file.chunks.poll_recv(context));
                if let Some(Ok(chunk)) = &chunk {
                    let size = chunk.len() as u64;
                    file.left = file.left.saturating_sub(size);
                    file.sent.fetch_add(size, Ordering::Relaxed);
                }
                Poll::Ready(chunk.map(|chunk| chunk.map(Frame::data)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(text) => text.is_end_stream(),
            Self::File(file) => file.left == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(text) => text.size_hint(),
            Self::File(file) => SizeHint::with_exact(file.left),
        }
    }
}
