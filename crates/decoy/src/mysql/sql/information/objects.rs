//! Databases, tables, columns and keys, as far as the account may see them.

use std::sync::Arc;

use super::{Found, definition, text};
use crate::mysql::{
    product::Family,
    sql::{
        catalogue::{Column, Table},
        engine::Engine,
        shape::Shape,
        value::Value,
    },
};

const COLUMNS: &str = "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME ORDINAL_POSITION COLUMN_DEFAULT IS_NULLABLE DATA_TYPE CHARACTER_MAXIMUM_LENGTH CHARACTER_OCTET_LENGTH NUMERIC_PRECISION NUMERIC_SCALE DATETIME_PRECISION CHARACTER_SET_NAME COLLATION_NAME COLUMN_TYPE COLUMN_KEY EXTRA PRIVILEGES COLUMN_COMMENT IS_GENERATED GENERATION_EXPRESSION";
const TABLES: &str = "TABLE_NAME ENGINE VERSION ROW_FORMAT TABLE_ROWS AVG_ROW_LENGTH DATA_LENGTH MAX_DATA_LENGTH INDEX_LENGTH DATA_FREE AUTO_INCREMENT CREATE_TIME UPDATE_TIME CHECK_TIME TABLE_COLLATION CHECKSUM CREATE_OPTIONS TABLE_COMMENT MAX_INDEX_LENGTH TEMPORARY TABLE_CATALOG TABLE_SCHEMA TABLE_TYPE";
/// What stands where SHOW TABLE STATUS has the same.
const PARTITIONS: &str = "TABLE_NAME - - - TABLE_ROWS AVG_ROW_LENGTH DATA_LENGTH MAX_DATA_LENGTH INDEX_LENGTH DATA_FREE - CREATE_TIME UPDATE_TIME CHECK_TIME - CHECKSUM - - - - TABLE_CATALOG TABLE_SCHEMA -";

/// A table with its database and name.
type Seen = (String, String, Arc<Table>);

impl Engine<'_> {
    pub(super) fn found_of_objects(&self, name: &str) -> Option<Found> {
        Some(match name {
            "SCHEMATA" => self.database_rows(),
            "TABLES" => Found { names: TABLES, rows: self.table_rows() },
            "PARTITIONS" if self.is_maria() => Found { names: PARTITIONS, rows: self.partition_rows() },
            "COLUMNS" => self.column_rows(),
            "STATISTICS" => self.key_rows(),
            "KEY_COLUMN_USAGE" => self.key_column_rows(),
            "TABLE_CONSTRAINTS" => self.constraint_rows(),
            _ => return None,
        })
    }

    /// Databases that the account may see, in order.
    pub(in crate::mysql::sql) fn visible(&self) -> Vec<String> {
        let mut names = vec!["information_schema".to_owned()];
        names.extend(self.catalogue.databases().filter(|name| self.may_see(name)).map(str::to_owned));
        names.sort();
        names
    }

    /// All tables that the account may see.
    fn visible_tables(&self) -> Vec<Seen> {
        let mut out = Vec::new();
        for database in self.visible() {
            if database == "information_schema" {
                let views = definition::views(self.is_maria());
                out.extend(views.iter().map(|view| (database.clone(), view.name.to_owned(), view.table())));
                continue;
            }
            for (name, table) in self.catalogue.tables(&database).into_iter().flatten() {
                out.push((database.clone(), name.clone(), Arc::clone(table)));
            }
        }
        out
    }

    fn database_rows(&self) -> Found {
        let row = |database: String| {
            let (charset, collation) = if database == "information_schema" && self.is_maria() {
                ("utf8mb3", "utf8mb3_general_ci")
            } else {
                (self.charset(), self.collation())
            };
            vec![text("def"), text(database), text(charset), text(collation), Value::Null, text("")]
        };
        Found {
            names: "CATALOG_NAME SCHEMA_NAME DEFAULT_CHARACTER_SET_NAME DEFAULT_COLLATION_NAME SQL_PATH SCHEMA_COMMENT",
            rows: self.visible().into_iter().map(row).collect(),
        }
    }

    fn table_rows(&self) -> Vec<Vec<Value>> {
        let row = |(database, name, table): Seen| {
            let mut row = self.status_of(&name, &table);
            row.resize(20, Value::Null);
            row.extend([text("def"), text(database), text(table.sort)]);
            row
        };
        self.visible_tables().into_iter().map(row).collect()
    }

    /// Every table has one part, of which nothing is said.
    fn partition_rows(&self) -> Vec<Vec<Value>> {
        let mut rows = self.table_rows();
        for row in &mut rows {
            let view = row.get(4).is_some_and(Value::is_null);
            if let Some(count) = row.get_mut(4).filter(|_| view) {
                *count = Value::Int(0);
            } else if let Some(longest) = row.get_mut(7) {
                *longest = Value::Null;
            }
        }
        rows
    }

    fn column_rows(&self) -> Found {
        let mut rows = Vec::new();
        for (database, name, table) in self.visible_tables() {
            for (place, column) in table.columns.iter().enumerate() {
                let mut row = vec![
                    text("def"),
                    text(database.clone()),
                    text(name.clone()),
                    text(column.name.clone()),
                    Value::Int(i64::try_from(place + 1).unwrap_or(1)),
                ];
                row.extend(self.column_row(&table, column));
                rows.push(row);
            }
        }
        Found { names: COLUMNS, rows }
    }

    /// What COLUMNS says of a column after its place.
    fn column_row(&self, table: &Table, column: &Column) -> Vec<Value> {
        let shape = Shape::of(column, table, ["", "", ""]);
        let view = table.sort == "SYSTEM VIEW";
        let (charset, collation, width) = match (view && self.is_maria(), shape.is_text) {
            (_, false) => (Value::Null, Value::Null, 1),
            (true, true) => (text("utf8mb3"), text("utf8mb3_general_ci"), 3),
            (false, true) if self.charset() == "latin1" => (text(self.charset()), text(self.collation()), 1),
            (false, true) => (text(self.charset()), text(self.collation()), 4),
        };
        let (characters, bytes) = lengths(column, &shape, width);
        let (precision, scale) = precision(column, view);
        let time = matches!(column.base(), "datetime" | "timestamp" | "time");
        let default = column
            .printed_default(self.product)
            .map(|default| if self.is_maria() { default } else { default.trim_matches('\'').to_owned() });
        let absent = if self.is_maria() && column.nullable && !view { text("NULL") } else { Value::Null };
        let privileges = if view && self.product.family != Family::MySql5 {
            "select"
        } else {
            "select,insert,update,references"
        };
        vec![
            default.map_or(absent, text),
            text(if column.nullable { "YES" } else { "NO" }),
            text(column.base()),
            characters,
            bytes,
            precision,
            scale,
            if time { Value::Int(column.size().map_or(0, |(size, _)| size.into())) } else { Value::Null },
            charset,
            collation,
            text(column.printed_kind(self.product)),
            text(table.key_of(&column.name)),
            text(if column.counts { "auto_increment" } else { "" }),
            text(privileges),
            text(""),
            text("NEVER"),
            if self.is_maria() { Value::Null } else { text("") },
        ]
    }

    fn key_rows(&self) -> Found {
        let mut rows = Vec::new();
        for (database, name, table) in self.visible_tables() {
            for key in &table.keys {
                for (place, column) in key.columns.iter().enumerate() {
                    let nullable = table.column(column).is_some_and(|(_, column)| column.nullable);
                    rows.push(vec![
                        text("def"),
                        text(database.clone()),
                        text(name.clone()),
                        Value::truth(!key.unique),
                        text(database.clone()),
                        text(key.name.clone()),
                        Value::Int(i64::try_from(place + 1).unwrap_or(1)),
                        text(column.clone()),
                        text("A"),
                        Value::Int(i64::try_from(table.rows.len()).unwrap_or(0)),
                        text(if nullable { "YES" } else { "" }),
                        text("BTREE"),
                        text(""),
                        text("NO"),
                    ]);
                }
            }
        }
        Found {
            names: "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME NON_UNIQUE INDEX_SCHEMA INDEX_NAME SEQ_IN_INDEX COLUMN_NAME COLLATION CARDINALITY NULLABLE INDEX_TYPE COMMENT IGNORED",
            rows,
        }
    }

    fn key_column_rows(&self) -> Found {
        let mut rows = Vec::new();
        for (database, name, table) in self.visible_tables() {
            for key in table.keys.iter().filter(|key| key.unique) {
                for (place, column) in key.columns.iter().enumerate() {
                    rows.push(vec![
                        text("def"),
                        text(database.clone()),
                        text(key.name.clone()),
                        text("def"),
                        text(database.clone()),
                        text(name.clone()),
                        text(column.clone()),
                        Value::Int(i64::try_from(place + 1).unwrap_or(1)),
                    ]);
                }
            }
        }
        Found {
            names: "CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME ORDINAL_POSITION",
            rows,
        }
    }

    fn constraint_rows(&self) -> Found {
        let mut rows = Vec::new();
        for (database, name, table) in self.visible_tables() {
            for key in table.keys.iter().filter(|key| key.unique) {
                rows.push(vec![
                    text("def"),
                    text(database.clone()),
                    text(key.name.clone()),
                    text(database.clone()),
                    text(name.clone()),
                    text(if key.name == "PRIMARY" { "PRIMARY KEY" } else { "UNIQUE" }),
                ]);
            }
        }
        Found {
            names: "CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME TABLE_SCHEMA TABLE_NAME CONSTRAINT_TYPE",
            rows,
        }
    }
}

/// Characters and bytes of the longest value.
fn lengths(column: &Column, shape: &Shape, width: i64) -> (Value, Value) {
    let length = i64::from(shape.length);
    match column.base() {
        "varbinary" | "binary" => (Value::Int(length), Value::Int(length)),
        "tinytext" | "text" | "mediumtext" | "longtext" | "json" | "tinyblob" | "blob" | "mediumblob"
        | "longblob" => (Value::Int(length), Value::Int(length)),
        _ if shape.is_text => (Value::Int(length), Value::Int(length * width)),
        _ => (Value::Null, Value::Null),
    }
}

/// Digits of a number, and how many of them stand after the point.
fn precision(column: &Column, view: bool) -> (Value, Value) {
    let (size, scale) = column.size().unwrap_or((0, 0));
    let whole = |digits| (Value::Int(digits), Value::Int(0));
    match column.base() {
        "int" => whole(10),
        "bigint" if column.kind.contains("unsigned") => whole(20),
        "bigint" => whole(19),
        "tinyint" => whole(3),
        "smallint" => whole(5),
        "mediumint" => whole(7),
        "decimal" => (Value::Int(size.into()), Value::Int(scale.into())),
        "float" => (Value::Int(12), Value::Null),
        "double" => (Value::Int(if view { 21 } else { 22 }), Value::Null),
        _ => (Value::Null, Value::Null),
    }
}
