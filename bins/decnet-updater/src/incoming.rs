//! A body that comes, for a thread that reads it.

use std::{
    io::{self, Read},
    time::Duration,
};

use axum::body::{Body, Bytes};
use http_body_util::BodyExt as _;
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    time::{Instant, timeout, timeout_at},
};

/// Pieces that wait for the reader, of some KiB each.
const WAITING: usize = 16;

/// How long the next piece may take.
const PIECE: Duration = Duration::from_secs(60);

/// How long the whole may take.
const WHOLE: Duration = Duration::from_secs(10 * 60);

/// How long what nobody reads any more is taken in all the same, so that the sender comes to hear why.
const REST: Duration = Duration::from_secs(10);

/// A body as something to read. It blocks: it is for a thread that is no runtime's.
#[derive(Debug)]
pub(crate) struct Incoming {
    pieces: Receiver<io::Result<Bytes>>,
    piece: Bytes,
}

impl Incoming {
    /// Of this body. The first part of the pair takes it in, and must be waited for.
    pub(crate) fn of(body: Body) -> (impl Future<Output = ()> + Send, Self) {
        let (sender, pieces) = channel(WAITING);
        (take_in(body, sender), Self { pieces, piece: Bytes::new() })
    }
}

impl Read for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                Some(piece) => self.piece = piece?,
                None => return Ok(0),
            }
        }
        let length = buffer.len().min(self.piece.len());
        let taken = self.piece.split_to(length);
        if let Some(room) = buffer.get_mut(..length) {
            room.copy_from_slice(&taken);
        }
        Ok(length)
    }
}

async fn take_in(mut body: Body, reader: Sender<io::Result<Bytes>>) {
    let deadline = Instant::now() + WHOLE;
    loop {
        let piece = match timeout_at(deadline, timeout(PIECE, body.frame())).await {
            Ok(Ok(None)) => return,
            Ok(Ok(Some(frame))) => frame.map_err(io::Error::other),
            Ok(Err(_)) | Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "nothing came in time")),
        };
        // What is no data is a trailer, in which we do not believe.
        let Some(piece) = piece.map(|frame| frame.into_data().ok()).transpose() else { continue };
        let is_over = piece.is_err();
        if reader.send(piece).await.is_err() {
            // Refused: the rest is not read by anybody, but whoever sends may not listen before it is gone.
            let rest = async { while let Some(Ok(_)) = body.frame().await {} };
            let _ = timeout(REST, rest).await;
            return;
        }
        if is_over {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A body that comes in these pieces.
    fn pieces(pieces: Vec<io::Result<&'static str>>) -> Body {
        Body::new(http_body_util::StreamBody::new(futures(pieces)))
    }

    fn futures(
        pieces: Vec<io::Result<&'static str>>,
    ) -> impl futures_util::Stream<Item = io::Result<hyper::body::Frame<Bytes>>> {
        let frame = |text: &'static str| hyper::body::Frame::data(Bytes::from_static(text.as_bytes()));
        futures_util::stream::iter(pieces.into_iter().map(move |piece| piece.map(frame)))
    }

    async fn read(body: Body, most: u64) -> io::Result<String> {
        let (taking, incoming) = Incoming::of(body);
        let reading = tokio::task::spawn_blocking(move || {
            let mut text = String::new();
            incoming.take(most).read_to_string(&mut text).map(|_| text)
        });
        let ((), text) = tokio::join!(taking, reading);
        text.unwrap()
    }

    #[tokio::test]
    async fn what_comes_is_read_as_it_comes() {
        assert_eq!(read(pieces(vec![Ok("one "), Ok(""), Ok("two")]), 100).await.unwrap(), "one two");
        assert_eq!(read(Body::empty(), 100).await.unwrap(), "");
        let broken = pieces(vec![Ok("one"), Err(io::Error::other("cut"))]);
        assert!(read(broken, 100).await.unwrap_err().to_string().contains("cut"));
    }

    #[tokio::test]
    async fn what_nobody_reads_is_taken_in_all_the_same() {
        let long = pieces((0..1000).map(|_| Ok("piece")).collect());
        assert_eq!(read(long, 7).await.unwrap(), "piecepi");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stands_still_is_given_up() {
        let silent =
            futures_util::StreamExt::chain(futures(vec![Ok("one")]), futures_util::stream::pending());
        let (taking, mut incoming) = Incoming::of(Body::new(http_body_util::StreamBody::new(silent)));
        taking.await;
        assert_eq!(incoming.pieces.recv().await.unwrap().unwrap(), "one");
        let error = incoming.pieces.recv().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(incoming.pieces.recv().await.is_none());
    }
}
