//! A million lines from a file over mutual TLS into a file of lines and one of objects.
//!
//! Every receiver keeps the same: each line as it is, and an object of it. Ours has it durably
//! before it says so; RELP says so, too, of what its receiver has in memory; plain rsyslog says nothing.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use lab::{
    transport::{
        Corpus, Site, Worker,
        corpus::LENGTH,
        rsyslog::{Kept, Pair, Receiver, Sender, Way},
        site::Programs,
        tally::tally,
    },
    wait,
};

use super::folder;
use crate::bench::{
    process::cpu_ms,
    row::{Row, Target},
};

/// Lines.
const COUNT: u64 = 1_000_000;
/// Rounds, ours and the peers' in turn; the best of each counts.
const ROUNDS: usize = 2;
/// How long a round may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// What is still written down when every line is there is done by then.
const AFTER: Duration = Duration::from_millis(1_500);
/// Where receivers of the peer listen.
const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 16_514);

/// What a round came to.
#[derive(Clone, Copy, Debug)]
struct Figures {
    /// Seconds of CPU of the receiver, for each million lines.
    receiver: f64,
    /// The same of the sender.
    sender: f64,
    /// Lines in a second.
    rate: f64,
}

impl Figures {
    const WORST: Self = Self { receiver: f64::INFINITY, sender: f64::INFINITY, rate: 0.0 };

    /// The better of each.
    fn best(self, other: Self) -> Self {
        Self {
            receiver: self.receiver.min(other.receiver),
            sender: self.sender.min(other.sender),
            rate: self.rate.max(other.rate),
        }
    }

    fn text(&self) -> String {
        format!("{:.2} + {:.2} CPU-s, {:.0} lines/s", self.receiver, self.sender, self.rate)
    }
}

pub(super) fn rows(programs: &Programs) -> Result<Vec<Row>> {
    let folder = folder().join("pipeline");
    renew(&folder)?;
    let log = folder.join("lines.log");
    let corpus = Corpus::of("decky-1")?;
    corpus.write(&log, COUNT)?;
    let pair = Pair::make(&folder.join("papers"))?;
    let [mut ours, mut raw, mut json, mut relp] = [Figures::WORST; 4];
    for _ in 0..ROUNDS {
        raw = raw.best(theirs(&folder, &log, &corpus, &pair, (Way::Tls, Kept::Raw))?);
        json = json.best(theirs(&folder, &log, &corpus, &pair, (Way::Tls, Kept::RawAndJson))?);
        relp = relp.best(theirs(&folder, &log, &corpus, &pair, (Way::Relp, Kept::RawAndJson))?);
        ours = ours.best(self::ours(&folder, &log, &corpus, programs)?);
    }
    fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    let peers = format!("rsyslog {}; raw alone {}; RELP {}", json.text(), raw.text(), relp.text());
    let row = |what: &str, figure, unit, target, detail| Row {
        what: format!("a million lines, acknowledged, durable, raw + JSON: {what}"),
        figure,
        unit,
        target,
        detail,
    };
    Ok(vec![
        row("CPU of the receiver", ours.receiver, "s", Target::AtMost(4.0), peers),
        row("CPU of the sender", ours.sender, "s", Target::AtMost(2.0), ours.text()),
        row(
            "lines/s beside rsyslog with JSON",
            ours.rate / json.rate,
            "×",
            Target::AtLeast(2.0),
            format!("{:.0} beside {:.0}; best of {ROUNDS}", ours.rate, json.rate),
        ),
        row(
            "lines/s beside RELP",
            ours.rate / relp.rate,
            "×",
            Target::AtLeast(5.0),
            format!("{:.0} beside {:.0}; best of {ROUNDS}", ours.rate, relp.rate),
        ),
    ])
}

fn renew(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))
}

fn ours(folder: &Path, log: &Path, corpus: &Corpus, programs: &Programs) -> Result<Figures> {
    let mut site = Site::raise(&folder.join("site"), programs)?;
    let mut worker = Worker::enrol(&site, 1)?;
    fs::hard_link(log, worker.folder().join("decnet.log")).context("giving the worker its log")?;
    let files =
        Files { log: site.master().join("master.log"), json: Some(site.master().join("master.json")) };
    let receiver = site.listener.id()?;
    let figures = carried(receiver, &files, || {
        worker.forwarder.start()?;
        worker.forwarder.id()
    })?;
    check(&site.log(), corpus)?;
    worker.forwarder.end()?;
    site.listener.end()?;
    Ok(figures)
}

/// Checks that every line came once, and nothing else. The peer's lines overtake each other: its
/// threads are as many as it has usually, as it is quickest so.
fn check(files: &[PathBuf], corpus: &Corpus) -> Result<()> {
    for tally in tally(files, &[(corpus, COUNT)])? {
        ensure!(tally.lost == 0 && tally.twice == 0, "{tally}");
    }
    Ok(())
}

fn theirs(
    folder: &Path,
    log: &Path,
    corpus: &Corpus,
    pair: &Pair,
    (way, kept): (Way, Kept),
) -> Result<Figures> {
    let (at, to) = (folder.join("rsyslog-sender"), folder.join("rsyslog-receiver"));
    renew(&at)?;
    renew(&to)?;
    let receiver = Receiver { way, kept, address: PEER, papers: pair.server.clone(), folder: to };
    let sender = Sender {
        way,
        address: PEER,
        papers: pair.client.clone(),
        name: Some(Pair::SERVER),
        threads: 2,
        log: log.to_owned(),
        folder: at,
    };
    let running = receiver.start()?;
    wait::until("rsyslog to listen", Duration::from_secs(10), || {
        std::net::TcpStream::connect(PEER).map(drop).ok()
    })?;
    let json = (kept == Kept::RawAndJson).then(|| receiver.json());
    let files = Files { log: receiver.log(), json };
    let mut sending = None;
    let figures = carried(running.id(), &files, || Ok(sending.insert(sender.start()?).id()))?;
    check(&[receiver.log()], corpus)?;
    Ok(figures)
}

/// Where lines come.
struct Files {
    log: PathBuf,
    json: Option<PathBuf>,
}

impl Files {
    /// Whether every line came.
    fn are_whole(&self, all_objects: &mut Option<u64>) -> bool {
        if length(&self.log) < COUNT * (LENGTH as u64 + 1) {
            return false;
        }
        let Some(json) = &self.json else { return true };
        // Lines have one length, and so have objects.
        if all_objects.is_none() {
            *all_objects = first_line(json).map(|length| length * COUNT);
        }
        all_objects.is_some_and(|all| length(json) >= all)
    }
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// Bytes of the first line of a file.
fn first_line(path: &Path) -> Option<u64> {
    let mut line = Vec::new();
    BufReader::new(fs::File::open(path).ok()?).read_until(b'\n', &mut line).ok()?;
    line.ends_with(b"\n").then_some(line.len() as u64)
}

/// Starts a sender and waits until every line came.
fn carried(receiver: u32, files: &Files, start: impl FnOnce() -> Result<u32>) -> Result<Figures> {
    let before = cpu_ms(receiver);
    let (begun, mut all_objects) = (Instant::now(), None);
    let sender = start()?;
    while !files.are_whole(&mut all_objects) {
        ensure!(begun.elapsed() < PATIENCE, "{} bytes came", length(&files.log));
        wait::pause(Duration::from_millis(10));
    }
    let seconds = begun.elapsed().as_secs_f64();
    wait::pause(AFTER);
    let millions = COUNT as f64 / 1e6;
    Ok(Figures {
        receiver: (cpu_ms(receiver) - before) / 1e3 / millions,
        sender: cpu_ms(sender) / 1e3 / millions,
        rate: COUNT as f64 / seconds,
    })
}
