//! Words of the record by their ids, and the other way round.

use std::{collections::HashMap, rc::Rc};

use crate::{
    Dimension, RecordError,
    sql::{Connection, Value},
};

/// The number by which the record knows words of a dimension.
const fn sort(dimension: Dimension) -> i64 {
    match dimension {
        Dimension::Worker => 1,
        Dimension::Decky => 2,
        Dimension::Service => 3,
        Dimension::Kind => 4,
        Dimension::Address => 5,
        Dimension::Session | Dimension::Ignored => 0,
    }
}

/// The id of a word, where somebody said it.
pub(super) fn id(
    connection: &mut Connection,
    dimension: Dimension,
    name: &str,
) -> Result<Option<i64>, RecordError> {
    let word = [Value::Int(sort(dimension)), Value::Text(name)];
    connection.first("SELECT id FROM words WHERE sort = ? AND text = ?", &word, |row| row.int(0))
}

/// Words that one answer needs, each asked for once.
///
/// They are kept no longer: what is removed from the record must not come back under the id of
/// something else.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<i64, Rc<str>>);

impl Names {
    /// The text of a word; nothing for 0, which stands for none.
    pub(super) fn get(
        &mut self,
        connection: &mut Connection,
        id: i64,
    ) -> Result<Option<Rc<str>>, RecordError> {
        if id == 0 {
            return Ok(None);
        }
        if let Some(name) = self.0.get(&id) {
            return Ok(Some(Rc::clone(name)));
        }
        let name = connection.first("SELECT text FROM words WHERE id = ?", &[Value::Int(id)], |row| {
            Ok(Rc::from(row.text(0)?))
        })?;
        self.0.extend(name.iter().map(|name| (id, Rc::clone(name))));
        Ok(name)
    }

    /// The text of a word, or `none` where there is none.
    pub(super) fn text(
        &mut self,
        connection: &mut Connection,
        id: i64,
        none: &str,
    ) -> Result<String, RecordError> {
        Ok(self.get(connection, id)?.map_or_else(|| none.to_owned(), |name| name.as_ref().to_owned()))
    }
}
