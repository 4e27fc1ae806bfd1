//! From `tracing` events to sinks.

use std::{
    io::Write as _,
    sync::{Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use decnet_event::{
    Timestamp, text,
    wire::{Diagnostic, encode_diagnostic},
};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::{
    Layer,
    filter::LevelFilter,
    layer::{Context, Filter},
};

use super::{
    line::{Text, component, is_ours, urgency},
    rotate::RotatingFile,
};

/// Where lines go.
#[derive(Debug)]
pub(super) enum Sink {
    /// RFC 5424 lines to a file that rotates.
    File(RotatingFile),
    /// RFC 5424 lines to stderr.
    Stderr,
    /// Lines for people to stderr.
    Terminal,
}

/// Writes each event to every sink. A sink that fails is skipped: a daemon does not end
/// because it cannot speak.
#[derive(Debug)]
pub(super) struct Lines {
    host: String,
    pid: u32,
    sinks: Mutex<Vec<Sink>>,
}

impl Lines {
    pub(super) fn new(sinks: Vec<Sink>) -> Self {
        let host = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
        Self { host: host.unwrap_or_default(), pid: std::process::id(), sinks: Mutex::new(sinks) }
    }

    /// The layer with everything below `level` taken out.
    pub(super) fn with_level<S>(self, level: LevelFilter) -> impl Layer<S>
    where
        S: Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
    {
        self.with_filter(Ours(level))
    }

    fn encode(&self, time: Timestamp, metadata: &Metadata<'_>, message: &str) -> Vec<u8> {
        let mut line = Vec::with_capacity(256);
        let diagnostic = Diagnostic {
            time,
            urgency: urgency(*metadata.level()),
            host: &self.host,
            component: component(metadata.target()),
            pid: self.pid,
            place: &metadata.target().replace("::", "."),
            message,
        };
        encode_diagnostic(&diagnostic, &mut line);
        line.push(b'\n');
        line
    }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let time = Timestamp(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX));
        let mut text = Text::default();
        event.record(&mut text);
        let message = text.finish();
        let line = self.encode(time, event.metadata(), &message);
        let mut sinks = self.sinks.lock().unwrap_or_else(PoisonError::into_inner);
        for sink in sinks.iter_mut() {
            // There is nowhere left to complain to.
            let _ = match sink {
                Sink::File(file) => file.write_line(&line),
                Sink::Stderr => std::io::stderr().write_all(&line),
                Sink::Terminal => std::io::stderr().write_all(&for_people(time, event.metadata(), &message)),
            };
        }
    }
}

/// `10:47:13 WARN  engine: message`, coloured by level; control characters are escaped
/// line by line, because a chain of errors may have several.
fn for_people(time: Timestamp, metadata: &Metadata<'_>, message: &str) -> Vec<u8> {
    let time = time.to_string();
    let clock = time.get(11..19).unwrap_or_default();
    let colour = match *metadata.level() {
        Level::ERROR => 31,
        Level::WARN => 33,
        Level::INFO => 32,
        _ => 2,
    };
    let message: Vec<_> = message.lines().map(|line| text::escape(line.as_bytes())).collect();
    let (level, component) = (metadata.level().as_str(), component(metadata.target()));
    format!("{clock} \x1b[{colour}m{level:<5}\x1b[0m {component}: {}\n", message.join("\n    ")).into_bytes()
}

/// Ours from the level on; of foreign crates only warnings and errors.
struct Ours(LevelFilter);

impl<S> Filter<S> for Ours {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        *metadata.level() <= self.0 && (is_ours(metadata) || *metadata.level() <= Level::WARN)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.0)
    }
}
