//! Views.

use std::sync::Arc;

use super::{
    ast::{Expr, From, Item, Name, Select},
    catalogue::{Table, View},
    engine::{Engine, Outcome},
};
use crate::mysql::failure::Failure;

/// Bytes of a view's query at most: it is kept.
const LONGEST: usize = 4_096;

impl Engine<'_> {
    pub(super) fn create_view(
        &mut self,
        name: &Name,
        query: &Select,
        words: &str,
        replace: bool,
    ) -> Result<Outcome, Failure> {
        let database = self.database_of(name)?;
        self.may_touch("CREATE VIEW", &database, &name.table)?;
        let there = self.catalogue.table(&database, &name.table);
        if there.is_some_and(|table| table.definition.is_none() || !replace) {
            return Err(Failure::new(1050, "42S01", format!("Table '{}' already exists", name.table)));
        }
        if words.len() > LONGEST {
            return Err(Failure::new(1041, "HY000", "Out of memory."));
        }
        if there.is_some() {
            self.catalogue.drop_table(&database, &name.table);
        }
        let shapes = self.select(query, None)?.shapes;
        let columns: Vec<_> = shapes.iter().map(|shape| self.column_from(shape)).collect();
        let shown = self.written(query).unwrap_or_else(|| words.to_owned());
        let by = self.session.user.clone();
        let table = Table {
            columns,
            created: self.now.0,
            sort: "VIEW",
            definition: Some(View { query: Arc::new(query.clone()), shown, by }),
            ..Table::default()
        };
        // What is kept of it is some times as large as its words.
        self.catalogue.may_grow(12 * words.len(), &name.table)?;
        let Some(database) = self.room_for(name, false)? else {
            return Ok(Outcome::Done(0, 0, String::new()));
        };
        self.catalogue.create_table(&database, &name.table, table)?;
        Ok(Outcome::Done(0, 0, String::new()))
    }

    pub(super) fn drop_views(&mut self, views: &[Name], exists: bool) -> Result<Outcome, Failure> {
        let mut missing = Vec::new();
        for name in views {
            let database = self.database_of(name)?;
            self.may_touch("DROP", &database, &name.table)?;
            match self.catalogue.table(&database, &name.table) {
                Some(table) if table.definition.is_none() => {
                    let text = format!("'{database}.{}' is not of type 'VIEW'", name.table);
                    return Err(Failure::new(1347, "HY000", text));
                }
                Some(_) => drop(self.catalogue.drop_table(&database, &name.table)),
                None => missing.push(format!("{database}.{}", name.table)),
            }
        }
        if missing.is_empty() {
            return Ok(Outcome::Done(0, 0, String::new()));
        }
        let text = format!("Unknown VIEW: '{}'", missing.join(","));
        if exists {
            self.warn(("Note", 4092, text));
            return Ok(Outcome::Done(0, 0, String::new()));
        }
        Err(Failure::new(4092, "42S02", text))
    }

    /// A plain query of one table as the server writes it: all names in full.
    fn written(&self, query: &Select) -> Option<String> {
        let plain = query.filter.is_none()
            && query.group.is_empty()
            && query.order.is_empty()
            && query.unions.is_empty()
            && query.limit.is_none()
            && !query.distinct;
        let [source] = query.from.as_slice() else { return None };
        let (true, From::Table(name)) = (plain, &source.from) else { return None };
        let database = self.database_of(name).ok()?;
        let table = self.catalogue.table(&database, &name.table)?;
        let called = source.alias.as_deref().unwrap_or(&name.table);
        let mut items = Vec::new();
        for item in &query.items {
            match item {
                Item::All(None) => items.extend(
                    table.columns.iter().map(|column| format!("`{called}`.`{0}` AS `{0}`", column.name)),
                ),
                Item::One { expr: Expr::Column(column, ..), name } => {
                    items.push(format!("`{called}`.`{column}` AS `{name}`"));
                }
                _ => return None,
            }
        }
        let alias = if called == name.table { String::new() } else { format!(" `{called}`") };
        Some(format!("select {} from `{}`{alias}", items.join(","), name.table))
    }
}
