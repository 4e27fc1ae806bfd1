//! What is sent when, and what a receiver may answer.

mod plain;

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use super::{ANSWER_TIME, Deadline, Filled, Sender, Sent, ShipError, Source, Window};
use crate::{
    position::{Gap, Generation, Loss, Position},
    receive::IDLE_TIME,
    tail::{Block, Next},
    wire::{Control, push_line},
};

const FIRST: Generation = Generation([1; 16]);
const SECOND: Generation = Generation([2; 16]);
const NOW: Duration = Duration::from_secs(7);

/// What is in a log, and what the sender did with it.
#[derive(Debug, Default)]
struct Log {
    next: VecDeque<Piece>,
    last: Vec<u8>,
    resumed: Vec<Position>,
    released: Vec<Position>,
}

#[derive(Debug)]
enum Piece {
    Lines(Generation, u64, u64, &'static str),
    Gap(Gap),
}

impl Source for Log {
    type Error = Infallible;

    fn advance(&mut self) -> Result<Next<'_>, Infallible> {
        Ok(match self.next.pop_front() {
            None => Next::Nothing,
            Some(Piece::Gap(gap)) => Next::Gap(gap),
            Some(Piece::Lines(generation, from, to, text)) => {
                self.last = text.as_bytes().to_vec();
                Next::Block(Block { generation, from, to, bytes: &self.last })
            }
        })
    }

    fn resume(&mut self, marks: &[Position]) -> Result<(), Infallible> {
        self.resumed = marks.to_vec();
        Ok(())
    }

    fn release(&mut self, acknowledged: Position) -> Result<(), Infallible> {
        self.released.push(acknowledged);
        Ok(())
    }
}

fn place(generation: Generation, offset: u64) -> Position {
    Position { generation, offset }
}

fn said(records: &[Control]) -> Vec<u8> {
    let mut out = Vec::new();
    records.iter().for_each(|record| record.push(&mut out));
    out
}

fn hear(sender: &mut Sender<Log>, records: &[Control]) -> Result<(), ShipError<Infallible>> {
    sender.receive(&mut said(records), NOW)
}

/// A sender whose receiver is ready.
fn ready(next: impl IntoIterator<Item = Piece>, window: Window) -> Sender<Log> {
    let mut sender = Sender::new(Log { next: next.into_iter().collect(), ..Log::default() }, window);
    sender.connect(NOW);
    hear(&mut sender, &[Control::Ready]).unwrap();
    sender
}

fn filled(sender: &mut Sender<Log>) -> (Filled, Vec<u8>) {
    let mut out = Vec::new();
    let filled = sender.fill(&mut out).unwrap();
    (filled, out)
}

#[test]
fn nothing_is_sent_before_the_receiver_said_what_it_has() {
    let log = Log { next: [Piece::Lines(FIRST, 0, 3, "ab\n")].into(), ..Log::default() };
    let mut sender = Sender::new(log, Window::default());
    assert_eq!(filled(&mut sender), (Filled::NotYet, vec![]));
    sender.connect(NOW);
    hear(&mut sender, &[Control::Mark(place(SECOND, 9)), Control::Mark(place(FIRST, 5))]).unwrap();
    assert_eq!(filled(&mut sender), (Filled::NotYet, vec![]));
    hear(&mut sender, &[Control::Ready]).unwrap();
    assert_eq!(sender.source().resumed, [place(SECOND, 9), place(FIRST, 5)]);
    assert_eq!(filled(&mut sender).0, Filled::Idle);
    assert_eq!(sender.on_way(), 3);
}

#[test]
fn a_place_is_said_where_the_receiver_could_not_know_it() {
    let gap = Gap { generation: FIRST, from: 1009, to: 2000, why: Loss::Lag };
    let pieces = [
        Piece::Lines(FIRST, 0, 6, "ab\n@c\n"),
        Piece::Lines(FIRST, 6, 1006, "long\n"),
        Piece::Lines(FIRST, 1006, 1009, "cd\n"),
        Piece::Gap(gap.clone()),
        Piece::Lines(FIRST, 2000, 2001, "\n"),
        Piece::Lines(SECOND, 0, 3, "ef\n"),
    ];
    let mut sender = ready(pieces, Window::default());
    let mut expect = said(&[Control::At(place(FIRST, 0))]);
    push_line(b"ab", &mut expect).unwrap();
    push_line(b"@c", &mut expect).unwrap();
    Control::Cut(995).push(&mut expect);
    push_line(b"long", &mut expect).unwrap();
    push_line(b"cd", &mut expect).unwrap();
    Control::Gap(gap).push(&mut expect);
    push_line(b"", &mut expect).unwrap();
    Control::At(place(SECOND, 0)).push(&mut expect);
    push_line(b"ef", &mut expect).unwrap();
    assert_eq!(filled(&mut sender), (Filled::Idle, expect));
    assert_eq!(sender.sent(), Sent { lines: 6, gaps: 1 });
}

#[test]
fn a_gap_of_unknown_length_waits_for_its_own_acknowledgement() {
    let gap = Gap { generation: FIRST, from: 3, to: 3, why: Loss::Gone };
    let mut sender = ready([Piece::Lines(FIRST, 0, 3, "ab\n"), Piece::Gap(gap)], Window::default());
    filled(&mut sender);
    for left in [1, 0] {
        hear(&mut sender, &[Control::Ack(place(FIRST, 3))]).unwrap();
        assert_eq!(sender.on_way(), left);
    }
    assert_eq!(sender.source().released, [place(FIRST, 3); 2]);
}

#[test]
fn what_is_on_its_way_is_bounded_until_it_is_acknowledged() {
    let pieces = (0..9).map(|at| Piece::Lines(FIRST, at * 3, at * 3 + 3, "ab\n"));
    let mut sender = ready(pieces, Window { bytes: 6, chunk: 1 << 20 });
    assert_eq!((filled(&mut sender).0, sender.on_way()), (Filled::Full, 6));
    hear(&mut sender, &[Control::Ack(place(FIRST, 4))]).unwrap();
    assert_eq!((sender.on_way(), sender.acked()), (3, Some(place(FIRST, 4))));
    assert_eq!((filled(&mut sender).0, sender.on_way()), (Filled::Full, 6));
    hear(&mut sender, &[Control::Ack(place(FIRST, 9))]).unwrap();
    assert_eq!((sender.on_way(), sender.acknowledgements()), (0, 2));
    assert_eq!(sender.source().released, [place(FIRST, 4), place(FIRST, 9)]);
    // Said again, it moves nothing.
    hear(&mut sender, &[Control::Ack(place(FIRST, 9)), Control::Ack(place(FIRST, 3))]).unwrap();
    assert_eq!(sender.acknowledgements(), 2);
}

#[test]
fn one_acknowledgement_does_for_all_before_it() {
    let pieces = [Piece::Lines(FIRST, 0, 3, "ab\n"), Piece::Lines(SECOND, 0, 3, "cd\n")];
    let mut sender = ready(pieces, Window::default());
    filled(&mut sender);
    hear(&mut sender, &[Control::Ack(place(SECOND, 3))]).unwrap();
    assert_eq!((sender.on_way(), sender.acked()), (0, Some(place(SECOND, 3))));
}

#[test]
fn a_receiver_that_does_not_keep_to_the_protocol_is_told_apart() {
    let refused = |records: &[Control]| {
        let mut sender = ready([Piece::Lines(FIRST, 0, 3, "ab\n")], Window::default());
        filled(&mut sender);
        hear(&mut sender, records).unwrap_err().to_string()
    };
    let ahead = "the receiver acknowledged byte 4, which it was never sent";
    assert_eq!(refused(&[Control::Ack(place(FIRST, 4))]), ahead);
    assert_eq!(refused(&[Control::Ack(place(FIRST, 3)), Control::Ack(place(FIRST, 4))]), ahead);
    assert!(refused(&[Control::Ready]).ends_with("it said @ready"));
    assert!(refused(&[Control::At(place(FIRST, 0))]).contains("it said @at"));
    let marks: Vec<_> = (0..17).map(|at| Control::Mark(place(FIRST, at))).collect();
    let mut sender = Sender::new(Log::default(), Window::default());
    sender.connect(NOW);
    assert!(hear(&mut sender, &marks).is_err(), "more marks than there may be");
    assert!(hear(&mut sender, &[Control::Ack(place(FIRST, 0))]).is_err(), "nothing was sent yet");
}

#[test]
fn a_silent_receiver_is_asked_and_then_given_up() {
    let mut sender = Sender::new(Log::default(), Window::default());
    assert_eq!(sender.deadline(), Deadline::Never);
    sender.connect(NOW);
    assert_eq!(sender.deadline(), Deadline::GiveUp(NOW + ANSWER_TIME));
    hear(&mut sender, &[Control::Ready]).unwrap();
    let asked = NOW + IDLE_TIME / 2;
    assert_eq!(sender.deadline(), Deadline::Ask(asked));
    let mut out = Vec::new();
    sender.ask(&mut out, asked - Duration::from_secs(1));
    assert!(out.is_empty(), "it is not time yet");
    sender.ask(&mut out, asked);
    sender.ask(&mut out, asked + Duration::from_secs(1));
    assert_eq!(out, said(&[Control::Ping]), "once");
    assert_eq!(sender.deadline(), Deadline::GiveUp(asked + ANSWER_TIME));
    sender.receive(&mut said(&[Control::Pong]), asked).unwrap();
    assert_eq!(sender.deadline(), Deadline::Ask(asked + IDLE_TIME / 2));
}
