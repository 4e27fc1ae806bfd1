//! Pid files: which process somebody started for us.
//!
//! The first line is the pid, a positive decimal number; the second, `start=TICKS`, is when
//! that process started, so that a later process with the same id is not taken for it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use crate::process::Process;

/// Why a pid file cannot be used.
#[derive(Debug, Error)]
pub enum PidFileError {
    /// It cannot be read.
    #[error("cannot read the pid file {}", path.display())]
    Read {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It cannot be written.
    #[error("cannot write the pid file {}", path.display())]
    Write {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It holds something else.
    #[error("{} is no pid file of ours: a positive number and start=TICKS are expected", path.display())]
    Malformed {
        /// Its path.
        path: PathBuf,
    },
}

/// The live process that the file names; `None` when there is no file or the process is gone.
///
/// # Errors
/// [`PidFileError::Read`] and [`PidFileError::Malformed`].
pub fn read(path: &Path) -> Result<Option<Process>, PidFileError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(PidFileError::Read { path: path.to_owned(), source }),
    };
    let process = parse(&text).ok_or_else(|| PidFileError::Malformed { path: path.to_owned() })?;
    Ok(process.is_alive().then_some(process))
}

/// Writes the file, whole or not at all.
///
/// # Errors
/// [`PidFileError::Write`].
pub fn write(path: &Path, process: Process) -> Result<(), PidFileError> {
    // Who starts a process and the process itself may both be about to name it.
    let staged = path.with_extension(format!("{}.new", std::process::id()));
    let text = format!("{}\nstart={}\n", process.pid, process.start);
    fs::write(&staged, text)
        .and_then(|()| fs::rename(&staged, path))
        .map_err(|source| PidFileError::Write { path: path.to_owned(), source })
}

/// A pid file that names this process until the value is dropped.
#[derive(Debug)]
pub struct OwnPidFile(PathBuf);

impl OwnPidFile {
    /// Writes it, so that a process that was started by hand is found, too.
    ///
    /// # Errors
    /// [`PidFileError::Write`].
    pub fn write(path: PathBuf) -> Result<Self, PidFileError> {
        if let Some(own) = Process::own() {
            write(&path, own)?;
        }
        Ok(Self(path))
    }
}

impl Drop for OwnPidFile {
    fn drop(&mut self) {
        if matches!(read(&self.0), Ok(Some(process)) if process.pid == std::process::id()) {
            // One that stays names a process that is gone.
            let _ = remove(&self.0);
        }
    }
}

/// Removes the file, if it is there.
///
/// # Errors
/// [`PidFileError::Write`].
pub fn remove(path: &Path) -> Result<(), PidFileError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(PidFileError::Write { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

fn parse(text: &str) -> Option<Process> {
    let (pid, rest) = text.split_once('\n')?;
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let pid = Some(pid).filter(|p| digits(p)).and_then(|p| p.parse().ok()).filter(|pid| *pid > 0)?;
    let start = rest.trim_end().strip_prefix("start=").filter(|s| digits(s))?.parse().ok()?;
    Some(Process { pid, start })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_process_it_was_written_for_is_found() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("agent.pid");
        assert_eq!(read(&path).expect("no file is no error"), None);
        let own = Process::own().expect("we run");
        write(&path, own).expect("written");
        assert_eq!(read(&path).expect("read"), Some(own));
        write(&path, Process { start: own.start + 1, ..own }).expect("written");
        assert_eq!(read(&path).expect("read"), None, "a reused pid was taken");
        remove(&path).expect("removed");
        remove(&path).expect("removing twice is no error");
    }

    #[test]
    fn an_own_file_goes_with_the_process_that_it_names() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("agent.pid");
        let own = Process::own().expect("we run");
        let named = OwnPidFile::write(path.clone()).expect("written");
        assert_eq!(read(&path).expect("read"), Some(own));
        drop(named);
        assert!(!path.exists());
        let named = OwnPidFile::write(path.clone()).expect("written");
        let other = Process::find(1).expect("there is a first process");
        write(&path, other).expect("written by somebody else");
        drop(named);
        assert_eq!(read(&path).expect("read"), Some(other));
    }

    #[test]
    fn anything_but_a_positive_number_is_refused() {
        for text in
            ["", "0\nstart=1\n", "-1\nstart=1\n", "+7\nstart=1\n", "7", "7\n", "7\nstart=\n", "x\nstart=1\n"]
        {
            assert_eq!(parse(text), None, "{text:?}");
        }
        assert_eq!(parse("7\nstart=9\n"), Some(Process { pid: 7, start: 9 }));
    }
}
