//! A record filled without the writer, and the same as plain rows.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use decnet_event::{Boot, Event, Kind, Origin, Session, SessionId, Timestamp, wire::encode};
use decnet_proto::record::LogRow;
use tempfile::TempDir;

use crate::{
    Database, Patience, Reader, block, open, scratch,
    sql::{Connection, Insert, Mode, Value},
    text::Builder,
};

const QUARTER: i64 = 900_000_000;

/// An event to be added.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) time: i64,
    pub(crate) worker: &'static str,
    pub(crate) decky: &'static str,
    pub(crate) service: &'static str,
    /// Address of the peer; empty for none.
    pub(crate) address: &'static str,
    pub(crate) kind: Kind,
}

impl Made {
    pub(crate) fn command(time: i64, args: &[u8]) -> Self {
        let kind = Kind::Command { command: b"run".to_vec(), args: args.to_vec() };
        Self { time, worker: "", decky: "web-1", service: "ssh", address: "10.0.0.9", kind }
    }

    /// The entry of the ignore list that covers it; 0 for none.
    fn ignored(&self) -> i64 {
        if self.address == "10.0.0.90" { 3 } else { 0 }
    }
}

/// A record, and what is in it.
pub(crate) struct Fixture {
    folder: TempDir,
    pub(crate) writer: Connection,
    builder: Builder,
    /// Its events as they are to be answered, with their times.
    pub(crate) model: Vec<(i64, LogRow)>,
    words: BTreeMap<(i64, String), i64>,
    sessions: BTreeMap<(i64, i64, i64), i64>,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = open::writer(&scratch::database(&folder.path().join("record.db"))).unwrap();
        if scratch::in_files() {
            writer.batch("PRAGMA synchronous = OFF").unwrap();
        }
        let (words, sessions) = (BTreeMap::new(), BTreeMap::new());
        let mut fixture =
            Self { folder, writer, builder: Builder::default(), model: Vec::new(), words, sessions };
        let columns = &["id", "worker", "decky", "boot", "next", "seen", "holes"];
        let numbers = [1, 0, 1, 7, 1, 0].map(Value::Int);
        fixture.insert("streams", columns, &[&numbers[..], &[Value::Bytes(b"")]].concat());
        fixture
    }

    pub(crate) fn with(events: &[Made]) -> Self {
        let mut fixture = Self::new();
        fixture.extend(events);
        fixture
    }

    pub(crate) fn reader(&self) -> Reader {
        self.patient_reader(Patience::default())
    }

    pub(crate) fn patient_reader(&self, patience: Patience) -> Reader {
        Reader::open(self.database(), patience).unwrap()
    }

    pub(crate) fn database(&self) -> Database {
        scratch::database(&self.folder.path().join("record.db"))
    }

    /// Indexes so many pieces of events.
    pub(crate) fn index(&mut self, pieces: usize) {
        (0..pieces).any(|_| !self.builder.piece(&mut self.writer).unwrap());
    }

    pub(crate) fn run(&mut self, statement: &str, values: &[Value<'_>]) -> u64 {
        self.writer.run(statement, values).unwrap()
    }

    pub(crate) fn insert(
        &mut self,
        table: &'static str,
        columns: &'static [&'static str],
        values: &[Value<'_>],
    ) {
        self.writer.insert(Insert { table, columns }, values).unwrap();
    }

    pub(crate) fn extend(&mut self, events: &[Made]) {
        self.writer.begin(Mode::Write).unwrap();
        events.iter().for_each(|made| self.add(made));
        self.writer.end(true).unwrap();
    }

    /// The id of a word; 0 for none.
    pub(crate) fn word(&mut self, sort: i64, text: &str) -> i64 {
        if text.is_empty() {
            return 0;
        }
        let next = self.words.len() as i64 + 1;
        let id = *self.words.entry((sort, text.to_owned())).or_insert(next);
        if id == next {
            let row = [Value::Int(id), Value::Int(sort), Value::Text(text)];
            self.insert("words", &["id", "sort", "text"], &row);
        }
        id
    }

    fn add(&mut self, made: &Made) {
        let id = self.model.len() as i64 + 1;
        let words =
            [(1, made.worker), (2, made.decky), (3, made.service), (4, made.kind.name()), (5, made.address)]
                .map(|(sort, text)| self.word(sort, text));
        let session = self.session(made, id, words);
        let line = line(made, id, session);
        let [worker, decky, service, kind, address] = words;
        let ignored = made.ignored();
        let numbers =
            [id, made.time, ignored, worker, decky, service, kind, address, session].map(Value::Int);
        let columns =
            &["id", "time", "ignored", "worker", "decky", "service", "kind", "address", "session", "line"];
        self.insert("events", columns, &[&numbers[..], &[Value::Bytes(&line)]].concat());
        self.count(id, made.time, words);
        self.place(id, words);
        self.model.push((made.time, row(made, id, session, &line)));
    }

    /// The session of an address with a decky and a service, which is one event long or longer.
    fn session(&mut self, made: &Made, event: i64, [worker, decky, service, _, address]: [i64; 5]) -> i64 {
        if address == 0 {
            return 0;
        }
        let next = self.sessions.len() as i64 + 1;
        let id = *self.sessions.entry((decky, service, address)).or_insert(next);
        if id == next {
            let columns = &[
                "id",
                "stream",
                "name",
                "worker",
                "decky",
                "service",
                "address",
                "port",
                "first",
                "last",
                "first_event",
                "last_event",
                "events",
                "commands",
                "bytes_in",
                "bytes_out",
            ];
            let time = made.time;
            let row =
                [id, 1, -id, worker, decky, service, address, 4000, time, time, event, event, 0, 0, 1, 2];
            self.insert("sessions", columns, &row.map(Value::Int));
        }
        let statement = "UPDATE sessions SET last_event = ?, events = events + 1 WHERE id = ?";
        self.run(statement, &[event, id].map(Value::Int));
        id
    }

    fn place(&mut self, id: i64, words: [i64; 5]) {
        for word in words.into_iter().filter(|word| *word != 0) {
            let place = [word, block::of(id)].map(Value::Int);
            if self.run("UPDATE blocks SET block = block WHERE word = ? AND block = ?", &place) == 0 {
                self.insert("blocks", &["word", "block"], &place);
            }
        }
    }

    fn count(&mut self, id: i64, time: i64, words: [i64; 5]) {
        let quarter = time.div_euclid(QUARTER);
        for word in std::iter::once(0).chain(words.into_iter().filter(|word| *word != 0)) {
            let key = [word, quarter].map(Value::Int);
            if self.run("UPDATE tallies SET events = events + 1 WHERE word = ? AND quarter = ?", &key) == 0 {
                self.run("INSERT INTO tallies (word, quarter, events) VALUES (?, ?, 1)", &key);
            }
        }
        if self.run("UPDATE quarters SET last = ? WHERE quarter = ?", &[id, quarter].map(Value::Int)) == 0 {
            let row = [quarter, id, id].map(Value::Int);
            self.run("INSERT INTO quarters (quarter, first, last) VALUES (?, ?, ?)", &row);
        }
    }
}

fn line(made: &Made, id: i64, session: i64) -> Vec<u8> {
    let origin = Origin { decky: made.decky.to_owned(), service: made.service.to_owned(), boot: Boot(7) };
    let session = made.address.parse().ok().map(|address| Session {
        id: SessionId((-session).cast_unsigned()),
        src: SocketAddr::new(address, 4000),
        dst: SocketAddr::from(([10, 0, 0, 1], 22)),
    });
    let (origin, kind, seq) = (Arc::new(origin), made.kind.clone(), id.cast_unsigned());
    let mut line = Vec::new();
    encode(&Event { time: Timestamp(made.time), origin, seq, session, kind }, &mut line);
    line
}

fn row(made: &Made, id: i64, session: i64, line: &[u8]) -> LogRow {
    let text = |value: &[u8]| match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => decnet_event::text::escape(value),
    };
    let decoded = decnet_event::wire::decode(line).unwrap();
    LogRow {
        id,
        timestamp: Timestamp(made.time).to_string(),
        decky: made.decky.to_owned(),
        service: made.service.to_owned(),
        event_type: made.kind.name().to_owned(),
        attacker_ip: if made.address.is_empty() { "Unknown" } else { made.address }.to_owned(),
        fields: decoded.fields.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect(),
        msg: String::new(),
        raw_line: String::from_utf8(line.to_vec()).unwrap(),
        source_worker: Some(made.worker.to_owned()).filter(|worker| !worker.is_empty()),
        session: Some(session).filter(|session| *session != 0),
        ignored: Some(made.ignored()).filter(|entry| *entry != 0),
    }
}
