//! Duties of a process that may be PID 1 of its container.

use std::{convert::Infallible, ffi::c_void, fs, num::NonZeroUsize, ptr::NonNull};

use anyhow::Context as _;
use nix::{
    sys::{
        mman::{MmapAdvise, madvise},
        resource::{Resource, getrlimit, setrlimit},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Raises the soft limit of open files to the hard one: every connection is a file.
pub(crate) fn raise_file_limit() {
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}

/// What asks the process to end.
///
/// PID 1 is never sent a signal that it does not handle: one that came before these are heard is
/// lost, and its container ends by SIGKILL when the engine has waited long enough. So they are
/// heard before anything else is done.
pub(crate) struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Hears them from now on; inside a runtime only.
    pub(crate) fn hear() -> anyhow::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).context("cannot handle SIGTERM")?,
            interrupt: signal(SignalKind::interrupt()).context("cannot handle SIGINT")?,
        })
    }

    /// Waits for the first, and gives its name.
    pub(crate) async fn first(mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// Reaps orphans for ever: nobody else in the container would.
pub(crate) async fn reap() -> anyhow::Result<Infallible> {
    let mut child = signal(SignalKind::child()).context("cannot handle SIGCHLD")?;
    loop {
        child.recv().await;
        while let Ok(status) = waitpid(Pid::from_raw(-1), Some(WaitPidFlag::WNOHANG)) {
            if status == WaitStatus::StillAlive {
                break;
            }
        }
    }
}

/// Gives back the memory of what has been read of our own file: most of it served the start, and
/// what is needed again comes from the page cache that all deckies share. A decoy idles for days.
pub(crate) fn give_back_file() {
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    for (start, length) in maps.lines().filter_map(never_written) {
        // SAFETY: the range is a whole mapping of this process that is backed by a file and was
        // never writable, so its pages hold what the file holds; a page that is dropped is read
        // from the file again when it is next touched.
        let _ = unsafe { madvise(start, length, MmapAdvise::MADV_DONTNEED) };
    }
}

/// Start and length of the mapping that a line of `/proc/self/maps` tells of, if nobody ever wrote
/// to it: `start-end permissions offset device inode path`, code of a file, or the constants and
/// relocations at the beginning of one. What is only readable further on may have been relocated.
fn never_written(line: &str) -> Option<(NonNull<c_void>, usize)> {
    let mut words = line.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let (start, end) = (usize::from_str_radix(start, 16).ok()?, usize::from_str_radix(end, 16).ok()?);
    let (permissions, offset) = (words.next()?, usize::from_str_radix(words.next()?, 16).ok()?);
    let is_file = words.nth(1)? != "0";
    let start = NonNull::without_provenance(NonZeroUsize::new(start)?);
    let is_ours = is_file && (permissions == "r-xp" || (permissions == "r--p" && offset == 0));
    is_ours.then_some((start, end.checked_sub(start.addr().get())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_never_written_is_given_back() {
        let range = |line| never_written(line).map(|(start, length)| (start.addr().get(), length));
        assert_eq!(range("1000-3000 r-xp 00001000 fe:00 42 /init"), Some((0x1000, 0x2000)));
        assert_eq!(range("1000-3000 r--p 00000000 fe:00 42 /init"), Some((0x1000, 0x2000)));
        assert_eq!(range("1000-3000 r--p 00001000 fe:00 42 /init"), None);
        assert_eq!(range("1000-3000 rw-p 00001000 fe:00 42 /init"), None);
        assert_eq!(range("1000-3000 r-xp 00000000 00:00 0 [vdso]"), None);
        assert_eq!(range("1000-3000 r--p 00000000 00:00 0 [vvar]"), None);
        assert_eq!(range("nonsense"), None);
    }

    #[test]
    fn code_that_was_given_back_runs_again() {
        give_back_file();
        assert!(fs::read_to_string("/proc/self/maps").unwrap().lines().any(|l| never_written(l).is_some()));
    }
}
