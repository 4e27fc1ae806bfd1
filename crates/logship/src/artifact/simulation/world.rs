//! Everything together.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    time::Duration,
};

use decnet_event::Timestamp;
use decnet_proto::ids::HostId;
use tempfile::TempDir;

use super::schedule::Step;
use crate::{
    artifact::{Digest, Now, Sender, Session, Shelf, Window},
    faulty::Faulty,
    keep::{Keep, Limits},
};

/// So small that a schedule sees pieces, offers and answers wait.
const WINDOW: Window = Window { offers: 4, bytes: 3_000, piece: 700, chunk: 1_500 };

/// Small enough that some are too large, and that a day is too short for some schedules.
const LIMITS: Limits = Limits { size: 3_500, daily_bytes: 20_000, reserve: 0 };

/// How often both ends work before they must be done, once nothing fails any more.
const TURNS: usize = 3_000;

const HOUR: i64 = 3_600_000_000;

pub(super) struct World {
    folder: TempDir,
    now: Duration,
    date: i64,
    sender: Option<Sender>,
    keep: Option<Keep<Faulty>>,
    session: Option<Session>,
    disk: Faulty,
    wire: Option<Wire>,
    /// How many files there were.
    number: u32,
    /// Those that the sender has and that are to arrive.
    right: BTreeSet<Digest>,
    /// Those that never may.
    wrong: BTreeSet<Digest>,
    /// Everything that ever was right.
    contents: BTreeMap<Digest, Vec<u8>>,
}

/// Bytes that were written at one end and not read at the other.
#[derive(Default)]
struct Wire {
    to_receiver: Vec<u8>,
    to_sender: Vec<u8>,
    /// Read, and not taken yet.
    heard: Vec<u8>,
}

impl World {
    pub(super) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        // What belongs to the collector, and what nobody knows.
        fs::create_dir_all(folder.path().join("source/.partial")).unwrap();
        fs::create_dir(folder.path().join("source").join(Digest::of(b"a folder").to_string())).unwrap();
        fs::write(folder.path().join("source/.partial/web-01_1_1"), b"half").unwrap();
        fs::write(folder.path().join("source/notes"), b"mine").unwrap();
        Self {
            folder,
            now: Duration::ZERO,
            date: 0,
            sender: None,
            keep: None,
            session: None,
            disk: Faulty::default(),
            wire: None,
            number: 0,
            right: BTreeSet::new(),
            wrong: BTreeSet::new(),
            contents: BTreeMap::new(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn place(&self, folder: &str, digest: Digest) -> PathBuf {
        self.path(folder).join(digest.to_string())
    }

    pub(super) fn take(&mut self, step: &Step) {
        match *step {
            Step::Capture(size) => self.capture(size),
            Step::Damaged(size) => self.damage(size),
            Step::Remove(which) => self.remove(which.into()),
            Step::Work(turns, bytes) => {
                for _ in 0..turns {
                    self.work(usize::from(bytes));
                }
            }
            Step::Cut => self.cut(),
            Step::Save => {
                if let Some(sender) = &mut self.sender {
                    sender.save().unwrap();
                }
            }
            Step::KillSender => self.kill_sender(),
            Step::CutPowerOfSender(keep) => {
                self.kill_sender();
                let ledger = self.path("state/sent");
                if let Ok(bytes) = fs::read(&ledger) {
                    fs::write(&ledger, &bytes[..usize::from(keep) % (bytes.len() + 1)]).unwrap();
                }
            }
            Step::KillReceiver => self.kill_receiver(),
            Step::CutPower(keep) => {
                self.kill_receiver();
                for folder in ["artifacts", "artifacts/.partial"].map(|name| self.path(name)) {
                    if folder.exists() {
                        self.disk.cut_power(&folder, keep.into());
                    }
                }
            }
            Step::Spoil(which) => self.spoil(which.into()),
            Step::Disk { is_full } => self.disk.fill_disk(is_full),
            Step::Fault(calls, fault) => self.disk.fail_at(self.disk.calls() + usize::from(calls), fault),
            Step::Jump(seconds) => self.pass(Duration::from_secs(seconds.into())),
            Step::Set(hours) => self.date += i64::from(hours) * HOUR,
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.date += i64::try_from(time.as_micros()).unwrap();
    }

    fn content(&mut self, size: usize) -> Vec<u8> {
        self.number += 1;
        self.number.to_le_bytes().into_iter().cycle().take(size).collect()
    }

    fn capture(&mut self, size: u16) {
        let content = self.content(size.into());
        let digest = Digest::of(&content);
        fs::write(self.path("source/.partial/new"), &content).unwrap();
        fs::rename(self.path("source/.partial/new"), self.place("source", digest)).unwrap();
        if u64::from(size) > LIMITS.size {
            self.wrong.insert(digest);
        } else {
            // Files of no byte are all the same one.
            self.wrong.remove(&digest);
            self.right.insert(digest);
            self.contents.insert(digest, content);
        }
    }

    /// A file that holds something else than its name says.
    fn damage(&mut self, size: u16) {
        let mut content = self.content(size.into());
        let digest = Digest::of(&content);
        content[0] = !content[0];
        fs::write(self.place("source", digest), content).unwrap();
        self.wrong.insert(digest);
    }

    fn remove(&mut self, which: usize) {
        let all: Vec<_> = self.right.union(&self.wrong).copied().collect();
        if let Some(digest) = all.get(which % all.len().max(1)) {
            fs::remove_file(self.place("source", *digest)).unwrap();
            self.right.remove(digest);
            self.wrong.remove(digest);
        }
    }

    fn spoil(&self, which: usize) {
        let Ok(files) = fs::read_dir(self.path("artifacts/.partial")) else { return };
        let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        paths.sort();
        let Some(path) = paths.get(which % paths.len().max(1)) else { return };
        let mut bytes = fs::read(path).unwrap();
        let length = bytes.len().max(1);
        if let Some(byte) = bytes.get_mut(which % length) {
            *byte ^= 0x20;
            fs::write(path, bytes).unwrap();
        }
    }

    /// Both ends do what they can; whether there is nothing left to do.
    fn work(&mut self, bytes: usize) -> bool {
        self.pass(Duration::from_millis(10));
        let (source, state) = (self.path("source"), self.path("state"));
        let sender =
            self.sender.get_or_insert_with(|| Sender::new(Shelf::open(&source, &state).unwrap(), WINDOW));
        if self.keep.is_none() {
            self.disk.revive();
            let folder = self.folder.path().join("artifacts");
            self.keep = Some(Keep::open_on(self.disk.clone(), &folder, LIMITS).unwrap());
        }
        let Some(keep) = &self.keep else { return false };
        let host = HostId(uuid::Uuid::from_u128(1));
        let session = self.session.get_or_insert_with(|| Session::new(host, self.now));
        let wire = self.wire.get_or_insert_with(|| {
            sender.connect(self.now);
            let mut wire = Wire::default();
            Session::greet(&mut wire.to_sender);
            wire
        });
        sender.look().unwrap();
        if wire.to_receiver.len() < WINDOW.chunk {
            sender.fill(&mut wire.to_receiver, self.now);
        }
        let moved: Vec<_> = wire.to_receiver.drain(..bytes.min(wire.to_receiver.len())).collect();
        let now = Now { date: Timestamp(self.date), time: self.now };
        session.receive(&moved, keep, now, &mut wire.to_sender).unwrap();
        if self.disk.is_dead() {
            // What a dead process would have said is not heard.
            self.kill_receiver();
            return false;
        }
        let moved = bytes.min(wire.to_sender.len());
        wire.heard.extend(wire.to_sender.drain(..moved));
        sender.receive(&mut wire.heard, self.now).unwrap();
        sender.shelf().waiting() == self.wrong.len()
    }

    fn cut(&mut self) {
        (self.wire, self.session) = (None, None);
        if let Some(sender) = &mut self.sender {
            sender.disconnect(self.now);
        }
    }

    fn kill_sender(&mut self) {
        self.cut();
        self.sender = None;
    }

    fn kill_receiver(&mut self) {
        self.cut();
        self.disk.kill();
        self.keep = None;
    }

    /// What is in its place is right, and what the sender takes to be there is there.
    pub(super) fn check(&self) {
        for file in fs::read_dir(self.path("artifacts")).into_iter().flatten() {
            let file = file.unwrap();
            if file.file_type().unwrap().is_file() {
                let digest = file.file_name().to_str().unwrap().parse().unwrap();
                assert_eq!(fs::read(file.path()).unwrap(), self.contents[&digest]);
            }
        }
        if let Some(sender) = &self.sender {
            for digest in self.right.union(&self.wrong).filter(|digest| sender.shelf().has_kept(digest)) {
                assert!(self.place("artifacts", *digest).exists(), "{digest} is noted as kept, and is not");
            }
        }
    }

    /// Nothing fails any more: what did not arrive when all is done.
    pub(super) fn end(mut self) -> Vec<Digest> {
        self.disk.heal();
        self.disk.fill_disk(false);
        let is_done = (0..TURNS).any(|turn| {
            // Pauses and days go by where there is nothing else to do.
            if turn % 50 == 49 {
                self.pass(Duration::from_secs(2 * 60 * 60));
            }
            self.work(1 << 20)
        });
        assert!(is_done, "both ends never come to an end");
        self.check();
        assert_eq!(fs::read(self.path("source/.partial/web-01_1_1")).unwrap(), b"half");
        assert_eq!(fs::read(self.path("source/notes")).unwrap(), b"mine");
        self.right.iter().copied().filter(|digest| !self.place("artifacts", *digest).exists()).collect()
    }
}
