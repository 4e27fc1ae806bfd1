//! The list of what is ignored, in its rows.

use decnet_proto::{
    alert::{IGNORES_MAX, IgnoreId, IgnoreRequest},
    mac::Mac,
};

use super::{Bench, START, after};
use crate::alerts::AlertError;

fn request() -> IgnoreRequest {
    IgnoreRequest {
        subnet: Some("192.0.2.0/24".parse().unwrap()),
        mac: Some(Mac([2, 0, 0, 0, 0, 7])),
        begins: Some("2025-11-26T00:00:00.000000+00:00".to_owned()),
        ends: Some("2025-11-27T00:00:00.000000+00:00".to_owned()),
        reason: "the scanner".to_owned(),
    }
}

#[test]
fn an_entry_is_read_as_it_was_written_and_stays_for_those_who_name_it() {
    let mut bench = Bench::new();
    let id = bench.tables.alerts().ignore_add(&request(), "admin", START).unwrap();
    let mut bench = bench.reopen();
    let mut alerts = bench.tables.alerts();
    let list = alerts.ignore_list().unwrap();
    assert_eq!((list.len(), &list[0].what, list[0].author.as_str()), (1, &request(), "admin"));
    let covers = |ignores: &crate::alerts::Ignores| {
        ignores.matches("192.0.2.9".parse().ok(), Some(Mac([2, 0, 0, 0, 0, 7])), START).is_some()
    };
    assert!(covers(&alerts.ignores().unwrap()));
    alerts.ignore_remove(id, after(START, 1)).unwrap();
    assert!(!covers(&alerts.ignores().unwrap()));
    assert!(alerts.ignore_list().unwrap().is_empty());
    assert_eq!(alerts.ignore_fetch(id).unwrap().removed, Some(after(START, 1).to_string()));
    assert!(matches!(alerts.ignore_remove(id, START), Err(AlertError::Absent { .. })));
    assert!(matches!(alerts.ignore_fetch(IgnoreId(9)), Err(AlertError::Absent { .. })));
    let next = alerts.ignore_add(&request(), "admin", START).unwrap();
    assert_ne!(next, id, "its id is never another's");
}

#[test]
fn what_says_nothing_is_refused() {
    let mut bench = Bench::new();
    let text = |text: &str| Some(text.to_owned());
    let bad = [
        IgnoreRequest { subnet: None, mac: None, ..request() },
        IgnoreRequest { reason: " ".to_owned(), ..request() },
        IgnoreRequest { reason: "a\nb".to_owned(), ..request() },
        IgnoreRequest { begins: text("yesterday"), ..request() },
        IgnoreRequest { ends: request().begins, ..request() },
    ];
    for request in bad {
        let refused = bench.tables.alerts().ignore_add(&request, "admin", START);
        assert!(matches!(refused, Err(AlertError::Invalid { .. })), "{request:?}");
    }
}

#[test]
fn there_are_at_most_ten_thousand() {
    let mut bench = Bench::new();
    bench
        .tables
        .write(|alerts| {
            for _ in 0..IGNORES_MAX {
                alerts.ignore_add(&request(), "admin", START).unwrap();
            }
            Ok(())
        })
        .unwrap();
    let refused = bench.tables.alerts().ignore_add(&request(), "admin", START);
    assert!(matches!(refused, Err(AlertError::TooMany { most: IGNORES_MAX, .. })));
}
