//! A connection's bytes, both ways, with no memory while there are none.

use std::{
    cell::RefCell,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf},
    time::Instant,
};

/// Bytes that are read at once.
const SCRATCH: usize = 64 << 10;

/// Bytes after which somebody else has his turn.
const TURN: usize = 256 << 10;

/// Most bytes that wait to be written, before no more is read that would want an answer.
const UNWRITTEN: usize = 64 << 10;

thread_local! {
    /// What is read goes from here to whoever understands it, at once: so one is enough for all
    /// connections of a thread.
    static READ: RefCell<Vec<u8>> = RefCell::new(vec![0; SCRATCH]);
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Link<T> {
    stream: T,
    out: Vec<u8>,
    written: usize,
    is_unflushed: bool,
    /// Since when something is to be written.
    unwritten: Option<Instant>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// So many bytes came, and were heard.
    Heard(usize),
    /// Everything was written.
    Written,
    /// The other end will say nothing more.
    Closed,
}

impl<T: AsyncRead + AsyncWrite + Unpin> Link<T> {
    pub(crate) fn new(stream: T) -> Self {
        Self { stream, out: Vec::new(), written: 0, is_unflushed: false, unwritten: None }
    }

    /// What is to be written, to add to it.
    pub(crate) fn out(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    /// Whether everything was written.
    pub(crate) fn is_written(&self) -> bool {
        self.out.is_empty() && !self.is_unflushed
    }

    /// Whether so much waits to be written that nothing more should be answered.
    pub(crate) fn is_full(&self) -> bool {
        self.out.len() - self.written >= UNWRITTEN
    }

    /// Since when something is to be written, and the other end has not taken all of it.
    pub(crate) fn unwritten(&mut self) -> Option<Instant> {
        let waits = !self.is_written();
        waits.then(|| *self.unwritten.get_or_insert_with(Instant::now))
    }

    /// Writes what is to be written, and, if it `listens`, lets `hear` have what comes.
    ///
    /// Nothing is lost when the future is dropped.
    pub(crate) async fn turn<E: From<io::Error>>(
        &mut self,
        listens: bool,
        mut hear: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<Turn, E> {
        std::future::poll_fn(|context| {
            if !self.is_written()
                && let Poll::Ready(written) = self.poll_write(context)
            {
                return Poll::Ready(written.map(|()| Turn::Written).map_err(E::from));
            }
            if listens { self.poll_read(context, &mut hear) } else { Poll::Pending }
        })
        .await
    }

    /// Says that nothing more comes from us.
    pub(crate) async fn close(mut self) {
        // Whether the other end hears of it is no matter: everything was said before.
        let _ = self.stream.shutdown().await;
    }

    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.out.get(self.written..).filter(|rest| !rest.is_empty()) {
            let count = ready!(Pin::new(&mut self.stream).poll_write(context, rest))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written += count;
            self.is_unflushed = true;
        }
        (self.out, self.written) = (Vec::new(), 0);
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        (self.is_unflushed, self.unwritten) = (false, None);
        Poll::Ready(Ok(()))
    }

    fn poll_read<E: From<io::Error>>(
        &mut self,
        context: &mut Context<'_>,
        hear: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Poll<Result<Turn, E>> {
        READ.with_borrow_mut(|scratch| {
            let mut heard = 0;
            loop {
                let mut buffer = ReadBuf::new(scratch);
                let then = self.fill(context, &mut buffer);
                let bytes = buffer.filled();
                if !bytes.is_empty() {
                    hear(bytes)?;
                }
                heard += bytes.len();
                return match then {
                    Then::More if heard < TURN => continue,
                    Then::Nothing if heard == 0 => Poll::Pending,
                    Then::Closed if heard == 0 => Poll::Ready(Ok(Turn::Closed)),
                    Then::Broken(error) if heard == 0 => Poll::Ready(Err(error.into())),
                    // What came before counts; the next turn finds the rest.
                    _ => Poll::Ready(Ok(Turn::Heard(heard))),
                };
            }
        })
    }

    /// Reads what is there, as far as there is room for it.
    fn fill(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Then {
        while buffer.remaining() > 0 {
            let before = buffer.filled().len();
            match Pin::new(&mut self.stream).poll_read(context, buffer) {
                Poll::Pending => return Then::Nothing,
                Poll::Ready(Err(error)) => return Then::Broken(error),
                Poll::Ready(Ok(())) if buffer.filled().len() == before => return Then::Closed,
                Poll::Ready(Ok(())) => {}
            }
        }
        Then::More
    }
}

/// What comes behind what was read.
enum Then {
    /// There may be more.
    More,
    /// Nothing yet.
    Nothing,
    /// Nothing any more.
    Closed,
    /// An end that should not be.
    Broken(io::Error),
}
