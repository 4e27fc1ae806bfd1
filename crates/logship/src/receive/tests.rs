//! What a peer may say, what becomes of it, and how long it may take.

use std::time::Duration;

use decnet_proto::frame::{self, Limit};
use proptest::prelude::*;

use super::{Arrival, FRAME_TIME, IDLE_TIME, PlainSession, ReceiveError, Session, Speaker};
use crate::{
    position::{Gap, Generation, Loss, Position},
    spool::{Entry, Host},
    wire::{Control, push_line},
};

const FIRST: Generation = Generation([1; 16]);
const NOW: Duration = Duration::from_secs(7);

fn host(name: &str) -> Host {
    let id = format!("0b9f6f2e-3c1d-4e5f-8a7b-{:0>12}", name.len());
    Host { id: id.parse().unwrap(), name: name.parse().unwrap() }
}

fn session() -> Session {
    Session::new(Speaker::Host(host("edge")), Limit::DEFAULT, NOW)
}

fn at(offset: u64) -> Control {
    Control::At(Position { generation: FIRST, offset })
}

/// What a sender says: records, and lines between them.
enum Say<'a> {
    Record(Control),
    Line(&'a str),
}
use Say::{Line, Record};

fn frames(says: &[Say<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    for say in says {
        match say {
            Record(record) => record.push(&mut out),
            Line(line) => push_line(line.as_bytes(), &mut out).unwrap(),
        }
    }
    out
}

/// Arrivals as text: host, from, to and lines, or the gap.
fn shown(arrivals: &[Arrival]) -> Vec<String> {
    let show = |arrival: &Arrival| match arrival.entry() {
        Entry::Lines { host, from, to, bytes, .. } => {
            format!("{} {from}..{to} {:?}", host.name, String::from_utf8_lossy(bytes))
        }
        Entry::Gap { host, gap } => format!("{} {}..{} {}", host.name, gap.from, gap.to, gap.why.word()),
    };
    arrivals.iter().map(show).collect()
}

fn heard(says: &[Say<'_>]) -> Result<Vec<String>, ReceiveError> {
    let mut session = session();
    session.receive(&frames(says), NOW)?;
    Ok(shown(&session.arrivals()))
}

#[test]
fn lines_that_follow_each_other_are_one_arrival() {
    let says = [Record(at(10)), Line("<1>a"), Line(""), Line("@b"), Record(at(100)), Line("<1>c")];
    assert_eq!(heard(&says).unwrap(), ["edge 10..19 \"<1>a\\n\\n@b\\n\"", "edge 100..105 \"<1>c\\n\""]);
}

#[test]
fn a_line_that_was_cut_is_an_arrival_of_its_own() {
    let says = [Record(at(0)), Line("ab"), Record(Control::Cut(1000)), Line("cd"), Line("ef")];
    let expect = ["edge 0..3 \"ab\\n\"", "edge 3..1006 \"cd\\n\"", "edge 1006..1009 \"ef\\n\""];
    assert_eq!(heard(&says).unwrap(), expect);
}

#[test]
fn lines_go_on_behind_a_gap() {
    let gap = Gap { generation: FIRST, from: 3, to: 50, why: Loss::Lag };
    let says = [Record(at(0)), Line("ab"), Record(Control::Gap(gap)), Line("cd")];
    assert_eq!(heard(&says).unwrap(), ["edge 0..3 \"ab\\n\"", "edge 3..50 lag", "edge 50..53 \"cd\\n\""]);
}

#[test]
fn many_lines_come_in_arrivals_of_some_size() {
    let line = "x".repeat(1_000);
    let mut says = vec![Record(at(0))];
    says.extend((0..1_000).map(|_| Line(&line)));
    let mut session = session();
    session.receive(&frames(&says), NOW).unwrap();
    let arrivals = session.arrivals();
    let lengths = arrivals.iter().map(|arrival| match arrival.entry() {
        Entry::Lines { bytes, .. } => bytes.len(),
        Entry::Gap { .. } => 0,
    });
    let lengths: Vec<_> = lengths.collect();
    assert_eq!(lengths.iter().sum::<usize>(), 1_001_000);
    assert!(
        lengths.len() == 4 && lengths.iter().all(|length| *length <= super::ENOUGH + 1_001),
        "{lengths:?}"
    );
}

#[test]
fn who_does_not_keep_to_the_protocol_is_refused_in_words() {
    let refused = |says: &[Say<'_>]| heard(says).unwrap_err().to_string();
    assert_eq!(refused(&[Line("<1>a")]), "a line came before the place where it stands");
    assert_eq!(
        refused(&[Record(Control::Ready)]),
        "the sender said @ready, which is for the receiver to say"
    );
    let other = Control::Host { id: host("other").id, name: host("other").name };
    assert_eq!(refused(&[Record(other)]), "a host speaks for another");
    assert_eq!(refused(&[Record(at(u64::MAX - 1)), Line("ab")]), "a place beyond every file");
    assert_eq!(
        refused(&[Record(at(1)), Record(Control::Cut(u64::MAX)), Line("ab")]),
        "a place beyond every file"
    );
}

#[test]
fn what_came_before_a_fault_counts() {
    let mut bytes = frames(&[Record(at(0)), Line("ab")]);
    bytes.extend(b"no frame");
    let mut session = session();
    assert!(matches!(session.receive(&bytes, NOW), Err(ReceiveError::Wire(_))));
    assert_eq!(shown(&session.arrivals()), ["edge 0..3 \"ab\\n\""]);
}

#[test]
fn a_relay_says_whose_lines_come() {
    let mut session = Session::new(Speaker::Relay, Limit::DEFAULT, NOW);
    let of = |name: &str| Record(Control::Host { id: host(name).id, name: host(name).name });
    let says = [of("a"), Record(at(0)), Line("x"), of("bb"), Record(at(5)), Line("y")];
    session.receive(&frames(&says), NOW).unwrap();
    assert_eq!(shown(&session.arrivals()), ["a 0..2 \"x\\n\"", "bb 5..7 \"y\\n\""]);
    let unsaid = session.receive(&frames(&[of("a"), Line("z")]), NOW);
    assert_eq!(unsaid, Err(ReceiveError::NoPlace), "a place is of one host");
    let mut session = Session::new(Speaker::Relay, Limit::DEFAULT, NOW);
    assert_eq!(session.receive(&frames(&[Record(at(0)), Line("x")]), NOW), Err(ReceiveError::NoHost));
}

#[test]
fn who_asks_is_answered_once() {
    let mut session = session();
    session.receive(&frames(&[Record(Control::Ping)]), NOW).unwrap();
    let (mut answer, mut again) = (Vec::new(), Vec::new());
    let durable = Position { generation: FIRST, offset: 9 };
    session.acknowledge(&[durable], &mut answer);
    session.answer(&mut again);
    assert_eq!(answer, frames(&[Record(Control::Ack(durable)), Record(Control::Pong)]));
    assert!(again.is_empty(), "it was answered before");
}

#[test]
fn a_peer_may_be_silent_for_long_and_busy_with_a_frame_for_less() {
    let mut session = session();
    assert_eq!(session.deadline(), NOW + IDLE_TIME);
    let bytes = frames(&[Record(at(0)), Line("abcdef")]);
    let (head, rest) = bytes.split_at(bytes.len() - 4);
    session.receive(head, NOW * 2).unwrap();
    assert_eq!(session.deadline(), NOW * 2 + FRAME_TIME);
    // One byte more is no reason to wait longer.
    session.receive(&rest[..1], NOW * 2 + FRAME_TIME / 2).unwrap();
    assert_eq!(session.deadline(), NOW * 2 + FRAME_TIME);
    session.receive(&rest[1..], NOW * 3).unwrap();
    assert_eq!(session.deadline(), NOW * 3 + IDLE_TIME);
}

#[test]
fn a_message_of_somebody_elses_is_one_line() {
    let mut session = PlainSession::new(host("edge"), FIRST, Limit::DEFAULT, NOW);
    let mut bytes = Vec::new();
    for message in ["<1>a", "<1>b\n", "<1>c\n<1>forged", "\n", "@ack x"] {
        frame::encode(message.as_bytes(), &mut bytes).unwrap();
    }
    session.receive(&bytes, NOW).unwrap();
    let first: Vec<_> = session.arrival().into_iter().collect();
    assert_eq!(shown(&first), ["edge 0..36 \"<1>a\\n<1>b\\n<1>c#012<1>forged\\n\\n@ack x\\n\""]);
    assert_eq!(session.arrival(), None);
    session.receive(b"1 x", NOW).unwrap();
    let second: Vec<_> = session.arrival().into_iter().collect();
    assert_eq!(shown(&second), ["edge 36..38 \"x\\n\""]);
}

proptest! {
    #[test]
    fn any_bytes_are_taken_or_refused(parts: Vec<Vec<u8>>) {
        let mut session = session();
        let mut plain = PlainSession::new(host("edge"), FIRST, Limit::LEAST, NOW);
        let _ = parts.iter().try_for_each(|part| session.receive(part, NOW));
        let _ = parts.iter().try_for_each(|part| plain.receive(part, NOW));
        let _ = (session.arrivals(), plain.arrival());
    }

    #[test]
    fn however_the_stream_is_split_the_same_arrives(splits in proptest::collection::vec(1..40_usize, 0..40)) {
        let gap = Gap { generation: FIRST, from: 9, to: 20, why: Loss::Gone };
        let says = [Record(at(0)), Line("<1>ab"), Line("@c"), Record(Control::Gap(gap)), Line(""), Line("d")];
        let bytes = frames(&says);
        let (mut session, mut rest) = (session(), bytes.as_slice());
        for split in splits {
            let (part, behind) = rest.split_at(split.min(rest.len()));
            session.receive(part, NOW).unwrap();
            rest = behind;
        }
        session.receive(rest, NOW).unwrap();
        prop_assert_eq!(shown(&session.arrivals()), heard(&says).unwrap());
    }
}
