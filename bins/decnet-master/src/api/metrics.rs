//! What is counted.

use std::sync::{Mutex, PoisonError};

use axum::http::StatusCode;
use decnet_api::status::{Exposition, Measure};
use decnet_proto::{alert::Receiver, api::Route};
use decnet_record::Status;

/// Classes of answers, by the first digit of their status.
const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// Answers by route and class.
#[derive(Debug, Default)]
pub(super) struct Counters(Mutex<Vec<[u64; CLASSES.len()]>>);

impl Counters {
    /// One more.
    pub(super) fn answered(&self, route: Route, status: StatusCode) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(place) = Route::ALL.iter().position(|known| *known == route) else { return };
        if counts.len() <= place {
            counts.resize(Route::ALL.len(), [0; CLASSES.len()]);
        }
        let class = usize::from(status.as_u16() / 100).saturating_sub(2);
        if let Some(count) = counts.get_mut(place).and_then(|classes| classes.get_mut(class)) {
            *count += 1;
        }
    }

    /// All of them.
    pub(super) fn measure(&self, text: &mut Exposition) {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut family = text.family("decnet_api_answers_total", Measure::Counter, "Answers of the API.");
        for (route, classes) in Route::ALL.iter().zip(counts.iter()) {
            let name = format!("{route:?}");
            for (class, count) in CLASSES.iter().zip(classes).filter(|(_, count)| **count > 0) {
                #[expect(clippy::cast_precision_loss, reason = "the format has no other numbers")]
                family.sample(&[("route", &name), ("class", class)], *count as f64);
            }
        }
    }
}

/// How the record is kept.
pub(super) fn record(status: &Status, newest: i64, text: &mut Exposition) {
    #[expect(clippy::cast_precision_loss, reason = "the format has no other numbers")]
    let mut number = |name, measure, help, value: u64| text.number(name, measure, help, value as f64);
    number(
        "decnet_record_lines_total",
        Measure::Counter,
        "Lines that were read since the start.",
        status.lines,
    );
    number(
        "decnet_record_events_total",
        Measure::Counter,
        "Events that were kept since the start.",
        status.events,
    );
    number(
        "decnet_record_repeats_total",
        Measure::Counter,
        "Events that came again since the start.",
        status.duplicates,
    );
    number(
        "decnet_record_undecodable_total",
        Measure::Counter,
        "Lines that are no events.",
        status.undecodable,
    );
    number("decnet_record_gaps_total", Measure::Counter, "Stretches of the log that are gone.", status.gaps);
    number("decnet_record_lag_bytes", Measure::Gauge, "Bytes of the log that are not kept yet.", status.lag);
    number("decnet_record_newest_event", Measure::Gauge, "Id of the newest event.", newest.cast_unsigned());
    let paused = u64::from(status.paused.is_some());
    number("decnet_record_paused", Measure::Gauge, "1 while nothing can be kept.", paused);
}

/// Alerts, and how far they are.
pub(super) fn alerts(raised: u64, receivers: &[Receiver], text: &mut Exposition) {
    let sum = |count: fn(&Receiver) -> u64| receivers.iter().map(count).sum();
    #[expect(clippy::cast_precision_loss, reason = "the format has no other numbers")]
    let mut number = |name, measure, help, value: u64| text.number(name, measure, help, value as f64);
    let help = "Alerts that events raised since the start.";
    number("decnet_alerts_raised_total", Measure::Counter, help, raised);
    let help = "Deliveries of alerts that wait.";
    number("decnet_alerts_waiting", Measure::Gauge, help, sum(|receiver| receiver.waiting));
    let help = "Deliveries of alerts that were given up.";
    number("decnet_alerts_dead", Measure::Gauge, help, sum(|receiver| receiver.dead));
}
