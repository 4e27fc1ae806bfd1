//! What the tests of several modules need: a disk that can be full, and what peers send.

use std::{
    fs::File,
    io::{self, IoSlice},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use decnet_logship::{
    medium::{Disk, Medium},
    position::{Generation, Position},
    receive::{Arrival, Session, Speaker},
    spool::{Host, Place, SEGMENT_BYTES, Spool},
    wire::{self, Control},
};
use decnet_proto::frame::Limit;
use tokio::{sync::Semaphore, task::JoinHandle, time::Duration};

use crate::{
    alarm::Alarm,
    committer::{Committer, Keeper, Passed},
    hosts::Hosts,
    limits::Limits,
    session::Desk,
};

pub(crate) const GENERATION: Generation = Generation([7; 16]);

pub(crate) fn host() -> Host {
    Host { id: "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b".parse().unwrap(), name: "w1".parse().unwrap() }
}

/// Frames of lines that begin at `from`.
pub(crate) fn frames(from: u64, lines: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    Control::At(Position { generation: GENERATION, offset: from }).push(&mut out);
    lines.iter().for_each(|line| wire::push_line(line.as_bytes(), &mut out).unwrap());
    out
}

/// The same, as they come out of a session.
pub(crate) fn arrivals(from: u64, lines: &[&str]) -> Vec<Arrival> {
    let mut session = Session::new(Speaker::Host(host()), Limit::DEFAULT, Duration::ZERO);
    session.receive(&frames(from, lines), Duration::ZERO).unwrap();
    session.arrivals()
}

/// A disk that is full while it is said to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bounded(Arc<AtomicBool>);

impl Bounded {
    pub(crate) fn fill(&self, is_full: bool) {
        self.0.store(is_full, Ordering::Relaxed);
    }
}

impl Medium for Bounded {
    fn create(&mut self, path: &Path) -> io::Result<File> {
        Disk.create(path)
    }

    fn append(&mut self, file: &File, parts: &mut [IoSlice<'_>]) -> io::Result<()> {
        if self.0.load(Ordering::Relaxed) {
            // As it is when there is a little room.
            Disk.append(file, &mut [IoSlice::new(b"DEC")])?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        Disk.append(file, parts)
    }

    fn sync(&mut self, file: &File) -> io::Result<()> {
        Disk.sync(file)
    }

    fn cut(&mut self, file: &File, length: u64) -> io::Result<()> {
        Disk.cut(file, length)
    }

    fn replace(&mut self, new: &Path, name: &Path) -> io::Result<()> {
        Disk.replace(new, name)
    }

    fn sync_folder(&mut self, folder: &Path) -> io::Result<()> {
        Disk.sync_folder(folder)
    }
}

/// A desk with a committer behind it, in this runtime.
pub(crate) struct Office {
    pub(crate) desk: Arc<Desk>,
    pub(crate) disk: Bounded,
    pub(crate) alarm: Arc<Alarm>,
    pub(crate) commits: tokio::sync::watch::Receiver<u64>,
    pub(crate) committing: JoinHandle<()>,
}

impl Office {
    pub(crate) fn open(folder: &Path, limits: Limits) -> Self {
        let disk = Bounded::default();
        let spool = Spool::open_on(disk.clone(), folder, SEGMENT_BYTES).unwrap();
        Self::of(spool, disk, Passed::new(Place::START), limits)
    }

    pub(crate) fn of(spool: Spool<Bounded>, disk: Bounded, passed: Passed, limits: Limits) -> Self {
        let (alarm, hosts) = (Arc::new(Alarm::new("test")), Arc::default());
        let (committer, keeper): (Committer<Bounded>, Keeper) =
            Committer::new(spool, vec![passed], Arc::clone(&hosts), Arc::clone(&alarm));
        let commits = committer.commits();
        let room = Arc::new(Semaphore::new(limits.unkept_of_all));
        let desk = Arc::new(Desk { keeper, hosts, limits, room });
        Self { desk, disk, alarm, commits, committing: tokio::spawn(committer.run()) }
    }

    pub(crate) fn hosts(&self) -> &Hosts {
        &self.desk.hosts
    }
}
