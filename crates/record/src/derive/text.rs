//! Values of peers as text that any database takes, of a length that has a bound.

use std::borrow::Cow;

use decnet_event::text;

use crate::limits;

/// The front of `text` that has at most `most` bytes.
pub(super) fn cut(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}

/// A value as text: itself, or its [`decnet_event::text`] where it is no UTF-8 or has a character 0,
/// which not every database takes. A long one is cut to [`limits::VALUE`] bytes, and says so at its end.
pub(super) fn readable(value: &[u8]) -> Cow<'_, str> {
    let whole = std::str::from_utf8(value).ok().filter(|text| !text.contains('\0'));
    let whole = whole.map_or_else(|| text::escape(value).into(), Cow::Borrowed);
    if whole.len() <= limits::VALUE {
        return whole;
    }
    let mark = format!("… ({} bytes)", value.len());
    let kept = cut(&whole, limits::VALUE - mark.len());
    format!("{kept}{mark}").into()
}
