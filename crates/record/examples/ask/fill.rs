//! A record full of made-up events, written without the writer.

use std::{
    collections::{BTreeMap, HashMap},
    error::Error,
    path::Path,
};

use rusqlite::{Connection, params};

use crate::lines::{Made, Numbers, make};

const TABLES: &str = include_str!("../../migrations/sqlite/0001_record.sql");
const QUARTER: i64 = 900_000_000;

/// Words by sort and text, and what is counted of them.
#[derive(Default)]
struct Kept {
    words: HashMap<(i64, String), i64>,
    tallies: BTreeMap<(i64, i64), i64>,
    quarters: BTreeMap<i64, (i64, i64)>,
    /// First, last and number of the events of an address.
    attackers: BTreeMap<i64, (i64, i64, i64)>,
}

impl Kept {
    fn word(&mut self, sort: i64, text: &str) -> i64 {
        let next = self.words.len() as i64 + 1;
        *self.words.entry((sort, text.to_owned())).or_insert(next)
    }

    fn count(&mut self, id: i64, time: i64, words: &[i64]) {
        let quarter = time.div_euclid(QUARTER);
        for word in words {
            *self.tallies.entry((*word, quarter)).or_default() += 1;
        }
        let (first, last) = self.quarters.entry(quarter).or_insert((id, id));
        (*first, *last) = ((*first).min(id), (*last).max(id));
    }
}

/// Fills the record at `file`, and answers with the bytes of all lines.
pub(crate) fn fill(file: &Path, events: usize) -> Result<usize, Box<dyn Error>> {
    let mut connection = Connection::open(file)?;
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF")?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(TABLES)?;
    let (mut kept, mut numbers, mut bytes) = (Kept::default(), Numbers(7), 0);
    for number in 0..events as i64 {
        let made = make(&mut numbers, number);
        bytes += made.line.len();
        add(&transaction, &mut kept, number + 1, &made)?;
    }
    keep(&transaction, &kept)?;
    transaction.commit()?;
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(bytes)
}

fn add(connection: &Connection, kept: &mut Kept, id: i64, made: &Made) -> Result<(), Box<dyn Error>> {
    let decky = kept.word(2, &made.decky);
    let service = kept.word(3, made.service);
    let kind = kept.word(4, made.kind);
    let address = kept.word(5, &made.address);
    kept.count(id, made.time, &[0, decky, service, kind, address]);
    let (first, last, events) = kept.attackers.entry(address).or_insert((made.time, made.time, 0));
    (*first, *last, *events) = ((*first).min(made.time), (*last).max(made.time), *events + 1);
    let statement = "INSERT INTO events VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?)";
    let values = params![id, made.time, decky, service, kind, address, made.session, made.line];
    connection.prepare_cached(statement)?.execute(values)?;
    Ok(())
}

fn keep(connection: &Connection, kept: &Kept) -> Result<(), Box<dyn Error>> {
    for ((sort, text), id) in &kept.words {
        connection.prepare_cached("INSERT INTO words VALUES (?, ?, ?)")?.execute(params![id, sort, text])?;
    }
    for ((word, quarter), events) in &kept.tallies {
        let values = params![word, quarter, events];
        connection.prepare_cached("INSERT INTO tallies VALUES (?, ?, ?)")?.execute(values)?;
    }
    for (quarter, (first, last)) in &kept.quarters {
        let values = params![quarter, first, last];
        connection.prepare_cached("INSERT INTO quarters VALUES (?, ?, ?)")?.execute(values)?;
    }
    for (address, (first, last, events)) in &kept.attackers {
        let statement = "INSERT INTO attackers VALUES (?, ?, ?, ?, ?, 3, 2, 0, 0, 0, 0, 1)";
        let uuid = i128::from(*address).to_be_bytes();
        connection.prepare_cached(statement)?.execute(params![address, uuid, first, last, events])?;
    }
    Ok(())
}
