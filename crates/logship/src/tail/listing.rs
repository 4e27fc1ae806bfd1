//! The files of a log in its folder: the one that has its name, and those that had it before.

use std::{
    cmp::Reverse,
    ffi::OsStr,
    fs::Metadata,
    io,
    os::unix::{ffi::OsStrExt as _, fs::MetadataExt as _},
    path::{Path, PathBuf},
};

use crate::ledger::FileId;

/// How often a folder that changes is read before what is there is taken for now.
const ATTEMPTS: usize = 8;

/// Numbers of more digits are dates.
const MAX_NUMBER_DIGITS: usize = 5;

/// A moment of a file: anything that is done to it changes this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    changed: (i64, i64),
    size: u64,
}

/// What the end of a name says of the age of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Age {
    /// `.1`, `.2`, …: the higher, the older.
    Number(u64),
    /// `-20261127`, `-2026-11-27T04:00`, `.1764216000`: the lower, the older.
    Date(Vec<u64>),
}

/// A file that is there.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) id: FileId,
    pub(super) size: u64,
    pub(super) stamp: Stamp,
    pub(super) modified: (i64, i64),
}

impl Found {
    fn new(path: PathBuf, meta: &Metadata) -> Self {
        Self {
            path,
            id: FileId::of(meta),
            size: meta.len(),
            stamp: Stamp { changed: (meta.ctime(), meta.ctime_nsec()), size: meta.len() },
            modified: (meta.mtime(), meta.mtime_nsec()),
        }
    }
}

/// All of them.
#[derive(Debug)]
pub(super) struct Listing {
    /// Those that had the name, the oldest first.
    pub(super) rotated: Vec<Found>,
    /// The one that has it.
    pub(super) current: Option<Found>,
}

impl Listing {
    /// Reads the folder. What is renamed meanwhile may be missing.
    pub(super) fn read(log: &Path) -> io::Result<Self> {
        let current = match std::fs::metadata(log) {
            Ok(meta) if meta.is_file() => Some(Found::new(log.to_owned(), &meta)),
            Ok(_) => return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is no ordinary file")),
            Err(error) if is_absence(&error) => None,
            Err(error) => return Err(error),
        };
        let mut rotated = rotated(log)?;
        rotated.retain(|(_, found)| current.as_ref().is_none_or(|current| current.id != found.id));
        Ok(Self { rotated: in_order(rotated), current })
    }

    /// Reads the folder until two readings agree: then nothing was renamed between them, and nothing
    /// is missing.
    pub(super) fn read_at_rest(log: &Path) -> io::Result<Option<Self>> {
        let mut last = Self::read(log)?;
        for _ in 0..ATTEMPTS {
            let next = Self::read(log)?;
            if next.names() == last.names() {
                return Ok(Some(next));
            }
            last = next;
        }
        Ok(None)
    }

    /// The rotated files, then the current one.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Found> {
        self.rotated.iter().chain(&self.current)
    }

    /// Whether `found` has the name of the log.
    pub(super) fn is_current(&self, id: FileId) -> bool {
        self.current.as_ref().is_some_and(|current| current.id == id)
    }

    fn names(&self) -> Vec<(&Path, FileId)> {
        self.iter().map(|found| (found.path.as_path(), found.id)).collect()
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn rotated(log: &Path) -> io::Result<Vec<(Age, Found)>> {
    let Some(name) = log.file_name() else { return Ok(Vec::new()) };
    let folder = log.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if is_absence(&error) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut rotated: Vec<(Age, Found)> = Vec::new();
    for entry in entries {
        let entry = entry?;
        let Some(age) = age(name, &entry.file_name()) else { continue };
        let meta = match entry.metadata() {
            Ok(meta) => meta,
            Err(error) if is_absence(&error) => continue,
            Err(error) => return Err(error),
        };
        let id = FileId::of(&meta);
        if meta.is_file() && rotated.iter().all(|(_, other)| other.id != id) {
            rotated.push((age, Found::new(entry.path(), &meta)));
        }
    }
    Ok(rotated)
}

/// The oldest first: by what the names say where they are of one kind, else by when they were
/// written last.
fn in_order(mut rotated: Vec<(Age, Found)>) -> Vec<Found> {
    if rotated.iter().all(|(age, _)| matches!(age, Age::Number(_))) {
        rotated.sort_by_key(|(age, _)| Reverse(if let Age::Number(number) = age { *number } else { 0 }));
    } else if rotated.iter().all(|(age, _)| matches!(age, Age::Date(_))) {
        rotated.sort_by_cached_key(|(age, _)| if let Age::Date(date) = age { date.clone() } else { vec![] });
    } else {
        rotated.sort_by_cached_key(|(_, found)| (found.modified, found.path.clone()));
    }
    rotated.into_iter().map(|(_, found)| found).collect()
}

/// What `name` says of the age of a file of the log that is called `log`; nothing where it is another
/// log's, or compressed.
fn age(log: &OsStr, name: &OsStr) -> Option<Age> {
    let rest = name.as_bytes().strip_prefix(log.as_bytes())?;
    let (separator, rest) = rest.split_first()?;
    let is_number = rest.iter().all(u8::is_ascii_digit) && rest.len() <= MAX_NUMBER_DIGITS;
    let is_date = rest.iter().all(|byte| byte.is_ascii_digit() || b"-._:+TZ".contains(byte));
    if !matches!(separator, b'.' | b'-') || !is_date || !rest.first()?.is_ascii_digit() {
        return None;
    }
    let text = std::str::from_utf8(rest).ok()?;
    if *separator == b'.' && is_number {
        return text.parse().ok().map(Age::Number);
    }
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
    Some(Age::Date(numbers.map(|digits| digits.parse().unwrap_or(u64::MAX)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_age_of_a_file() {
        let check = |name: &str, expect| assert_eq!(age("a.log".as_ref(), name.as_ref()), expect, "{name}");
        check("a.log.1", Some(Age::Number(1)));
        check("a.log.12", Some(Age::Number(12)));
        check("a.log-20261127", Some(Age::Date(vec![20_261_127])));
        check("a.log.1764216000", Some(Age::Date(vec![1_764_216_000])));
        check("a.log-2026-11-27T04:00", Some(Age::Date(vec![2026, 11, 27, 4, 0])));
        let others = ["a.log", "a.log.", "a.log.1.gz", "a.log.gz", "a.log-20261127.xz", "a.log2", "b.log.1"];
        for name in others.into_iter().chain(["a.log.-1", "a.log.swp", "a.log~", "xa.log.1"]) {
            check(name, None);
        }
    }

    fn names_in_order(names: &[&str]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let listing = Listing::read_at_rest(&folder.path().join("a.log")).unwrap().unwrap();
        listing.iter().map(|found| found.path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn the_oldest_is_first_and_the_log_itself_last() {
        assert_eq!(
            names_in_order(&["a.log.2", "a.log", "a.log.10", "a.log.1", "a.log.3.gz", "b.log"]),
            ["a.log.10", "a.log.2", "a.log.1", "a.log"]
        );
        assert_eq!(
            names_in_order(&["a.log-20261127", "a.log-20260101", "a.log-20251231"]),
            ["a.log-20251231", "a.log-20260101", "a.log-20261127"]
        );
    }

    #[test]
    fn names_of_both_kinds_are_ordered_by_time() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str, seconds| {
            let file = std::fs::File::create(folder.path().join(name)).unwrap();
            file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds)).unwrap();
        };
        make("a.log.1", 30);
        make("a.log-20261127", 20);
        make("a.log.2", 10);
        let listing = Listing::read(&folder.path().join("a.log")).unwrap();
        let names: Vec<_> = listing.iter().map(|found| found.path.file_name().unwrap()).collect();
        assert_eq!(names, ["a.log.2", "a.log-20261127", "a.log.1"]);
    }

    #[test]
    fn links_and_other_things_are_no_files_of_a_log() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a.log.1")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("a.log.2")).unwrap();
        std::fs::write(folder.path().join("a.log.3"), "x").unwrap();
        std::fs::hard_link(folder.path().join("a.log.3"), folder.path().join("a.log.4")).unwrap();
        let listing = Listing::read(&folder.path().join("a.log")).unwrap();
        assert_eq!(listing.iter().count(), 1);
        assert!(Listing::read(Path::new("/nowhere/at/all.log")).unwrap().iter().next().is_none());
        assert!(Listing::read(&folder.path().join("a.log.1")).is_err());
    }
}
