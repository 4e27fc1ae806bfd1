//! Ten million events: they are taken in while questions are answered, and questions take no longer after.

use std::{fs, time::Instant};

use anyhow::{Context as _, Result, ensure};
use lab::api::Host;

use super::Ground;
use crate::{
    bench::{api::Filled, api::questions, ingest, row::Row},
    proof::Ledger,
    traffic::{self, Asked, Beside},
};

/// Events.
const EVENTS: u64 = 10_000_000;

/// How much longer than at a million events questions may take.
const FACTOR: f64 = 2.0;

/// What is asked while they are taken in.
const MEANWHILE: [&str; 4] = [
    "/api/v1/logs?n={n}",
    "/api/v1/logs?search=wget&n={n}",
    "/api/v1/logs/histogram?n={n}",
    "/api/v1/stats?n={n}",
];

/// How long an answer may take meanwhile, in milliseconds: 99 of 100 of them.
const PATIENCE: f64 = 500.0;

/// Enters every claim.
pub(super) fn run(ledger: &mut Ledger, ground: &Ground) -> Result<()> {
    let (backlog, questions) = ("a backlog is worked off while questions are answered", "questions: ");
    if !ledger.wants(backlog) && !ledger.wants(questions) {
        return Ok(());
    }
    let folder = ground.folder("millions");
    let mut filled = None;
    ledger.enter_always(backlog, || {
        let (made, figure) = worked_off(ground)?;
        filled = Some(made);
        Ok(figure)
    });
    if let Some(mut filled) = filled {
        for row in self::questions(&filled, FACTOR)? {
            ledger.enter(&format!("{questions}{}", row.what), || told(&row));
        }
        filled.host.api.end()?;
    }
    fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))
}

fn told(row: &Row) -> Result<String> {
    ensure!(row.holds(), "{}, and should be {}; {}", row.figure_text(), row.target_text(), row.detail);
    Ok(format!("{} ({}); {}", row.figure_text(), row.target_text(), row.detail))
}

/// Has a log of all events taken in, while somebody asks.
fn worked_off(ground: &Ground) -> Result<(Filled, String)> {
    let folder = ground.folder("millions");
    let log = ingest::written(&folder, EVENTS)?;
    let mut host = Host::make(&folder.join("host"), &ground.programs, "")?;
    let client = ingest::known(&mut host)?;
    let token = host.token_file(&client)?;
    fs::rename(&log, host.log()).context("giving the host its log")?;
    let begun = Instant::now();
    host.start()?;
    let asking = asking(&host, &token)?;
    ingest::wait_for_rows(&mut host, &client, EVENTS)?;
    let rows = begun.elapsed();
    let asked: Asked = asking.end()?;
    let cpu = ingest::quiet(host.api.id()?)? / 1e3;
    let all = begun.elapsed();
    let times = asked.times;
    ensure!(
        times.p99 <= PATIENCE,
        "{} answers meanwhile: p50 {:.1} ms, p99 {:.1} ms",
        times.count,
        times.p50,
        times.p99
    );
    let figure = format!(
        "rows in {} s, words in {} s, {cpu:.0} CPU-s; {} answers meanwhile: p50 {:.1} ms, p99 {:.1} ms, {:.0} ms at most",
        rows.as_secs(),
        all.as_secs(),
        times.count,
        times.p50,
        times.p99,
        times.most
    );
    Ok((Filled { host, token }, figure))
}

/// Somebody who asks for a minute, in which no backlog of this size is worked off.
fn asking(host: &Host, token: &std::path::Path) -> Result<Beside> {
    let mut ask = traffic::command(&["ask", "--times", "10000000", "--seconds", "60"]);
    Beside::start(ask.args(traffic::of(host.address(), token)).args(MEANWHILE))
}
