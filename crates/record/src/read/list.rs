//! Lists of what is not an event.

use decnet_proto::record::Page;

use super::{Cursor, Paging, logs::page, tally::Total};
use crate::{
    RecordError,
    limits::{COUNTED, LOOKED_AT},
    sql::{Connection, More, Row, Value},
};

/// A list, as a statement is made of it.
#[derive(Debug)]
pub(crate) struct List<'l> {
    /// The columns of a row, parted by commas. Behind them stand the key and the id.
    pub(crate) columns: &'static str,
    /// The tables, as they stand behind `FROM`.
    pub(crate) tables: &'static str,
    /// Conditions, each with its value; the column that they are on stands first.
    pub(crate) conditions: Vec<(&'static str, Value<'l>)>,
    /// What it is ordered by, the greatest first.
    pub(crate) key: &'static str,
    /// What it is ordered by where that is the same.
    pub(crate) id: &'static str,
    /// How many columns a row has.
    pub(crate) width: usize,
}

/// What a row of a list is turned into; nothing where it is not wanted.
pub(crate) type Take<'t, T> = &'t dyn Fn(&Row<'_>) -> Result<Option<T>, RecordError>;

impl List<'_> {
    /// A part of the list. `is_sifted` tells whether `take` leaves rows out.
    pub(crate) fn page<T>(
        &self,
        connection: &mut Connection,
        paging: Paging,
        is_sifted: bool,
        take: Take<'_, T>,
    ) -> Result<Page<T>, RecordError> {
        let (data, next) = self.some(connection, paging, take)?;
        let met = paging.offset + data.len() as u64;
        let total = if next.is_none() && paging.after.is_none() && !data.is_empty() {
            Total { count: met, is_exact: true }
        } else if is_sifted {
            self.sift(connection, take)?.at_least(met)
        } else {
            self.count(connection)?.at_least(met)
        };
        Ok(page(data, total, paging, next))
    }

    fn some<T>(
        &self,
        connection: &mut Connection,
        paging: Paging,
        take: Take<'_, T>,
    ) -> Result<(Vec<T>, Option<Cursor>), RecordError> {
        let (mut data, mut last, mut next) = (Vec::new(), None, None);
        let mut left_out = paging.offset;
        self.visit(connection, paging.after, &mut |row| {
            let Some(taken) = take(row)? else { return Ok(More::Yes) };
            if left_out > 0 {
                left_out -= 1;
            } else if data.len() < paging.limit() as usize {
                data.push(taken);
                last = Some(Cursor { key: row.int(self.width)?, id: row.int(self.width + 1)? });
            } else {
                next = last;
                return Ok(More::No);
            }
            Ok(More::Yes)
        })?;
        Ok((data, next))
    }

    /// Counts rows that are wanted, as far as it goes.
    fn sift<T>(&self, connection: &mut Connection, take: Take<'_, T>) -> Result<Total, RecordError> {
        let (mut total, mut looked_at) = (Total::NONE, 0);
        self.visit(connection, None, &mut |row| {
            total.count += u64::from(take(row)?.is_some());
            looked_at += 1;
            total.is_exact = looked_at < LOOKED_AT;
            Ok(if total.is_exact { More::Yes } else { More::No })
        })?;
        Ok(total)
    }

    fn visit(
        &self,
        connection: &mut Connection,
        after: Option<Cursor>,
        each: &mut dyn FnMut(&Row<'_>) -> Result<More, RecordError>,
    ) -> Result<(), RecordError> {
        let Self { columns, key, id, .. } = self;
        let (mut text, mut values) = self.conditions();
        if let Some(after) = after {
            text.push_str(&format!(" AND {key} <= ? AND ({key} < ? OR {id} < ?)"));
            values.extend([after.key, after.key, after.id].map(Value::Int));
        }
        let order = if key == id { format!("{id} DESC") } else { format!("{key} DESC, {id} DESC") };
        let statement = format!("SELECT {columns}, {key}, {id} FROM {text} ORDER BY {order}");
        connection.walk(&statement, &values, each)
    }

    fn count(&self, connection: &mut Connection) -> Result<Total, RecordError> {
        let (text, mut values) = self.conditions();
        values.push(Value::Int(COUNTED.cast_signed() + 1));
        let statement = format!("SELECT COUNT(*) FROM (SELECT 1 AS one FROM {text} LIMIT ?) AS counted");
        let count = connection.first(&statement, &values, |row| row.int(0))?;
        Ok(Total::counted(count.unwrap_or(0).cast_unsigned(), COUNTED))
    }

    fn conditions(&self) -> (String, Vec<Value<'_>>) {
        let mut text = format!("{} WHERE 1 = 1", self.tables);
        for (condition, _) in &self.conditions {
            text.push_str(" AND ");
            text.push_str(condition);
        }
        (text, self.conditions.iter().map(|(_, value)| *value).collect())
    }
}
