//! Fields of a form in any of the codings that browsers and tools use.

use super::{Multipart, Part};

/// Fields that are looked at.
const FIELDS: usize = 64;

/// The fields of a form, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form {
    fields: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Form {
    /// Reads a body of this content type. One without a type is read as what browsers send.
    pub(crate) fn parse(content_type: &[u8], body: &[u8]) -> Self {
        let kind = content_type.split(|b| *b == b';').next().unwrap_or_default().trim_ascii();
        let fields = if let Some(parts) = Multipart::of_type(content_type) {
            multipart(parts, body)
        } else if kind.eq_ignore_ascii_case(b"application/json") {
            json(body)
        } else {
            urlencoded(body)
        };
        Self { fields }
    }

    /// The first value of a field.
    pub(crate) fn get(&self, name: &str) -> Option<&[u8]> {
        self.fields.iter().find(|(n, _)| n == name.as_bytes()).map(|(_, value)| value.as_slice())
    }

    /// The same as text, empty when absent.
    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8_lossy(self.get(name).unwrap_or_default()).into_owned()
    }

    /// All fields.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.fields.iter().map(|(name, value)| (name.as_slice(), value.as_slice()))
    }
}

fn urlencoded(body: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let pairs = body.split(|b| *b == b'&').filter(|pair| !pair.is_empty()).take(FIELDS);
    pairs
        .map(|pair| {
            let at = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
            (unescape(pair.get(..at).unwrap_or_default()), unescape(pair.get(at + 1..).unwrap_or_default()))
        })
        .collect()
}

/// Plus signs are spaces; a `%` that escapes nothing stays.
fn unescape(text: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = text.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    super::super::target::decode(&spaced, |_| true).unwrap_or(spaced)
}

fn json(body: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let Ok(serde_json::Value::Object(object)) = serde_json::from_slice(body) else { return Vec::new() };
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    object
        .into_iter()
        .take(FIELDS)
        .map(|(name, value)| (name.into_bytes(), text(value).into_bytes()))
        .collect()
}

fn multipart(mut parts: Multipart, body: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut fields: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let mut in_field = false;
    parts.feed(body, |part| match part {
        Part::Begin { name, file: None } if fields.len() < FIELDS => {
            fields.push((name, Vec::new()));
            in_field = true;
        }
        Part::Begin { .. } | Part::End => in_field = false,
        Part::Data(data) => {
            if let Some((_, value)) = fields.last_mut().filter(|_| in_field) {
                value.extend_from_slice(&data);
            }
        }
    });
    fields
}
