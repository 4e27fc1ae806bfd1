//! Reading a body off a connection.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    Framing, KEPT, Multipart, Part, Received,
    chunked::{Chunks, Piece},
};
use crate::{
    ArtifactWriter, Conn, End,
    http::{intake::Head, product::Product},
};

/// Data that earns a body of Apache's one more second (`RequestReadTimeout body=10,minrate=500`).
const APACHE_RATE: u64 = 500;

/// Why a body is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// Its chunks are no chunks.
    Malformed,
    /// A chunk is too large for the product.
    TooLarge,
    /// The rest did not come in time.
    Timeout,
    /// The connection ended.
    Ended(End),
}

/// Reads one body.
pub(crate) struct Receiver {
    product: Product,
    received: Received,
    chunks: Chunks,
    left: u64,
    /// The path of the request, as the name of what it uploads.
    path: Vec<u8>,
    whole: Option<ArtifactWriter>,
    parts: Option<Multipart>,
    file: Option<ArtifactWriter>,
    complete: bool,
}

impl Receiver {
    /// For the body that follows `head`.
    pub(crate) fn new(conn: &Conn, product: Product, head: &Head, framing: Framing) -> Self {
        let content_type = head.get("Content-Type").unwrap_or_default().to_vec();
        let path: Vec<u8> = head.target().split(|b| *b == b'?').next().unwrap_or_default().to_vec();
        // What a PUT brings is a file, however small.
        let is_file = head.method() == b"PUT" && framing != Framing::None;
        Self {
            product,
            chunks: Chunks::new(product),
            left: if let Framing::Length(length) = framing { length } else { 0 },
            whole: is_file.then(|| conn.artifact(&path, "upload")),
            parts: Multipart::of_type(&content_type),
            file: None,
            received: Received { framing, size: 0, kept: Vec::new(), content_type },
            path,
            complete: framing == Framing::None,
        }
    }

    /// Reads the body to its end; each read waits for at most `patience`.
    ///
    /// # Errors
    /// [`BodyError`] when it has no end that the product would see.
    pub(crate) async fn run(&mut self, conn: &mut Conn, patience: Duration) -> Result<(), BodyError> {
        let start = Instant::now();
        while !self.advance(conn).await? {
            let earned = match self.product {
                Product::Nginx => patience,
                _ => (patience + Duration::from_secs(self.received.size / APACHE_RATE))
                    .saturating_sub(start.elapsed()),
            };
            conn.set_idle_timeout(earned);
            conn.fill().await.map_err(|end| match end {
                End::Idle => BodyError::Timeout,
                other => BodyError::Ended(other),
            })?;
        }
        Ok(())
    }

    /// Takes what is buffered; says whether the body is whole.
    ///
    /// # Errors
    /// [`BodyError`] when it is no body.
    pub(crate) async fn advance(&mut self, conn: &mut Conn) -> Result<bool, BodyError> {
        loop {
            if self.complete {
                return Ok(true);
            }
            if conn.buffered().is_empty() {
                return Ok(false);
            }
            let (used, data, end) = self.piece(conn.buffered())?;
            conn.consume(used);
            self.keep(conn, &data).await?;
            self.complete = end;
        }
    }

    fn piece(&mut self, bytes: &[u8]) -> Result<(usize, Vec<u8>, bool), BodyError> {
        if self.received.framing != Framing::Chunked {
            let count = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
            self.left -= count as u64;
            return Ok((count, bytes.get(..count).unwrap_or_default().to_vec(), self.left == 0));
        }
        let (used, piece) = self.chunks.next(bytes);
        match piece {
            Piece::Data(data) => Ok((used, data.to_vec(), false)),
            Piece::Nothing => Ok((used, Vec::new(), false)),
            Piece::End => Ok((used, Vec::new(), true)),
            Piece::Malformed => Err(BodyError::Malformed),
            Piece::TooLarge => Err(BodyError::TooLarge),
        }
    }

    async fn keep(&mut self, conn: &mut Conn, data: &[u8]) -> Result<(), BodyError> {
        self.received.size += data.len() as u64;
        let room = KEPT - self.received.kept.len();
        let kept = data.get(..room.min(data.len())).unwrap_or_default();
        conn.claim(kept.len()).map_err(BodyError::Ended)?;
        if kept.len() < data.len() && self.whole.is_none() && self.parts.is_none() {
            let mut whole = conn.artifact(&self.path, "upload");
            whole.write(&self.received.kept).await;
            whole.write(kept).await;
            whole.write(data.get(kept.len()..).unwrap_or_default()).await;
            self.whole = Some(whole);
        } else if let Some(whole) = &mut self.whole {
            whole.write(data).await;
        }
        self.received.kept.extend_from_slice(kept);
        self.keep_parts(conn, data).await;
        Ok(())
    }

    async fn keep_parts(&mut self, conn: &mut Conn, data: &[u8]) {
        let Some(parts) = &mut self.parts else { return };
        let mut found = Vec::new();
        parts.feed(data, |part| found.push(part));
        for part in found {
            match part {
                Part::Begin { file: Some(name), .. } => self.file = Some(conn.artifact(&name, "upload")),
                Part::Begin { file: None, .. } => {}
                Part::Data(data) => {
                    if let Some(file) = &mut self.file {
                        file.write(&data).await;
                    }
                }
                Part::End => {
                    self.file.take().map(ArtifactWriter::finish);
                }
            }
        }
    }

    /// Ends the artifacts and hands over what was kept. Its memory stays claimed.
    pub(crate) fn finish(mut self) -> Received {
        // One that is not whole closes itself, marked so.
        if let Some(whole) = self.whole.take().filter(|_| self.complete) {
            whole.finish();
        }
        self.received
    }
}
