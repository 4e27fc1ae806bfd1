//! A log file that rotates, and that others may rotate, too.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// Size at which the file is rotated, in bytes.
const MAX_SIZE: u64 = 10 * 1024 * 1024;

/// How many rotated files are kept: `FILE.1`, the newest, to `FILE.5`.
const KEEP: u32 = 5;

/// An append-only file. Before each line it is compared with what the path names, so that a
/// file that was moved or removed (logrotate, another daemon) is opened anew.
#[derive(Debug)]
pub(super) struct RotatingFile {
    path: PathBuf,
    file: File,
    max_size: u64,
}

impl RotatingFile {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir)?;
        }
        Ok(Self { path: path.to_owned(), file: append(path)?, max_size: MAX_SIZE })
    }

    /// Writes one line, its line feed included, in one piece.
    pub(super) fn write_line(&mut self, line: &[u8]) -> io::Result<()> {
        if !self.is_current()? {
            self.file = append(&self.path)?;
        }
        if self.file.metadata()?.len() + line.len() as u64 > self.max_size {
            self.rotate()?;
        }
        self.file.write_all(line)
    }

    fn is_current(&self) -> io::Result<bool> {
        let ours = self.file.metadata()?;
        let named = fs::metadata(&self.path);
        Ok(named.is_ok_and(|named| (named.dev(), named.ino()) == (ours.dev(), ours.ino())))
    }

    /// Moves the files on by one. The lock keeps two daemons with one file from doing so
    /// twice: whoever comes second finds that the file has changed.
    fn rotate(&mut self) -> io::Result<()> {
        self.file.lock()?;
        if self.is_current()? {
            for number in (1..KEEP).rev() {
                let _ = fs::rename(self.numbered(number), self.numbered(number + 1));
            }
            fs::rename(&self.path, self.numbered(1))?;
        }
        // Closing the old file also gives up its lock.
        self.file = append(&self.path)?;
        Ok(())
    }

    fn numbered(&self, number: u32) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        name.into()
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(dir: &Path) -> RotatingFile {
        let mut file = RotatingFile::open(&dir.join("log")).expect("opened");
        file.max_size = 10;
        file
    }

    fn read(dir: &Path, name: &str) -> String {
        fs::read_to_string(dir.join(name)).unwrap_or_default()
    }

    #[test]
    fn five_old_files_are_kept() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut file = small(dir.path());
        for number in 1..=8 {
            file.write_line(format!("line {number}\n").as_bytes()).expect("written");
        }
        assert_eq!(read(dir.path(), "log"), "line 8\n");
        assert_eq!(read(dir.path(), "log.1"), "line 7\n");
        assert_eq!(read(dir.path(), "log.5"), "line 3\n");
        assert!(!dir.path().join("log.6").exists());
    }

    #[test]
    fn a_file_that_was_moved_or_removed_is_opened_anew() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut file = small(dir.path());
        file.write_line(b"one\n").expect("written");
        fs::rename(dir.path().join("log"), dir.path().join("moved")).expect("moved");
        file.write_line(b"two\n").expect("written");
        fs::remove_file(dir.path().join("log")).expect("removed");
        file.write_line(b"three\n").expect("written");
        assert_eq!(
            (read(dir.path(), "moved").as_str(), read(dir.path(), "log").as_str()),
            ("one\n", "three\n")
        );
    }

    #[test]
    fn two_writers_of_one_file_lose_nothing() {
        let dir = tempfile::tempdir().expect("a folder");
        let (mut one, mut two) = (small(dir.path()), small(dir.path()));
        for number in 0..6 {
            let writer = if number % 2 == 0 { &mut one } else { &mut two };
            writer.write_line(format!("line {number}\n").as_bytes()).expect("written");
        }
        let all: String =
            ["log.5", "log.4", "log.3", "log.2", "log.1", "log"].map(|n| read(dir.path(), n)).concat();
        assert_eq!(all, "line 0\nline 1\nline 2\nline 3\nline 4\nline 5\n");
    }
}
