//! The receiving process: what of it dies together.

use std::{fs, path::Path, time::Duration};

use decnet_event::Timestamp;
use decnet_proto::frame::Limit;

use crate::{
    derive::{Deriver, Paths, Progress},
    faulty::Faulty,
    position::Position,
    receive::{Arrival, Session, Speaker},
    spool::{Host, Spool},
};

/// Small enough that a schedule sees many.
const SEGMENT: u64 = 8 << 10;

/// A receiver that runs.
#[derive(Debug)]
pub(super) struct Receiver {
    spool: Spool<Faulty>,
    deriver: Deriver<Faulty>,
    session: Option<Session>,
    /// What came and is not durable yet.
    waiting: Vec<Arrival>,
    turns: u32,
}

pub(super) fn host() -> Host {
    let id = "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b".parse().unwrap();
    Host { id, name: "edge-1".parse().unwrap() }
}

pub(super) fn paths(folder: &Path) -> Paths {
    let of = |name| folder.join("master").join(name);
    Paths { log: of("master.log"), json: of("master.json"), place: of("place.json") }
}

impl Receiver {
    /// Starts one; nothing if its disk does not let it.
    pub(super) fn start(folder: &Path, disk: &Faulty) -> Option<Self> {
        fs::create_dir_all(folder.join("master")).unwrap();
        let spool = Spool::open_on(disk.clone(), &folder.join("spool"), SEGMENT).ok()?;
        let deriver = Deriver::open_on(disk.clone(), &paths(folder), &spool).ok()?;
        Some(Self { spool, deriver, session: None, waiting: Vec::new(), turns: 0 })
    }

    /// Somebody connects: what he is told first.
    pub(super) fn accept(&mut self, now: Duration) -> Vec<u8> {
        self.waiting.clear();
        self.session = Some(Session::new(Speaker::Host(host()), Limit::DEFAULT, now));
        let mut out = Vec::new();
        Session::greet(&self.spool.marks(host().id), &mut out);
        out
    }

    /// The connection is gone; what came of it is kept all the same, as it would be.
    pub(super) fn hang_up(&mut self) {
        self.session = None;
    }

    /// Hears bytes, keeps what it can, and answers.
    pub(super) fn work(&mut self, bytes: &[u8], now: Duration, out: &mut Vec<u8>) {
        if let Some(session) = &mut self.session {
            session.receive(bytes, now).unwrap();
            self.waiting.extend(session.arrivals());
        }
        let durable = self.commit();
        if let Some(session) = &mut self.session {
            session.acknowledge(&durable, out);
        }
        self.turns += 1;
        self.derive();
    }

    fn commit(&mut self) -> Vec<Position> {
        let entries: Vec<_> = self.waiting.iter().map(Arrival::entry).collect();
        let Ok(verdicts) = self.spool.commit(&entries, Timestamp(0)) else { return Vec::new() };
        self.waiting.clear();
        verdicts.into_iter().map(|verdict| verdict.expect("a sender skips nothing")).collect()
    }

    fn derive(&mut self) {
        while matches!(self.deriver.step(), Ok(Progress::More)) {}
        if self.turns.is_multiple_of(3)
            && let Ok(place) = self.deriver.save()
        {
            self.spool.remove_before(place).unwrap();
        }
    }

    /// Whether everything that came is derived and durable.
    pub(super) fn is_settled(&mut self) -> bool {
        self.waiting.is_empty()
            && matches!(self.deriver.step(), Ok(Progress::Done))
            && self.deriver.save().is_ok()
    }
}
