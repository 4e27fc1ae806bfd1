//! What is raised, how often, and how much.

use decnet_proto::alert::{Rule, RuleKind};

use super::{super::Outcome, Bench, HOUR, SECOND, START, after, entry, first_touch};
use crate::{
    Paging,
    alerts::{AlertError, judge},
};

#[test]
fn an_alert_is_raised_once_and_goes_to_every_receiver() {
    let mut bench = Bench::new();
    bench.receiver("a");
    bench.receiver("b");
    let raised = first_touch("decky-01", START);
    let raise = |bench: &mut Bench| bench.tables.write(|alerts| alerts.alert_raise(&raised, START)).unwrap();
    let Outcome::Raised(id) = raise(&mut bench) else { panic!("it was not raised") };
    assert_eq!(raise(&mut bench), Outcome::Known);
    let due = bench.due(START);
    assert_eq!(due.len(), 2);
    assert!(due.iter().all(|due| due.alert.id == id));
    let alert = &due[0].alert;
    assert_eq!(alert.title, "203.0.113.9 touched decky-01 (ssh)");
    assert_eq!(alert.attacker_ip.as_deref(), Some("203.0.113.9"));
    assert_eq!((alert.event_id, alert.decky.as_deref()), (Some(7), Some("decky-01")));
    assert_eq!(alert.details["detail"], "root");
    bench.receiver("late");
    assert_eq!(bench.due(START).len(), 2, "who comes later gets what is raised later");
}

#[test]
fn the_id_is_the_same_in_another_record() {
    let raise =
        || Bench::new().tables.write(|alerts| alerts.alert_raise(&first_touch("d", START), START)).unwrap();
    assert_eq!(raise(), raise());
    let other =
        Bench::new().tables.write(|alerts| alerts.alert_raise(&first_touch("e", START), START)).unwrap();
    assert_ne!(raise(), other);
}

#[test]
fn there_are_both_alert_and_deliveries_or_neither() {
    let mut bench = Bench::new();
    bench.receiver("a");
    let broken: Result<(), _> = bench.tables.write(|alerts| {
        alerts.alert_raise(&first_touch("d", START), START)?;
        Err(crate::RecordError::Full)
    });
    assert!(broken.is_err());
    let mut bench = bench.reopen();
    assert!(bench.due(START).is_empty());
    assert!(bench.alerts().is_empty());
}

#[test]
fn a_rule_that_is_off_raises_nothing() {
    let mut bench = Bench::new();
    bench.receiver("a");
    let off = Rule { kind: RuleKind::FirstTouch, enabled: false, hourly: 5 };
    bench.tables.alerts().rule_set(off).unwrap();
    let raised = first_touch("d", START);
    assert_eq!(bench.tables.write(|alerts| alerts.alert_raise(&raised, START)).unwrap(), Outcome::Off);
    let mut bench = bench.reopen();
    let rules = bench.tables.alerts().rule_list().unwrap();
    assert_eq!(rules.len(), RuleKind::ALL.len());
    assert!(rules.contains(&off) && rules.iter().filter(|rule| rule.enabled).count() == 6);
    let none = bench.tables.alerts().rule_set(Rule { kind: RuleKind::Test, ..off });
    assert!(matches!(none, Err(AlertError::Invalid { what: "the rule", .. })));
    for hourly in [0, 10_001] {
        let refused = bench.tables.alerts().rule_set(Rule { hourly, ..off });
        assert!(matches!(refused, Err(AlertError::Invalid { what: "hourly", .. })));
    }
}

#[test]
fn a_flood_is_told_once_an_hour() {
    let mut bench = Bench::new();
    bench.tables.alerts().rule_set(Rule { kind: RuleKind::FirstTouch, enabled: true, hourly: 3 }).unwrap();
    let mut raise = |decky: &str, now| {
        let raised = first_touch(decky, now);
        bench.tables.write(|alerts| alerts.alert_raise(&raised, now)).unwrap()
    };
    for decky in ["a", "b", "c"] {
        assert!(matches!(raise(decky, START), Outcome::Raised(_)));
    }
    for decky in ["d", "e", "f"] {
        assert_eq!(raise(decky, after(START, SECOND)), Outcome::TooMany);
    }
    assert!(matches!(raise("g", after(START, HOUR)), Outcome::Raised(_)), "another hour");
    let titles: Vec<_> = bench.alerts().into_iter().map(|alert| alert.title).collect();
    assert_eq!(titles.len(), 5, "{titles:?}");
    assert_eq!(titles.iter().filter(|title| title.starts_with("there are more than 3 alerts")).count(), 1);
}

#[test]
fn every_rule_is_kept_and_read() {
    let mut bench = Bench::new();
    bench.receiver("a");
    let all = crate::alerts::Entry {
        kind: "bait_used",
        new_attacker: true,
        new_credential: true,
        ..entry("d", START)
    };
    let raised = [
        judge(&all),
        judge(&crate::alerts::Entry { kind: "certificate_expiring", new_contact: false, ..all }),
        vec![
            crate::alerts::Raised::worker_lost("w", START),
            crate::alerts::Raised::lag("w", std::time::Duration::from_secs(9), START),
        ],
    ]
    .concat();
    for raised in &raised {
        bench.tables.write(|alerts| alerts.alert_raise(raised, START)).unwrap();
    }
    let kept = bench.alerts();
    let kinds: std::collections::BTreeSet<_> = kept.iter().map(|alert| alert.rule).collect();
    assert_eq!(kinds.len(), RuleKind::ALL.len());
    let first = bench.tables.alerts().alert_page(Paging::first(2)).unwrap();
    assert_eq!((first.total, first.total_exact), (kept.len() as u64, true));
    let after = first.next.unwrap().parse().ok();
    let second = bench.tables.alerts().alert_page(Paging { after, ..Paging::first(2) }).unwrap();
    assert_eq!([first.data, second.data].concat(), kept[..4]);
}

#[test]
fn what_is_late_says_so_and_leaves_room_for_what_happens_now() {
    let mut bench = Bench::new();
    bench.tables.alerts().rule_set(Rule { kind: RuleKind::FirstTouch, enabled: true, hourly: 4 }).unwrap();
    let now = after(START, 10 * HOUR);
    let mut raise = |decky: &str, time| {
        let raised = first_touch(decky, time);
        bench.tables.write(|alerts| alerts.alert_raise(&raised, now)).unwrap()
    };
    assert_eq!(raise("old", after(now, -25 * HOUR)), Outcome::TooLate);
    for decky in ["late 1", "late 2"] {
        assert!(matches!(raise(decky, START), Outcome::Raised(_)));
    }
    assert_eq!(raise("late 3", START), Outcome::TooMany);
    for decky in ["now 1", "now 2"] {
        assert!(matches!(raise(decky, now), Outcome::Raised(_)));
    }
    assert_eq!(raise("now 3", now), Outcome::TooMany);
    let told: Vec<_> = bench
        .alerts()
        .into_iter()
        .rev()
        .map(|alert| (alert.title, alert.details.get("late_seconds").cloned()))
        .collect();
    let late = Some("36000".to_owned());
    let touched = |decky: &str| format!("203.0.113.9 touched {decky} (ssh)");
    let many = |many| {
        format!("there are more than {many} alerts of first_touch within this hour: the others are not sent")
    };
    let expect = [
        (touched("late 1"), late.clone()),
        (touched("late 2"), late),
        (many("2 late"), None),
        (touched("now 1"), None),
        (touched("now 2"), None),
        (many("4"), None),
    ];
    assert_eq!(told, expect);
    // What is of no event is told whenever somebody looks.
    let lost = crate::alerts::Raised::worker_lost("w", START);
    let lost = bench.tables.write(|alerts| alerts.alert_raise(&lost, after(now, 99 * HOUR))).unwrap();
    assert!(matches!(lost, Outcome::Raised(_)));
}
