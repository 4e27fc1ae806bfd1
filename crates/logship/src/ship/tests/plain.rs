//! What goes to a receiver that says nothing.

use decnet_event::{Kind, Timestamp, wire};
use decnet_proto::frame::{Decoder, Limit, Step};

use super::{FIRST, Log, Piece, SECOND, place};
use crate::{
    position::{Gap, Loss},
    ship::{Filled, PlainSender, Sent, Window},
};

const NOW: Timestamp = Timestamp(1_795_000_000_000_000);

fn connected(pieces: impl IntoIterator<Item = Piece>, window: Window) -> PlainSender<Log> {
    let log = Log { next: pieces.into_iter().collect(), ..Log::default() };
    let mut sender = PlainSender::new(log, window, "w1".to_owned());
    sender.connect().unwrap();
    sender
}

fn filled(sender: &mut PlainSender<Log>) -> (Filled, Vec<Vec<u8>>) {
    let mut out = Vec::new();
    let filled = sender.fill(&mut out, NOW).unwrap();
    let (mut rest, mut decoder, mut messages) = (out.as_slice(), Decoder::new(Limit::DEFAULT), Vec::new());
    while let Step::Frame(message) = decoder.next(&mut rest).unwrap() {
        messages.push(message.to_vec());
    }
    assert!(rest.is_empty(), "whole frames only");
    (filled, messages)
}

#[test]
fn there_are_messages_and_nothing_else() {
    let gap = Gap { generation: FIRST, from: 9, to: 2000, why: Loss::Lag };
    let pieces = [
        Piece::Lines(FIRST, 0, 9, "ab\n\n@at x\n"),
        Piece::Gap(gap),
        Piece::Lines(SECOND, 0, 900, "long\n"),
        Piece::Lines(SECOND, 900, 901, "\n"),
    ];
    let mut sender = connected(pieces, Window::default());
    let (state, messages) = filled(&mut sender);
    let [first, second, gap, last] = messages.as_slice() else { panic!("{messages:?}") };
    assert_eq!(
        (state, first.as_slice(), second.as_slice(), last.as_slice()),
        (Filled::Idle, b"ab".as_slice(), b"@at x".as_slice(), b"long".as_slice())
    );
    let told = wire::decode(gap).unwrap();
    assert_eq!((told.hostname, told.app_name), ("w1", "forwarder"));
    let kind = Kind::TransportGap { generation: FIRST.to_string(), from: 9, to: 2000, why: "lag" };
    assert_eq!(told.msg_id, kind.name());
    assert_eq!(sender.sent(), Sent { lines: 3, gaps: 1 });
}

#[test]
fn what_the_peers_system_has_taken_is_acknowledged() {
    let pieces = (0..9).map(|at| Piece::Lines(FIRST, at * 3, at * 3 + 3, "ab\n"));
    let mut sender = connected(pieces, Window { bytes: 6, chunk: 1 << 20 });
    assert_eq!((filled(&mut sender).0, sender.on_way()), (Filled::Full, 6));
    sender.taken(1_000).unwrap();
    assert_eq!((sender.on_way(), sender.acked()), (6, None), "it may still be with us");
    sender.flushed(50);
    sender.taken(49).unwrap();
    assert_eq!((filled(&mut sender).0, sender.acked()), (Filled::Full, None));
    sender.taken(50).unwrap();
    assert_eq!((sender.on_way(), sender.acked()), (0, Some(place(FIRST, 6))));
    assert_eq!((filled(&mut sender).0, sender.on_way()), (Filled::Full, 6));
    assert_eq!(sender.acknowledgements(), 1);
    assert_eq!(sender.source().released, [place(FIRST, 6)]);
}

#[test]
fn a_broken_connection_takes_nothing_with_it() {
    let mut sender = connected([Piece::Lines(FIRST, 0, 3, "ab\n")], Window::default());
    filled(&mut sender);
    sender.flushed(50);
    sender.disconnect();
    // What is said of the old connection is nothing to the new one.
    sender.taken(50).unwrap();
    assert_eq!((sender.acked(), filled(&mut sender).0), (None, Filled::NotYet));
    sender.connect().unwrap();
    sender.flushed(10);
    sender.taken(10).unwrap();
    assert_eq!((sender.on_way(), sender.source().released.len()), (0, 0));
}
