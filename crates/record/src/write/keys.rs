//! Finding rows by what identifies them, and changing those that are there.

use crate::{
    RecordError,
    sql::{Connection, Insert, More, Row, Value},
};

/// How many keys one statement asks for. It is always as many, so that there is one statement.
const AT_ONCE: usize = 16;

/// Where to look for rows, and by what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lookup {
    /// What is wanted, up to its condition.
    pub(super) select: &'static str,
    /// The condition that one key stands for.
    pub(super) condition: &'static str,
    /// How many values a key has.
    pub(super) width: usize,
}

/// Gives every row that has one of the `keys`, whose values follow each other, to `each`.
pub(super) fn look_up(
    connection: &mut Connection,
    lookup: Lookup,
    keys: &[Value<'_>],
    each: &mut dyn FnMut(&Row<'_>) -> Result<(), RecordError>,
) -> Result<(), RecordError> {
    let Lookup { select, condition, width } = lookup;
    let statement = format!("{select} WHERE {}", [condition; AT_ONCE].join(" OR "));
    let mut values = Vec::with_capacity(width * AT_ONCE);
    for some in keys.chunks(width * AT_ONCE) {
        // What is missing to a full statement is asked for once more.
        let last = some.get(some.len().saturating_sub(width)..).unwrap_or_default();
        values.clear();
        values.extend_from_slice(some);
        values.extend(last.iter().cycle().take(width * AT_ONCE - some.len()));
        connection.query(&statement, &values, &mut |row| each(row).map(|()| More::Yes))?;
    }
    Ok(())
}

/// Changes a row for every `width` values of `changes` by `update`, and adds those that are not there:
/// `row` gives the values of the one at a place. Answers with the places of what was added.
pub(super) fn change_or_add<'v, const N: usize>(
    connection: &mut Connection,
    update: &str,
    (width, changes): (usize, &[Value<'_>]),
    into: Insert<'_>,
    row: impl FnMut(usize) -> Option<[Value<'v>; N]>,
) -> Result<Vec<usize>, RecordError> {
    let (mut added, mut at) = (Vec::new(), 0);
    connection.run_each(update, width, changes, &mut |changed| {
        if changed == 0 {
            added.push(at);
        }
        at += 1;
    })?;
    let rows: Vec<_> = added.iter().copied().filter_map(row).flatten().collect();
    connection.insert(into, &rows)?;
    Ok(added)
}
