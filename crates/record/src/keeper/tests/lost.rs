//! The connection to a server is lost at any moment.

use super::{
    super::*,
    bed::{Bed, wait},
};
use crate::{scratch, write::tests::number};

/// Lines of a round.
const LINES: u64 = 400;

/// Lines that have no number: nothing but the marks tells whether they came.
fn append(bed: &Bed, round: u64) {
    let line = |at| format!("{{\"msg\":\"{round} {at}\",\"raw_line\":\"<1>1 - d s - k -\"}}\n");
    bed.append_bytes((0..LINES).map(line).collect::<String>().as_bytes());
}

#[test]
fn whoever_is_cut_off_again_and_again_keeps_every_line_once() {
    if scratch::in_files() {
        return;
    }
    let (bed, rounds) = (Bed::new(), 12);
    let record = bed.start();
    for round in 0..rounds {
        append(&bed, round);
        scratch::cut(&bed.database());
        // Every other time it is cut off in the middle of something, as far as chance has it.
        if round % 2 == 0 {
            wait(&record, |status| status.lines >= LINES * round);
        }
    }
    let status = wait(&record, |status| status.lines == LINES * rounds);
    assert_eq!((status.gaps, status.events), (0, LINES * rounds));
    wait(&record, |status| status.paused.is_none());
    drop(record);
    let mut writer = Writer::open(bed.database()).unwrap();
    assert_eq!(number(writer.connection(), "SELECT COUNT(*) FROM events") as u64, LINES * rounds);
}
