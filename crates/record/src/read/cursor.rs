//! Which part of a list is wanted.

use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::limits::ROWS;

/// The place behind a row of a list. Its text is for nobody but who made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// What the list is ordered by first.
    pub(super) key: i64,
    /// The id, where that is the same.
    pub(super) id: i64,
}

/// A text is no cursor that was given out.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("this is no place in a list: take `next` of an answer as it is")]
pub struct CursorError;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{:x}", self.key, self.id)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text| u64::from_str_radix(text, 16).map(u64::cast_signed).map_err(|_| CursorError);
        let (key, id) = text.split_once('.').ok_or(CursorError)?;
        Ok(Self { key: number(key)?, id: number(id)? })
    }
}

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// Most rows, at most [`ROWS`].
    pub limit: u32,
    /// How many are left out at the beginning, or behind the cursor.
    pub offset: u64,
    /// Behind which row it begins; none for the beginning of the list.
    pub after: Option<Cursor>,
}

impl Paging {
    /// The first `limit` rows.
    pub const fn first(limit: u32) -> Self {
        Self { limit, offset: 0, after: None }
    }

    /// Most rows, as far as they are given out at once.
    pub(super) fn limit(self) -> u32 {
        self.limit.min(ROWS)
    }
}

impl Default for Paging {
    fn default() -> Self {
        Self::first(50)
    }
}
