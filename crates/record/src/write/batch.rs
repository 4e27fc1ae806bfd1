//! What is to be kept next, collected without the database.

use std::{collections::HashMap, ops::Range};

use crate::derive::{Emitted, Entry, Finding, Object};

/// What a word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    /// The worker.
    Worker,
    /// The decky.
    Decky,
    /// The service.
    Service,
    /// The kind of event.
    Kind,
    /// The address of a peer.
    Address,
}

impl Sort {
    /// Its number in the table, as a digit.
    const fn digit(self) -> char {
        match self {
            Self::Worker => '1',
            Self::Decky => '2',
            Self::Service => '3',
            Self::Kind => '4',
            Self::Address => '5',
        }
    }
}

/// A word by its place in the batch; nothing where there is none.
pub(super) type Word = Option<u32>;

/// An event of a batch.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) time: i64,
    pub(super) worker: Word,
    pub(super) decky: Word,
    pub(super) service: Word,
    pub(super) kind: Word,
    pub(super) address: Word,
    pub(super) port: u16,
    pub(super) emitted: Option<Emitted>,
    pub(super) session: Option<i64>,
    line: Range<usize>,
    pub(super) findings: Vec<Finding>,
}

impl Row {
    /// All its words.
    pub(super) fn words(&self) -> [Word; 5] {
        [self.worker, self.decky, self.service, self.kind, self.address]
    }
}

/// Events that are kept together.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    rows: Vec<Row>,
    words: Words,
    /// The lines, one behind the other.
    lines: Vec<u8>,
    counts: Counts,
    /// When the last of it came.
    arrival: i64,
}

/// What came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Objects, or what stood in their place.
    pub(crate) lines: u64,
    /// Those among them that are no event.
    pub(crate) undecodable: u64,
}

impl Batch {
    /// Adds an object of the log, without its line feed, that came at `arrival`.
    pub(crate) fn push(&mut self, object: &[u8], arrival: i64) {
        self.counts.lines += 1;
        self.arrival = self.arrival.max(arrival);
        let object = Object::read(object);
        match object.as_ref().and_then(|object| object.entry(arrival)) {
            Some(entry) => self.add(entry),
            None => self.counts.undecodable += 1,
        }
    }

    fn add(&mut self, entry: Entry<'_>) {
        let begin = self.lines.len();
        self.lines.extend_from_slice(entry.line);
        let words = &mut self.words;
        self.rows.push(Row {
            time: entry.time,
            worker: words.take(Sort::Worker, entry.worker),
            decky: words.take(Sort::Decky, entry.decky),
            service: words.take(Sort::Service, entry.service),
            kind: words.take(Sort::Kind, entry.kind),
            address: entry.address.and_then(|address| words.take(Sort::Address, &address.to_string())),
            port: entry.port,
            emitted: entry.emitted,
            session: entry.session,
            line: begin..self.lines.len(),
            findings: entry.findings,
        });
    }

    /// What came.
    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// When the last of it came, in microseconds since the Unix epoch.
    pub(super) fn arrival(&self) -> i64 {
        self.arrival
    }

    /// Makes room for the next.
    pub(crate) fn clear(&mut self) {
        self.rows.clear();
        self.words.clear();
        self.lines.clear();
        self.counts = Counts::default();
        self.arrival = 0;
    }

    /// Gives memory back.
    pub(crate) fn shrink(&mut self) {
        *self = Self { counts: self.counts, ..Self::default() };
    }

    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The line of one of its rows.
    pub(super) fn line(&self, row: &Row) -> &[u8] {
        self.lines.get(row.line.clone()).unwrap_or_default()
    }

    /// Whether it has events of a kind.
    pub(super) fn has_kind(&self, kind: &str) -> bool {
        let digit = Sort::Kind.digit();
        self.words.all.iter().any(|word| word.strip_prefix(digit) == Some(kind))
    }

    /// Each word, its sort as a digit before it.
    pub(super) fn words(&self) -> &[Box<str>] {
        &self.words.all
    }
}

/// Words of a batch, each once.
#[derive(Debug, Default)]
struct Words {
    all: Vec<Box<str>>,
    places: HashMap<Box<str>, u32>,
    /// Where a word is put together.
    key: String,
}

impl Words {
    fn take(&mut self, sort: Sort, word: &str) -> Word {
        if word.is_empty() {
            return None;
        }
        self.key.clear();
        self.key.push(sort.digit());
        self.key.push_str(word);
        if let Some(place) = self.places.get(self.key.as_str()) {
            return Some(*place);
        }
        let place = u32::try_from(self.all.len()).ok()?;
        let word: Box<str> = self.key.as_str().into();
        self.all.push(word.clone());
        self.places.insert(word, place);
        Some(place)
    }

    fn clear(&mut self) {
        self.all.clear();
        self.places.clear();
    }
}
