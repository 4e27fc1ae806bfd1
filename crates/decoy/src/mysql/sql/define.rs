//! Statements that make and drop databases and tables.

use super::{
    ast::{Change, ColumnSpec, KeySpec, Name, Select, Statement, TableOptions},
    catalogue::{At, Column, Key, Table},
    engine::{Engine, Outcome, unknown_database, unknown_table},
    shape,
};
use crate::mysql::failure::Failure;

/// Columns of a table at most.
const COLUMNS: usize = 256;

impl Engine<'_> {
    pub(super) fn change_tables(&mut self, statement: &Statement) -> Result<Outcome, Failure> {
        let count = match statement {
            Statement::CreateTable { table, exists, columns, keys, query, options } => {
                return self.create_table(table, *exists, (columns, keys), query.as_deref(), options);
            }
            Statement::CreateLike(table, exists, other) => self.create_like(table, *exists, other)?,
            Statement::Alter(privilege, table, changes) => return self.alter(privilege, table, changes),
            Statement::DropTables(tables, exists) => self.drop_tables(tables, *exists)?,
            Statement::CreateDatabase(name, exists) => self.create_database(name, *exists)?,
            Statement::DropDatabase(name, exists) => self.drop_database(name, *exists)?,
            Statement::Rename(pairs) => self.rename(pairs)?,
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
        options: &TableOptions,
    ) -> Result<Outcome, Failure> {
        let Some(database) = self.room_for(name, exists)? else {
            return Ok(Outcome::Done(0, 0, String::new()));
        };
        let engine = options.engine.as_deref().map_or(Ok("InnoDB"), engine_of)?;
        let primaries = columns.iter().filter(|column| column.primary).count()
            + keys.iter().filter(|key| key.name == "PRIMARY").count();
        if primaries > 1 {
            return Err(several_primaries());
        }
        let mut table = Table {
            columns: columns.iter().map(column).collect(),
            keys: keys_of(columns, keys),
            next: 1,
            created: self.now.0,
            sort: "BASE TABLE",
            engine,
            comment: options.comment.clone().unwrap_or_default(),
            ..Table::default()
        };
        if let Some(query) = query {
            let rows = self.select(query, None)?;
            table.columns.extend(rows.shapes.iter().map(|shape| self.column_from(shape)));
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
        let info = if query.is_some() {
            format!("Records: {count}  Duplicates: 0  Warnings: 0")
        } else {
            String::new()
        };
        Ok(Outcome::Done(count, 0, info))
    }

    /// The database of a table that is to be made; `None` if it is there and may be.
    pub(super) fn room_for(&mut self, name: &Name, exists: bool) -> Result<Option<String>, Failure> {
        let database = self.database_of(name)?;
        if database.eq_ignore_ascii_case("information_schema") {
            return Err(self.no_database_access(&database));
        }
        self.may_touch("CREATE", &database, &name.table)?;
        if self.catalogue.tables(&database).is_none() {
            return Err(unknown_database(&database));
        }
        if self.catalogue.table(&database, &name.table).is_some() {
            let text = format!("Table '{}' already exists", name.table);
            if exists {
                self.warn(("Note", 1050, text));
                return Ok(None);
            }
            return Err(Failure::new(1050, "42S01", text));
        }
        check_name(&name.table)?;
        Ok(Some(database))
    }

    fn create_like(&mut self, name: &Name, exists: bool, other: &Name) -> Result<u64, Failure> {
        let Some(database) = self.room_for(name, exists)? else { return Ok(0) };
        let (_, other) = self.changeable("SELECT", other)?;
        let table =
            Table { rows: Vec::new(), next: 1, created: self.now.0, updated: 0, ..other.as_ref().clone() };
        self.catalogue.create_table(&database, &name.table, table)?;
        Ok(0)
    }

    /// A column as one of an answer is: where that is one of a table, as it is there.
    pub(super) fn column_from(&self, shape: &shape::Shape) -> Column {
        let [database, _, table, name] = &shape.origin;
        let found = self.catalogue.table(database, table).and_then(|table| table.column(name));
        match found {
            Some((_, column)) => Column {
                name: shape.name.clone(),
                default: if column.counts { Some("0".to_owned()) } else { column.default.clone() },
                counts: false,
                ..column.clone()
            },
            None => {
                let never_null = shape.flags & 1 != 0;
                Column {
                    name: shape.name.clone(),
                    kind: kind_of(shape),
                    nullable: !never_null,
                    default: (never_null && shape.is_number()).then(|| "0".to_owned()),
                    ..Column::default()
                }
            }
        }
    }

    fn drop_tables(&mut self, tables: &[Name], exists: bool) -> Result<u64, Failure> {
        let mut missing = Vec::new();
        for name in tables {
            let database = self.database_of(name)?;
            if database.eq_ignore_ascii_case("information_schema") {
                return Err(self.no_database_access(&database));
            }
            self.may_touch("DROP", &database, &name.table)?;
            if self.catalogue.table(&database, &name.table).is_some_and(|table| table.definition.is_some()) {
                return Err(Failure::new(1965, "42S02", format!("'{database}.{}' is a view", name.table)));
            }
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
            let maria = self.is_maria();
            let (before, _) = self.changeable(if maria { "DROP, ALTER" } else { "ALTER" }, from)?;
            let after = self.database_of(to)?;
            self.may_touch(if maria { "INSERT, CREATE" } else { "CREATE" }, &after, &to.table)?;
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

    fn alter(&mut self, privilege: &str, name: &Name, changes: &[Change]) -> Result<Outcome, Failure> {
        let (database, table) = self.changeable(privilege, name)?;
        let added = changes.iter().filter(|change| matches!(change, Change::Add(_))).count();
        if table.columns.len() + added > COLUMNS {
            return Err(Failure::new(1117, "HY000", "Too many columns"));
        }
        self.catalogue.may_grow(table.rows.len() * 32 * added, &name.table)?;
        let now = self.timestamp();
        // All of it is done, or nothing.
        let mut changed = table.as_ref().clone();
        let mut rebuilt = false;
        for change in changes {
            rebuilt |= apply(&mut changed, change, &now)?;
            self.step()?;
        }
        let copied = rebuilt || (table.engine == "MyISAM" && !changes.is_empty());
        let count = if copied { changed.rows.len() as u64 } else { 0 };
        drop(table);
        if let Some(table) = self.catalogue.table_mut(&database, &name.table) {
            *table = changed;
        }
        Ok(Outcome::Done(count, 0, format!("Records: {count}  Duplicates: 0  Warnings: 0")))
    }
}

/// Makes one change, and says whether all rows had to be written anew.
fn apply(table: &mut Table, change: &Change, now: &str) -> Result<bool, Failure> {
    match change {
        Change::Add(spec) => add_column(table, spec, now)?,
        Change::Drop(column) => {
            let Some((at, _)) = table.column(column) else { return Err(cannot_drop("COLUMN", column)) };
            table.columns.remove(at);
            table.rows.iter_mut().for_each(|row| drop((at < row.len()).then(|| row.remove(at))));
            table
                .keys
                .iter_mut()
                .for_each(|key| key.columns.retain(|name| !name.eq_ignore_ascii_case(column)));
            table.keys.retain(|key| !key.columns.is_empty());
        }
        Change::Modify(before, spec) => return modify(table, before, spec),
        Change::AddKey(spec) => add_key(table, spec)?,
        Change::DropKey(name) => {
            let Some(at) = table.keys.iter().position(|key| key.name.eq_ignore_ascii_case(name)) else {
                return Err(cannot_drop("INDEX", name));
            };
            let counted = table.columns.iter().find(|column| column.counts);
            let only = |column: &&Column| {
                let leads = |key: &Key| key.columns.first().is_some_and(|first| *first == column.name);
                table.keys.iter().filter(|key| leads(key)).count() == 1
                    && table.keys.get(at).is_some_and(leads)
            };
            if counted.filter(only).is_some() {
                let text = "Incorrect table definition; there can be only one auto column and it must be defined as a key";
                return Err(Failure::new(1075, "42000", text));
            }
            table.keys.remove(at);
        }
        Change::Options(options) => {
            if let Some(comment) = &options.comment {
                comment.clone_into(&mut table.comment);
            }
            if let Some(engine) = &options.engine {
                let engine = engine_of(engine)?;
                let other = engine != table.engine;
                table.engine = engine;
                return Ok(other);
            }
        }
    }
    Ok(false)
}

fn add_column(table: &mut Table, spec: &ColumnSpec, now: &str) -> Result<(), Failure> {
    if table.column(&spec.name).is_some() {
        return Err(Failure::new(1060, "42S21", format!("Duplicate column name '{}'", spec.name)));
    }
    let column = column(spec);
    let value = column.absent(now, &At::default()).unwrap_or(super::value::Value::Int(0));
    table.columns.push(column);
    table.rows.iter_mut().for_each(|row| row.push(value.clone()));
    Ok(())
}

fn modify(table: &mut Table, before: &str, spec: &ColumnSpec) -> Result<bool, Failure> {
    let Some((at, old)) = table.column(before) else {
        return Err(Failure::new(
            1054,
            "42S22",
            format!("Unknown column '{before}' in '{}'", table_name(table)),
        ));
    };
    let other = old.kind != spec.kind;
    let column = column(spec);
    for (number, row) in table.rows.iter_mut().enumerate() {
        if let Some(slot) = row.get_mut(at) {
            *slot = column.keep(slot.clone(), &At { table: String::new(), row: number + 1 })?;
        }
    }
    for name in table.keys.iter_mut().flat_map(|key| &mut key.columns) {
        if name.eq_ignore_ascii_case(before) {
            spec.name.clone_into(name);
        }
    }
    if let Some(slot) = table.columns.get_mut(at) {
        *slot = column;
    }
    Ok(other)
}

/// Tables know no name of their own; the servers name one that is not there by another, too.
fn table_name(_: &Table) -> &'static str {
    "field list"
}

fn add_key(table: &mut Table, spec: &KeySpec) -> Result<(), Failure> {
    /// Keys of a table at most.
    const KEYS: usize = 64;
    if table.keys.len() >= KEYS {
        return Err(Failure::new(1069, "42000", "Too many keys specified; max 64 keys allowed"));
    }
    if spec.name == "PRIMARY" && table.keys.iter().any(|key| key.name == "PRIMARY") {
        return Err(several_primaries());
    }
    for column in &spec.columns {
        if table.column(column).is_none() {
            let text = format!("Key column '{column}' doesn't exist in table");
            return Err(Failure::new(1072, "42000", text));
        }
    }
    let taken = |name: &str| table.keys.iter().any(|key| key.name.eq_ignore_ascii_case(name));
    if taken(&spec.name) && spec.columns.first() != Some(&spec.name) {
        return Err(Failure::new(1061, "42000", format!("Duplicate key name '{}'", spec.name)));
    }
    let mut name = spec.name.clone();
    let mut number = 2;
    while taken(&name) {
        name = format!("{}_{number}", spec.name);
        number += 1;
    }
    table.keys.push(Key { name, columns: spec.columns.clone(), unique: spec.unique });
    table.keys.sort_by_key(|key| (key.name != "PRIMARY", !key.unique));
    Ok(())
}

fn cannot_drop(what: &str, name: &str) -> Failure {
    Failure::new(1091, "42000", format!("Can't DROP {what} `{name}`; check that it exists"))
}

fn several_primaries() -> Failure {
    Failure::new(1068, "42000", "Multiple primary key defined")
}

/// The engine of a name.
fn engine_of(name: &str) -> Result<&'static str, Failure> {
    const ENGINES: &[&str] = &["InnoDB", "MyISAM", "MEMORY", "Aria", "CSV", "MRG_MyISAM"];
    let heap = if name.eq_ignore_ascii_case("heap") { "MEMORY" } else { name };
    let found = ENGINES.iter().find(|engine| engine.eq_ignore_ascii_case(heap));
    found.copied().ok_or_else(|| Failure::new(1286, "42000", format!("Unknown storage engine '{name}'")))
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

/// A default as it is kept: of a decimal, with the digits that it has.
fn written_default(kind: &str, default: &str) -> String {
    let column = Column { kind: kind.to_owned(), nullable: true, ..Column::default() };
    if column.base() != "decimal" {
        return default.to_owned();
    }
    let bare = super::value::Value::text(default.trim_matches('\''));
    column.keep(bare, &At::default()).map_or_else(|_| default.to_owned(), |value| value.shown())
}

fn column(spec: &ColumnSpec) -> Column {
    Column {
        name: spec.name.clone(),
        kind: spec.kind.clone(),
        nullable: spec.nullable && !spec.primary,
        default: spec.default.as_deref().map(|default| written_default(&spec.kind, default)),
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
