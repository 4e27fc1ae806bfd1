//! The process is killed, or the machine loses power, at any moment.

use std::{
    env, fs,
    process::{Child, Command, Stdio},
};

use super::super::*;
use super::bed::{Bed, wait};
use crate::scratch;

/// Says where the child keeps its record.
const FOLDER: &str = "RECORD_TEST_FOLDER";

/// Not a test of its own: what the child of the test below does.
#[test]
fn child() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let folder = PathBuf::from(folder);
    let (database, log) = (scratch::database(&folder.join("kept/record.db")), folder.join("a.json"));
    let record = Record::start(Options { database, log, limits: Limits::default() }).unwrap();
    record.watch().wait(i64::MAX, std::time::Duration::from_secs(600));
}

fn spawn(bed: &Bed) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["keeper::tests::killed::child", "--exact"]).env(FOLDER, bed.folder.path());
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until the log has been followed for a while, more in each round: bytes of what is written.
fn wait_for(bed: &Bed, bytes: u64) {
    let written = || fs::metadata(bed.path("kept/record.db-wal")).map_or(0, |meta| meta.len());
    let begin = std::time::Instant::now();
    // Nobody sees how far a server is: it is given more time in each round.
    let most = if scratch::in_files() { 2000 } else { bytes / 1500 };
    while written() < bytes && begin.elapsed() < std::time::Duration::from_millis(most) {
        std::thread::yield_now();
    }
}

#[test]
fn who_is_killed_again_and_again_keeps_every_line_once() {
    let bed = Bed::new();
    let (mut next, rounds, lines) = (1, 12, if scratch::in_files() { 4500 } else { 1500 });
    for round in 0..rounds {
        bed.append(next..next + lines);
        next += lines;
        if round % 3 == 1 {
            bed.rotate();
        } else if round % 3 == 2 {
            bed.copy_and_cut();
        }
        let mut child = spawn(&bed);
        wait_for(&bed, 1 + 150_000 * round);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    bed.append(next..next + 10);
    let record = bed.start();
    // What is left in files that were not come to yet is no lag so far: only the last line tells the end.
    let status = wait(&record, |_| record.watch().newest().cast_unsigned() >= next + 9);
    assert_eq!((status.gaps, status.duplicates), (0, 0));
    drop(record);
    assert_eq!(bed.numbers(), (1..next + 10).collect::<Vec<_>>());
}
