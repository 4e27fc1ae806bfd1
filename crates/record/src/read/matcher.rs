//! A search, held against events that are at hand.

use decnet_proto::record::{LogRow, UNKNOWN};

use crate::{
    Condition, Dimension, Search,
    search::Ignored,
    text::{Line, Needle},
};

/// A search that is held against many events, each as soon as it comes.
#[derive(Clone, Debug)]
pub struct Matcher {
    checks: Vec<Check>,
    /// Whether lines have to be taken apart.
    reads: bool,
}

#[derive(Clone, Debug)]
struct Check {
    what: What,
    excluded: bool,
}

#[derive(Clone, Debug)]
enum What {
    Is(Dimension, String),
    Has(String, String),
    Says(Needle),
}

impl Matcher {
    /// Holds `search` against events.
    pub fn new(search: &Search) -> Self {
        let check = |condition: &Condition| match condition {
            Condition::Is(dimension, name) => What::Is(*dimension, name.clone()),
            Condition::Field(name, value) => What::Has(name.clone(), value.clone()),
            Condition::Says(text) => What::Says(Needle::new(text)),
        };
        let checks: Vec<_> = search
            .terms()
            .iter()
            .map(|term| Check { what: check(&term.condition), excluded: term.excluded })
            .collect();
        let reads = checks.iter().any(|check| matches!(check.what, What::Says(_)));
        Self { checks, reads }
    }

    /// Whether the record would find `row` by the search.
    pub fn finds(&self, row: &LogRow) -> bool {
        let line = self.reads.then(|| Line::of(row.raw_line.as_bytes()));
        self.checks.iter().all(|Check { what, excluded }| {
            let holds = match what {
                What::Is(dimension, name) => is(row, *dimension, name),
                What::Has(name, value) => row.fields.get(name) == Some(value),
                What::Says(needle) => line.as_ref().is_some_and(|line| needle.is_in(line)),
            };
            holds != *excluded
        })
    }
}

fn is_ignored(row: &LogRow, name: &str) -> bool {
    match Ignored::named(name) {
        Some(Ignored::Yes) => row.ignored.is_some(),
        Some(Ignored::No) => row.ignored.is_none(),
        Some(Ignored::By(entry)) => row.ignored == Some(entry),
        None => false,
    }
}

fn is(row: &LogRow, dimension: Dimension, name: &str) -> bool {
    match dimension {
        Dimension::Worker => row.source_worker.as_deref().unwrap_or_default() == name,
        Dimension::Decky => row.decky == name,
        Dimension::Service => row.service == name,
        Dimension::Kind => row.event_type == name,
        Dimension::Address => row.attacker_ip == name || name.is_empty() && row.attacker_ip == UNKNOWN,
        Dimension::Ignored => is_ignored(row, name),
        Dimension::Session => {
            row.session.is_some_and(|id| id.to_string() == name)
                || row.fields.get("session").is_some_and(|its| its == name)
        }
    }
}
