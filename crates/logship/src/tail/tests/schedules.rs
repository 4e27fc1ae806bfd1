//! Any order of writing, rotating, removing, crashing and reconnecting: what the receiver has in the
//! end is what was written, once and in order.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, SystemTime},
};

use proptest::{collection::vec, prelude::*};

use super::*;

/// Something that happens.
#[derive(Clone, Debug)]
enum Act {
    /// So many lines with so much behind their number.
    Write(usize, usize),
    /// The first part of a line, which the next act that writes completes.
    Begin,
    /// The file is renamed; a new one may be made at once.
    Rotate {
        create: bool,
    },
    /// Who writes opens the file that has the name.
    Reopen,
    CopyAndCut,
    Remove,
    /// The oldest file that was rotated is removed.
    RemoveOldest,
    Touch(usize),
    Look,
    Read(usize),
    /// The receiver acknowledges so many parts of 10 of what it does not have durably.
    Acknowledge(usize),
    Save,
    /// The follower is killed.
    Kill,
    Start,
    /// The connection breaks; so many parts of 10 of what was not acknowledged were durable.
    Break(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (1_usize..6, 0_usize..400).prop_map(|(count, size)| Act::Write(count, size)),
        2 => Just(Act::Begin),
        3 => any::<bool>().prop_map(|create| Act::Rotate { create }),
        2 => Just(Act::Reopen),
        2 => Just(Act::CopyAndCut),
        1 => Just(Act::Remove),
        1 => Just(Act::RemoveOldest),
        1 => (0_usize..8).prop_map(Act::Touch),
        2 => Just(Act::Look),
        4 => (1_usize..6).prop_map(Act::Read),
        3 => (0_usize..=10).prop_map(Act::Acknowledge),
        1 => Just(Act::Save),
        2 => Just(Act::Kill),
        3 => Just(Act::Start),
        2 => (0_usize..=10).prop_map(Act::Break),
    ]
}

/// What is true of a file, whatever its name.
#[derive(Debug, Default)]
struct Paper {
    lines: Vec<u32>,
    /// The follower has it open, or had it open and read all.
    seen: bool,
    removed: bool,
    /// It may be that what is in it never comes.
    excused: bool,
}

struct World {
    bed: Bed,
    up: bool,
    papers: Vec<Paper>,
    /// Papers in `a.log.1`, `a.log.2`, ….
    rotated: Vec<usize>,
    /// The paper in `a.log`.
    named: Option<usize>,
    /// What is open for writing.
    writer: Option<(File, usize)>,
    partial: Option<u32>,
    next: u32,
    /// Writes so far: each happens a second later, for a real clock does not tell them apart.
    writes: u64,
    texts: HashMap<u32, String>,
    given: Vec<Given>,
    durable: usize,
    acknowledged: usize,
    /// Whether there may be gaps.
    removals: bool,
}

impl World {
    fn with(options: Options) -> Self {
        Self {
            bed: Bed::with(options),
            up: true,
            papers: Vec::new(),
            rotated: Vec::new(),
            named: None,
            writer: None,
            partial: None,
            next: 0,
            writes: 0,
            texts: HashMap::new(),
            given: Vec::new(),
            durable: 0,
            acknowledged: 0,
            removals: false,
        }
    }

    fn act(&mut self, act: &Act) {
        match *act {
            Act::Write(count, size) => self.write(count, size),
            Act::Begin => self.begin(),
            Act::Rotate { create } => self.rotate(create),
            Act::Reopen => self.reopen(),
            Act::CopyAndCut => self.copy_and_cut(),
            Act::Remove => self.remove(),
            Act::RemoveOldest => self.remove_oldest(),
            Act::Touch(number) => self.touch(number),
            Act::Look => self.look(),
            Act::Read(count) => self.read(count),
            Act::Acknowledge(part) => self.acknowledge(part),
            Act::Save => self.while_up(|bed| bed.tail().save().unwrap()),
            Act::Kill => self.kill(),
            Act::Start => self.start(10),
            Act::Break(part) => self.reconnect(part),
        }
    }

    fn while_up(&mut self, act: impl FnOnce(&mut Bed)) {
        if self.up {
            act(&mut self.bed);
        }
    }

    /// The file that is written to.
    fn paper(&mut self) -> usize {
        if self.writer.is_none() {
            let file = self.bed.open_log();
            let paper = self.name_file();
            self.writer = Some((file, paper));
        }
        self.writer.as_ref().unwrap().1
    }

    /// The paper that has the name, which was made just now if there was none.
    fn name_file(&mut self) -> usize {
        *self.named.get_or_insert_with(|| {
            self.papers.push(Paper::default());
            self.papers.len() - 1
        })
    }

    fn put(&mut self, text: &str) {
        self.paper();
        let time = self.now();
        let file = &mut self.writer.as_mut().unwrap().0;
        file.write_all(text.as_bytes()).unwrap();
        file.set_modified(time).unwrap();
    }

    fn now(&mut self) -> SystemTime {
        self.writes += 1;
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + self.writes)
    }

    fn complete(&mut self) {
        if let Some(number) = self.partial.take() {
            self.put(" completed\n");
            self.texts.get_mut(&number).unwrap().push_str(" completed");
        }
    }

    fn number(&mut self, size: usize) -> String {
        let paper = self.paper();
        let number = self.next;
        self.next += 1;
        self.papers[paper].lines.push(number);
        let text = format!("{number:06} {}", "x".repeat(size));
        self.texts.insert(number, text.clone());
        text
    }

    fn write(&mut self, count: usize, size: usize) {
        self.complete();
        for _ in 0..count {
            let text = self.number(size) + "\n";
            self.put(&text);
        }
    }

    fn begin(&mut self) {
        self.complete();
        let number = self.next;
        let text = self.number(5);
        self.put(&text);
        self.partial = Some(number);
    }

    /// Only the file that has the name is written to by somebody who opens it now. What was begun
    /// stays as it is.
    fn reopen(&mut self) {
        if self.writer.as_ref().map(|writer| writer.1) != self.named {
            self.partial = None;
            self.writer = None;
        }
    }

    fn rotate(&mut self, create: bool) {
        let Some(paper) = self.named.take() else { return };
        self.bed.rotate();
        self.rotated.insert(0, paper);
        if create {
            self.bed.append("");
            self.name_file();
        }
    }

    fn copy_and_cut(&mut self) {
        let is_written = self.writer.as_ref().map(|writer| writer.1) == self.named;
        let Some(paper) = self.named.filter(|paper| is_written && !self.papers[*paper].lines.is_empty())
        else {
            return;
        };
        self.complete();
        self.bed.copy_and_cut();
        let (copied, cut) = (self.now(), self.now());
        self.bed.touch_at("a.log.1", copied);
        self.bed.touch_at("a.log", cut);
        self.papers[paper].seen = false;
        self.rotated.insert(0, paper);
        self.named = None;
        let new = self.name_file();
        self.writer.as_mut().unwrap().1 = new;
    }

    fn remove(&mut self) {
        let Some(paper) = self.named.take() else { return };
        fs::remove_file(self.bed.log()).unwrap();
        self.note_removal(paper);
    }

    fn remove_oldest(&mut self) {
        let name = format!("a.log.{}", self.rotated.len());
        let Some(paper) = self.rotated.pop() else { return };
        fs::remove_file(self.bed.path(&name)).unwrap();
        self.note_removal(paper);
    }

    fn note_removal(&mut self, paper: usize) {
        self.removals = true;
        let paper = &mut self.papers[paper];
        paper.removed = true;
        paper.excused = !self.up || !paper.seen;
    }

    fn touch(&mut self, number: usize) {
        // The order of files that have no name any more is told by their times alone.
        if number < self.rotated.len() && !self.removals {
            let now = self.now();
            self.bed.touch_at(&format!("a.log.{}", number + 1), now);
        }
    }

    fn note_look(&mut self) {
        // An empty file that was never seen under the name of the log is not followed.
        for paper in self.rotated.iter().chain(&self.named) {
            let counts = self.named == Some(*paper) || !self.papers[*paper].lines.is_empty();
            self.papers[*paper].seen |= counts;
        }
    }

    fn look(&mut self) {
        if self.up {
            self.bed.tail().look().unwrap();
            self.note_look();
        }
    }

    fn read(&mut self, count: usize) {
        for _ in 0..count {
            if self.up
                && let Some(given) = self.bed.next()
            {
                self.given.push(given);
            }
        }
    }

    fn acknowledge(&mut self, part: usize) {
        let up_to = self.durable + (self.given.len() - self.durable) * part / 10;
        self.durable = up_to;
        if self.up && up_to > self.acknowledged {
            // One acknowledgement is for all before it, but that a gap of unknown length has its own.
            for given in &self.given[self.acknowledged..up_to] {
                if given.from == given.to || part.is_multiple_of(2) {
                    self.bed.tail().release(given.position()).unwrap();
                }
            }
            let last = self.given[up_to - 1].position();
            self.bed.tail().release(last).unwrap();
            self.acknowledged = up_to;
        }
    }

    fn kill(&mut self) {
        self.bed.stop();
        self.up = false;
        for paper in self.papers.iter_mut().filter(|paper| paper.removed) {
            paper.excused = true;
        }
    }

    fn start(&mut self, part: usize) {
        if !self.up {
            self.bed.start();
            self.up = true;
            self.note_look();
            self.reconnect(part);
        }
    }

    /// What was not durable never came. The receiver tells its marks.
    fn reconnect(&mut self, part: usize) {
        if !self.up {
            return;
        }
        self.durable += (self.given.len() - self.durable) * part / 10;
        self.given.truncate(self.durable);
        self.acknowledged = self.durable;
        let mut heard = HashSet::new();
        let newest = self.given.iter().rev().filter(|given| heard.insert(given.generation)).take(16);
        let marks: Vec<_> = newest.map(Given::position).collect();
        self.bed.tail().rewind();
        for mark in marks {
            // Forgotten when it was finished and its file is gone; or it was never more than a gap.
            assert_ne!(self.bed.tail().seek(mark).unwrap(), Sought::Gone, "{mark:?}");
        }
    }

    fn finish(mut self) {
        self.start(10);
        self.reopen();
        self.write(1, 0);
        loop {
            let before = self.given.len();
            self.read(1000);
            self.acknowledge(10);
            if self.given.len() == before {
                break;
            }
        }
        self.bed.tail().save().unwrap();
        self.check();
        self.bed.start();
        assert_eq!(self.bed.drain(), [], "after all");
    }

    /// What was given of a generation has no hole, and nothing twice.
    fn check_places(&self) {
        let mut ends: HashMap<Generation, u64> = HashMap::new();
        for given in &self.given {
            assert_eq!(given.from, ends.insert(given.generation, given.to).unwrap_or(0), "{given:?}");
            if let What::Lines(text) = &given.what {
                assert_eq!(given.to - given.from, text.len() as u64);
            }
        }
    }

    fn check(&self) {
        let mut numbers = Vec::new();
        let mut gaps = HashSet::new();
        let mut dropped = 0;
        self.check_places();
        let mut generations: HashMap<u32, Generation> = HashMap::new();
        for given in &self.given {
            match &given.what {
                What::Lines(text) => {
                    for line in text.lines() {
                        let number = line.get(..6).and_then(|number| number.parse().ok());
                        let number: u32 = number.unwrap_or_else(|| panic!("not a line: {line}"));
                        assert_eq!(line, self.texts[&number]);
                        numbers.push(number);
                        generations.insert(number, given.generation);
                    }
                }
                What::Gap(Loss::Gone) => drop(gaps.insert(given.generation)),
                What::Gap(Loss::Lag) => dropped += given.to - given.from,
            }
        }
        // Whether a copy is older than a file that is gone cannot be told when both came between two
        // looks; then only the order in each file is certain.
        let in_order = |numbers: &[u32]| numbers.is_sorted_by(|a, b| a < b);
        assert!(self.removals || in_order(&numbers), "out of order: {numbers:?}");
        assert_eq!(numbers.len(), generations.len(), "twice: {numbers:?}");
        for paper in &self.papers {
            let of_paper: Vec<_> = numbers.iter().copied().filter(|n| paper.lines.contains(n)).collect();
            assert!(in_order(&of_paper), "out of order in a file: {of_paper:?}");
        }
        assert!(self.removals || gaps.is_empty(), "a gap, and nothing was removed");
        if !self.removals {
            let missing = self.texts.iter().filter(|(number, _)| !generations.contains_key(number));
            let bytes: u64 = missing.map(|(_, text)| text.len() as u64 + 1).sum();
            assert_eq!(bytes, dropped, "more or less is missing than the gaps say");
            return;
        }
        for paper in &self.papers {
            let (came, missing): (Vec<u32>, Vec<u32>) =
                paper.lines.iter().partition(|number| generations.contains_key(number));
            assert!(missing.is_empty() || paper.excused, "lost: {missing:?}");
            if let (Some(_), Some(last)) = (missing.first(), came.last()) {
                assert!(gaps.contains(&generations[last]), "lost without a word: {missing:?}");
                assert!(missing[0] > *last, "lost in the middle");
            }
        }
    }
}

fn play(options: Options, acts: &[Act]) {
    let mut world = World::with(options);
    for act in acts {
        world.act(act);
    }
    world.finish();
}

// `PROPTEST_CASES` says how many schedules; 256 of each where it is not set.
proptest! {
    #[test]
    fn every_line_comes_once_and_in_order(acts in vec(act(), 1..60)) {
        play(Options::default(), &acts);
    }

    #[test]
    fn what_is_dropped_is_what_the_gaps_say(
        acts in vec(act().prop_filter("keeps files", |act| !matches!(act, Act::Remove | Act::RemoveOldest)), 1..60),
        limit in 0_u64..4000,
    ) {
        play(Options { lag_limit: Some(limit), ..Options::default() }, &acts);
    }
}
