//! How a daemon tells how it goes, on loopback: `GET /v1/status` as JSON, `GET /metrics` as text of
//! Prometheus (exposition format 0.0.4).

use std::{fmt::Write as _, sync::Arc};

use axum::{Json, Router, extract::State, http::header::CONTENT_TYPE, response::IntoResponse, routing::get};
use serde::Serialize;

use crate::server::{Limits, Plain, serve};

/// Path of the JSON.
pub const STATUS_PATH: &str = "/v1/status";

/// Path of the text.
pub const METRICS_PATH: &str = "/metrics";

/// Type of the text.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What a daemon tells of itself.
pub trait Report: Serialize + Send + 'static {
    /// The same as measurements.
    fn measure(&self, text: &mut Exposition);
}

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// It only grows while the process lives.
    Counter,
    /// It comes and goes.
    Gauge,
}

/// Measurements as text.
#[derive(Clone, Debug, Default)]
pub struct Exposition(String);

impl Exposition {
    /// A measurement of one number.
    pub fn number(&mut self, name: &str, measure: Measure, help: &str, value: impl Into<f64>) {
        self.family(name, measure, help).sample(&[], value);
    }

    /// A measurement of several numbers, told apart by labels.
    pub fn family<'a>(&'a mut self, name: &'a str, measure: Measure, help: &str) -> Family<'a> {
        let word = match measure {
            Measure::Counter => "counter",
            Measure::Gauge => "gauge",
        };
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {word}");
        Family { name, text: &mut self.0 }
    }

    /// The text.
    pub fn into_text(self) -> String {
        self.0
    }
}

/// A measurement whose numbers follow.
#[derive(Debug)]
pub struct Family<'a> {
    name: &'a str,
    text: &'a mut String,
}

impl Family<'_> {
    /// One of its numbers.
    pub fn sample(&mut self, labels: &[(&str, &str)], value: impl Into<f64>) {
        self.text.push_str(self.name);
        for (place, (label, text)) in labels.iter().enumerate() {
            self.text.push(if place == 0 { '{' } else { ',' });
            let _ = write!(self.text, "{label}=\"");
            text.chars().for_each(|c| push_escaped(c, self.text));
            self.text.push('"');
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {}", value.into());
    }
}

/// As the format wants the value of a label.
fn push_escaped(c: char, text: &mut String) {
    match c {
        '\\' => text.push_str("\\\\"),
        '"' => text.push_str("\\\""),
        '\n' => text.push_str("\\n"),
        c => text.push(c),
    }
}

/// Tells whoever asks, until `ending` comes.
pub async fn tell<R: Report>(
    door: Plain,
    report: impl Fn() -> R + Send + Sync + 'static,
    ending: impl Future<Output = ()>,
) {
    let routes = Router::new()
        .route(STATUS_PATH, get(status::<R>))
        .route(METRICS_PATH, get(metrics::<R>))
        .with_state(Source(Arc::new(report)));
    serve(door, routes, Limits { connections: 16, ..Limits::default() }, ending).await;
}

/// Where reports come from.
struct Source<R>(Arc<dyn Fn() -> R + Send + Sync>);

impl<R> Clone for Source<R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

async fn status<R: Report>(State(source): State<Source<R>>) -> Json<R> {
    Json((source.0)())
}

async fn metrics<R: Report>(State(source): State<Source<R>>) -> impl IntoResponse {
    let mut text = Exposition::default();
    (source.0)().measure(&mut text);
    ([(CONTENT_TYPE, TEXT)], text.into_text())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Client, Way};

    #[derive(Serialize)]
    struct Told {
        lag: u32,
    }

    impl Report for Told {
        fn measure(&self, text: &mut Exposition) {
            text.number("decnet_lag_bytes", Measure::Gauge, "Bytes that wait.", self.lag);
            let mut hosts = text.family("decnet_lines_total", Measure::Counter, "Lines that came.");
            hosts.sample(&[("host", "a\"b\\c\nd"), ("kind", "x")], 3);
        }
    }

    #[test]
    fn labels_are_escaped() {
        let mut text = Exposition::default();
        Told { lag: 7 }.measure(&mut text);
        let expect = "# HELP decnet_lag_bytes Bytes that wait.\n# TYPE decnet_lag_bytes gauge\n\
                      decnet_lag_bytes 7\n# HELP decnet_lines_total Lines that came.\n\
                      # TYPE decnet_lines_total counter\n\
                      decnet_lines_total{host=\"a\\\"b\\\\c\\nd\",kind=\"x\"} 3\n";
        assert_eq!(text.into_text(), expect);
    }

    #[tokio::test]
    async fn it_is_told_on_loopback() {
        let door = Plain::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let client = Client::new(Way::Plain(door.address().unwrap().to_string()));
        tokio::spawn(tell(door, || Told { lag: 7 }, std::future::pending()));
        let told: serde_json::Value = client.get("GET", STATUS_PATH).await.unwrap();
        assert_eq!(told["lag"], 7);
    }
}
