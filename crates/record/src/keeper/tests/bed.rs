//! A log in a folder, and a record of it.

use std::{
    fs::{self, File, OpenOptions},
    io::Write as _,
    path::PathBuf,
    time::{Duration, Instant},
};

use decnet_event::Kind;
use tempfile::TempDir;

use super::super::*;
use crate::{
    scratch,
    write::tests::{Line, rows},
};

pub(super) struct Bed {
    pub(super) folder: TempDir,
}

impl Bed {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        Self { folder }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn database(&self) -> Database {
        scratch::database(&self.path("kept/record.db"))
    }

    pub(super) fn options(&self) -> Options {
        Options { database: self.database(), log: self.path("a.json"), limits: Limits::default() }
    }

    pub(super) fn start(&self) -> Record {
        Record::start(self.options()).unwrap()
    }

    /// Appends the objects of lines with these numbers.
    pub(super) fn append(&self, numbers: impl IntoIterator<Item = u64>) {
        self.append_lines(numbers.into_iter().map(|seq| Line::new(seq, Kind::Connect {})));
    }

    pub(super) fn append_lines(&self, lines: impl IntoIterator<Item = Line>) {
        let objects = lines.into_iter().map(|line| line.object());
        let text: Vec<_> = objects.flat_map(|object| [object, b"\n".to_vec()].concat()).collect();
        self.append_bytes(&text);
    }

    pub(super) fn append_bytes(&self, bytes: &[u8]) {
        self.log().write_all(bytes).unwrap();
    }

    pub(super) fn log(&self) -> File {
        OpenOptions::new().create(true).append(true).open(self.path("a.json")).unwrap()
    }

    /// Renames `a.json` to `a.json.1`, that to `a.json.2`, and so on.
    pub(super) fn rotate(&self) {
        self.shift();
        fs::rename(self.path("a.json"), self.path("a.json.1")).unwrap();
    }

    pub(super) fn copy_and_cut(&self) {
        self.shift();
        fs::copy(self.path("a.json"), self.path("a.json.1")).unwrap();
        self.log().set_len(0).unwrap();
    }

    fn shift(&self) {
        for number in (1..50).rev() {
            let from = self.path(&format!("a.json.{number}"));
            if from.exists() {
                fs::rename(from, self.path(&format!("a.json.{}", number + 1))).unwrap();
            }
        }
    }

    /// The numbers of the events of the record, in the order of their ids. Nobody must have it.
    pub(super) fn numbers(&self) -> Vec<u64> {
        let mut writer = Writer::open(self.database()).unwrap();
        let lines = rows(writer.connection(), "SELECT line FROM events ORDER BY id");
        lines.iter().map(|line| number(line)).collect()
    }
}

fn number(line: &str) -> u64 {
    let (_, behind) = line.split_once("seq=\"").unwrap();
    behind.split_once('"').unwrap().0.parse().unwrap()
}

/// Waits until the status is as it should be.
pub(super) fn wait(record: &Record, until: impl Fn(&Status) -> bool) -> Status {
    let begin = Instant::now();
    loop {
        let status = record.status();
        if until(&status) {
            return status;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "{status:?}");
        // The clock of the one who waits is not what is tried.
        record.watch().wait(i64::MAX, Duration::from_millis(5));
    }
}
