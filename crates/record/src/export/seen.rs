//! What every format asks of an event.

use std::{borrow::Cow, net::IpAddr};

use decnet_event::{Kind, KindInfo, Severity, Timestamp, text::readable, wire};
use serde_json::{Map, Value};

use super::{
    Exported,
    mapping::{self, Mapping},
};

/// Fields that say who spoke with whom and in which order: every format has places of its own for them.
const IDENTITY: [&str; 7] = ["boot", "seq", "session", "src_ip", "src_port", "dst_ip", "dst_port"];

/// An event, taken apart.
pub(super) struct Seen<'e> {
    pub(super) id: i64,
    pub(super) worker: &'e str,
    pub(super) ignored: Option<i64>,
    pub(super) line: &'e [u8],
    pub(super) record: wire::Record<'e>,
}

impl<'e> Seen<'e> {
    /// A line that is none of RFC 5424 is an event that says nothing but the line.
    pub(super) fn of(event: &Exported<'e>) -> Self {
        let Exported { id, worker, ignored, line } = *event;
        Self { id, worker, ignored, line, record: wire::Record::of(line) }
    }

    pub(super) fn time(&self) -> Timestamp {
        self.record.time.unwrap_or(Timestamp(0))
    }

    /// The catalogue's entry of its kind, where it has one.
    pub(super) fn info(&self) -> Option<&'static KindInfo> {
        Kind::ALL.iter().find(|info| info.name == self.record.msg_id)
    }

    pub(super) fn mapping(&self) -> &'static Mapping {
        mapping::of(self.record.msg_id)
    }

    /// What happened, in a sentence.
    pub(super) fn summary(&self) -> &'static str {
        self.info().map_or("Something that this version does not know.", |info| info.summary)
    }

    pub(super) fn severity(&self) -> Severity {
        match self.record.priority % 8 {
            0..=3 => Severity::Error,
            4 => Severity::Warning,
            _ => Severity::Info,
        }
    }

    /// The first value of a field, as text; nothing for an empty one.
    pub(super) fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        self.record.field(name).filter(|value| !value.is_empty()).map(readable)
    }

    /// A field that is a number.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.record.field_str(name)?.parse().ok()
    }

    /// A field that is an address.
    pub(super) fn address(&self, name: &str) -> Option<IpAddr> {
        self.record.field_str(name)?.parse().ok().map(|address: IpAddr| address.to_canonical())
    }

    /// The entry of the ignore list that covers it, as text.
    pub(super) fn ignored(&self) -> Option<String> {
        self.ignored.map(|entry| entry.to_string())
    }

    /// The fields of its kind, an object of texts, where there are some.
    pub(super) fn own_fields(&self) -> Option<Value> {
        let own = self.record.fields.iter().filter(|(name, _)| !IDENTITY.contains(name));
        let own: Map<_, _> = own.map(|(name, value)| ((*name).to_owned(), readable(value).into())).collect();
        Some(own).filter(|own| !own.is_empty()).map(Value::Object)
    }
}
