//! What was kept and is still there: `sent` in a folder of its own. The head of the crate says how.

use std::{
    collections::BTreeSet,
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use super::Digest;
use crate::medium::{Disk, FILE_MODE, write_atomically};

const HEAD: &[u8] = b"DECNET ARTIFACTS 1\n";

/// Most bytes that are read: two million artifacts.
const MAX_BYTES: u64 = 64 << 20;

/// How many entries of files that are gone may stand there beside as many as are of files.
const SLACK: usize = 1_024;

#[derive(Debug)]
pub(super) struct Ledger {
    path: PathBuf,
    sent: BTreeSet<Digest>,
    /// Entries that the file has, and those of files that are gone among them.
    entries: usize,
    /// Bytes of the file that count; nothing where it must be written anew.
    length: Option<u64>,
    unsaved: Vec<u8>,
}

impl Ledger {
    /// Opens the one in `folder`, which is made where it is missing. One that cannot be made sense of
    /// is begun anew: everything is offered once more.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join("sent");
        let bytes = match read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read?,
        };
        let entries = bytes.strip_prefix(HEAD).filter(|_| bytes.len() as u64 <= MAX_BYTES);
        if entries.is_none() && !bytes.is_empty() {
            tracing::warn!("{} is damaged: every artifact is offered anew", path.display());
        }
        // What is behind the last whole entry was being written when we were killed.
        let length = entries.map(|entries| (bytes.len() - entries.len() % 32) as u64);
        let (entries, _) = entries.unwrap_or_default().as_chunks::<32>();
        let sent = entries.iter().map(|digest| Digest(*digest)).collect();
        Ok(Self { path, sent, entries: entries.len(), length, unsaved: Vec::new() })
    }

    pub(super) fn has(&self, digest: &Digest) -> bool {
        self.sent.contains(digest)
    }

    pub(super) fn add(&mut self, digest: Digest) {
        if self.sent.insert(digest) {
            self.unsaved.extend_from_slice(&digest.0);
        }
    }

    /// Only these are still there.
    pub(super) fn retain(&mut self, present: &BTreeSet<Digest>) {
        self.sent.retain(|digest| present.contains(digest));
    }

    /// Makes durable what was added.
    pub(super) fn save(&mut self) -> io::Result<()> {
        let unsaved = self.unsaved.len() / 32;
        match self.length {
            Some(length) if self.entries + unsaved <= 2 * self.sent.len() + SLACK => {
                if unsaved > 0 {
                    append(&self.path, length, &self.unsaved)?;
                    self.length = Some(length + self.unsaved.len() as u64);
                    self.entries += unsaved;
                }
            }
            None if self.sent.is_empty() => {}
            _ => self.write_anew()?,
        }
        self.unsaved.clear();
        Ok(())
    }

    fn write_anew(&mut self) -> io::Result<()> {
        let mut bytes = HEAD.to_vec();
        bytes.reserve(32 * self.sent.len());
        self.sent.iter().for_each(|digest| bytes.extend_from_slice(&digest.0));
        write_atomically(&mut Disk, &self.path, &bytes)?;
        (self.entries, self.length) = (self.sent.len(), Some(bytes.len() as u64));
        Ok(())
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes behind the first `length` bytes; what a failed attempt left there goes first.
fn append(path: &Path, length: u64, entries: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).mode(FILE_MODE).open(path)?;
    file.set_len(length)?;
    file.write_all(entries)?;
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(number: usize) -> Digest {
        Digest::of(&number.to_le_bytes())
    }

    fn all(numbers: std::ops::Range<usize>) -> BTreeSet<Digest> {
        numbers.map(digest).collect()
    }

    fn length(folder: &Path) -> u64 {
        std::fs::metadata(folder.join("sent")).unwrap().len()
    }

    #[test]
    fn what_is_saved_is_known_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("artifacts");
        let mut ledger = Ledger::open(&state).unwrap();
        ledger.save().unwrap();
        assert!(!state.join("sent").exists());
        for number in 0..10 {
            ledger.add(digest(number));
            ledger.add(digest(number));
            ledger.save().unwrap();
        }
        ledger.add(digest(10));
        let ledger = Ledger::open(&state).unwrap();
        assert_eq!(ledger.sent, all(0..10));
        assert_eq!(length(&state), 19 + 320);
    }

    #[test]
    fn half_an_entry_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(folder.path()).unwrap();
        (0..3).for_each(|number| ledger.add(digest(number)));
        ledger.save().unwrap();
        for cut in 0..=length(folder.path()) {
            let other = tempfile::tempdir().unwrap();
            let bytes = std::fs::read(folder.path().join("sent")).unwrap();
            std::fs::write(other.path().join("sent"), &bytes[..cut as usize]).unwrap();
            let mut ledger = Ledger::open(other.path()).unwrap();
            assert!(ledger.sent.is_subset(&all(0..3)));
            assert_eq!(ledger.sent.len() as u64, cut.saturating_sub(19) / 32);
            ledger.add(digest(3));
            ledger.save().unwrap();
            assert_eq!(Ledger::open(other.path()).unwrap().sent, ledger.sent);
        }
    }

    #[test]
    fn one_that_makes_no_sense_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("sent"), [7; 1000]).unwrap();
        let mut ledger = Ledger::open(folder.path()).unwrap();
        assert!(ledger.sent.is_empty());
        ledger.add(digest(1));
        ledger.save().unwrap();
        assert_eq!(Ledger::open(folder.path()).unwrap().sent, all(1..2));
    }

    #[test]
    fn it_is_no_larger_than_the_folder_asks_for() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(folder.path()).unwrap();
        for number in 0..10 * SLACK {
            ledger.add(digest(number));
            if number % 100 == 0 {
                ledger.retain(&all(number.saturating_sub(10)..number + 1));
                ledger.save().unwrap();
                assert!(length(folder.path()) <= 19 + 32 * (2 * 111 + SLACK as u64));
            }
        }
        ledger.save().unwrap();
        assert_eq!(Ledger::open(folder.path()).unwrap().sent.len() as usize, ledger.entries);
    }
}
