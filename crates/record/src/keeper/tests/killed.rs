//! The process is killed, or the machine loses power, at any moment.

use std::{
    env, fs,
    process::{Child, Command, Stdio},
};

use decnet_event::{Kind, Timestamp};
use decnet_proto::alert::{ReceiverRequest, Target};

use super::super::*;
use super::bed::{Bed, wait};
use crate::{
    follow, scratch,
    write::tests::{Line, NOON, rows},
};

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

#[test]
fn who_is_killed_again_and_again_raises_every_alert_once() {
    let bed = Bed::new();
    let record = bed.start();
    let secret = "0123456789abcdef".to_owned();
    let target = Target::Json { url: "https://r.example/".to_owned(), allow_http: false, secret };
    let request = ReceiverRequest { name: "r".to_owned(), enabled: true, target };
    record.alerts(move |alerts| alerts.receiver_add(&request, Timestamp(0))).unwrap();
    drop(record);
    let now = follow::now() - NOON;
    // As many attackers as lines, each of them at one decky.
    let line = |seq: u64| {
        let address: &'static str = format!("10.0.{}.{}", seq / 200, seq % 200 + 1).leak();
        Line { session: Some((seq, address)), time: now, ..Line::new(seq, Kind::Connect {}) }
    };
    let (mut next, rounds) = (1, 6);
    for round in 0..rounds {
        bed.append_lines((next..next + 50).map(line));
        next += 50;
        let mut child = spawn(&bed);
        wait_for(&bed, 1 + 100_000 * round);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    // Whoever was killed last may have kept all there was.
    bed.append_lines([line(next)]);
    let record = bed.start();
    wait(&record, |_| record.watch().newest().cast_unsigned() >= next);
    drop(record);
    let mut writer = Writer::open(bed.database()).unwrap();
    let alerts = "SELECT rule, COUNT(*), COUNT(DISTINCT event) FROM alerts GROUP BY rule ORDER BY rule";
    assert_eq!(rows(writer.connection(), alerts), ["first_touch|301|301", "new_attacker|301|301"]);
    let unsent = "SELECT COUNT(*) FROM alerts WHERE id NOT IN (SELECT alert FROM deliveries)";
    assert_eq!(rows(writer.connection(), unsent), ["0"]);
}
