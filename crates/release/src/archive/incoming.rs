//! Reads an archive as it comes.

use std::{
    fmt,
    io::{self, Read},
};

use super::{
    BLOCK,
    expand::Expanding,
    header, padding,
    refusal::{Refusal, UnpackError},
    sink::Sink,
};
use crate::{
    caps,
    digest::{Digest, Hasher},
    key::{PublicKey, SIGNATURE_LENGTH, Signature},
    manifest::{Entry, MANIFEST, Manifest, ManifestError, Mode, SIGNATURE},
};

/// An archive whose manifest came, with a good signature, and whose files did not come yet.
pub struct Incoming<R> {
    tar: Expanding<R>,
    manifest: Manifest,
    signature: Signature,
}

/// What an archive held that was read to its end: exactly what its manifest says.
#[derive(Clone, Debug)]
pub struct Unpacked {
    /// The manifest.
    pub manifest: Manifest,
    /// Its signature.
    pub signature: Signature,
    /// SHA-256 of the archive.
    pub archive: Digest,
    /// Bytes of the archive.
    pub length: u64,
}

impl<R: Read> Incoming<R> {
    /// Reads manifest and signature. Nothing of the manifest is looked at before its signature is good.
    ///
    /// # Errors
    /// [`UnpackError::Source`] and [`UnpackError::Refused`].
    pub fn open(archive: R, key: &PublicKey) -> Result<Self, UnpackError> {
        let mut tar = Expanding::new(archive);
        let bytes = small(&mut tar, MANIFEST, Length::AtMost(caps::MANIFEST))?;
        let signature = small(&mut tar, SIGNATURE, Length::Exactly(SIGNATURE_LENGTH))?;
        let signature = Signature::read(&signature).map_err(Refusal::Signature)?;
        key.verify(&bytes, &signature).map_err(Refusal::Forged)?;
        let manifest = Manifest::parse(&bytes).map_err(Refusal::Manifest)?;
        Ok(Self { tar, manifest, signature })
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Gives everything to `sink`: manifest and signature, then the files, and reads to the end. What
    /// the sink has counts only after this returned.
    ///
    /// # Errors
    /// [`UnpackError`].
    pub fn unpack(self, sink: &mut impl Sink) -> Result<Unpacked, UnpackError> {
        let Self { mut tar, manifest, signature } = self;
        let mut keep = |name: &str, content: &[u8]| {
            sink.file(name, Mode::Data, &mut &*content).map_err(UnpackError::Keep)
        };
        keep(MANIFEST, &manifest.bytes())?;
        keep(SIGNATURE, &signature.bytes())?;
        for entry in manifest.files() {
            file(&mut tar, entry, sink)?;
        }
        for _ in 0..2 {
            let block = tar.block()?;
            if block != [0; BLOCK] {
                return Err(misplaced(&block, "the end").into());
            }
        }
        let (length, archive) = tar.end()?;
        Ok(Unpacked { manifest, signature, archive, length })
    }
}

impl<R> fmt::Debug for Incoming<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").field("manifest", &self.manifest).finish_non_exhaustive()
    }
}

/// How long a file may be whose length is not known before.
enum Length {
    AtMost(u64),
    Exactly(u64),
}

/// One of the two files that come before anything is known.
fn small(tar: &mut Expanding<impl Read>, name: &str, allowed: Length) -> Result<Vec<u8>, UnpackError> {
    let block = tar.block()?;
    let size = match allowed {
        Length::Exactly(size) => size,
        Length::AtMost(most) => match tar::Header::from_byte_slice(&block).entry_size() {
            Ok(size) if size > most => return Err(Refusal::Manifest(ManifestError::Long(size)).into()),
            Ok(size) => size,
            Err(_) => return Err(misplaced(&block, name).into()),
        },
    };
    expect_header(&block, name, Mode::Data, size)?;
    let length = usize::try_from(size).unwrap_or(usize::MAX);
    let mut content = vec![0; length];
    tar.exactly(&mut content)?;
    tar.zeros(padding(size), name)?;
    Ok(content)
}

/// One of the files that the manifest names.
fn file(tar: &mut Expanding<impl Read>, entry: &Entry, sink: &mut impl Sink) -> Result<(), UnpackError> {
    let name = entry.path.as_str();
    expect_header(&tar.block()?, name, entry.mode, entry.size)?;
    let mut content = Content { tar, left: entry.size, hasher: Hasher::new(), failed: None };
    let kept = sink.file(name, entry.mode, &mut content);
    if let Some(error) = content.failed {
        return Err(error);
    }
    kept.map_err(UnpackError::Keep)?;
    if content.left > 0 || content.hasher.finish() != entry.sha256 {
        return Err(Refusal::Content(entry.path.clone()).into());
    }
    tar.zeros(padding(entry.size), name)
}

/// The content of one file, and no byte more.
struct Content<'a, R> {
    tar: &'a mut Expanding<R>,
    left: u64,
    hasher: Hasher,
    failed: Option<UnpackError>,
}

impl<R: Read> Read for Content<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let buffer = buffer.get_mut(..most).unwrap_or_default();
        if buffer.is_empty() {
            return Ok(0);
        }
        let result = self.tar.some(buffer).and_then(|read| match read {
            0 => Err(Refusal::Truncated.into()),
            read => Ok(read),
        });
        match result {
            Ok(read) => {
                self.hasher.update(buffer.get(..read).unwrap_or_default());
                self.left = self.left.saturating_sub(read as u64);
                Ok(read)
            }
            Err(error) => {
                let told = io::Error::other(error.to_string());
                self.failed = Some(error);
                Err(told)
            }
        }
    }
}

/// Refuses every header but the one that must be.
fn expect_header(block: &[u8; BLOCK], name: &str, mode: Mode, size: u64) -> Result<(), Refusal> {
    // A name that fits no header is in no manifest.
    let expected = header(name, mode, size).map_err(|_| Refusal::Header(name.to_owned()))?;
    if *block == expected { Ok(()) } else { Err(misplaced(block, name)) }
}

/// Tells what a wrong block is, for people.
fn misplaced(block: &[u8; BLOCK], expected: &str) -> Refusal {
    if *block == [0; BLOCK] {
        return Refusal::Other { expected: expected.to_owned(), found: "the end".to_owned() };
    }
    let header = tar::Header::from_byte_slice(block);
    let name = String::from_utf8_lossy(&header.path_bytes()).escape_debug().to_string();
    let kind = header.entry_type();
    if !kind.is_file() {
        let kind = format!("{kind:?}").to_lowercase();
        return Refusal::Kind { expected: expected.to_owned(), found: format!("{name} ({kind})") };
    }
    if name != expected {
        return Refusal::Other { expected: expected.to_owned(), found: name };
    }
    Refusal::Header(name)
}
