//! What is done to the files of artifacts.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead as _, BufReader, IoSlice},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use sha2::{Digest as _, Sha256};

use super::{Digest, book::Key};
use crate::medium::{FILE_MODE, Medium, folder_of};

/// Keys and lengths of the partial files, the one that rested longest first.
pub(super) fn find_partial(folder: &Path) -> io::Result<Vec<(Key, u64)>> {
    std::fs::create_dir_all(folder)?;
    // The folder of the artifacts is new then, too.
    for made in [folder, folder_of(folder)] {
        File::open(folder_of(made))?.sync_all()?;
    }
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder)? {
        let file = file?;
        if let Some(key) = file.file_name().to_str().and_then(Key::parse) {
            let meta = file.metadata()?;
            found.push((meta.modified()?, key, meta.len()));
        }
    }
    found.sort_unstable();
    Ok(found.into_iter().map(|(_, key, length)| (key, length)).collect())
}

/// Writes `data` behind the first `length` bytes; what a failed attempt left there goes first.
pub(super) fn append(medium: &mut impl Medium, path: &Path, length: u64, data: &[u8]) -> io::Result<()> {
    let file = OpenOptions::new().create(true).append(true).mode(FILE_MODE).open(path)?;
    if file.metadata()?.len() != length {
        medium.cut(&file, length)?;
    }
    if data.is_empty() { Ok(()) } else { medium.append(&file, &mut [IoSlice::new(data)]) }
}

pub(super) fn hash(path: &Path) -> io::Result<Digest> {
    let (mut hasher, mut reader) = (Sha256::new(), BufReader::with_capacity(1 << 16, File::open(path)?));
    loop {
        let block = reader.fill_buf()?;
        if block.is_empty() {
            return Ok(Digest(hasher.finalize().into()));
        }
        hasher.update(block);
        let length = block.len();
        reader.consume(length);
    }
}

/// Makes a file durable and gives it its place; that name is not durable yet.
pub(super) fn keep(medium: &mut impl Medium, path: &Path, place: &Path) -> io::Result<()> {
    medium.sync(&File::open(path)?)?;
    medium.replace(path, place)
}

/// Removes a file that may be there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
