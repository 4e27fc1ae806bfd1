//! `information_schema`: tables made from what there is at the moment they are asked.
//!
//! [`definition`] has their names and columns, which differ from server to server; the others
//! fill them, by the names of columns, so that a server is told what its tables have a place for.

pub(super) mod definition;
mod objects;
mod privileges;
mod server;
mod variables;

use super::{
    catalogue::{Column, Table},
    engine::{Engine, Rows},
    shape::Shape,
    value::Value,
};
use crate::mysql::failure::Failure;

/// Rows whose values stand in the order of these names.
pub(super) struct Found {
    names: &'static str,
    rows: Vec<Vec<Value>>,
}

fn text(text: impl Into<Vec<u8>>) -> Value {
    Value::text(text)
}

impl Engine<'_> {
    /// The rows of a table of it.
    pub(super) fn information(&mut self, name: &str, alias: &str) -> Result<Rows, Failure> {
        let Some(view) = definition::view(self.is_maria(), name) else {
            return Err(unknown(name));
        };
        if view.name.starts_with("INNODB_") && view.name != "INNODB_FT_DEFAULT_STOPWORD" {
            self.needs("PROCESS")?;
        }
        let table = view.table();
        let origin = ["information_schema", alias, view.name];
        let shapes = table.columns.iter().map(|column| Shape::of(column, &table, origin)).collect();
        let found = self.found(view.name)?;
        let rows = self.placed(&table, found)?;
        Ok(Rows { shapes, rows })
    }

    /// Rows with their values at the places of the table's columns.
    fn placed(&mut self, table: &Table, found: Found) -> Result<Vec<Vec<Value>>, Failure> {
        let place = |column: &Column| found.names.split(' ').position(|name| name == column.name);
        let places: Vec<_> = table.columns.iter().map(|column| (place(column), absent(column))).collect();
        let mut rows = Vec::new();
        for mut row in found.rows {
            self.step()?;
            let mut take = |place: &Option<usize>| {
                place.and_then(|at| row.get_mut(at)).map(|value| std::mem::replace(value, Value::Null))
            };
            rows.push(
                places.iter().map(|(place, absent)| take(place).unwrap_or_else(|| absent.clone())).collect(),
            );
        }
        Ok(rows)
    }

    fn found(&mut self, name: &str) -> Result<Found, Failure> {
        if let Some(found) = self.found_of_objects(name) {
            return Ok(found);
        }
        if let Some(found) = self.found_of_privileges(name) {
            return Ok(found);
        }
        Ok(self.found_of_server(name)?.unwrap_or(Found { names: "", rows: Vec::new() }))
    }
}

/// What a column has where nothing is known.
fn absent(column: &Column) -> Value {
    match column.base() {
        _ if column.nullable => Value::Null,
        "int" | "bigint" | "tinyint" | "float" | "double" | "decimal" => Value::Int(0),
        _ => text(""),
    }
}

/// There is no such table in it.
pub(super) fn unknown(name: &str) -> Failure {
    Failure::new(1109, "42S02", format!("Unknown table '{name}' in information_schema"))
}
