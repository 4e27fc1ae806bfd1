//! A part of a list.

use serde::{Deserialize, Serialize};

/// A part of a list that may be long.
///
/// What comes behind it is asked for with `next`, or by a greater `offset`. With `next` every row is met
/// once, whatever is added in between.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// How many rows the whole list has.
    pub total: u64,
    /// Whether `total` is exact; else the list has at least so many.
    pub total_exact: bool,
    /// Most rows that were asked for.
    pub limit: u32,
    /// How many rows were left out at the beginning of the list, or behind the cursor.
    pub offset: u64,
    /// The rows.
    pub data: Vec<T>,
    /// Where the list goes on; none where it ends. Its form may change.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The same page of what `turn` makes of each row.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        let Self { total, total_exact, limit, offset, data, next } = self;
        Page { total, total_exact, limit, offset, data: data.into_iter().map(turn).collect(), next }
    }
}
