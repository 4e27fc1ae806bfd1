use std::collections::BTreeMap;

use decnet_event::Timestamp;
use decnet_proto::record::LogRow;
use proptest::prelude::*;

use super::{
    fixture::{Fixture, Made},
    model::{self, BEGIN},
};
use crate::{
    Paging, Period, RecordError, Search,
    limits::{BUCKETS, LOOKED_AT, STREAMED},
    sql::Value,
    text::forget,
};

fn newest_first(found: &[(i64, LogRow)]) -> Vec<LogRow> {
    found.iter().rev().map(|(_, row)| row.clone()).collect()
}

fn ids(rows: &[LogRow]) -> Vec<i64> {
    rows.iter().map(|row| row.id).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::scratch::cases(48)))]

    #[test]
    fn events_are_those_that_looking_at_all_finds(
        events in model::events(120),
        pieces in 0..20_usize,
        questions in proptest::collection::vec((model::search(), model::period(), 1..40_u32, 0..20_u64), 24),
    ) {
        let mut fixture = Fixture::with(&events);
        fixture.index(pieces);
        let reader = fixture.reader();
        for (search, period, limit, offset) in questions {
            let wanted = newest_first(&model::found(&fixture.model, &search, period));
            let page = reader.logs(&search, period, Paging { limit, offset, after: None }).unwrap();
            let behind: Vec<_> = wanted.iter().skip(offset as usize).cloned().collect();
            let part: Vec<_> = behind.iter().take(limit as usize).cloned().collect();
            prop_assert_eq!(&page.data, &part, "{}", search);
            prop_assert_eq!((page.limit, page.offset), (limit, offset));
            prop_assert_eq!(page.next.is_some(), behind.len() > part.len(), "{}", search);
            // What is looked at line by line is counted as far as it is gone through.
            prop_assert!(page.total <= wanted.len() as u64, "{} {}", search, page.total);
            prop_assert!(page.total >= offset.min(wanted.len() as u64) + part.len() as u64, "{}", search);
            prop_assert!(!page.total_exact || page.total == wanted.len() as u64, "{} {}", search, page.total);
        }
    }

    #[test]
    fn totals_and_histograms_are_those_that_counting_finds(
        events in model::events(120),
        pieces in 0..20_usize,
        questions in proptest::collection::vec((model::search(), model::period(), 0..6_usize), 16),
    ) {
        let mut fixture = Fixture::with(&events);
        fixture.index(pieces);
        let reader = fixture.reader();
        prop_assert_eq!(reader.stats().unwrap().total_logs, events.len() as u64);
        for (search, period, minutes) in questions {
            let wanted = model::found(&fixture.model, &search, period);
            let page = reader.logs(&search, period, Paging::first(1)).unwrap();
            if search.terms().len() < 2 && page.total_exact {
                prop_assert_eq!(page.total, wanted.len() as u64, "{}", search);
            }
            let minutes = [1, 7, 15, 30, 60, 1440][minutes];
            let mut counts = BTreeMap::<_, u64>::new();
            for (time, _) in wanted {
                let interval = i64::from(minutes) * 60_000_000;
                *counts.entry(Timestamp(time / interval * interval).to_string()).or_default() += 1;
            }
            let buckets = reader.histogram(&search, period, minutes).unwrap();
            let buckets: BTreeMap<_, _> = buckets.into_iter().map(|bucket| (bucket.time, bucket.count)).collect();
            prop_assert_eq!(buckets, counts, "{} {:?} {}", search, period, minutes);
        }
    }

    #[test]
    fn pages_by_cursor_have_every_event_once_while_others_are_added(
        events in model::events(90), more in model::events(9), pieces in 0..12_usize,
        search in model::search(), limit in 1..9_u32,
    ) {
        let mut fixture = Fixture::with(&events);
        fixture.index(pieces);
        let reader = fixture.reader();
        let wanted = newest_first(&model::found(&fixture.model, &search, Period::default()));
        let (mut paging, mut seen) = (Paging::first(limit), Vec::new());
        for _ in 0..=wanted.len() {
            let page = reader.logs(&search, Period::default(), paging).unwrap();
            seen.extend(page.data);
            let Some(next) = page.next else { break };
            paging.after = Some(next.parse().unwrap());
            fixture.extend(&more);
            fixture.index(1);
        }
        prop_assert_eq!(ids(&seen), ids(&wanted), "{}", search);
    }

    #[test]
    fn the_stream_has_every_event_once_in_its_order(
        events in model::events(60), more in model::events(30), search in model::search(), limit in 1..9_u32,
    ) {
        let mut fixture = Fixture::with(&events);
        let reader = fixture.reader();
        let (mut seen, mut rows, mut extended) = (0, Vec::new(), false);
        for _ in 0..200 {
            let streamed = reader.logs_after(seen, &search, Period::default(), limit).unwrap();
            let is_end = streamed.seen == seen;
            seen = streamed.seen;
            rows.extend(streamed.rows);
            if is_end && extended {
                break;
            }
            if is_end {
                fixture.extend(&more);
                extended = true;
            }
        }
        let wanted: Vec<_> = model::found(&fixture.model, &search, Period::default());
        prop_assert_eq!(rows, wanted.into_iter().map(|(_, row)| row).collect::<Vec<_>>(), "{}", search);
        prop_assert_eq!(seen, reader.newest().unwrap());
    }
}

fn check(search: &str, args: &[&[u8]], found: &[i64]) {
    let events: Vec<_> = args.iter().map(|args| Made::command(BEGIN, args)).collect();
    let mut fixture = Fixture::with(&events);
    for pieces in [0, 1, 9] {
        fixture.index(pieces);
        let search = Search::parse(search).unwrap();
        let page = fixture.reader().logs(&search, Period::default(), Paging::default()).unwrap();
        assert_eq!((ids(&page.data), page.total), (found.to_vec(), found.len() as u64), "{search}");
    }
}

#[test]
fn what_others_take_for_syntax_is_text() {
    let args: Vec<&[u8]> = vec![
        b"x NEAR(a b)",
        b"one\"two",
        b"a AND b",
        b"100% _",
        b"nul\0here",
        b"col: x",
        b"a^b",
        b"{x}",
        b"'; DROP TABLE events",
        b"-x",
        b"w*",
        b"word",
        b"w",
        b"far",
        b"filler",
        b"filler",
        b"filler",
        b"filler",
        b"filler",
        b"filler",
        b"filler",
    ];
    check("NEAR(", &args, &[1]);
    check("\"near(a b)\"", &args, &[1]);
    check("\"one\\\"two\"", &args, &[2]);
    check("\"a AND b\"", &args, &[3]);
    check("100%", &args, &[4]);
    check("\"nul\0here\"", &args, &[5]);
    check("\"col:\"", &args, &[6]);
    check("a^b", &args, &[7]);
    check("{x}", &args, &[8]);
    check("\"'; drop\"", &args, &[9]);
    check("w*", &args, &[11]);
    check("wo", &args, &[12]);
    check("args:w", &args, &[13]);
    check("OR", &args, &[]);
}

#[test]
fn a_line_of_too_many_words_is_found_by_every_one() {
    let many: Vec<_> = (0..900).map(|number| format!("w{number}")).collect();
    let mut events = vec![Made::command(BEGIN, many.join(" ").as_bytes())];
    events.extend((0..40).map(|_| Made::command(BEGIN, b"x")));
    let mut fixture = Fixture::with(&events);
    fixture.index(9);
    for word in ["w0", "w899", "\"w898 w89\""] {
        let search = Search::parse(word).unwrap();
        let page = fixture.reader().logs(&search, Period::default(), Paging::default()).unwrap();
        assert_eq!(ids(&page.data), [1], "{word}");
    }
}

#[test]
fn totals_that_take_long_are_bounded() {
    let most = LOOKED_AT as i64;
    let events: Vec<_> = (0..most + 60).map(|at| Made::command(BEGIN + at, b"same")).collect();
    let fixture = Fixture::with(&events);
    let total = |search: &str| {
        let search = Search::parse(search).unwrap();
        let page = fixture.reader().logs(&search, Period::default(), Paging::default()).unwrap();
        (page.total, page.total_exact)
    };
    assert_eq!(total(""), (LOOKED_AT + 60, true));
    assert_eq!(total("service:ssh"), (LOOKED_AT + 60, true));
    assert_eq!(total("service:ssh decky:web-1"), (LOOKED_AT, false));
    assert_eq!(total("same"), (LOOKED_AT, false));
    assert_eq!(total("session:1"), (LOOKED_AT, false));
}

#[test]
fn a_stretch_that_is_forgotten_leaves_the_others() {
    let events: Vec<_> = (0..80).map(|at| Made::command(BEGIN, format!("word{at}").as_bytes())).collect();
    let mut fixture = Fixture::with(&events);
    fixture.index(20);
    let stretches = |fixture: &mut Fixture| {
        let all = fixture.writer.all("SELECT id FROM texts ORDER BY id", &[], |row| row.int(0)).unwrap();
        let tables = (1..9).filter(|id| fixture.writer.has_table(&format!("text_{id}")).unwrap());
        assert_eq!(tables.collect::<Vec<_>>(), all);
        all
    };
    assert_eq!(stretches(&mut fixture), [1, 2, 3]);
    forget(&mut fixture.writer, 32).unwrap();
    assert_eq!(stretches(&mut fixture), [1, 2, 3]);
    forget(&mut fixture.writer, 33).unwrap();
    assert_eq!(stretches(&mut fixture), [2, 3]);
    fixture.run("DELETE FROM events WHERE id < ?", &[Value::Int(20)]);
    let reader = fixture.reader();
    for (word, found) in
        [("word3", vec![40, 39, 38, 37, 36, 35, 34, 33, 32, 31]), ("word18", vec![]), ("word19", vec![20])]
    {
        let page = reader.logs(&Search::parse(word).unwrap(), Period::default(), Paging::default()).unwrap();
        assert_eq!(ids(&page.data), found, "{word}");
    }
    fixture.extend(&[Made::command(BEGIN, b"later")]);
    fixture.index(20);
    assert_eq!(stretches(&mut fixture), [2, 3]);
}

#[test]
fn the_stream_goes_over_what_was_removed() {
    let mut fixture = Fixture::with(&[Made::command(BEGIN, b"a")]);
    fixture.run("UPDATE events SET id = ?", &[Value::Int(5 * STREAMED)]);
    let streamed = fixture.reader().logs_after(3, &Search::default(), Period::default(), 9).unwrap();
    assert_eq!((ids(&streamed.rows), streamed.seen), (vec![5 * STREAMED], 5 * STREAMED));
}

#[test]
fn an_event_is_found_by_its_id() {
    let fixture = Fixture::with(&[Made::command(BEGIN, b"a"), Made::command(BEGIN + 1, b"b")]);
    let reader = fixture.reader();
    assert_eq!(reader.log(2).unwrap().as_ref(), Some(&fixture.model[1].1));
    assert_eq!(reader.log(3).unwrap(), None);
    assert_eq!(Fixture::new().reader().newest().unwrap(), 0);
}

#[test]
fn histograms_have_so_many_spans() {
    let events: Vec<_> =
        (0..=BUCKETS as i64).map(|at| Made::command(BEGIN + at * 60_000_000, b"x")).collect();
    let reader = Fixture::with(&events).reader();
    let ask = |minutes| reader.histogram(&Search::default(), Period::default(), minutes);
    assert!(matches!(ask(1), Err(RecordError::TooLong)));
    assert_eq!(ask(2).unwrap().len(), BUCKETS / 2 + 1);
    assert_eq!(ask(0).unwrap_err().to_string(), ask(1).unwrap_err().to_string());
}

#[test]
fn a_period_ends_before_its_end() {
    let hour = 3_600_000_000;
    let fixture =
        Fixture::with(&[0, 1, hour - 1, hour, hour + 1].map(|time| Made::command(BEGIN + time, b"x")));
    let check = |from: i64, until: i64, found: &[i64]| {
        let [from, until] = [from, until].map(|time| Some(Timestamp(BEGIN + time)));
        for search in ["", "x"] {
            let search = Search::parse(search).unwrap();
            let page = fixture.reader().logs(&search, Period { from, until }, Paging::default()).unwrap();
            assert_eq!(
                (ids(&page.data), page.total),
                (found.to_vec(), found.len() as u64),
                "{from:?} {until:?}"
            );
        }
    };
    check(0, hour, &[3, 2, 1]);
    check(1, hour + 1, &[4, 3, 2]);
    check(1, 2, &[2]);
    check(hour, hour, &[]);
    check(hour, 0, &[]);
}

#[test]
fn the_stream_does_not_look_at_anything_twice() {
    let mut events = vec![Made::command(BEGIN, b"wanted"), Made::command(BEGIN, b"wanted")];
    events.extend((0..9).map(|_| Made::command(BEGIN, b"other")));
    let reader = Fixture::with(&events).reader();
    let wanted = Search::parse("wanted").unwrap();
    let seen = |limit| reader.logs_after(0, &wanted, Period::default(), limit).unwrap().seen;
    assert_eq!((seen(1), seen(2), seen(3)), (1, 11, 11));
}
