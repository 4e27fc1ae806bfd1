//! Everything together.

use std::{fs, path::PathBuf, time::Duration};

use tempfile::TempDir;

use super::{
    receiver::{Receiver, paths},
    schedule::Step,
    writer::Writer,
};
use crate::{
    faulty::Faulty,
    ship::{Filled, Sender, Window},
    tail::{Options, Tail},
};

/// Less than a schedule writes, so that acknowledgements are waited for.
const WINDOW: Window = Window { bytes: 6_000, chunk: 2_000 };

/// How often both ends work before they must be done, once nothing fails any more.
const TURNS: usize = 3_000;

pub(super) struct World {
    folder: TempDir,
    now: Duration,
    writer: Writer,
    sender: Option<Sender<Tail>>,
    receiver: Option<Receiver>,
    disk: Faulty,
    wire: Option<Wire>,
    rotated: u32,
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
        Self {
            writer: Writer::new(&folder.path().join("decnet.log")),
            folder,
            now: Duration::ZERO,
            sender: None,
            receiver: None,
            disk: Faulty::default(),
            wire: None,
            rotated: 0,
        }
    }

    pub(super) fn take(&mut self, step: &Step) {
        match *step {
            Step::Write(count, length) => self.writer.write(count, length),
            Step::Begin => self.writer.begin(),
            Step::Rename => self.writer.rename(),
            Step::CopyAndCut => self.writer.copy_and_cut(),
            Step::Work(turns, bytes) => {
                for _ in 0..turns {
                    self.work(usize::from(bytes));
                }
            }
            Step::Cut => self.cut(),
            Step::Save => {
                if let Some(sender) = &mut self.sender {
                    sender.source().save().unwrap();
                }
            }
            Step::KillSender => {
                self.cut();
                self.sender = None;
            }
            Step::KillReceiver => self.kill_receiver(),
            Step::CutPower(keep) => {
                self.kill_receiver();
                for folder in ["spool", "master"].map(|name| self.folder.path().join(name)) {
                    if folder.exists() {
                        self.disk.cut_power(&folder, u64::from(keep));
                    }
                }
            }
            Step::Disk { is_full } => self.disk.fill_disk(is_full),
            Step::Fault(calls, fault) => self.disk.fail_at(self.disk.calls() + usize::from(calls), fault),
            Step::Jump(seconds) => self.now += Duration::from_secs(u64::from(seconds)),
            Step::RotateMaster => self.rotate_master(),
        }
    }

    /// Both ends do what they can; whether there is nothing left to do.
    fn work(&mut self, bytes: usize) -> bool {
        self.now += Duration::from_millis(10);
        let log = self.folder.path().join("decnet.log");
        let state = self.folder.path().join("ledger");
        let sender = self.sender.get_or_insert_with(|| {
            Sender::new(Tail::open(&log, &state, Options::default()).unwrap(), WINDOW)
        });
        if self.receiver.is_none() {
            self.disk.revive();
            self.receiver = Receiver::start(self.folder.path(), &self.disk);
        }
        let Some(receiver) = &mut self.receiver else { return false };
        let wire = self.wire.get_or_insert_with(|| {
            sender.connect(self.now);
            Wire { to_sender: receiver.accept(self.now), ..Wire::default() }
        });
        let filled = if wire.to_receiver.len() < WINDOW.chunk {
            sender.fill(&mut wire.to_receiver).unwrap()
        } else {
            Filled::More
        };
        let moved: Vec<_> = wire.to_receiver.drain(..bytes.min(wire.to_receiver.len())).collect();
        receiver.work(&moved, self.now, &mut wire.to_sender);
        let moved = bytes.min(wire.to_sender.len());
        wire.heard.extend(wire.to_sender.drain(..moved));
        sender.receive(&mut wire.heard, self.now).unwrap();
        let is_done = filled == Filled::Idle && sender.on_way() == 0 && receiver.is_settled();
        if self.disk.is_dead() {
            self.kill_receiver();
            return false;
        }
        is_done
    }

    fn cut(&mut self) {
        self.wire = None;
        if let Some(sender) = &mut self.sender {
            sender.disconnect();
        }
        if let Some(receiver) = &mut self.receiver {
            receiver.hang_up();
        }
    }

    fn kill_receiver(&mut self) {
        self.cut();
        self.disk.kill();
        self.receiver = None;
    }

    fn rotate_master(&mut self) {
        let paths = paths(self.folder.path());
        self.rotated += 1;
        for path in [&paths.log, &paths.json] {
            if path.exists() {
                fs::rename(path, format!("{}.{}", path.display(), 10_000 - self.rotated)).unwrap();
            }
        }
    }

    /// Nothing fails any more: what is stored when all is done, and what was written.
    pub(super) fn end(mut self) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        self.disk.heal();
        self.disk.fill_disk(false);
        // Only then is anything that was begun in a file before it over.
        self.writer.write(1, 1);
        let is_done = (0..TURNS).any(|_| self.work(1 << 20));
        assert!(is_done, "both ends never come to an end");
        (self.stored(), self.writer.lines)
    }

    /// Lines of the master's log, the oldest file first.
    fn stored(&self) -> Vec<Vec<u8>> {
        let log = paths(self.folder.path()).log;
        let rotated =
            (1..=self.rotated).map(|number| PathBuf::from(format!("{}.{}", log.display(), 10_000 - number)));
        let text: Vec<u8> = rotated
            .chain([log.clone()])
            .filter(|path| path.exists())
            .flat_map(|path| fs::read(path).unwrap())
            .collect();
        let mut lines: Vec<_> = text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        assert_eq!(lines.pop(), Some(Vec::new()), "the last line is whole");
        lines
    }
}
