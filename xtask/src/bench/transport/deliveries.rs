//! What comes of lines while an end is killed, and of a log that is renamed too soon.

use anyhow::Result;
use lab::transport::{
    Tally,
    kills::{End, Load, killed, rotated},
    site::Programs,
};

use super::folder;
use crate::bench::row::{Row, Target};

/// Lines.
const COUNT: u64 = 200_000;

pub(super) fn rows(programs: &Programs) -> Result<Vec<Row>> {
    let folder = folder().join("deliveries");
    let mut rows = Vec::new();
    for (end, name) in [(End::Sender, "forwarder"), (End::Receiver, "listener")] {
        for (load, when) in [(Load::Backlog, "a backlog of 200,000"), (Load::Live, "200,000 lines live")] {
            let (tally, kills) = killed(&folder, programs, end, load, COUNT)?;
            let what = format!("kill -9 of the {name}, {when}: lost, twice, late");
            rows.push(row(what, tally, format!("killed {kills} times; ")));
        }
    }
    let what = "renamed with an unread tail of 500: lost, twice, late".to_owned();
    rows.push(row(what, rotated(&folder, programs)?, String::new()));
    Ok(rows)
}

fn row(what: String, tally: Tally, detail: String) -> Row {
    Row {
        what,
        figure: (tally.lost + tally.twice + tally.late) as f64,
        unit: "lines",
        target: Target::AtMost(0.0),
        detail: format!("{detail}{tally}"),
    }
}
