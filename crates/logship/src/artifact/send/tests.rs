//! What is offered, when, and what ends a connection.

use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use tempfile::TempDir;

use super::*;
use crate::artifact::wire::Message;

const ZERO: Duration = Duration::ZERO;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A folder with files of these contents, the oldest first.
fn folder(contents: &[&[u8]]) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("artifacts")).unwrap();
    for (content, age) in contents.iter().zip((1..=contents.len() as u64).rev()) {
        put(folder.path(), content, age);
    }
    folder
}

fn put(folder: &Path, content: &[u8], age: u64) -> std::path::PathBuf {
    let path = folder.join("artifacts").join(Digest::of(content).to_string());
    fs::write(&path, content).unwrap();
    let file = fs::File::open(&path).unwrap();
    file.set_modified(SystemTime::now() - seconds(age)).unwrap();
    path
}

fn sender(folder: &Path, window: Window) -> Sender {
    let shelf = Shelf::open(&folder.join("artifacts"), &folder.join("state")).unwrap();
    let mut sender = Sender::new(shelf, window);
    sender.look().unwrap();
    sender
}

/// The same with a receiver that is ready.
fn connected(folder: &Path) -> Sender {
    let mut sender = sender(folder, Window::default());
    sender.connect(ZERO);
    tell(&mut sender, &[Control::Ready], ZERO).unwrap();
    sender
}

fn tell(sender: &mut Sender, records: &[Control], now: Duration) -> Result<(), SendError> {
    let mut bytes = Vec::new();
    records.iter().for_each(|record| record.push(&mut bytes));
    sender.receive(&mut bytes, now)
}

/// What it says now: records as text, pieces as offset and data.
fn said(sender: &mut Sender, now: Duration) -> Vec<String> {
    let mut out = Vec::new();
    sender.fill(&mut out, now);
    let (mut decoder, mut rest, mut said) = (Decoder::new(Limit::DEFAULT), out.as_slice(), Vec::new());
    while let Step::Message(message) = decoder.next(&mut rest).unwrap() {
        said.push(match message {
            Message::Control(control) => control.to_string(),
            Message::Piece(piece) => format!("{} {}", piece.from, piece.data.escape_ascii()),
        });
    }
    said
}

fn have(content: &[u8]) -> String {
    Control::Have { digest: Digest::of(content), size: content.len() as u64 }.to_string()
}

fn from(content: &[u8], offset: u64) -> Control {
    Control::From { digest: Digest::of(content), offset }
}

#[test]
fn the_oldest_is_offered_first_and_nothing_but_artifacts() {
    let folder = folder(&[b"z", b"b", b"a"]);
    let artifacts = folder.path().join("artifacts");
    fs::create_dir(artifacts.join(Digest::of(b"folder").to_string())).unwrap();
    fs::write(artifacts.join("notes"), b"mine").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", artifacts.join(Digest::of(b"link").to_string())).unwrap();
    let mut sender = connected(folder.path());
    assert_eq!(said(&mut sender, ZERO), [have(b"z"), have(b"b"), have(b"a")]);
    assert_eq!(said(&mut sender, ZERO), [""; 0]);
    assert_eq!(sender.shelf().waiting(), 3);
}

#[test]
fn nothing_is_said_before_the_receiver_is_ready() {
    let folder = folder(&[b"a"]);
    let mut sender = sender(folder.path(), Window::default());
    assert_eq!(sender.fill(&mut Vec::new(), ZERO), Filled::NotYet);
    sender.connect(ZERO);
    assert_eq!(sender.fill(&mut Vec::new(), ZERO), Filled::NotYet);
}

#[test]
fn it_is_sent_from_where_the_receiver_says_and_again_where_it_says_so() {
    let folder = folder(&[b"hello"]);
    let mut sender = connected(folder.path());
    said(&mut sender, ZERO);
    tell(&mut sender, &[from(b"hello", 3)], ZERO).unwrap();
    assert_eq!(said(&mut sender, ZERO), ["3 lo"]);
    tell(&mut sender, &[from(b"hello", 0)], ZERO).unwrap();
    assert_eq!(said(&mut sender, ZERO), ["0 hello"]);
    tell(&mut sender, &[Control::Kept(Digest::of(b"hello"))], ZERO).unwrap();
    assert_eq!(sender.shelf().waiting(), 0);
    assert_eq!(sender.counts(), Counts { kept: 1, bytes: 7, refusals: 0, last_refusal: None });
    // It is known after a restart, too.
    sender.save().unwrap();
    assert_eq!(said(&mut connected(folder.path()), ZERO), [""; 0]);
}

#[test]
fn no_more_is_on_its_way_than_the_window() {
    let contents: Vec<Vec<u8>> = (0..5).map(|number| vec![number; 100]).collect();
    let contents: Vec<&[u8]> = contents.iter().map(Vec::as_slice).collect();
    let folder = folder(&contents);
    let mut sender = sender(folder.path(), Window { offers: 3, bytes: 150, piece: 50, chunk: 10_000 });
    sender.connect(ZERO);
    tell(&mut sender, &[Control::Ready], ZERO).unwrap();
    assert_eq!(said(&mut sender, ZERO).len(), 3);
    tell(&mut sender, &[from(contents[1], 0), from(contents[0], 0), from(contents[2], 0)], ZERO).unwrap();
    let mut out = Vec::new();
    assert_eq!(sender.fill(&mut out, ZERO), Filled::Full);
    // Two of the one that was asked for first, and one of the next.
    assert_eq!(sender.counts().bytes, 150);
    let got = Control::Got { digest: Digest::of(contents[1]), offset: 50 };
    tell(&mut sender, &[got], ZERO).unwrap();
    assert_eq!(said(&mut sender, ZERO).len(), 1);
    // One that is decided leaves room for another offer, and for what it had on its way.
    tell(&mut sender, &[Control::Kept(Digest::of(contents[1]))], ZERO).unwrap();
    assert_eq!(said(&mut sender, ZERO)[0], have(contents[3]));
}

#[test]
fn what_is_refused_waits_longer_each_time_and_stands_in_nobodys_way() {
    let folder = folder(&[b"large", b"small"]);
    let large = Digest::of(b"large");
    let mut sender = connected(folder.path());
    said(&mut sender, ZERO);
    let (mut now, mut waits) = (ZERO, Vec::new());
    for number in 0..12 {
        tell(&mut sender, &[Control::No(large, Refusal::Large)], now).unwrap();
        assert_eq!(sender.shelf().refused_count(), 1);
        let refused = now;
        if number == 0 {
            tell(&mut sender, &[from(b"small", 0)], now).unwrap();
            assert_eq!(said(&mut sender, now), ["0 small"]);
            put(folder.path(), b"new", 0);
            sender.look().unwrap();
            assert_eq!(said(&mut sender, now), [have(b"new")]);
        }
        while said(&mut sender, now) != [have(b"large")] {
            now += seconds(5);
        }
        waits.push((now - refused).as_secs());
    }
    assert_eq!(waits, [15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]);
    assert_eq!((sender.counts().refusals, sender.counts().last_refusal), (12, Some(Refusal::Large)));
}

#[test]
fn a_file_that_is_gone_is_not_sent() {
    let folder = folder(&[b"gone", b"short", b"there"]);
    let mut sender = connected(folder.path());
    said(&mut sender, ZERO);
    fs::remove_file(folder.path().join("artifacts").join(Digest::of(b"gone").to_string())).unwrap();
    put(folder.path(), b"short", 5);
    fs::write(folder.path().join("artifacts").join(Digest::of(b"short").to_string()), b"s").unwrap();
    tell(&mut sender, &[from(b"gone", 0), from(b"short", 0), from(b"there", 0)], ZERO).unwrap();
    let gone = |content| Control::Gone(Digest::of(content)).to_string();
    assert_eq!(said(&mut sender, ZERO), [gone(b"gone"), gone(b"short"), "0 there".to_owned()]);
    sender.look().unwrap();
    assert_eq!(sender.shelf().waiting(), 2);
}

#[test]
fn a_break_takes_back_what_was_offered() {
    let folder = folder(&[b"one", b"two"]);
    let mut sender = connected(folder.path());
    said(&mut sender, ZERO);
    tell(&mut sender, &[Control::No(Digest::of(b"one"), Refusal::Busy), from(b"two", 0)], ZERO).unwrap();
    said(&mut sender, ZERO);
    sender.disconnect(seconds(1));
    assert_eq!(sender.fill(&mut Vec::new(), seconds(1)), Filled::NotYet);
    sender.connect(seconds(2));
    tell(&mut sender, &[Control::Ready], seconds(2)).unwrap();
    // What was refused waits on.
    assert_eq!(said(&mut sender, seconds(2)), [have(b"two")]);
    assert_eq!(said(&mut sender, seconds(15)), [have(b"one")]);
}

#[test]
fn the_folder_is_listed_when_it_has_changed() {
    let folder = folder(&[b"a"]);
    let artifacts = folder.path().join("artifacts");
    let mut sender = sender(folder.path(), Window::default());
    // A moment ago it changed: something else may happen in the same moment.
    assert!(sender.look().unwrap());
    let long_ago = SystemTime::now() - seconds(100);
    fs::File::open(&artifacts).unwrap().set_modified(long_ago).unwrap();
    assert!(sender.look().unwrap());
    assert!(!sender.look().unwrap());
    put(folder.path(), b"b", 0);
    assert!(sender.look().unwrap());
    assert_eq!(sender.shelf().waiting(), 2);
    // A folder that is away for a while forgets nothing.
    fs::rename(&artifacts, folder.path().join("away")).unwrap();
    assert!(!sender.look().unwrap());
    assert_eq!(sender.shelf().waiting(), 2);
}

#[test]
fn a_receiver_that_says_what_it_cannot_is_left() {
    let folder = folder(&[b"hello"]);
    let digest = Digest::of(b"hello");
    let wrong = [
        Control::Have { digest, size: 5 },
        Control::Gone(digest),
        Control::Ping,
        Control::Ready,
        from(b"hello", 6),
        Control::Got { digest, offset: 1 },
    ];
    for record in wrong {
        let mut sender = connected(folder.path());
        said(&mut sender, ZERO);
        assert!(tell(&mut sender, &[record], ZERO).is_err(), "{record}");
    }
    let mut sender = sender(folder.path(), Window::default());
    sender.connect(ZERO);
    assert!(tell(&mut sender, &[Control::Kept(digest)], ZERO).is_err(), "before it is ready");
}

#[test]
fn what_is_said_of_what_was_never_offered_changes_nothing() {
    let folder = folder(&[]);
    let mut sender = connected(folder.path());
    let digest = Digest::of(b"other");
    let records = [
        from(b"other", 7),
        Control::Got { digest, offset: 9 },
        Control::Kept(digest),
        Control::No(digest, Refusal::Wrong),
        Control::Pong,
    ];
    tell(&mut sender, &records, ZERO).unwrap();
    assert_eq!(sender.counts(), Counts::default());
    assert!(!sender.shelf().has_kept(&digest));
}

#[test]
fn a_receiver_that_says_nothing_is_asked_and_then_left() {
    let folder = folder(&[]);
    let mut sender = sender(folder.path(), Window::default());
    assert_eq!(sender.deadline(), Deadline::Never);
    sender.connect(seconds(1));
    assert_eq!(sender.deadline(), Deadline::GiveUp(seconds(31)));
    tell(&mut sender, &[Control::Ready], seconds(2)).unwrap();
    assert_eq!(sender.deadline(), Deadline::Ask(seconds(62)));
    let mut out = Vec::new();
    sender.ask(&mut out, seconds(61));
    assert_eq!(out, b"");
    sender.ask(&mut out, seconds(62));
    sender.ask(&mut out, seconds(63));
    assert_eq!(out, b"5 @ping");
    assert_eq!(sender.deadline(), Deadline::GiveUp(seconds(92)));
    tell(&mut sender, &[Control::Pong], seconds(64)).unwrap();
    assert_eq!(sender.deadline(), Deadline::Ask(seconds(124)));
}
