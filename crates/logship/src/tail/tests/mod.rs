//! A log in a temporary folder, what rotates it, and a receiver that remembers what it was given.

mod copied;
mod gone;
mod lagging;
mod long;
mod marks;
mod renamed;
mod schedules;
mod speed;

use std::{
    fs::{self, File, OpenOptions},
    io::Write as _,
    path::PathBuf,
    time::SystemTime,
};

use tempfile::TempDir;

use super::*;
use crate::{ledger, position::Loss};

/// Something that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Given {
    generation: Generation,
    from: u64,
    to: u64,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Lines(String),
    Gap(Loss),
}

impl Given {
    fn position(&self) -> Position {
        Position { generation: self.generation, offset: self.to }
    }
}

/// The log, and who follows it.
struct Bed {
    folder: TempDir,
    state: TempDir,
    options: Options,
    tail: Option<Tail>,
}

impl Bed {
    fn new() -> Self {
        Self::with(Options::default())
    }

    fn with(options: Options) -> Self {
        // Where there is memory for it, the ledger needs no disk; what is durable is not tried here.
        let state = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let mut bed = Self { folder: tempfile::tempdir().unwrap(), state, options, tail: None };
        bed.start();
        bed
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn log(&self) -> PathBuf {
        self.path("a.log")
    }

    fn state(&self) -> PathBuf {
        self.state.path().join("state")
    }

    /// The follower begins, as after a crash: what it did not save is forgotten.
    fn start(&mut self) {
        self.tail = None;
        self.tail = Some(Tail::open(&self.log(), &self.state(), self.options).unwrap());
    }

    fn stop(&mut self) {
        self.tail = None;
    }

    fn tail(&mut self) -> &mut Tail {
        self.tail.as_mut().unwrap()
    }

    fn open_log(&self) -> File {
        OpenOptions::new().create(true).append(true).open(self.log()).unwrap()
    }

    fn append(&self, text: &str) {
        self.open_log().write_all(text.as_bytes()).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    /// Renames `a.log` to `a.log.1`, that to `a.log.2`, and so on.
    fn rotate(&self) {
        self.shift();
        self.rename("a.log", "a.log.1");
    }

    fn copy_and_cut(&self) {
        self.shift();
        fs::copy(self.log(), self.path("a.log.1")).unwrap();
        OpenOptions::new().write(true).open(self.log()).unwrap().set_len(0).unwrap();
    }

    fn shift(&self) {
        for number in (1..50).rev() {
            let from = self.path(&format!("a.log.{number}"));
            if from.exists() {
                fs::rename(from, self.path(&format!("a.log.{}", number + 1))).unwrap();
            }
        }
    }

    fn touch(&self, name: &str) {
        self.touch_at(name, SystemTime::now());
    }

    fn touch_at(&self, name: &str, time: SystemTime) {
        File::open(self.path(name)).unwrap().set_modified(time).unwrap();
    }

    fn next(&mut self) -> Option<Given> {
        let (generation, from, to, what) = match self.tail().advance().unwrap() {
            Next::Nothing => return None,
            Next::Host(host) => panic!("a log is of one host, not of {host:?}"),
            Next::Gap(gap) => (gap.generation, gap.from, gap.to, What::Gap(gap.why)),
            Next::Block(block) => {
                assert!(block.bytes.ends_with(b"\n"));
                let text = String::from_utf8(block.bytes.to_vec()).unwrap();
                (block.generation, block.from, block.to, What::Lines(text))
            }
        };
        Some(Given { generation, from, to, what })
    }

    /// All that comes now.
    fn drain(&mut self) -> Vec<Given> {
        std::iter::from_fn(|| self.next()).collect()
    }

    /// All lines that come now, as one text; there must be no gap.
    fn lines(&mut self) -> String {
        let lines = self.drain().into_iter().map(|given| match given.what {
            What::Lines(text) => text,
            What::Gap(why) => panic!("a gap: {why:?}"),
        });
        lines.collect()
    }

    /// All lines that come now, each acknowledged.
    fn acknowledged_lines(&mut self) -> String {
        let given = self.drain();
        self.acknowledge(&given);
        given.iter().map(|given| if let What::Lines(text) = &given.what { text } else { "<gap>" }).collect()
    }

    fn acknowledge(&mut self, given: &[Given]) {
        for given in given {
            self.tail().release(given.position()).unwrap();
        }
        self.tail().save().unwrap();
    }

    fn known(&self) -> Vec<ledger::Known> {
        ledger::read(&self.state()).unwrap()
    }
}
