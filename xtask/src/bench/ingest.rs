//! A log becomes a record: how quickly, and for how much.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use lab::{
    api::{Client, Host},
    transport::site::Programs,
    wait, workspace,
};
use serde::Deserialize;

use super::{
    decoy::alone,
    machine,
    process::cpu_ms,
    row::{Row, Target},
};
use crate::{
    database_server::{self, Server, Sort, Writes},
    programs, traffic,
};

/// Lines, and the seed that they follow from.
const LINES: u64 = 1_000_000;
const SEED: u64 = 7;

/// Rounds; the best of each counts.
const ROUNDS: usize = 2;

/// How long a million lines may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// A process that uses less than this in a second, in milliseconds, has nothing to do.
const QUIET: f64 = 15.0;

/// Where events are kept: in a file of SQLite, or on a server. The targets are those of the first.
const DATABASES: [Option<Sort>; 3] = [None, Some(Sort::Postgres), Some(Sort::MariaDb)];

/// What a record cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// Rows in a second.
    pub(crate) rate: f64,
    /// Seconds of the processor until every row is there.
    pub(crate) rows: f64,
    /// The same until their words are found, too.
    pub(crate) words: f64,
    /// Bytes of its file in the end, for each row; no number where it has none.
    pub(crate) bytes: f64,
    /// The most memory that the API took, in MiB.
    pub(crate) memory: f64,
}

impl Cost {
    /// The better of each.
    fn best(self, other: Self) -> Self {
        Self {
            rate: self.rate.max(other.rate),
            rows: self.rows.min(other.rows),
            words: self.words.min(other.words),
            bytes: self.bytes.min(other.bytes),
            memory: self.memory.min(other.memory),
        }
    }

    fn of_all(all: &[Self]) -> Result<Self> {
        all.iter().copied().reduce(Self::best).context("nothing was measured")
    }
}

/// Measures.
pub(super) fn run() -> Result<Vec<Row>> {
    programs::build_api()?;
    let programs = Programs::in_folder(&workspace::target().join("release"))?;
    alone()?;
    let folder = workspace::lab().join("bench-ingest");
    let log = written(&folder, LINES)?;
    let plain = plain(&folder, &log)?;
    let mut rows = Vec::new();
    for database in DATABASES {
        let server = database.map(server).transpose()?;
        let mut costs = Vec::new();
        for round in 0..ROUNDS {
            let mut host = Host::make(&folder.join("host"), &programs, &settings(server.as_ref(), round)?)?;
            let client = known(&mut host)?;
            costs.push(ingest(&mut host, &client, &log, LINES)?);
            host.api.end()?;
        }
        let cost = Cost::of_all(&costs)?;
        match database {
            None => rows.extend(self::rows(cost, &plain)),
            Some(sort) => rows.extend(rows_of_server(sort.name(), cost)),
        }
    }
    fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    Ok(rows)
}

/// A server whose writes are as durable as in earnest.
fn server(sort: Sort) -> Result<Server> {
    database_server::install()?;
    Server::start(sort, Writes::Durable)
}

/// What the configuration says of where events are kept, in the section of the master: each round begins with
/// nothing.
fn settings(server: Option<&Server>, round: usize) -> Result<String> {
    let url = server.map(|server| server.database(&format!("round_{round}"))).transpose()?;
    Ok(url.map_or(String::new(), |url| format!("db-url = {url}\n")))
}

/// What a million lines cost in a database.
fn row(
    database: &str,
    what: &str,
    (figure, unit): (f64, &'static str),
    target: Target,
    detail: String,
) -> Row {
    Row { what: format!("a million lines into {database}: {what}"), figure, unit, target, detail }
}

fn rows_of_server(name: &str, cost: Cost) -> [Row; 3] {
    let beside = format!("of the API, beside the server's own; {:.0} MiB of memory at most", cost.memory);
    [
        row(name, "rows", (cost.rate, "rows/s"), Target::Open, format!("best of {ROUNDS}")),
        row(name, "CPU until every row is there", (cost.rows, "s"), Target::Open, beside.clone()),
        row(name, "CPU until every word is found", (cost.words, "s"), Target::Open, beside),
    ]
}

fn rows(cost: Cost, plain: &Plain) -> [Row; 3] {
    let peer = format!(
        "plain prepared inserts {:.2} s, {:.0} rows/s, {:.0} bytes a row; best of {ROUNDS}",
        plain.cpu,
        plain.rows as f64 / plain.seconds,
        plain.bytes as f64 / plain.rows as f64
    );
    let beside = format!("{:.0} bytes a row, {:.0} MiB of memory at most", cost.bytes, cost.memory);
    [
        row("SQLite", "rows", (cost.rate, "rows/s"), Target::AtLeast(60_000.0), format!("best of {ROUNDS}")),
        row("SQLite", "CPU until every row is there", (cost.rows, "s"), Target::AtMost(12.0), peer),
        row("SQLite", "CPU until every word is found", (cost.words, "s"), Target::AtMost(45.0), beside),
    ]
}

/// What plain inserts cost.
#[derive(Deserialize)]
struct Plain {
    rows: u64,
    cpu: f64,
    seconds: f64,
    bytes: u64,
}

fn plain(folder: &Path, log: &Path) -> Result<Plain> {
    let mut insert = traffic::command(&["insert"]);
    insert.arg("--log").arg(log).arg("--file").arg(folder.join("plain.db"));
    traffic::figures(&mut insert)
}

/// Makes the folder anew, with a log of so many lines in it.
pub(crate) fn written(folder: &Path, lines: u64) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let log = folder.join("lines.json");
    traffic::write(&log, lines, SEED)?;
    Ok(log)
}

/// Starts the API of an empty record, lets its administrator in, and ends it again.
pub(crate) fn known(host: &mut Host) -> Result<Client> {
    host.start()?;
    let client = host.admin()?;
    host.api.end()?;
    Ok(client)
}

/// Starts the API, which does not run, over a log, and waits until all is done for its lines.
pub(crate) fn ingest(host: &mut Host, client: &Client, log: &Path, lines: u64) -> Result<Cost> {
    fs::hard_link(log, host.log()).with_context(|| format!("giving {} its log", host.folder().display()))?;
    let begun = Instant::now();
    host.start()?;
    let id = host.api.id()?;
    wait_for_rows(host, client, lines)?;
    let (seconds, rows) = (begun.elapsed().as_secs_f64(), cpu_ms(id));
    let words = quiet(id)?;
    let millions = lines as f64 / 1e6;
    let size = match fs::metadata(host.record().join("record.db")) {
        Ok(file) => file.len() as f64,
        // A server's files are not to be had.
        Err(error) if error.kind() == io::ErrorKind::NotFound => f64::NAN,
        Err(error) => return Err(error).context("asking for the size of the record"),
    };
    let memory = machine::value(&format!("/proc/{id}/status"), "VmHWM:");
    let memory = memory.and_then(|text| text.parse::<f64>().ok()).unwrap_or(f64::NAN);
    Ok(Cost {
        rate: lines as f64 / seconds,
        rows: rows / 1e3 / millions,
        words: words / 1e3 / millions,
        bytes: size / lines as f64,
        memory: memory / 1024.0,
    })
}

/// Waits until so many lines were read since the start and their rows are there.
pub(crate) fn wait_for_rows(host: &mut Host, client: &Client, lines: u64) -> Result<()> {
    let (begun, patience) = (Instant::now(), PATIENCE.mul_f64((lines as f64 / 1e6).max(1.0)));
    loop {
        let kept = client.metric("decnet_record_events_total")?;
        if kept >= lines as f64 {
            return Ok(());
        }
        host.api.check()?;
        ensure!(begun.elapsed() < patience, "{kept:.0} of {lines} events are kept");
        wait::pause(Duration::from_millis(100));
    }
}

/// Waits until a process has nothing to do; answers with the milliseconds of the processor that it used.
pub(crate) fn quiet(id: u32) -> Result<f64> {
    let (begun, mut before) = (Instant::now(), cpu_ms(id));
    loop {
        wait::pause(Duration::from_secs(1));
        let now = cpu_ms(id);
        if now - before < QUIET {
            return Ok(now);
        }
        ensure!(begun.elapsed() < 10 * PATIENCE, "it always has something to do");
        before = now;
    }
}
