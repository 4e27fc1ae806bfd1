//! Everything that a spool has is in the next one once, whatever breaks between them.

use std::{collections::BTreeMap, path::Path, time::Duration};

use decnet_event::Timestamp;
use decnet_proto::{frame::Limit, ids::HostId};
use proptest::{collection::vec, prelude::*};
use tempfile::TempDir;
use uuid::Uuid;

use super::Relay;
use crate::{
    position::{Gap, Generation, Loss},
    receive::{Arrival, Session, Speaker},
    ship::{Filled, Sender, Window},
    spool::{Content, Entry, Host, Place, Spool},
};

const WINDOW: Window = Window { bytes: 400, chunk: 150 };
const SEGMENT: u64 = 1_500;

/// Something that happens.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A worker brings so many lines, of about so many bytes.
    Come(u8, u8, u16),
    /// A worker says that something is lost.
    Lose(u8),
    /// A worker's file vanishes, nobody knows with how much in it, and it begins another.
    Vanish(u8),
    /// A worker begins another file.
    Begin(u8),
    /// So many bytes go over.
    Work(u16),
    /// The connection breaks, with what is on it.
    Cut,
    /// What was acknowledged is written down.
    Save,
    /// The relay is killed.
    Kill,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..3_u8, 1..6_u8, 0..90_u16).prop_map(|(host, count, length)| Step::Come(host, count, length)),
        1 => (0..3_u8).prop_map(Step::Lose),
        1 => (0..3_u8).prop_map(Step::Vanish),
        1 => (0..3_u8).prop_map(Step::Begin),
        8 => (1..700_u16).prop_map(Step::Work),
        2 => Just(Step::Cut),
        2 => Just(Step::Save),
        2 => Just(Step::Kill),
    ]
}

/// What workers bring: a file each, and where it ends.
#[derive(Default)]
struct Worker {
    generation: u8,
    offset: u64,
    number: u32,
}

struct World {
    folder: TempDir,
    workers: [Worker; 3],
    near: Option<(Spool, Sender<Relay>)>,
    far: Spool,
    wire: Option<Wire>,
}

struct Wire {
    session: Session,
    to_far: Vec<u8>,
    to_near: Vec<u8>,
}

fn host(number: u8) -> Host {
    Host { id: HostId(Uuid::from_bytes([number; 16])), name: format!("w{number}").parse().unwrap() }
}

fn open(folder: &Path) -> (Spool, Sender<Relay>) {
    let spool = Spool::open(&folder.join("near"), SEGMENT).unwrap();
    let relay = Relay::open(&spool, &folder.join("relay.json")).unwrap();
    (spool, Sender::new(relay, WINDOW))
}

impl World {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let far = Spool::open(&folder.path().join("far"), SEGMENT).unwrap();
        Self { near: Some(open(folder.path())), folder, workers: Default::default(), far, wire: None }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Come(host, count, length) => self.come(host, count, usize::from(length)),
            Step::Lose(number) => self.lose(number, 50, Loss::Lag),
            Step::Vanish(number) => {
                self.lose(number, 0, Loss::Gone);
                self.begin(number);
            }
            Step::Begin(number) => self.begin(number),
            Step::Work(bytes) => drop(self.work(usize::from(bytes))),
            Step::Cut => self.cut(),
            Step::Save => self.save(),
            Step::Kill => {
                self.cut();
                self.near = None;
                self.near = Some(open(self.folder.path()));
            }
        }
    }

    fn come(&mut self, number: u8, count: u8, length: usize) {
        let worker = &mut self.workers[usize::from(number)];
        let mut bytes = Vec::new();
        for _ in 0..count {
            worker.number += 1;
            bytes
                .extend_from_slice(format!("{number} {} {}\n", worker.number, "x".repeat(length)).as_bytes());
        }
        let (host, generation) = (host(number), Generation([number * 16 + worker.generation; 16]));
        let from = worker.offset;
        worker.offset += bytes.len() as u64;
        let entry = Entry::Lines { host: &host, generation, from, to: worker.offset, bytes: &bytes };
        let (spool, _) = self.near.as_mut().unwrap();
        spool.commit(&[entry], Timestamp(0)).unwrap()[0].unwrap();
    }

    fn begin(&mut self, number: u8) {
        let worker = &mut self.workers[usize::from(number)];
        (worker.generation, worker.offset) = (worker.generation + 1, 0);
    }

    fn lose(&mut self, number: u8, bytes: u64, why: Loss) {
        let worker = &mut self.workers[usize::from(number)];
        let (host, generation) = (host(number), Generation([number * 16 + worker.generation; 16]));
        let from = worker.offset;
        worker.offset += bytes;
        let gap = Gap { generation, from, to: worker.offset, why };
        let (spool, _) = self.near.as_mut().unwrap();
        spool.commit(&[Entry::Gap { host: &host, gap: &gap }], Timestamp(0)).unwrap()[0].unwrap();
    }

    fn cut(&mut self) {
        self.wire = None;
        self.near.as_mut().unwrap().1.disconnect();
    }

    fn save(&mut self) {
        let (spool, sender) = self.near.as_mut().unwrap();
        let place = sender.source().save().unwrap();
        spool.remove_before(place).unwrap();
    }

    /// Both ends do what they can; whether there is nothing left to do.
    fn work(&mut self, bytes: usize) -> bool {
        let (_, sender) = self.near.as_mut().unwrap();
        let wire = self.wire.get_or_insert_with(|| {
            sender.connect(Duration::ZERO);
            let mut to_near = Vec::new();
            Session::greet(&[], &mut to_near);
            let session = Session::new(Speaker::Relay, Limit::DEFAULT, Duration::ZERO);
            Wire { session, to_far: Vec::new(), to_near }
        });
        let filled = sender.fill(&mut wire.to_far).unwrap();
        let moved: Vec<_> = wire.to_far.drain(..bytes.min(wire.to_far.len())).collect();
        wire.session.receive(&moved, Duration::ZERO).unwrap();
        let arrivals = wire.session.arrivals();
        let entries: Vec<_> = arrivals.iter().map(Arrival::entry).collect();
        let verdicts = self.far.commit(&entries, Timestamp(0)).unwrap();
        let marks = verdicts.into_iter().map(Result::unwrap);
        let durable: Vec<_> =
            arrivals.iter().zip(marks).map(|(came, mark)| came.acknowledged(mark)).collect();
        wire.session.acknowledge(&durable, &mut wire.to_near);
        sender.receive(&mut wire.to_near, Duration::ZERO).unwrap();
        filled == Filled::Idle && sender.on_way() == 0
    }
}

/// What a spool has of each host, with gaps in their place.
fn all(spool: &Spool) -> BTreeMap<HostId, Vec<u8>> {
    let (mut found, mut reader) = (BTreeMap::<_, Vec<u8>>::new(), spool.reader(Place::START));
    while let Some(record) = reader.advance().unwrap() {
        let of_host = found.entry(record.host.id).or_default();
        match record.content {
            Content::Lines { bytes, .. } => of_host.extend_from_slice(bytes),
            Content::Gap(gap) => of_host.extend_from_slice(format!("{}-{}\n", gap.from, gap.to).as_bytes()),
        }
    }
    found
}

/// What workers brought, by the same steps, with nothing that breaks.
fn written(steps: &[Step]) -> BTreeMap<HostId, Vec<u8>> {
    let mut world = World::new();
    let brought =
        |step: &&Step| matches!(step, Step::Come(..) | Step::Lose(_) | Step::Vanish(_) | Step::Begin(_));
    steps.iter().filter(brought).for_each(|step| world.take(*step));
    all(&world.near.as_ref().unwrap().0)
}

proptest! {
    // Each takes a third of a second on a disk that is slow to sync.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_breaks_every_line_is_handed_on_once_and_in_order(steps in vec(step(), 1..60)) {
        let mut world = World::new();
        steps.iter().for_each(|step| world.take(*step));
        prop_assert!((0..2_000).any(|_| world.work(1 << 20)), "it never comes to an end");
        prop_assert_eq!(all(&world.far), written(&steps));
    }
}

#[test]
fn lines_that_came_do_not_stand_for_the_gap_of_unknown_length_behind_them() {
    let mut world = World::new();
    let steps = [Step::Come(1, 1, 10), Step::Vanish(1)];
    steps.into_iter().for_each(|step| world.take(step));
    // Byte by byte, up to where the lines came and the gap did not.
    while all(&world.far).is_empty() {
        world.work(1);
    }
    assert_ne!(all(&world.far), written(&steps));
    [Step::Save, Step::Kill].into_iter().for_each(|step| world.take(step));
    while !world.work(1 << 20) {}
    assert_eq!(all(&world.far), written(&steps));
}

#[test]
fn a_place_in_another_spool_means_nothing() {
    let mut world = World::new();
    world.come(1, 3, 10);
    while !world.work(1 << 20) {}
    world.save();
    world.near = None;
    std::fs::remove_dir_all(world.folder.path().join("near")).unwrap();
    let (mut spool, _) = open(world.folder.path());
    let host = host(2);
    let entry = Entry::Lines { host: &host, generation: Generation([9; 16]), from: 0, to: 2, bytes: b"a\n" };
    spool.commit(&[entry], Timestamp(0)).unwrap()[0].unwrap();
    drop(spool);
    world.near = Some(open(world.folder.path()));
    world.wire = None;
    while !world.work(1 << 20) {}
    assert_eq!(all(&world.far)[&host.id], b"a\n");
}

#[test]
fn a_damaged_ledger_is_told_and_never_taken_for_the_beginning() {
    let folder = TempDir::new().unwrap();
    let ledger = folder.path().join("relay.json");
    std::fs::write(&ledger, "{").unwrap();
    let spool = Spool::open(&folder.path().join("near"), SEGMENT).unwrap();
    let error = Relay::open(&spool, &ledger).unwrap_err().to_string();
    assert!(error.contains("relay.json cannot be read: if it is removed"), "{error}");
}

#[test]
fn nobody_acknowledges_what_was_never_given() {
    let mut flight = super::Flight::default();
    let at =
        |generation, offset| crate::position::Position { generation: Generation([generation; 16]), offset };
    let place = |offset| Place { segment: 1, offset };
    for (number, end) in [at(1, 10), at(2, 5), at(1, 20), at(2, 9)].into_iter().enumerate() {
        flight.push(end, false, place(number as u64));
    }
    assert_eq!(flight.release(at(3, 1)), None);
    assert_eq!(flight.release(at(1, 9)), None);
    assert_eq!(flight.release(at(2, 7)), Some(place(1)));
    assert_eq!(flight.release(at(2, 9)), Some(place(3)));
}
