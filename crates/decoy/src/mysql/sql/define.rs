//! Statements that make and drop databases and tables.

use super::{
    ast::{ColumnSpec, KeySpec, Name, Select, Statement},
    catalogue::{Column, Key, Table},
    engine::{Engine, Outcome, unknown_database, unknown_table},
    shape,
};
use crate::mysql::failure::Failure;

/// Columns of a table at most.
const COLUMNS: usize = 256;

impl Engine<'_> {
    pub(super) fn change_tables(&mut self, statement: &Statement) -> Result<Outcome, Failure> {
        let count = match statement {
            Statement::CreateTable { table, exists, columns, keys, query } => {
                return self.create_table(table, *exists, (columns, keys), query.as_deref());
            }
            Statement::DropTables(tables, exists) => self.drop_tables(tables, *exists)?,
            Statement::CreateDatabase(name, exists) => self.create_database(name, *exists)?,
            Statement::DropDatabase(name, exists) => self.drop_database(name, *exists)?,
            Statement::Rename(pairs) => self.rename(pairs)?,
            Statement::Alter(table, added, dropped) => self.alter(table, added, dropped)?,
            _ => 0,
        };
        Ok(Outcome::Done(count, 0, String::new()))
    }

    fn create_database(&mut self, name: &str, exists: bool) -> Result<u64, Failure> {
        self.may_use(name)?;
        if self.catalogue.tables(name).is_some() || name.eq_ignore_ascii_case("information_schema") {
            let text = format!("Can't create database '{name}'; database exists");
            if exists {
                self.warn(("Note", 1007, text));
                return Ok(1);
            }
            return Err(Failure::new(1007, "HY000", text));
        }
        check_name(name)?;
        self.catalogue.create_database(name)?;
        Ok(1)
    }

    fn drop_database(&mut self, name: &str, exists: bool) -> Result<u64, Failure> {
        self.may_use(name)?;
        let Some(tables) = self.catalogue.drop_database(name) else {
            let text = format!("Can't drop database '{name}'; database doesn't exist");
            if exists {
                self.warn(("Note", 1008, text));
                return Ok(0);
            }
            return Err(Failure::new(1008, "HY000", text));
        };
        if self.session.database.as_deref() == Some(name) {
            self.session.database = None;
        }
        Ok(tables as u64)
    }

    fn create_table(
        &mut self,
        name: &Name,
        exists: bool,
        (columns, keys): (&[ColumnSpec], &[KeySpec]),
        query: Option<&Select>,
    ) -> Result<Outcome, Failure> {
        let database = self.database_of(name)?;
        self.may_touch("CREATE", &database, &name.table)?;
        if self.catalogue.tables(&database).is_none() {
            return Err(unknown_database(&database));
        }
        if self.catalogue.table(&database, &name.table).is_some() {
            let text = format!("Table '{}' already exists", name.table);
            if exists {
                self.warn(("Note", 1050, text));
                return Ok(Outcome::Done(0, 0, String::new()));
            }
            return Err(Failure::new(1050, "42S01", text));
        }
        check_name(&name.table)?;
        let mut table = Table {
            columns: columns.iter().map(column).collect(),
            keys: keys_of(columns, keys),
            next: 1,
            created: self.now.0,
            sort: "BASE TABLE",
            engine: "InnoDB",
            ..Table::default()
        };
        if let Some(query) = query {
            let rows = self.select(query, None)?;
            for shape in &rows.shapes {
                let kind = kind_of(shape);
                table.columns.push(Column {
                    name: shape.name.clone(),
                    kind,
                    nullable: true,
                    ..Column::default()
                });
            }
            table.rows = rows.rows;
        }
        if table.columns.is_empty() {
            return Err(Failure::new(1113, "42000", "A table must have at least 1 column"));
        }
        if table.columns.len() > COLUMNS {
            return Err(Failure::new(1117, "HY000", "Too many columns"));
        }
        for (at, column) in table.columns.iter().enumerate() {
            let again =
                table.columns.iter().take(at).any(|other| other.name.eq_ignore_ascii_case(&column.name));
            if again {
                return Err(Failure::new(1060, "42S21", format!("Duplicate column name '{}'", column.name)));
            }
        }
        for column in table.keys.iter().flat_map(|key| &key.columns) {
            if table.column(column).is_none() {
                return Err(Failure::new(
                    1072,
                    "42000",
                    format!("Key column '{column}' doesn't exist in table"),
                ));
            }
        }
        let count = table.rows.len() as u64;
        self.catalogue.create_table(&database, &name.table, table)?;
        let info =
            if count > 0 { format!("Records: {count}  Duplicates: 0  Warnings: 0") } else { String::new() };
        Ok(Outcome::Done(count, 0, info))
    }

    fn drop_tables(&mut self, tables: &[Name], exists: bool) -> Result<u64, Failure> {
        let mut missing = Vec::new();
        for name in tables {
            let database = self.database_of(name)?;
            self.may_touch("DROP", &database, &name.table)?;
            if self.catalogue.drop_table(&database, &name.table).is_none() {
                missing.push(format!("{database}.{}", name.table));
            }
        }
        if missing.is_empty() {
            return Ok(0);
        }
        let text = format!("Unknown table '{}'", missing.join(","));
        if exists {
            self.warn(("Note", 1051, text));
            return Ok(0);
        }
        Err(Failure::new(1051, "42S02", text))
    }

    fn rename(&mut self, pairs: &[(Name, Name)]) -> Result<u64, Failure> {
        for (from, to) in pairs {
            let (before, _) = self.changeable("ALTER", from)?;
            let after = self.database_of(to)?;
            self.may_touch("CREATE", &after, &to.table)?;
            if self.catalogue.table(&after, &to.table).is_some() {
                return Err(Failure::new(1050, "42S01", format!("Table '{}' already exists", to.table)));
            }
            if self.catalogue.tables(&after).is_none() {
                return Err(unknown_database(&after));
            }
            check_name(&to.table)?;
            if !self.catalogue.rename((&before, &from.table), (&after, &to.table)) {
                return Err(unknown_table(&before, &from.table));
            }
        }
        Ok(0)
    }

    fn alter(&mut self, name: &Name, added: &[ColumnSpec], dropped: &[String]) -> Result<u64, Failure> {
        let (database, table) = self.changeable("ALTER", name)?;
        if table.columns.len() + added.len() > COLUMNS {
            return Err(Failure::new(1117, "HY000", "Too many columns"));
        }
        self.catalogue.may_grow(table.rows.len() * 32 * added.len(), &name.table)?;
        drop(table);
        let now = self.timestamp();
        let Some(table) = self.catalogue.table_mut(&database, &name.table) else { return Ok(0) };
        for spec in added {
            if table.column(&spec.name).is_some() {
                return Err(Failure::new(1060, "42S21", format!("Duplicate column name '{}'", spec.name)));
            }
            let column = column(spec);
            let value = column.absent(&now).unwrap_or(super::value::Value::Int(0));
            table.columns.push(column);
            table.rows.iter_mut().for_each(|row| row.push(value.clone()));
        }
        for column in dropped {
            let Some((at, _)) = table.column(column) else {
                let text = format!("Can't DROP COLUMN `{column}`; check that it exists");
                return Err(Failure::new(1091, "42000", text));
            };
            table.columns.remove(at);
            table.rows.iter_mut().for_each(|row| drop((at < row.len()).then(|| row.remove(at))));
        }
        Ok(0)
    }
}

fn check_name(name: &str) -> Result<(), Failure> {
    if name.is_empty() || name.ends_with(' ') || name.contains(['/', '\\', '\0']) {
        return Err(Failure::new(1103, "42000", format!("Incorrect table name '{name}'")));
    }
    if name.chars().count() > 64 {
        return Err(Failure::new(1059, "42000", format!("Identifier name '{name}' is too long")));
    }
    Ok(())
}

fn column(spec: &ColumnSpec) -> Column {
    Column {
        name: spec.name.clone(),
        kind: spec.kind.clone(),
        nullable: spec.nullable && !spec.primary,
        default: spec.default.clone(),
        counts: spec.counts,
    }
}

fn keys_of(columns: &[ColumnSpec], keys: &[KeySpec]) -> Vec<Key> {
    let mut out = Vec::new();
    for spec in columns {
        if spec.primary {
            out.push(Key { name: "PRIMARY".to_owned(), columns: vec![spec.name.clone()], unique: true });
        } else if spec.unique {
            out.push(Key { name: spec.name.clone(), columns: vec![spec.name.clone()], unique: true });
        }
    }
    out.extend(keys.iter().map(|key| Key {
        name: key.name.clone(),
        columns: key.columns.clone(),
        unique: key.unique,
    }));
    out.sort_by_key(|key| key.name != "PRIMARY");
    out
}

/// The type of a column that is made from one of an answer.
fn kind_of(shape: &shape::Shape) -> String {
    match shape.kind {
        shape::TINY | shape::SHORT | shape::LONG => "int(11)".to_owned(),
        shape::LONGLONG => "bigint(21)".to_owned(),
        shape::DOUBLE => "double".to_owned(),
        shape::DECIMAL => format!("decimal({},{})", shape.length.saturating_sub(2), shape.decimals),
        shape::DATE => "date".to_owned(),
        shape::TIME => "time".to_owned(),
        shape::DATETIME | shape::TIMESTAMP => "datetime".to_owned(),
        _ if !shape.is_text => "longblob".to_owned(),
        _ if shape.length > 16_383 => "longtext".to_owned(),
        _ => format!("varchar({})", shape.length),
    }
}
