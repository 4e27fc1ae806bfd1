//! Archives: `decnet-<part>-<version>-<target>.tar.gz`.
//!
//! An archive is gzip of a tar that has one form only: `manifest.json`, `manifest.sig`, the files of the
//! manifest in its order, and two blocks of zeros. Every header is computed from the manifest and must
//! be equal byte by byte, so that there is nothing to interpret: no link, no folder, no extension, no
//! other owner, no other name can be in it.
//!
//! [`write`] makes one; [`Incoming`] reads one as it comes, trusts nothing before the signature, and
//! gives the files to a [`Sink`]; [`verify`] and [`unpack`] are that to no place and to a folder.

mod expand;
mod incoming;
mod refusal;
mod sink;
mod write;

pub use self::{
    incoming::{Incoming, Unpacked},
    refusal::{Refusal, UnpackError},
    sink::{Folder, Nowhere, Sink},
    write::{Source, WriteError, describe, write},
};

use std::{
    io::{self, Read},
    path::Path,
};

use crate::{key::PublicKey, manifest::Mode};

/// Bytes of a block: headers are one, content is padded to whole ones.
const BLOCK: usize = 512;

/// When every file was changed last, as headers say: 2020-01-01.
const TIME: u64 = 1_577_836_800;

/// Reads an archive to its end and checks everything; what is in it goes nowhere.
///
/// # Errors
/// [`UnpackError`].
pub fn verify(archive: impl Read, key: &PublicKey) -> Result<Unpacked, UnpackError> {
    Incoming::open(archive, key)?.unpack(&mut Nowhere)
}

/// Unpacks an archive into a folder, which must not be there yet. After an error what is in it is
/// rubbish; it is synchronised by nobody.
///
/// # Errors
/// [`UnpackError`].
pub fn unpack(archive: impl Read, key: &PublicKey, folder: &Path) -> Result<Unpacked, UnpackError> {
    let incoming = Incoming::open(archive, key)?;
    let mut folder = Folder::make(folder).map_err(UnpackError::Keep)?;
    incoming.unpack(&mut folder)
}

/// The header of a file in an archive.
fn header(name: &str, mode: Mode, size: u64) -> io::Result<[u8; BLOCK]> {
    let mut header = tar::Header::new_ustar();
    header.set_path(name)?;
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(mode.bits());
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(TIME);
    header.set_size(size);
    header.set_cksum();
    Ok(*header.as_bytes())
}

/// Zeros that fill the last block of so many bytes.
const fn padding(size: u64) -> usize {
    let block = BLOCK as u64;
    ((block - size % block) % block) as usize
}

#[cfg(test)]
mod tests;
