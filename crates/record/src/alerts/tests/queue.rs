//! Deliveries: due, done, failed, dead, tried again, forgotten.

use std::time::Duration;

use decnet_event::Timestamp;
use decnet_proto::alert::{DeliveryState, ReceiverId};

use super::{Bench, Failure, HOUR, SECOND, START, after};
use crate::alerts::AlertError;

const DAY: i64 = 24 * HOUR;

fn deckies(bench: &mut Bench, now: Timestamp) -> Vec<String> {
    bench.due(now).into_iter().filter_map(|due| due.alert.decky).collect()
}

#[test]
fn one_at_a_time_and_in_order() {
    let mut bench = Bench::new();
    bench.receiver("a");
    for (at, decky) in ["d1", "d2", "d3"].into_iter().enumerate() {
        bench.touch(decky, after(START, at as i64));
    }
    let now = after(START, SECOND);
    for decky in ["d1", "d2", "d3"] {
        assert_eq!(deckies(&mut bench, now), [decky]);
        assert_eq!(deckies(&mut bench, now), [decky], "until it is told what became of it");
        let id = bench.due(now)[0].id;
        bench.done(id, now);
    }
    assert!(bench.due(now).is_empty());
    let mut bench = bench.reopen();
    assert!(bench.due(after(now, DAY)).is_empty(), "what was delivered is never due again");
    assert_eq!(bench.tables.alerts().delivery_next().unwrap(), None);
}

#[test]
fn a_failure_is_tried_again_later_with_the_same_id() {
    let mut bench = Bench::new();
    bench.receiver("a");
    bench.touch("d", START);
    let first = bench.due(START).remove(0);
    let mut now = START;
    for wait in [1, 2, 4, 8] {
        bench.failed(first.id, now);
        assert!(bench.due(after(now, wait * SECOND - 1)).is_empty());
        now = after(now, wait * SECOND);
        assert_eq!(bench.tables.alerts().delivery_next().unwrap(), Some(now));
        assert_eq!(bench.due(now)[0], first);
        bench = bench.reopen();
    }
}

#[test]
fn others_are_not_held_up_by_one_that_fails() {
    let mut bench = Bench::new();
    bench.receiver("a");
    bench.receiver("b");
    bench.touch("d1", START);
    bench.touch("d2", START);
    let bad = bench.due(START)[0].id;
    bench.failed(bad, START);
    assert_eq!(deckies(&mut bench, START), ["d2", "d1"]);
}

#[test]
fn a_receiver_that_fails_five_times_in_a_row_is_left_alone() {
    let mut bench = Bench::new();
    let receiver = bench.receiver("a");
    for decky in ["d1", "d2", "d3", "d4", "d5", "d6"] {
        bench.touch(decky, START);
    }
    for left in (0..5).rev() {
        let id = bench.due(START)[0].id;
        bench.failed(id, START);
        assert_eq!(bench.due(START).is_empty(), left == 0);
    }
    let until = after(START, 16 * SECOND);
    assert!(bench.due(after(until, -1)).is_empty());
    let shown = bench.tables.alerts().receiver_fetch(receiver, START).unwrap();
    assert_eq!((shown.failures, shown.waiting, shown.dead), (5, 6, 0));
    assert_eq!(shown.paused_until, Some(until.to_string()));
    let mut bench = bench.reopen();
    let id = bench.due(until)[0].id;
    bench.failed(id, until);
    assert!(bench.due(after(until, 32 * SECOND - 1)).is_empty(), "one try, and a longer rest");
    let now = after(until, 32 * SECOND);
    let id = bench.due(now)[0].id;
    bench.done(id, now);
    for _ in 0..5 {
        let id = bench.due(now)[0].id;
        bench.done(id, now);
    }
    assert_eq!(bench.tables.alerts().receiver_fetch(receiver, now).unwrap().failures, 0);
}

#[test]
fn who_answers_again_gets_at_once_what_had_to_wait() {
    let mut bench = Bench::new();
    bench.receiver("a");
    bench.touch("d1", START);
    let mut now = START;
    for _ in 0..8 {
        let id = bench.due(now)[0].id;
        bench.failed(id, now);
        now = bench.tables.alerts().delivery_next().unwrap().unwrap();
    }
    // The first one fails once more, so that it waits for minutes when the others succeed.
    let first = bench.due(now)[0].id;
    bench.failed(first, now);
    bench.touch("d2", now);
    let now = bench.tables.alerts().delivery_next().unwrap().unwrap();
    let first = bench.due(now)[0].id;
    bench.failed(first, now);
    bench.touch("d3", now);
    let mut now = bench.tables.alerts().delivery_next().unwrap().unwrap();
    for _ in 0..3 {
        let id = bench.due(now).first().expect("nothing is due").id;
        bench.done(id, now);
        now = after(now, 1);
    }
    assert_eq!(bench.tables.alerts().delivery_next().unwrap(), None, "nothing waits any more");
}

#[test]
fn what_a_receiver_asks_for_is_heeded_up_to_an_hour() {
    let mut bench = Bench::new();
    bench.receiver("a");
    bench.touch("d1", START);
    bench.touch("d2", START);
    let id = bench.due(START)[0].id;
    let busy = |seconds| Failure { error: "busy".to_owned(), wait: Some(Duration::from_secs(seconds)) };
    bench.tables.write(|alerts| alerts.delivery_failed(id, &busy(100), 0, START)).unwrap();
    assert!(bench.due(after(START, 100 * SECOND - 1)).is_empty());
    let now = after(START, 100 * SECOND);
    let id = bench.due(now)[0].id;
    bench.tables.write(|alerts| alerts.delivery_failed(id, &busy(u64::MAX), 0, now)).unwrap();
    assert!(!bench.due(after(now, HOUR)).is_empty());
}

#[test]
fn after_twenty_tries_it_is_dead() {
    let mut bench = Bench::new();
    let receiver = bench.receiver("a");
    bench.touch("d", START);
    let mut now = START;
    let mut tries = 0;
    while let Some(due) = bench.tables.alerts().delivery_next().unwrap() {
        now = Timestamp(now.0.max(due.0));
        let id = bench.due(now)[0].id;
        bench.failed(id, now);
        tries += 1;
    }
    assert_eq!(tries, 20);
    assert!(now < after(START, DAY));
    let dead = bench.deliveries(receiver, DeliveryState::Dead);
    assert_eq!((dead.len(), dead[0].tries), (1, 20));
    assert_eq!(dead[0].error.as_deref(), Some("no answer"));
}

#[test]
fn after_a_day_of_failures_everything_of_that_day_is_dead_and_can_be_tried_again() {
    let mut bench = Bench::new();
    let receiver = bench.receiver("a");
    for decky in ["d1", "d2", "d3"] {
        bench.touch(decky, START);
    }
    let now = after(START, DAY);
    bench.touch("young", after(now, -SECOND));
    let mut bench = bench.reopen();
    assert_eq!(deckies(&mut bench, now), ["d1"], "nothing is dead that was never tried");
    let id = bench.due(now)[0].id;
    bench.failed(id, now);
    let dead = bench.deliveries(receiver, DeliveryState::Dead);
    let names: Vec<_> = dead.iter().filter_map(|delivery| delivery.alert.decky.as_deref()).collect();
    assert_eq!(names, ["d3", "d2", "d1"]);
    assert_eq!(deckies(&mut bench, now), ["young"]);

    let alert = dead[0].alert.id;
    bench.tables.alerts().dead_retry(alert, receiver, now).unwrap();
    let again = bench.tables.alerts().dead_retry(alert, receiver, now);
    assert!(matches!(again, Err(AlertError::Absent { .. })), "it waits already");
    assert_eq!(bench.tables.alerts().dead_retry_all(receiver, now).unwrap(), 2);
    let later = after(now, 4 * SECOND);
    let due = bench.due(later).remove(0);
    bench.failed(due.id, later);
    let waiting = bench.deliveries(receiver, DeliveryState::Waiting);
    assert_eq!(waiting.len(), 4, "their day begins anew");
}

#[test]
fn an_answer_that_is_told_late_counts_and_a_failure_that_is_told_late_does_not() {
    let mut bench = Bench::new();
    let receiver = bench.receiver("a");
    bench.touch("d", START);
    let id = bench.due(START)[0].id;
    bench.done(id, START);
    bench.failed(id, START);
    let delivered = |bench: &mut Bench| bench.deliveries(receiver, DeliveryState::Delivered).len();
    assert_eq!(delivered(&mut bench), 1);
    bench.touch("e", START);
    let id = bench.due(START)[0].id;
    let off = decnet_proto::alert::ReceiverChange { enabled: Some(false), ..Default::default() };
    bench.tables.alerts().receiver_change(receiver, &off, START).unwrap();
    bench.done(id, START);
    assert_eq!(delivered(&mut bench), 2);
    bench.failed(super::DeliveryId { alert: 99, receiver: ReceiverId(99) }, START);
}

#[test]
fn old_alerts_are_forgotten_unless_somebody_waits_for_them() {
    let mut bench = Bench::new();
    bench.touch("to nobody", START);
    bench.receiver("a");
    bench.touch("d1", START);
    bench.touch("d2", START);
    let id = bench.due(START)[0].id;
    bench.done(id, START);
    let prune = |bench: &mut Bench, now| bench.tables.write(|alerts| alerts.prune(now)).unwrap();
    assert_eq!(prune(&mut bench, after(START, 90 * DAY)), 0);
    assert_eq!(prune(&mut bench, after(START, 90 * DAY + 1)), 2);
    let left = bench.alerts();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].decky.as_deref(), Some("d2"));
}
