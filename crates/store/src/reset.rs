//! The store emptied: what `db-reset` does.
//!
//! Which tables there are is read from the file itself, so that none is forgotten, and a file that
//! another version has written can be emptied as well. Whoever calls this has seen to it that no
//! process uses the file.

use std::{collections::BTreeSet, path::Path};

use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query, sql_types};

use crate::{StoreError, connection, file, migrate::LEDGER};

/// What to do with the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Their rows are deleted. The ledger of migrations keeps its own: it says what the tables look
    /// like, and they stay.
    Truncate,
    /// They are dropped, the ledger with them: who opens the store next makes them anew.
    DropTables,
}

/// A table of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
}

/// Every table, those that refer to others before those: the order in which they are emptied. The
/// file must be there; it is only looked at.
///
/// # Errors
/// [`StoreError::File`] when there is none, and when the database refuses.
pub async fn tables(path: &Path) -> Result<Vec<Table>, StoreError> {
    on_file(path, |connection| connection.transaction(look)).await
}

/// Empties the file, all or nothing, and answers with the tables as they were.
///
/// # Errors
/// As [`tables`].
pub async fn carry_out(path: &Path, mode: Mode) -> Result<Vec<Table>, StoreError> {
    on_file(path, move |connection| connection.immediate_transaction(|connection| empty(connection, mode)))
        .await
}

async fn on_file<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce(&mut SqliteConnection) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let path = path.to_owned();
    let task = tokio::task::spawn_blocking(move || {
        let failed = |source| StoreError::File { path: path.clone(), source };
        let found = std::fs::canonicalize(&path).map_err(failed)?;
        work(&mut connection::open(&file::text(found)?)?).map_err(|error| error.during("empty the store"))
    });
    task.await.map_err(StoreError::Broken)?
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = sql_types::Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = sql_types::BigInt)]
    rows: i64,
}

/// A table, and one that it refers to.
#[derive(QueryableByName)]
struct Reference {
    #[diesel(sql_type = sql_types::Text)]
    child: String,
    #[diesel(sql_type = sql_types::Text)]
    parent: String,
}

/// Tables of the file but for the database's own.
const NAMES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' \
    AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";

/// What refers to what.
const REFERENCES: &str = "SELECT child.name AS child, key.\"table\" AS parent FROM sqlite_master AS child, \
    pragma_foreign_key_list(child.name) AS key WHERE child.type = 'table' AND child.name <> key.\"table\"";

fn look(connection: &mut SqliteConnection) -> Result<Vec<Table>, StoreError> {
    let names: Vec<Name> = sql_query(NAMES).load(connection)?;
    let references: Vec<Reference> = sql_query(REFERENCES).load(connection)?;
    let names = children_first(names.into_iter().map(|row| row.name).collect(), &references);
    let mut tables = Vec::new();
    for name in names {
        let count = sql_query(format!("SELECT count(*) AS rows FROM {}", quoted(&name)));
        let count: Count = count.get_result(connection)?;
        tables.push(Table { name, rows: count.rows.unsigned_abs() });
    }
    Ok(tables)
}

/// The tables in an order in which none comes before one that refers to it; in a circle of
/// references, which no migration of ours makes, the order is that of the names.
fn children_first(mut left: BTreeSet<String>, references: &[Reference]) -> Vec<String> {
    let mut order = Vec::new();
    while let Some(first) = left.first().cloned() {
        let referred =
            |name: &String| references.iter().any(|link| link.parent == *name && left.contains(&link.child));
        let next = left.iter().find(|name| !referred(name)).cloned().unwrap_or(first);
        left.remove(&next);
        order.push(next);
    }
    order
}

fn empty(connection: &mut SqliteConnection, mode: Mode) -> Result<Vec<Table>, StoreError> {
    let tables = look(connection)?;
    for table in &tables {
        let name = quoted(&table.name);
        let statement = match mode {
            Mode::Truncate if table.name == LEDGER => continue,
            Mode::Truncate => format!("DELETE FROM {name}"),
            Mode::DropTables => format!("DROP TABLE {name}"),
        };
        sql_query(statement).execute(connection)?;
    }
    Ok(tables)
}

/// A name as an identifier.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&str], references: &[(&str, &str)], expect: &[&str]) {
        let link = |(child, parent): &(&str, &str)| Reference {
            child: (*child).to_owned(),
            parent: (*parent).to_owned(),
        };
        let references: Vec<_> = references.iter().map(link).collect();
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(children_first(names, &references), expect);
    }

    #[test]
    fn who_refers_comes_first() {
        check(&["a", "b", "c"], &[], &["a", "b", "c"]);
        check(&["a", "b", "c"], &[("b", "a"), ("c", "b")], &["c", "b", "a"]);
        check(&["a", "b"], &[("a", "b"), ("b", "a")], &["a", "b"]);
    }

    #[test]
    fn a_name_cannot_end_its_quotes() {
        assert_eq!(quoted("a\"; DROP TABLE b"), "\"a\"\"; DROP TABLE b\"");
    }
}
