//! The peer: the least that a database needs for the same lines, prepared inserts into a plain table.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader},
    path::PathBuf,
    time::Instant,
};

use anyhow::{Context as _, Result};
use nix::sys::resource::{UsageWho, getrusage};
use rusqlite::{Connection, params};
use serde::Serialize;

/// Lines of a transaction.
const BATCH: u32 = 16 << 10;

const TABLE: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE events (id INTEGER PRIMARY KEY, time INTEGER NOT NULL, a INTEGER NOT NULL, b INTEGER NOT NULL,
    c INTEGER NOT NULL, d INTEGER NOT NULL, e INTEGER NOT NULL, f INTEGER NOT NULL, line BLOB NOT NULL)";

const INSERT: &str = "INSERT INTO events VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)";

/// Inserts the lines of a log into a plain table, without looking at them.
#[derive(Debug, clap::Args)]
pub(crate) struct Insert {
    /// The log, an object a line.
    #[arg(long)]
    log: PathBuf,
    /// File of the database, which is not there yet.
    #[arg(long)]
    file: PathBuf,
}

/// What it cost.
#[derive(Debug, Serialize)]
pub(crate) struct Inserted {
    rows: i64,
    /// Seconds of the processor.
    cpu: f64,
    seconds: f64,
    /// Bytes of the file.
    bytes: u64,
}

impl Insert {
    pub(crate) fn run(&self) -> Result<Inserted> {
        let log = File::open(&self.log).with_context(|| format!("reading {}", self.log.display()))?;
        let connection = Connection::open(&self.file).context("making a database")?;
        connection.execute_batch(TABLE).context("making a table")?;
        let begun = Instant::now();
        let rows = fill(&connection, BufReader::with_capacity(1 << 20, log))?;
        let usage = getrusage(UsageWho::RUSAGE_SELF).context("asking what it cost")?;
        let times = [usage.user_time(), usage.system_time()];
        let cpu = times.iter().map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6).sum();
        let seconds = begun.elapsed().as_secs_f64();
        drop(connection);
        let bytes = fs::metadata(&self.file).context("asking for the size of a database")?.len();
        Ok(Inserted { rows, cpu, seconds, bytes })
    }
}

fn fill(connection: &Connection, mut log: BufReader<File>) -> Result<i64> {
    let (mut line, mut rows) = (Vec::new(), 0_i64);
    loop {
        connection.execute_batch("BEGIN").context("beginning a transaction")?;
        let mut statement = connection.prepare_cached(INSERT).context("preparing a statement")?;
        for _ in 0..BATCH {
            line.clear();
            if log.read_until(b'\n', &mut line).context("reading the log")? == 0 {
                connection.execute_batch("COMMIT").context("ending a transaction")?;
                return Ok(rows);
            }
            rows += 1;
            let raw = raw_line(&line);
            statement
                .execute(params![rows, 1, rows % 50, rows % 5, rows % 9, rows % 20_000, rows / 6, raw])
                .context("inserting a row")?;
        }
        connection.execute_batch("COMMIT").context("ending a transaction")?;
    }
}

/// About what the record keeps of an object: its line.
fn raw_line(object: &[u8]) -> &[u8] {
    let begin = memchr::memmem::find(object, b"\"raw_line\":\"").map_or(0, |at| at + 12);
    let rest = object.get(begin..).unwrap_or_default();
    let end = memchr::memmem::find(rest, b"\",\"service\"").unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default()
}
