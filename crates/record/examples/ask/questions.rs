//! The questions, and how long they take.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use decnet_event::Timestamp;
use decnet_record::{AttackerSort, Attackers, Paging, Period, Reader, RecordError, Search};

use crate::lines::{BEGIN, STEP};

/// How often each question is asked.
const TIMES: usize = 100;

/// Searches, each for a first page.
const SEARCHES: [&str; 22] = [
    "",
    "service:ssh",
    "service:redis",
    "attacker:185.220.0.1",
    "attacker:185.220.19.3",
    "service:ssh event:command",
    "decky:decky-07 attacker:185.220.0.1",
    "-service:ssh",
    "wget",
    "ssh",
    "rarely",
    "rarely.seen.example",
    "r",
    "mi",
    "postgres99",
    "nothinglikethis",
    "/cgi-bin/root/17",
    "185.220.19.",
    "185.220.19.3",
    "src_port:4711",
    "username:oracle",
    "service:redis mirai",
];

pub(crate) fn ask(reader: &Reader, events: usize) -> Result<(), Box<dyn Error>> {
    let all = Period::default();
    for text in SEARCHES {
        let search = Search::parse(text)?;
        let page = reader.logs(&search, all, Paging::default())?;
        let total =
            format!("logs {text:?}: {} {}", page.total, if page.total_exact { "" } else { "or more" });
        measure(&total, || reader.logs(&search, all, Paging::default()).map(|_| ()))?;
    }
    let end = BEGIN + events as i64 * STEP;
    let hour =
        |from: i64| Period { from: Some(Timestamp(from)), until: Some(Timestamp(from + 3_600_000_000)) };
    let (everything, ssh) = (Search::default(), Search::parse("service:ssh")?);
    let middle = hour(BEGIN + (end - BEGIN) / 2 + 1);
    measure("logs of an hour", || reader.logs(&everything, middle, Paging::default()).map(|_| ()))?;
    measure("ssh of an hour", || reader.logs(&ssh, middle, Paging::default()).map(|_| ()))?;
    let far = Paging { after: Some(format!("0.{:x}", events / 2).parse()?), ..Paging::default() };
    measure("logs from the middle on", || reader.logs(&everything, all, far).map(|_| ()))?;
    let newest = reader.newest()?;
    measure("what is new", || {
        reader.logs_after(newest - 50, &everything, Period::default(), 50).map(|_| ())
    })?;
    measure("histogram of all", || reader.histogram(&everything, all, 15).map(|_| ()))?;
    measure("histogram of ssh", || reader.histogram(&ssh, all, 60).map(|_| ()))?;
    let period = Period { from: Some(Timestamp(end - 86_400_000_007)), until: None };
    measure("histogram of a day", || reader.histogram(&everything, period, 15).map(|_| ()))?;
    measure("histogram of ssh of a day", || reader.histogram(&ssh, period, 15).map(|_| ()))?;
    let wget = Search::parse("wget")?;
    measure("histogram of a word of a day", || reader.histogram(&wget, period, 15).map(|_| ()))?;
    measure("stats", || reader.stats().map(|_| ()))?;
    for sort in [AttackerSort::Recent, AttackerSort::Active, AttackerSort::Traversals] {
        let wanted = Attackers { sort, ..Attackers::default() };
        measure(&format!("attackers {sort:?}"), || reader.attackers(&wanted, Paging::default()).map(|_| ()))?;
    }
    let wanted = Attackers { search: Some("220.7.".to_owned()), ..Attackers::default() };
    measure("attackers by address", || reader.attackers(&wanted, Paging::default()).map(|_| ()))?;
    Ok(())
}

fn measure(name: &str, mut question: impl FnMut() -> Result<(), RecordError>) -> Result<(), RecordError> {
    let mut took = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let start = Instant::now();
        question()?;
        took.push(start.elapsed());
    }
    took.sort_unstable();
    let at = |place: usize| took.get(place).copied().unwrap_or(Duration::ZERO);
    println!("{name:60} p50 {:8.2?}  p99 {:8.2?}", at(TIMES / 2), at(TIMES - 1));
    Ok(())
}
