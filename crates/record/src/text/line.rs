//! A line as somebody who searches sees it.

use std::borrow::Cow;

use decnet_event::{text::readable, wire::Record};

/// Fields that no words are kept of: they only count, and nobody looks for a part of them.
const COUNTERS: [&str; 5] = ["boot", "seq", "session", "src_port", "dst_port"];

/// A line, taken apart.
#[derive(Debug)]
pub(crate) struct Line<'l>(pub(crate) Record<'l>);

impl<'l> Line<'l> {
    /// Takes `line` apart; one that cannot be is a message as a whole.
    pub(crate) fn of(line: &'l [u8]) -> Self {
        Self(Record::of(line))
    }

    /// Names and texts of its fields, in order.
    pub(crate) fn fields(&self) -> impl DoubleEndedIterator<Item = (&'l str, Cow<'_, str>)> {
        self.0.fields.iter().map(|(name, value)| (*name, readable(value)))
    }

    /// The text of a field; the last one where several have the name.
    pub(crate) fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.fields.iter().rfind(|(its, _)| *its == name).map(|(_, value)| readable(value))
    }

    /// Its message as a text, with marks in place of what is no UTF-8.
    pub(crate) fn message(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.0.message)
    }

    /// Whether `says` holds for one of the texts that can be searched.
    pub(crate) fn any_text(&self, mut says: impl FnMut(&str) -> bool) -> bool {
        let Record { hostname, app_name, msg_id, ref fields, message, .. } = self.0;
        [hostname, app_name, msg_id].into_iter().any(&mut says)
            || fields.iter().any(|(name, value)| is_searched(name) && says(&readable(value)))
            || !message.is_empty() && says(&self.message())
    }
}

/// Whether words are kept of the fields of this name.
pub(crate) fn is_searched(field: &str) -> bool {
    !COUNTERS.contains(&field)
}
