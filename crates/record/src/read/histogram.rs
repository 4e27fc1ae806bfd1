//! How many events there were when.

use std::collections::BTreeMap;

use decnet_event::Timestamp;
use decnet_proto::record::Bucket;

use super::{
    Period, Reader,
    period::QUARTER,
    plan::Plan,
    tally,
    visit::{self, Columns, TIME, Walk},
};
use crate::{
    RecordError, Search,
    limits::BUCKETS,
    sql::{Connection, More, Value},
};

/// A minute, in microseconds.
const MINUTE: i64 = 60_000_000;

/// Events by the beginning of their span of time.
#[derive(Debug)]
struct Histogram {
    interval: i64,
    counts: BTreeMap<i64, u64>,
}

impl Histogram {
    fn add(&mut self, time: i64, events: u64) -> Result<(), RecordError> {
        let begin = time.div_euclid(self.interval).saturating_mul(self.interval);
        *self.counts.entry(begin).or_default() += events;
        if self.counts.len() > BUCKETS { Err(RecordError::TooLong) } else { Ok(()) }
    }

    fn buckets(self) -> Vec<Bucket> {
        let bucket = |(time, count)| Bucket { time: Timestamp(time).to_string(), count };
        self.counts.into_iter().filter(|(_, count)| *count > 0).map(bucket).collect()
    }
}

impl Reader {
    /// How many events that `search` finds there were in each span of so many minutes, oldest first; spans
    /// without any are left out. Whole quarters of an hour with at most one filter are answered without
    /// looking at events.
    ///
    /// # Errors
    /// [`RecordError`], as for every question; [`RecordError::TooLong`] too for more than [`BUCKETS`] spans.
    pub fn histogram(
        &self,
        search: &Search,
        period: Period,
        minutes: u32,
    ) -> Result<Vec<Bucket>, RecordError> {
        let interval = i64::from(minutes.max(1)) * MINUTE;
        self.ask("count events by their time", |connection| {
            let mut histogram = Histogram { interval, counts: BTreeMap::new() };
            if let Some(plan) = Plan::make(connection, search, period.into())? {
                match plan.tallied().filter(|_| interval % QUARTER == 0) {
                    Some(word) => by_tallies(connection, &plan, word, &mut histogram)?,
                    None => one_by_one(connection, &plan, &mut histogram)?,
                }
            }
            Ok(histogram.buckets())
        })
    }
}

fn by_tallies(
    connection: &mut Connection,
    plan: &Plan,
    word: i64,
    histogram: &mut Histogram,
) -> Result<(), RecordError> {
    let (first, end) = plan.span.quarters();
    connection.query(
        "SELECT quarter, events FROM tallies WHERE word = ? AND quarter >= ? AND quarter < ?",
        &[word, first, end].map(Value::Int),
        &mut |row| {
            let time = row.int(0)?.saturating_mul(QUARTER);
            histogram.add(time, row.int(1)?.cast_unsigned()).map(|()| More::Yes)
        },
    )?;
    for edge in plan.span.edges() {
        histogram.add(edge.from, tally::edge_count(connection, plan, edge)?)?;
    }
    Ok(())
}

fn one_by_one(
    connection: &mut Connection,
    plan: &Plan,
    histogram: &mut Histogram,
) -> Result<(), RecordError> {
    visit::events(connection, plan, Walk::all(Columns::Time), &mut |looked| {
        if let Some(row) = looked.found {
            histogram.add(row.int(TIME)?, 1)?;
        }
        Ok(More::Yes)
    })?;
    Ok(())
}
