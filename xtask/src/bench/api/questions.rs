//! How long questions take, of one client and of many.

use anyhow::Result;

use super::Filled;
use crate::{
    bench::row::{Row, Target},
    traffic::{self, Asked},
};

/// Each with its path, and the milliseconds that half of the answers may take at a million events. A number
/// that is another one each time makes that none was given before.
const QUESTIONS: [(&str, &str, f64); 5] = [
    ("logs", "/api/v1/logs?n={n}", 1.0),
    ("search \"wget\"", "/api/v1/logs?search=wget&n={n}", 5.0),
    ("search without a hit", "/api/v1/logs?search=nothinglikethis&n={n}", 5.0),
    ("histogram", "/api/v1/logs/histogram?n={n}", 20.0),
    ("stats", "/api/v1/stats?n={n}", 2.0),
];

/// Clients of a crowd, and for how many seconds they ask.
const CROWD: usize = 16;
const SECONDS: u64 = 10;

/// How long one client waits for answers, which may be `factor` times as long as at a million events.
pub(crate) fn questions(filled: &Filled, factor: f64) -> Result<Vec<Row>> {
    let row = |(name, path, most): (&str, &str, f64)| -> Result<Row> {
        let asked = ask(filled, &["--times", "400"], path)?;
        Ok(Row {
            what: format!("{name}, cold: p50"),
            figure: asked.times.p50,
            unit: "ms",
            target: Target::AtMost(most * factor),
            detail: format!(
                "p99 {:.2} ms of {}; {:.0} bytes",
                asked.times.p99, asked.times.count, asked.bytes
            ),
        })
    };
    QUESTIONS.into_iter().map(row).collect()
}

/// How many answers a crowd of clients gets.
pub(super) fn crowd(filled: &Filled) -> Result<Vec<Row>> {
    let clients = CROWD.to_string();
    let seconds = SECONDS.to_string();
    let words = ["--clients", &clients, "--seconds", &seconds, "--times", "10000000"];
    let row = |what: &str, path: &str, least: f64| -> Result<Row> {
        let asked = ask(filled, &words, path)?;
        Ok(Row {
            what: format!("{CROWD} clients on logs, {what}"),
            figure: asked.rate,
            unit: "requests/s",
            target: Target::AtLeast(least),
            detail: format!(
                "p50 {:.2} ms, p99 {:.2} ms; {:.0} bytes each",
                asked.times.p50, asked.times.p99, asked.bytes
            ),
        })
    };
    Ok(vec![
        row("each answer another one", "/api/v1/logs?offset={n}", 2_000.0)?,
        row("the same answer again", "/api/v1/logs", 10_000.0)?,
    ])
}

fn ask(filled: &Filled, words: &[&str], path: &str) -> Result<Asked> {
    let mut ask = traffic::command(&["ask"]);
    ask.args(traffic::of(filled.host.address(), &filled.token)).args(words).arg(path);
    traffic::figures(&mut ask)
}
