use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use decnet_daemon::signals::{self, Trigger};
use tokio::time::Instant;

use super::*;

/// Signals that come when a test says so: to end, and to end at once.
async fn by_hand() -> (Trigger, Trigger, Signals) {
    let (end, shutdown) = Shutdown::by_hand();
    let (hurry, at_once) = Shutdown::by_hand();
    let hangup = signals::listen().unwrap().hangup;
    (end, hurry, Signals { shutdown, at_once, hangup })
}

/// A part that ends when it is asked to, and is counted then.
fn patient(ended: &Arc<AtomicUsize>) -> Part {
    let ended = Arc::clone(ended);
    Part::new("patient", |mut shutdown| async move {
        shutdown.requested().await;
        ended.fetch_add(1, Ordering::Relaxed);
    })
}

/// A part that never ends.
fn endless() -> Part {
    Part::new("endless", |_| std::future::pending())
}

#[tokio::test]
async fn all_are_asked_to_end_and_waited_for() {
    let ended = Arc::default();
    let (end, _hurry, signals) = by_hand().await;
    end.request();
    together(vec![patient(&ended), patient(&ended)], signals).await.unwrap();
    assert_eq!(ended.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn when_one_ends_the_others_do_and_it_is_an_error() {
    let ended = Arc::default();
    let check = async |part: Part, expect: &str| {
        let (_end, _hurry, signals) = by_hand().await;
        let error = together(vec![patient(&ended), part], signals).await.unwrap_err().to_string();
        assert!(error.contains(expect), "{error}");
    };
    check(Part::new("short one", |_| async {}), "the short one ended").await;
    check(Part::new("weak one", |_| async { panic!("on purpose") }), "the weak one broke down").await;
    assert_eq!(ended.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_end_is_left_after_ten_seconds() {
    let ended = Arc::default();
    let (end, _hurry, signals) = by_hand().await;
    end.request();
    let begun = Instant::now();
    together(vec![endless(), patient(&ended)], signals).await.unwrap();
    assert!(begun.elapsed() >= DRAIN && begun.elapsed() < 2 * DRAIN, "{:?}", begun.elapsed());
    assert_eq!(ended.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn who_is_in_a_hurry_waits_for_nobody() {
    let (end, hurry, signals) = by_hand().await;
    end.request();
    hurry.request();
    let begun = Instant::now();
    together(vec![endless()], signals).await.unwrap();
    assert!(begun.elapsed() < DRAIN, "{:?}", begun.elapsed());
}
