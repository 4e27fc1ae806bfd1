//! The parts of a line.

use std::fmt::{self, Write as _};

use decnet_event::wire::Urgency;
use tracing::{
    Level, Metadata,
    field::{Field, Visit},
};

/// Collects the message and, behind it, the fields as `name=value`.
#[derive(Debug, Default)]
pub(super) struct Text {
    message: String,
    fields: String,
}

impl Text {
    pub(super) fn finish(self) -> String {
        self.message + &self.fields
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

/// Who speaks: the crate without the prefix that all of ours share, or the target a call names.
pub(super) fn component(target: &str) -> &str {
    let crate_name = target.split("::").next().unwrap_or(target);
    crate_name.strip_prefix("decnet_").unwrap_or(crate_name)
}

/// Whether a crate of ours speaks.
pub(super) fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.module_path().is_some_and(|path| path.starts_with("decnet"))
}

pub(super) fn urgency(level: Level) -> Urgency {
    match level {
        Level::ERROR => Urgency::Error,
        Level::WARN => Urgency::Warning,
        Level::INFO => Urgency::Info,
        _ => Urgency::Debug,
    }
}
