//! What questions should answer, found by looking at everything.

use decnet_proto::record::LogRow;
use proptest::prelude::*;

use super::fixture::Made;
use crate::{Condition, Dimension, Period, Search};
use decnet_event::{Kind, Timestamp};

/// Begins a quarter of an hour, and an hour.
pub(crate) const BEGIN: i64 = 1_764_000_000_000_000;

/// Ids of the events that are looked for, in the order in which they came.
pub(crate) fn found(model: &[(i64, LogRow)], search: &Search, period: Period) -> Vec<(i64, LogRow)> {
    let is_in = |time: i64| {
        period.from.is_none_or(|from| time >= from.0) && period.until.is_none_or(|until| time < until.0)
    };
    let holds = |row: &LogRow| search.terms().iter().all(|term| holds(row, &term.condition) != term.excluded);
    model.iter().filter(|(time, row)| is_in(*time) && holds(row)).cloned().collect()
}

fn holds(row: &LogRow, condition: &Condition) -> bool {
    match condition {
        Condition::Is(Dimension::Worker, name) => row.source_worker.as_deref().unwrap_or_default() == name,
        Condition::Is(Dimension::Decky, name) => row.decky == *name,
        Condition::Is(Dimension::Service, name) => row.service == *name,
        Condition::Is(Dimension::Kind, name) => row.event_type == *name,
        Condition::Is(Dimension::Address, name) => row.attacker_ip == *name,
        Condition::Is(Dimension::Session, name) => row.session.is_some_and(|id| {
            id.to_string() == *name || name.len() == 16 && row.fields.get("session") == Some(name)
        }),
        Condition::Is(Dimension::Ignored, name) => match name.as_str() {
            "true" => row.ignored.is_some(),
            "false" => row.ignored.is_none(),
            entry => row.ignored == entry.parse().ok(),
        },
        Condition::Field(name, value) => row.fields.get(name) == Some(value),
        Condition::Says(text) => texts(row).any(|its| says(its, text)),
    }
}

fn texts(row: &LogRow) -> impl Iterator<Item = &str> {
    let counters = ["boot", "seq", "session", "src_port", "dst_port"];
    let fields = row.fields.iter().filter(move |(name, _)| !counters.contains(&name.as_str()));
    [&*row.decky, &*row.service, &*row.event_type, &*row.msg]
        .into_iter()
        .chain(fields.map(|(_, text)| &**text))
}

fn says(text: &str, needle: &str) -> bool {
    let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<_>>();
    let (text, needle) = (lower(text), lower(needle));
    (0..text.len()).any(|at| {
        let begins = at == 0 || !text[at - 1].is_alphanumeric() || !needle[0].is_alphanumeric();
        begins && text[at..].starts_with(&needle)
    })
}

/// What peers send, and operators look for.
const VALUES: [&[u8]; 16] = [
    b"wget http://x.io/a",
    b"WGET",
    b"get",
    b"root",
    b"Root\0x",
    b"a\"b]c\\d",
    b"NEAR(a b)",
    b"* OR a*",
    b"\xff\xfea",
    "\u{fc}ber \u{130}x".as_bytes(),
    "\u{212a}a".as_bytes(),
    b"",
    b"10.0.0.90",
    b"a' OR 1=1 --",
    b"\xe2\x80\xa6",
    b"-",
];

const NEEDLES: [&str; 24] = [
    "wget",
    "WG",
    "get",
    "wget http://x",
    "root",
    "root\0",
    "a\"b]c",
    "near(",
    "*",
    "\"",
    "* or a*",
    "a",
    "\u{fc}b",
    "\u{130}X",
    "ka",
    "10.0.0.9",
    "10.0.0.9 ",
    "0.0",
    "'",
    "--",
    "\u{2026}",
    "ssh",
    "web-1",
    "nothing",
];

pub(crate) fn events(most: usize) -> impl Strategy<Value = Vec<Made>> {
    let value = || proptest::sample::select(&VALUES[..]).prop_map(<[u8]>::to_vec);
    let kind = prop_oneof![
        2 => (value(), value()).prop_map(|(command, args)| Kind::Command { command, args }),
        1 => value().prop_map(|command| Kind::UnknownCommand { command }),
        1 => Just(Kind::Connect {}),
    ];
    let made = (
        0..5_000_000_000_i64,
        proptest::sample::select(&["", "", "w-1"][..]),
        proptest::sample::select(&["web-1", "web-2", "db"][..]),
        proptest::sample::select(&["ssh", "ssh", "http"][..]),
        proptest::sample::select(&["10.0.0.9", "10.0.0.90", "2001:db8::1", ""][..]),
        kind,
    );
    let made = made.prop_map(|(time, worker, decky, service, address, kind)| Made {
        // Most of them come in the order in which they happen.
        time: BEGIN + time,
        worker,
        decky,
        service,
        address,
        kind,
    });
    proptest::collection::vec(made, 0..most).prop_map(|mut events| {
        let mut times: Vec<_> = events.iter().map(|made| made.time).collect();
        times.sort_unstable();
        times.chunks_mut(3).for_each(<[i64]>::reverse);
        events.iter_mut().zip(times).for_each(|(made, time)| made.time = time);
        events
    })
}

pub(crate) fn search() -> impl Strategy<Value = Search> {
    let of = |key: &'static str, names: &'static [&'static str]| {
        proptest::sample::select(names).prop_map(move |name| format!("{key}:\"{name}\""))
    };
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let term = prop_oneof![
        of("decky", &["web-1", "web-2", "no", ""]),
        of("service", &["ssh", "http"]),
        of("event", &["command", "connect", "-"]),
        of("attacker", &["10.0.0.9", "2001:db8::1", "Unknown", "1.1.1.1"]),
        of("worker", &["w-1", ""]),
        of("session", &["1", "2", "77", "ffffffffffffffff", "fffffffffffffffd"]),
        of("src_port", &["4000", "1"]),
        of("ignored", &["true", "false", "3", "1"]),
        proptest::sample::select(&VALUES[..])
            .prop_map(move |value| { format!("args:\"{}\"", quoted(&String::from_utf8_lossy(value))) }),
        proptest::sample::select(&NEEDLES[..]).prop_map(move |text| format!("\"{}\"", quoted(text))),
        proptest::sample::select(&NEEDLES[..]).prop_map(move |text| format!("\"{}\"", quoted(text))),
    ];
    let term = (term, 0..4).prop_map(|(term, not)| if not == 0 { format!("-{term}") } else { term });
    proptest::collection::vec(term, 0..4).prop_map(|terms| Search::parse(&terms.join(" ")).unwrap())
}

pub(crate) fn period() -> impl Strategy<Value = Period> {
    let quarters = (0..7_i64).prop_map(|quarter| quarter * 900_000_000);
    let time = || prop_oneof![0..5_000_000_000_i64, quarters.clone()];
    let time = || proptest::option::weighted(0.5, time().prop_map(|time| Timestamp(BEGIN + time)));
    (time(), time()).prop_map(|(from, until)| Period { from, until })
}
