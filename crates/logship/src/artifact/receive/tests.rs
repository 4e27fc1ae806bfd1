//! What is answered, and what ends a connection.

use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::keep::Limits;

const LIMITS: Limits = Limits { size: 3 << 20, daily_bytes: 4 << 20, reserve: 0 };
const NOW: Now = Now { date: Timestamp(0), time: Duration::ZERO };

fn host(number: u128) -> HostId {
    HostId(uuid::Uuid::from_u128(number))
}

struct Receiver {
    session: Session,
    keep: Keep,
}

impl Receiver {
    fn new(folder: &Path) -> Self {
        let keep = Keep::open(folder, LIMITS).unwrap();
        Self { session: Session::new(host(1), Duration::ZERO), keep }
    }

    /// What it answers to bytes.
    fn hear(&mut self, bytes: &[u8]) -> (Vec<String>, Result<(), ReceiveError>) {
        let mut out = Vec::new();
        let heard = self.session.receive(bytes, &self.keep, NOW, &mut out);
        let (mut decoder, mut rest, mut said) = (Decoder::new(Limit::LEAST), out.as_slice(), Vec::new());
        while let Step::Message(Message::Control(record)) = decoder.next(&mut rest).unwrap() {
            said.push(record.to_string());
        }
        (said, heard)
    }

    fn tell(&mut self, record: Control) -> Vec<String> {
        let mut bytes = Vec::new();
        record.push(&mut bytes);
        let (said, heard) = self.hear(&bytes);
        heard.unwrap();
        said
    }

    fn piece(&mut self, of: &[u8], from: usize, to: usize) -> (Vec<String>, Result<(), ReceiveError>) {
        let mut bytes = Vec::new();
        Piece { digest: Digest::of(of), from: from as u64, data: &of[from..to] }.push(&mut bytes);
        self.hear(&bytes)
    }
}

fn have(content: &[u8]) -> Control {
    Control::Have { digest: Digest::of(content), size: content.len() as u64 }
}

fn from(content: &[u8], offset: u64) -> String {
    Control::From { digest: Digest::of(content), offset }.to_string()
}

fn got(content: &[u8], offset: u64) -> String {
    Control::Got { digest: Digest::of(content), offset }.to_string()
}

fn kept(content: &[u8]) -> String {
    Control::Kept(Digest::of(content)).to_string()
}

fn no(content: &[u8], why: Refusal) -> String {
    Control::No(Digest::of(content), why).to_string()
}

#[test]
fn what_comes_is_in_its_place_when_it_is_said_to_be() {
    let folder = TempDir::new().unwrap();
    let mut receiver = Receiver::new(folder.path());
    let data = b"hello";
    assert_eq!(receiver.tell(have(data)), [from(data, 0)]);
    assert_eq!(receiver.piece(data, 0, 3), (vec![got(data, 3)], Ok(())));
    assert!(!folder.path().join(Digest::of(data).to_string()).exists());
    assert_eq!(receiver.piece(data, 3, 5), (vec![kept(data)], Ok(())));
    assert_eq!(std::fs::read(folder.path().join(Digest::of(data).to_string())).unwrap(), data);
    assert_eq!(receiver.tell(have(data)), [kept(data)]);
    assert_eq!(receiver.tell(have(b"")), [kept(b"")]);
    let tally = receiver.session.tally();
    assert_eq!(tally, Tally { kept: 3, bytes: 5, refused: [0; 6] });
    assert_eq!(receiver.session.tally(), Tally::default());
}

#[test]
fn it_goes_on_where_an_earlier_connection_ended() {
    let folder = TempDir::new().unwrap();
    let data = [7; 1000];
    let mut receiver = Receiver::new(folder.path());
    receiver.tell(have(&data));
    receiver.piece(&data, 0, 600).1.unwrap();
    let mut receiver = Receiver::new(folder.path());
    assert_eq!(receiver.tell(have(&data)), [from(&data, 600)]);
    assert_eq!(receiver.piece(&data, 600, 1000).0, [kept(&data)]);
}

#[test]
fn what_was_damaged_while_it_rested_is_asked_for_anew() {
    let folder = TempDir::new().unwrap();
    let data = [7; 1000];
    for resumed in [600, 1000] {
        let path = folder.path().join(".partial").join(format!("{}_{}", host(1), Digest::of(&data)));
        let _ = std::fs::remove_file(folder.path().join(Digest::of(&data).to_string()));
        std::fs::create_dir_all(folder.path().join(".partial")).unwrap();
        std::fs::write(path, vec![0; resumed]).unwrap();
        let mut receiver = Receiver::new(folder.path());
        let mut said = receiver.tell(have(&data));
        if resumed < 1000 {
            assert_eq!(said, [from(&data, 600)]);
            said = receiver.piece(&data, 600, 1000).0;
        }
        assert_eq!(said, [from(&data, 0)]);
        assert_eq!(receiver.piece(&data, 0, 1000).0, [kept(&data)]);
    }
}

#[test]
fn what_is_not_what_it_says_is_refused() {
    let folder = TempDir::new().unwrap();
    let mut receiver = Receiver::new(folder.path());
    receiver.tell(have(b"right"));
    let mut bytes = Vec::new();
    Piece { digest: Digest::of(b"right"), from: 0, data: b"wrong" }.push(&mut bytes);
    assert_eq!(receiver.hear(&bytes), (vec![no(b"right", Refusal::Wrong)], Ok(())));
    assert_eq!(receiver.tell(have(b"")), [kept(b"")], "the connection goes on");
    assert!(!folder.path().join(Digest::of(b"right").to_string()).exists());
    assert_eq!(receiver.session.tally().refused, [0, 0, 0, 1, 0, 0]);
}

#[test]
fn what_is_refused_on_its_way_is_dropped_up_to_a_window() {
    let folder = TempDir::new().unwrap();
    let mut receiver = Receiver::new(folder.path());
    let data = vec![3; 2 << 20];
    receiver.tell(have(&data));
    receiver.piece(&data, 0, 1000).1.unwrap();
    // Another connection of the host comes first, and then is gone.
    let next = receiver.keep.append(host(1), Digest::of(&data), 1000, &data[..10], NOW.date).unwrap();
    assert_eq!(next, 1010);
    assert_eq!(receiver.piece(&data, 1000, 2000), (vec![no(&data, Refusal::Busy)], Ok(())));
    let step = 1 << 15;
    for number in 0..WINDOW_MAX as usize / step {
        assert_eq!(receiver.piece(&data, number * step, (number + 1) * step), (vec![], Ok(())));
    }
    let stray = ReceiveError::Stray(Digest::of(&data));
    assert_eq!(receiver.piece(&data, 0, 1), (vec![], Err(stray)));
}

#[test]
fn what_is_beyond_the_limits_is_refused_before_it_is_sent() {
    let folder = TempDir::new().unwrap();
    let mut receiver = Receiver::new(folder.path());
    assert_eq!(receiver.tell(have(&vec![0; (3 << 20) + 1])), [no(&vec![0; (3 << 20) + 1], Refusal::Large)]);
    let data = vec![1; 3 << 20];
    receiver.tell(have(&data));
    for from in (0..data.len()).step_by(1 << 15) {
        receiver.piece(&data, from, from + (1 << 15)).1.unwrap();
    }
    let other = vec![2; 3 << 20];
    assert_eq!(receiver.tell(have(&other)), [no(&other, Refusal::Quota)]);
    assert_eq!(receiver.tell(have(&[5; 1000])), [from(&[5; 1000], 0)]);
    receiver.keep = Keep::open(folder.path(), Limits { reserve: u64::MAX, ..LIMITS }).unwrap();
    assert_eq!(receiver.tell(have(&[6; 1000])), [no(&[6; 1000], Refusal::Room)]);
}

#[test]
fn a_sender_that_breaks_the_protocol_is_left() {
    let folder = TempDir::new().unwrap();
    let digest = Digest::of(b"hello");
    let record = |record: Control| {
        let mut bytes = Vec::new();
        record.push(&mut bytes);
        bytes
    };
    let piece = |from, data: &[u8]| {
        let mut bytes = Vec::new();
        Piece { digest, from, data }.push(&mut bytes);
        bytes
    };
    let misplaced = |from| ReceiveError::Misplaced { digest, from, expected: 0 };
    let turn = |what: Control| ReceiveError::Turn(what.to_string());
    let cases = [
        (record(Control::Ready), turn(Control::Ready)),
        (record(Control::Kept(digest)), turn(Control::Kept(digest))),
        (record(Control::Pong), turn(Control::Pong)),
        (piece(1, b"ello"), misplaced(1)),
        (piece(0, b"hello!"), misplaced(0)),
        (piece(u64::MAX, b"x"), misplaced(u64::MAX)),
    ];
    for (bytes, error) in cases {
        let mut receiver = Receiver::new(folder.path());
        receiver.tell(have(b"hello"));
        assert_eq!(receiver.hear(&bytes).1, Err(error));
    }
    // Nobody offered it.
    let mut receiver = Receiver::new(folder.path());
    assert_eq!(receiver.hear(&piece(0, b"x")).1, Err(ReceiveError::Stray(digest)));
    // What was said to be gone is not sent.
    receiver.tell(have(b"hello"));
    receiver.tell(Control::Gone(digest));
    assert_eq!(receiver.hear(&piece(0, b"x")).1, Err(ReceiveError::Stray(digest)));
}

#[test]
fn no_more_is_offered_than_a_sender_may() {
    let folder = TempDir::new().unwrap();
    let mut receiver = Receiver::new(folder.path());
    for number in 0..OFFERS_MAX {
        receiver.tell(have(&number.to_le_bytes()));
        // The same again counts once.
        receiver.tell(have(&number.to_le_bytes()));
    }
    let mut bytes = Vec::new();
    have(b"one more").push(&mut bytes);
    assert_eq!(receiver.hear(&bytes).1, Err(ReceiveError::TooMany));
    receiver.tell(Control::Gone(Digest::of(&0_usize.to_le_bytes())));
    assert_eq!(receiver.tell(have(b"one more")), [from(b"one more", 0)]);
}

#[test]
fn a_sender_is_answered_and_given_up_in_time() {
    let folder = TempDir::new().unwrap();
    let mut receiver = Receiver::new(folder.path());
    assert_eq!(receiver.session.deadline(), Duration::from_secs(120));
    let mut time = |bytes: &[u8], seconds| {
        let now = Now { time: Duration::from_secs(seconds), ..NOW };
        receiver.session.receive(bytes, &receiver.keep, now, &mut Vec::new()).unwrap();
        receiver.session.deadline().as_secs()
    };
    assert_eq!(time(b"5 @p", 10), 25, "a frame takes no longer");
    assert_eq!(time(b"in", 20), 25);
    assert_eq!(time(b"g", 24), 144);
    assert_eq!(receiver.tell(Control::Ping), ["@pong"]);
}

#[test]
fn nothing_is_kept_of_what_is_decided() {
    let folder = TempDir::new().unwrap();
    let mut receiver = Receiver::new(folder.path());
    let data = vec![9; 60_000];
    receiver.tell(have(&data));
    let mut bytes = Vec::new();
    Piece { digest: Digest::of(&data), from: 0, data: &data }.push(&mut bytes);
    let (half, rest) = bytes.split_at(30_000);
    receiver.hear(half).1.unwrap();
    assert_eq!(receiver.session.rest.len(), 30_000);
    receiver.hear(rest).1.unwrap();
    assert_eq!((receiver.session.rest.len(), receiver.session.open.len()), (0, 0));
}
