//! Objects of JSON, put together member by member. Names are in the order of the alphabet.

use serde_json::{Map, Value};

/// An object that is being made.
#[derive(Default)]
pub(super) struct Object(Map<String, Value>);

impl Object {
    /// Adds what is there under a path as `user.name`; what is not there leaves no trace.
    #[must_use]
    pub(super) fn with(mut self, path: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            put(&mut self.0, path, value.into());
        }
        self
    }

    pub(super) fn done(self) -> Value {
        Value::Object(self.0)
    }
}

fn put(object: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = object.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// A text, unless it is empty.
pub(super) fn text(text: &str) -> Option<Value> {
    Some(text).filter(|text| !text.is_empty()).map(Value::from)
}

/// Appends a value and the end of its line.
pub(super) fn write(value: &Value, out: &mut Vec<u8>) {
    // Neither can a value fail to be written nor a vector to take it.
    let _ = serde_json::to_writer(&mut *out, value);
    out.push(b'\n');
}
