//! Wire types as columns, and back. The words of an enum are those that it has on the wire.

use serde::{Serialize, de::DeserializeOwned};
use std::str::FromStr;

use crate::StoreError;

/// The word of a variant without data.
pub(crate) fn word<T: Serialize>(variant: T) -> Result<String, StoreError> {
    match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        other => Err(unfit("a word", &format!("{other:?}"))),
    }
}

/// The variant of a word.
pub(crate) fn variant<T: DeserializeOwned>(what: &'static str, word: &str) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).map_err(|_| unfit(what, word))
}

/// A list or an object as JSON.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| unfit("JSON", &error.to_string()))
}

/// A list or an object out of JSON.
pub(crate) fn from_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| unfit(what, text))
}

/// An id, a name or an address out of its text.
pub(crate) fn parsed<T: FromStr>(what: &'static str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| unfit(what, text))
}

/// A number as a column.
pub(crate) fn to_column(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| unfit("a number below 2^63", &number.to_string()))
}

/// A number out of its column.
pub(crate) fn from_column<T: TryFrom<i64>>(what: &'static str, number: i64) -> Result<T, StoreError> {
    T::try_from(number).map_err(|_| unfit(what, &number.to_string()))
}

fn unfit(what: &'static str, text: &str) -> StoreError {
    StoreError::Row { what, text: text.chars().take(64).collect() }
}
