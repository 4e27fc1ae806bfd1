//! Any series of commits, with faults, kills and power cuts at any call: what was acknowledged is
//! there once, what was not is there once or not at all, and the marks agree.

use std::{collections::BTreeMap, sync::LazyLock};

use proptest::prelude::*;

use super::*;
use crate::{
    faulty::{Fault, Faulty, faults},
    position::Position,
};

/// Hosts, and generations of each.
const HOSTS: u8 = 2;
const GENERATIONS: u8 = 2;
/// Lines of each generation.
const LINES: usize = 120;

type Stream = (u8, u8);

#[derive(Clone, Debug)]
enum Step {
    /// So many lines of a stream, from so many before the mark on.
    Send(Vec<(u8, u8, usize, usize)>),
    Kill,
    CutPower(u64),
    Read,
    Remove,
}

fn step() -> impl Strategy<Value = Step> {
    let part = (0..HOSTS, 0..GENERATIONS, 0..6_usize, 0..12_usize);
    prop_oneof![
        8 => proptest::collection::vec(part, 1..4).prop_map(Step::Send),
        1 => Just(Step::Kill),
        1 => any::<u64>().prop_map(Step::CutPower),
        3 => Just(Step::Read),
        1 => Just(Step::Remove),
    ]
}

/// What the `index`th line of a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Plain,
    /// It is longer than what is sent of it.
    Cut,
    /// It is lost.
    Gone,
}

fn kind(index: usize) -> Line {
    match index {
        _ if index % 7 == 3 => Line::Gone,
        _ if index % 11 == 5 => Line::Cut,
        _ => Line::Plain,
    }
}

fn text((host, generation): Stream, index: usize) -> String {
    format!("{host}.{generation}.{index} {}\n", "x".repeat(index * 7 % 40))
}

/// Bytes that a line stands for.
fn width(stream: Stream, index: usize) -> u64 {
    text(stream, index).len() as u64 + if kind(index) == Line::Cut { 1_000 } else { 0 }
}

fn offset(stream: Stream, index: usize) -> u64 {
    /// Of each stream, where each line begins, and where the last ends.
    static OFFSETS: LazyLock<BTreeMap<Stream, Vec<u64>>> = LazyLock::new(|| {
        let offsets = |stream| {
            let mut at = 0;
            let ends = (0..LINES).map(|index| {
                at += width(stream, index);
                at
            });
            std::iter::once(0).chain(ends).collect()
        };
        streams().map(|stream| (stream, offsets(stream))).collect()
    });
    OFFSETS[&stream][index]
}

fn streams() -> impl Iterator<Item = Stream> {
    (0..HOSTS).flat_map(|host| (0..GENERATIONS).map(move |number| (host, number)))
}

/// What must be read of a line.
fn shown(stream: Stream, index: usize) -> String {
    let at = offset(stream, index);
    match kind(index) {
        Line::Gone => format!("({at}-{})\n", at + width(stream, index)),
        Line::Plain | Line::Cut => text(stream, index),
    }
}

struct World {
    folder: tempfile::TempDir,
    medium: Faulty,
    spool: Option<Spool<Faulty>>,
    hosts: Vec<Host>,
    /// Lines that are acknowledged.
    acknowledged: BTreeMap<Stream, usize>,
    /// What a reader has seen through all lives, and where it is.
    seen: BTreeMap<Stream, String>,
    place: Place,
}

impl World {
    fn new(faults: Vec<(usize, Fault)>) -> Self {
        let mut world = Self {
            folder: tempfile::tempdir().unwrap(),
            medium: Faulty::new(faults),
            spool: None,
            hosts: (0..HOSTS).map(host).collect(),
            acknowledged: streams().map(|stream| (stream, 0)).collect(),
            seen: streams().map(|stream| (stream, String::new())).collect(),
            place: Place::START,
        };
        world.reopen();
        world
    }

    /// A new process, as often as it takes.
    fn reopen(&mut self) {
        self.spool = None;
        self.spool = (0..20).find_map(|_| {
            self.medium.revive();
            Spool::open_on(self.medium.clone(), self.folder.path(), 2_000).ok()
        });
        let spool = self.spool.as_ref().expect("faults end");
        for ((host, number), acknowledged) in &mut self.acknowledged {
            let marks = spool.marks(self.hosts[usize::from(*host)].id);
            let mark = marks.iter().find(|mark| mark.generation == generation(*number));
            let stream = (*host, *number);
            let mark = mark.map_or(0, |mark| mark.offset);
            let index = (0..=LINES).find(|index| offset(stream, *index) == mark);
            let index = index.expect("a mark stands between lines");
            assert!(index >= *acknowledged, "{stream:?}: {index} of {acknowledged} lines are here");
            *acknowledged = index;
        }
    }

    fn play(&mut self, step: &Step) {
        match step {
            Step::Send(parts) => self.send(parts),
            Step::Kill => self.reopen(),
            Step::CutPower(keep) => {
                self.spool = None;
                self.medium.kill();
                self.medium.cut_power(self.folder.path(), *keep);
                self.reopen();
            }
            Step::Read => self.read(),
            Step::Remove => {
                let place = self.place;
                self.spool.as_mut().unwrap().remove_before(place).unwrap();
            }
        }
        if self.medium.is_dead() {
            self.reopen();
        }
    }

    fn send(&mut self, parts: &[(u8, u8, usize, usize)]) {
        let hosts = self.hosts.clone();
        let mut sent = Vec::new();
        let mut at = self.acknowledged.clone();
        for &(host, number, back, count) in parts {
            let stream = (host, number);
            let from = at[&stream].saturating_sub(back);
            let to = LINES.min(from + count);
            sent.extend(pieces(stream, from, to));
            let reached = at[&stream].max(to);
            at.insert(stream, reached);
        }
        let gaps: Vec<_> = sent.iter().map(Piece::gap).collect();
        let entries: Vec<_> = sent.iter().zip(&gaps).map(|(piece, gap)| piece.entry(&hosts, gap)).collect();
        let spool = self.spool.as_mut().unwrap();
        let Ok(verdicts) = spool.commit(&entries, NOW) else { return };
        for (piece, verdict) in sent.iter().zip(verdicts) {
            let Position { offset: mark, .. } = verdict.unwrap();
            assert!(mark >= offset(piece.stream, piece.to));
        }
        self.acknowledged = at;
    }

    fn read(&mut self) {
        let mut reader = self.spool.as_ref().unwrap().reader(self.place);
        while let Some(record) = reader.advance().unwrap() {
            let host = self.hosts.iter().position(|host| *host == record.host).unwrap() as u8;
            let (generation, text) = match record.content {
                Content::Gap(gap) => (gap.generation, format!("({}-{})\n", gap.from, gap.to)),
                Content::Lines { generation, bytes, lines, .. } => {
                    assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), lines as usize);
                    (generation, String::from_utf8(bytes.to_vec()).unwrap())
                }
            };
            *self.seen.get_mut(&(host, generation.0[0])).unwrap() += &text;
        }
        self.place = reader.place();
    }

    /// After the last fault: everything is there once, in order.
    fn check(&mut self) {
        self.medium.heal();
        self.reopen();
        let all: Vec<_> = self.acknowledged.keys().map(|(host, number)| (*host, *number, 0, 9)).collect();
        self.send(&all);
        self.read();
        for (stream, seen) in &self.seen {
            let expected: String =
                (0..self.acknowledged[stream]).map(|index| shown(*stream, index)).collect();
            assert_eq!(*seen, expected, "{stream:?}");
        }
    }
}

/// Lines that go as one entry.
struct Piece {
    stream: Stream,
    from: usize,
    to: usize,
    bytes: String,
}

fn pieces(stream: Stream, from: usize, to: usize) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for index in from..to {
        let bytes = text(stream, index);
        match out.last_mut() {
            Some(last) if kind(index) == Line::Plain && kind(last.from) == Line::Plain => {
                last.to = index + 1;
                last.bytes += &bytes;
            }
            _ => out.push(Piece { stream, from: index, to: index + 1, bytes }),
        }
    }
    out
}

impl Piece {
    fn gap(&self) -> Gap {
        let (from, to) = (offset(self.stream, self.from), offset(self.stream, self.to));
        Gap { generation: generation(self.stream.1), from, to, why: Loss::Lag }
    }

    fn entry<'a>(&'a self, hosts: &'a [Host], gap: &'a Gap) -> Entry<'a> {
        let host = &hosts[usize::from(self.stream.0)];
        let Gap { generation, from, to, .. } = *gap;
        match kind(self.from) {
            Line::Gone => Entry::Gap { host, gap },
            Line::Plain | Line::Cut => {
                Entry::Lines { host, generation, from, to, bytes: self.bytes.as_bytes() }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_acknowledged_is_there_once(
        faults in faults(120),
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        let mut world = World::new(faults);
        for step in &steps {
            world.play(step);
        }
        world.check();
    }
}

/// The same few commits, with a kill at every call that they make, done to every extent.
#[test]
fn a_kill_at_every_call_loses_nothing() {
    let parts = |round: usize| vec![(0, 0, round % 3, 9), (1, 1, 0, 9)];
    let play = |faults: Vec<(usize, Fault)>| {
        let mut world = World::new(faults);
        (0..8).for_each(|round| world.play(&Step::Send(parts(round))));
        let calls = world.medium.calls();
        world.check();
        calls
    };
    let calls = play(Vec::new());
    assert!(calls > 20, "{calls}");
    for call in 0..calls {
        for share in [0, 60, 127, 128, 200, 254, 255] {
            play(vec![(call, Fault::Kill(share))]);
        }
        for fault in [Fault::Fail, Fault::Half] {
            play(vec![(call, fault)]);
        }
    }
}
