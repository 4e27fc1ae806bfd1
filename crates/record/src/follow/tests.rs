//! The process ends at each point between a line and its row.

use std::{fs::OpenOptions, io::Write as _, path::PathBuf};

use tempfile::TempDir;

use super::*;
use crate::write::tests::{number, open};

/// Where the process ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Read,
    Applied,
    Released,
    Saved,
}

struct Bed {
    folder: TempDir,
}

impl Bed {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Appends lines that have no number, so that nothing but the marks tells whether they came.
    fn append(&self, count: u64) {
        let mut log = OpenOptions::new().create(true).append(true).open(self.path("a.json")).unwrap();
        for at in 0..count {
            let time = now() + i64::try_from(at).unwrap();
            writeln!(log, r#"{{"msg":"{time} {at}","raw_line":"<1>1 - d s - k -"}}"#).unwrap();
        }
    }

    /// Reads once, and ends there; answers with how many lines came.
    fn run(&self, end: End) -> u64 {
        let mut writer = open(self.folder.path());
        let marks = writer.marks().unwrap();
        let mut follower = Follower::open(&self.path("a.json"), &self.path("state"), &marks).unwrap();
        let mut batch = Batch::default();
        follower.read(&mut batch).unwrap();
        let lines = batch.counts().lines;
        if matches!(end, End::Applied | End::Released | End::Saved) {
            writer.apply(&batch, &follower.marks()).unwrap();
        }
        if matches!(end, End::Released | End::Saved) {
            follower.release(&mut writer).unwrap();
        }
        if matches!(end, End::Saved) {
            follower.save().unwrap();
        }
        lines
    }
}

#[test]
fn every_line_is_kept_once_wherever_it_ends() {
    for end in [End::Read, End::Applied, End::Released, End::Saved] {
        let bed = Bed { folder: tempfile::tempdir().unwrap() };
        let mut all = 0;
        for round in 0..4 {
            bed.append(100);
            all += 100;
            bed.run(end);
            if round == 1 {
                std::fs::rename(bed.path("a.json"), bed.path("a.json.1")).unwrap();
            }
        }
        while bed.run(End::Saved) > 0 {}
        let kept = number(open(bed.folder.path()).connection(), "SELECT COUNT(*) FROM events");
        assert_eq!(kept, all, "{end:?}");
    }
}

#[test]
fn an_older_record_is_brought_up_to_date() {
    if !crate::scratch::in_files() {
        return;
    }
    let bed = Bed { folder: tempfile::tempdir().unwrap() };
    bed.append(100);
    bed.run(End::Saved);
    std::fs::copy(bed.path("record.db"), bed.path("older")).unwrap();
    bed.append(50);
    bed.run(End::Saved);
    std::fs::rename(bed.path("a.json"), bed.path("a.json.1")).unwrap();
    bed.append(25);
    while bed.run(End::Saved) > 0 {}
    std::fs::rename(bed.path("older"), bed.path("record.db")).unwrap();
    while bed.run(End::Saved) > 0 {}
    assert_eq!(number(open(bed.folder.path()).connection(), "SELECT COUNT(*) FROM events"), 175);
}
