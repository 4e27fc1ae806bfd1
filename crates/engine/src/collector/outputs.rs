//! The log and the JSON file beside it: written together, renamed together.

use std::{
    io,
    path::{Path, PathBuf},
};

use decnet_event::{record, wire::Record};

use super::{
    appender::{Appender, Mark, Meddling, sync_directory},
    config::Rotation,
    patience::{Patience, Stopped},
};

/// Lines to be written, the same number in the same order for both files.
#[derive(Debug, Default)]
pub(super) struct Batch {
    log: Vec<u8>,
    json: Vec<u8>,
    lines: u64,
}

impl Batch {
    /// Adds a line to the log and the object of `record`, which it is, to the JSON file.
    pub(super) fn push(&mut self, line: &[u8], record: &Record<'_>) {
        self.log.extend_from_slice(line);
        self.log.push(b'\n');
        push_json(record, line, &mut self.json);
        self.lines += 1;
    }

    pub(super) fn clear(&mut self) {
        self.log.clear();
        self.json.clear();
        self.lines = 0;
    }

    pub(super) fn lines(&self) -> u64 {
        self.lines
    }
}

/// Appends the object of `record`, whose line is `line`, as one line of JSON.
pub(super) fn push_json(record: &Record<'_>, line: &[u8], out: &mut Vec<u8>) {
    record::write_json(record, line, &[], out);
    out.push(b'\n');
}

/// Both files.
#[derive(Debug)]
pub(super) struct Outputs {
    log: Appender,
    json: Appender,
    rotation: Option<Rotation>,
}

/// The JSON file that stands beside `log`.
pub(super) fn json_path(log: &Path) -> PathBuf {
    log.with_extension("json")
}

impl Outputs {
    pub(super) fn open(log: &Path, generations: (u64, u64), rotation: Option<Rotation>) -> io::Result<Self> {
        let json = Appender::open(&json_path(log), generations.1)?;
        Ok(Self { log: Appender::open(log, generations.0)?, json, rotation })
    }

    pub(super) fn marks(&self) -> (&Mark, &Mark) {
        (self.log.mark(), self.json.mark())
    }

    /// Writes a batch: the log first, because it is the truth.
    pub(super) fn write(&mut self, batch: &Batch, patience: &mut Patience) -> Result<(), Stopped> {
        let (mut log, mut json) = (0, 0);
        patience.insist("write the log", || self.log.append(&batch.log, &mut log))?;
        patience.insist("write the JSON file", || self.json.append(&batch.json, &mut json))
    }

    pub(super) fn sync(&mut self) -> io::Result<()> {
        self.log.sync()?;
        self.json.sync()
    }

    /// Follows what others did to the files, and says whether they did anything.
    /// The caller must save a checkpoint before it writes again.
    pub(super) fn follow_meddling(&mut self) -> io::Result<bool> {
        let log = reopen_if_moved(&mut self.log)?;
        let json = reopen_if_moved(&mut self.json)?;
        Ok(log || json)
    }

    pub(super) fn is_full(&self) -> bool {
        self.rotation.is_some_and(|rotation| self.log.mark().offset >= rotation.bytes)
    }

    /// Renames both files and begins new ones. The caller must have saved a checkpoint
    /// that says how far they were written, and must save another before it writes again.
    pub(super) fn rotate(&mut self) -> io::Result<()> {
        let keep = self.rotation.map_or(0, |rotation| rotation.keep);
        for appender in [&mut self.log, &mut self.json] {
            // A repeated attempt finds some of the work done.
            if appender.meddling()? != Meddling::Moved {
                shift(&appender.mark().path, keep)?;
            }
            reopen_if_moved(appender)?;
        }
        Ok(())
    }
}

fn reopen_if_moved(appender: &mut Appender) -> io::Result<bool> {
    match appender.meddling()? {
        Meddling::None => Ok(false),
        Meddling::Moved => {
            appender.sync()?;
            let mark = appender.mark();
            *appender = Appender::open(&mark.path.clone(), mark.generation + 1)?;
            Ok(true)
        }
        Meddling::Resized(size) => {
            let path = appender.mark().path.display();
            tracing::warn!("{path} was cut or written by somebody else: going on at byte {size}");
            appender.resize(size);
            Ok(true)
        }
    }
}

/// Renames `path` to `path.1`, `path.1` to `path.2`, …; the one after `path.<keep>` goes.
fn shift(path: &Path, keep: u32) -> io::Result<()> {
    if keep == 0 {
        return std::fs::remove_file(path);
    }
    for number in (1..keep).rev() {
        rename_if_there(&numbered(path, number), &numbered(path, number + 1))?;
    }
    std::fs::rename(path, numbered(path, 1))?;
    path.parent().map_or(Ok(()), sync_directory)
}

/// The name of the `number`th file before the one at `path`.
pub(super) fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    PathBuf::from(name)
}

fn rename_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match std::fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
