//! Values on their way to MariaDB and back.

use mysql_async::{Params, Row, Value as Theirs};

use super::super::Value;
use crate::RecordError;

/// Values of a statement.
pub(super) fn params(values: &[Value<'_>]) -> Params {
    if values.is_empty() { Params::Empty } else { Params::Positional(values.iter().map(theirs).collect()) }
}

fn theirs(value: &Value<'_>) -> Theirs {
    match value {
        Value::Null => Theirs::NULL,
        Value::Int(number) => Theirs::Int(*number),
        Value::Text(text) => Theirs::Bytes(text.as_bytes().to_vec()),
        Value::Bytes(bytes) => Theirs::Bytes(bytes.to_vec()),
    }
}

/// A number of a row, where there is one. Sums come as texts.
pub(in crate::sql) fn int(row: &Row, at: usize) -> Result<Option<i64>, RecordError> {
    let wrong = || RecordError::Row { what: "a number" };
    match row.as_ref(at).ok_or_else(wrong)? {
        Theirs::NULL => Ok(None),
        Theirs::Int(number) => Ok(Some(*number)),
        Theirs::UInt(number) => i64::try_from(*number).map(Some).map_err(|_| wrong()),
        Theirs::Bytes(text) => {
            let text = std::str::from_utf8(text).map_err(|_| wrong())?;
            text.parse().map(Some).map_err(|_| wrong())
        }
        _ => Err(wrong()),
    }
}

/// Bytes of a row, where there are some.
pub(in crate::sql) fn bytes(row: &Row, at: usize) -> Result<Option<&[u8]>, RecordError> {
    match row.as_ref(at) {
        Some(Theirs::NULL) => Ok(None),
        Some(Theirs::Bytes(bytes)) => Ok(Some(bytes)),
        _ => Err(RecordError::Row { what: "bytes" }),
    }
}
