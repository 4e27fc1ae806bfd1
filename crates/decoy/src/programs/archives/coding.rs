//! Streams that are compressed or not, in pieces.

use std::io::Write as _;

use flate2::{Compression, GzBuilder, write::GzEncoder};

use super::inflate::Decoder;

use crate::{
    caps,
    machine::Errno,
    shell::pipe::{Reader, Writer},
};

/// Bytes read at once: what they grow to is at most some four mebibytes.
const PIECE: usize = 4_096;

/// Why a stream ended before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// It is not what it was taken for.
    Format,
    /// It ends too early.
    Short,
    /// Its content is damaged.
    Data,
    /// Its check sum is another.
    Sum,
    /// More comes out of it than a disk takes.
    Full,
}

impl Broken {
    /// In the words of gzip.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Format => "not in gzip format",
            Self::Short => "unexpected end of file",
            Self::Data => "invalid compressed data--format violated",
            Self::Sum => "invalid compressed data--crc error",
            Self::Full => "No space left on device",
        }
    }
}

/// A stream that is read.
pub(super) struct Source {
    reader: Reader,
    head: Vec<u8>,
    decoder: Option<Decoder>,
    failed: Option<Broken>,
    /// Bytes that were read.
    pub(super) taken: u64,
    /// Bytes that came out.
    pub(super) given: u64,
    ended: bool,
}

impl Source {
    /// As it is.
    pub(super) fn plain(reader: Reader) -> Self {
        Self { reader, head: Vec::new(), decoder: None, failed: None, taken: 0, given: 0, ended: false }
    }

    /// Its first bytes, which are read again.
    pub(super) async fn head(&mut self) -> &[u8] {
        while self.head.len() < 6 {
            let more = self.reader.read(PIECE).await;
            if more.is_empty() {
                break;
            }
            self.head.extend(more);
        }
        &self.head
    }

    /// Takes it for compressed by gzip.
    ///
    /// # Errors
    /// When it does not begin so.
    pub(super) async fn inflate(&mut self) -> Result<(), Broken> {
        match self.head().await {
            [] => Err(Broken::Short),
            [0x1f] => Err(Broken::Short),
            [0x1f, 0x8b | 0x9e, ..] => {
                self.decoder = Some(Decoder::new());
                Ok(())
            }
            _ => Err(Broken::Format),
        }
    }

    /// Some bytes; none at the end.
    ///
    /// # Errors
    /// When it is damaged.
    pub(super) async fn next(&mut self) -> Result<Vec<u8>, Broken> {
        loop {
            if let Some(broken) = self.failed {
                return Err(broken);
            }
            if self.ended {
                return Ok(Vec::new());
            }
            let mut piece = std::mem::take(&mut self.head);
            if piece.is_empty() {
                piece = self.reader.read(PIECE).await;
            }
            tokio::task::yield_now().await;
            self.taken += piece.len() as u64;
            self.ended = piece.is_empty();
            let out = self.decode(piece)?;
            self.given += out.len() as u64;
            if self.given > caps::ARCHIVE_BYTES {
                return Err(Broken::Full);
            }
            if !out.is_empty() {
                return Ok(out);
            }
        }
    }

    fn decode(&mut self, piece: Vec<u8>) -> Result<Vec<u8>, Broken> {
        let Some(decoder) = &mut self.decoder else { return Ok(piece) };
        let mut out = Vec::new();
        match decoder.feed(&piece, &mut out) {
            Err(broken) if out.is_empty() => Err(broken),
            Err(broken) => {
                self.failed = Some(broken);
                Ok(out)
            }
            Ok(()) => Ok(out),
        }
    }
}

/// A stream that is written.
pub(super) struct Sink {
    writer: Writer,
    encoder: Option<GzEncoder<Vec<u8>>>,
    /// Bytes that went in.
    pub(super) taken: u64,
    /// Bytes that were written.
    pub(super) given: u64,
}

impl Sink {
    /// As it is.
    pub(super) fn plain(writer: Writer) -> Self {
        Self { writer, encoder: None, taken: 0, given: 0 }
    }

    /// Compressed by gzip at a level; of a file its name and time are told.
    pub(super) fn deflate(writer: Writer, level: u32, file: Option<(&[u8], u32)>) -> Self {
        let mut builder = GzBuilder::new().operating_system(3);
        if let Some((name, time)) = file {
            let name: Vec<u8> = name.iter().copied().filter(|byte| *byte != 0).collect();
            builder = builder.filename(name).mtime(time);
        }
        let encoder = builder.write(Vec::new(), Compression::new(level.clamp(1, 9)));
        Self { encoder: Some(encoder), ..Self::plain(writer) }
    }

    /// Takes some bytes.
    ///
    /// # Errors
    /// Of what is written to.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), Errno> {
        for piece in bytes.chunks(64 * 1024) {
            self.taken += piece.len() as u64;
            if self.taken > caps::ARCHIVE_BYTES {
                return Err(Errno::NoSpace);
            }
            let Some(encoder) = &mut self.encoder else {
                self.given += piece.len() as u64;
                self.writer.write(piece).await?;
                continue;
            };
            encoder.write_all(piece).map_err(|_| Errno::NoSpace)?;
            let out = std::mem::take(encoder.get_mut());
            self.given += out.len() as u64;
            self.writer.write(&out).await?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// Of what is written to.
    pub(super) async fn finish(&mut self) -> Result<(), Errno> {
        if let Some(encoder) = self.encoder.take() {
            let rest = encoder.finish().map_err(|_| Errno::NoSpace)?;
            self.given += rest.len() as u64;
            self.writer.write(&rest).await?;
        }
        Ok(())
    }
}
