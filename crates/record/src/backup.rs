//! A copy of the record while it is being kept, and the way back. What only SQLite does.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use rusqlite::{
    Connection as Database, OpenFlags,
    backup::{Backup, StepResult},
};

use crate::{
    RecordError,
    file::{self, FILE, Lock, beside, failed, folder_of},
    open,
    sql::{Connection, Mode, Sqlite},
};

/// Pages that are copied at a time.
const PAGES: i32 = 1024;

/// Copies the record at `path` to the new file `copy`, as it is at one moment; who keeps it goes on
/// meanwhile. The copy is there whole or not at all.
///
/// # Errors
/// [`RecordError::File`] where `copy` is there already or cannot be made, [`RecordError::Full`],
/// [`RecordError::NotRecord`].
pub fn backup(path: &Path, copy: &Path) -> Result<(), RecordError> {
    let copy = std::path::absolute(copy).map_err(failed(copy))?;
    if fs::exists(&copy).map_err(failed(&copy))? {
        return Err(failed(&copy)(ErrorKind::AlreadyExists.into()));
    }
    // Opening would make it.
    fs::metadata(path).map_err(failed(path))?;
    let mut source =
        Connection::Sqlite(Sqlite::reader(path).map_err(|error| error.during("open the record"))?);
    if open::version(&mut source).unwrap_or(0) == 0 {
        return Err(RecordError::NotRecord {
            path: path.to_owned(),
            why: "it has no tables of one".to_owned(),
        });
    }
    put(&copy, |part| copy_to(&mut source, part).map_err(|error| error.during("copy the record")))
}

/// Puts `copy`, which [`backup`] made, in place of the record at `path`. What was there is gone.
///
/// # Errors
/// [`RecordError::Held`] while somebody keeps the record, [`RecordError::NotRecord`] and
/// [`RecordError::Newer`] where the copy is none that this program can keep, [`RecordError::File`].
pub fn restore(copy: &Path, path: &Path) -> Result<(), RecordError> {
    let path = file::prepare_folder(path)?;
    let _lock = Lock::take(&path)?;
    put(&path, |part| {
        let mut from = File::open(copy).map_err(failed(copy))?;
        let mut to = OpenOptions::new().write(true).open(part).map_err(failed(part))?;
        io::copy(&mut from, &mut to).map_err(failed(part))?;
        check(part, copy)?;
        // What belongs to the old file must not be taken for the new one's.
        for suffix in ["-wal", "-shm"] {
            remove(&beside(&path, suffix))?;
        }
        Ok(())
    })
}

/// Makes the file at `path`: `fill` is given an empty one beside it, which takes its place when it is
/// full and durable.
fn put(path: &Path, fill: impl FnOnce(&Path) -> Result<(), RecordError>) -> Result<(), RecordError> {
    let part = beside(path, ".part");
    remove(&part)?;
    OpenOptions::new().write(true).create_new(true).mode(FILE).open(&part).map_err(failed(&part))?;
    let put = || {
        fill(&part)?;
        let sync = |path: &Path| File::open(path).and_then(|file| file.sync_all());
        sync(&part).map_err(failed(&part))?;
        fs::rename(&part, path).map_err(failed(path))?;
        sync(folder_of(path)).map_err(failed(path))
    };
    let done = put();
    if done.is_err() {
        // That it is incomplete is told; that it cannot be removed, too, is not worth more words.
        let _ = remove(&part);
    }
    done
}

fn remove(path: &Path) -> Result<(), RecordError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(path)(error)),
        _ => Ok(()),
    }
}

/// Copies the record as it is when this begins: what is written meanwhile would begin the copy anew.
fn copy_to(source: &mut Connection, part: &Path) -> Result<(), RecordError> {
    source.transaction(Mode::Read, |source| {
        open::version(source)?;
        let database = source.sqlite().ok_or(RecordError::Closed)?;
        let mut target = Database::open(part)?;
        let backup = Backup::new(database.inner(), &mut target)?;
        while backup.step(PAGES)? != StepResult::Done {}
        drop(backup);
        // One file, with nothing beside it.
        target.pragma_update(None, "journal_mode", "DELETE")?;
        Ok(())
    })
}

/// Whether the file at `part`, which is a copy of `copy`, is a whole record of a version that is known.
fn check(part: &Path, copy: &Path) -> Result<(), RecordError> {
    let wrong = |why: String| RecordError::NotRecord { path: copy.to_owned(), why };
    // Nobody else has it, and nothing is written beside it.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Database::open_with_flags(part, flags).map_err(|error| wrong(error.to_string()))?;
    let state = "SELECT value FROM state WHERE name = 'schema'";
    let version: Result<String, _> = database.query_row(state, [], |row| row.get(0));
    let version = version.map_err(|error| wrong(error.to_string()))?;
    let found = version.parse().map_err(|_| wrong("its version is no number".to_owned()))?;
    if found > open::KNOWN {
        return Err(RecordError::Newer { found, known: open::KNOWN });
    }
    let says: Result<String, _> = database.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0));
    match says.map_err(|error| wrong(error.to_string()))?.as_str() {
        "ok" => Ok(()),
        damage => Err(wrong(damage.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::{
        Writer,
        tests::{Line, batch, number, open as open_writer},
    };

    fn connects(numbers: std::ops::Range<u64>) -> crate::write::Batch {
        let lines: Vec<_> = numbers.map(|seq| Line::new(seq, decnet_event::Kind::Connect {})).collect();
        batch(&lines)
    }

    fn events(path: &Path) -> i64 {
        number(Writer::open(path).unwrap().connection(), "SELECT COUNT(*) FROM events")
    }

    #[test]
    fn a_copy_is_of_one_moment_and_can_take_the_place() {
        let folder = tempfile::tempdir().unwrap();
        let (path, copy) = (folder.path().join("record.db"), folder.path().join("copy"));
        let mut writer = open_writer(folder.path());
        writer.apply(&connects(1..3000), &[]).unwrap();
        // Somebody writes on and on; without one moment the copy would never end.
        let ended = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut next = 3000;
                while !ended.load(std::sync::atomic::Ordering::Relaxed) {
                    writer.apply(&connects(next..next + 10), &[]).unwrap();
                    next += 10;
                }
            });
            backup(&path, &copy).unwrap();
            ended.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(&copy).unwrap());
        assert_eq!(mode & 0o777, 0o600);
        assert!(matches!(backup(&path, &copy), Err(RecordError::File { .. })));
        assert!(matches!(restore(&copy, &path), Err(RecordError::Held { .. })));
        let more = writer.watch().newest();
        drop(writer);
        assert_eq!(events(&path), more);
        restore(&copy, &path).unwrap();
        let restored = events(&path);
        assert!((2999..=more).contains(&restored), "{restored}");
        // What came after the copy comes again, and once.
        let mut writer = Writer::open(&path).unwrap();
        writer.apply(&connects(1..3020), &[]).unwrap();
        assert_eq!(number(writer.connection(), "SELECT COUNT(*) FROM events"), restored.max(3019));
    }

    #[test]
    fn what_is_no_record_does_not_take_the_place_of_one() {
        let folder = tempfile::tempdir().unwrap();
        let (path, copy) = (folder.path().join("record.db"), folder.path().join("copy"));
        open_writer(folder.path()).apply(&connects(1..3000), &[]).unwrap();
        backup(&path, &copy).unwrap();
        let whole = fs::read(&copy).unwrap();
        let mut torn = whole.clone();
        torn[20_000..60_000].fill(0xff);
        let other = folder.path().join("other");
        Database::open(&other).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
        for wrong in [b"nonsense".repeat(999), Vec::new(), torn, fs::read(&other).unwrap()] {
            fs::write(&copy, wrong).unwrap();
            let refused = restore(&copy, &path);
            assert!(matches!(refused, Err(RecordError::NotRecord { .. })), "{refused:?}");
        }
        fs::write(&copy, &whole).unwrap();
        let newer = Database::open(&copy).unwrap();
        newer.execute_batch("UPDATE state SET value = '99' WHERE name = 'schema'").unwrap();
        drop(newer);
        assert!(matches!(restore(&copy, &path), Err(RecordError::Newer { found: 99, .. })));
        assert!(matches!(backup(&other, &folder.path().join("new")), Err(RecordError::NotRecord { .. })));
        assert!(matches!(
            backup(&folder.path().join("none"), &folder.path().join("new")),
            Err(RecordError::File { .. })
        ));
        assert_eq!(events(&path), 2999);
        let left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".part")), "{left:?}");
    }
}
