//! `information_schema`: tables made from what there is at the moment they are asked.

use std::sync::Arc;

use super::{
    catalogue::{Column, Table},
    engine::{Engine, Rows},
    shape::{self, Shape},
    value::Value,
};
use crate::mysql::failure::Failure;

/// Columns of SHOW TABLE STATUS, which MariaDB has two more of: name and kind, of which `i` is a
/// number, `t` a point in time, `s` a name, `l` a long text.
pub(super) const STATUS_COLUMNS: &str = "Name:s Engine:s Version:i Row_format:s Rows:i Avg_row_length:i Data_length:i Max_data_length:i Index_length:i Data_free:i Auto_increment:i Create_time:t Update_time:t Check_time:t Collation:s Checksum:i Create_options:l Comment:l";

const TABLES: &[(&str, &str)] = &[
    ("CHARACTER_SETS", "CHARACTER_SET_NAME:s DEFAULT_COLLATE_NAME:s DESCRIPTION:s MAXLEN:i"),
    ("COLLATIONS", "COLLATION_NAME:s CHARACTER_SET_NAME:s ID:i IS_DEFAULT:s IS_COMPILED:s SORTLEN:i"),
    (
        "COLUMNS",
        "TABLE_CATALOG:s TABLE_SCHEMA:s TABLE_NAME:s COLUMN_NAME:s ORDINAL_POSITION:i COLUMN_DEFAULT:l IS_NULLABLE:s DATA_TYPE:s CHARACTER_MAXIMUM_LENGTH:i CHARACTER_OCTET_LENGTH:i NUMERIC_PRECISION:i NUMERIC_SCALE:i DATETIME_PRECISION:i CHARACTER_SET_NAME:s COLLATION_NAME:s COLUMN_TYPE:l COLUMN_KEY:s EXTRA:s PRIVILEGES:s COLUMN_COMMENT:l IS_GENERATED:s GENERATION_EXPRESSION:l",
    ),
    (
        "COLUMN_PRIVILEGES",
        "GRANTEE:s TABLE_CATALOG:s TABLE_SCHEMA:s TABLE_NAME:s COLUMN_NAME:s PRIVILEGE_TYPE:s IS_GRANTABLE:s",
    ),
    ("ENGINES", "ENGINE:s SUPPORT:s COMMENT:s TRANSACTIONS:s XA:s SAVEPOINTS:s"),
    ("EVENTS", "EVENT_CATALOG:s EVENT_SCHEMA:s EVENT_NAME:s DEFINER:s STATUS:s"),
    (
        "FILES",
        "FILE_ID:i FILE_NAME:s FILE_TYPE:s TABLESPACE_NAME:s TABLE_CATALOG:s TABLE_SCHEMA:s TABLE_NAME:s LOGFILE_GROUP_NAME:s LOGFILE_GROUP_NUMBER:i ENGINE:s TOTAL_EXTENTS:i EXTENT_SIZE:i INITIAL_SIZE:i EXTRA:s",
    ),
    (
        "KEY_COLUMN_USAGE",
        "CONSTRAINT_CATALOG:s CONSTRAINT_SCHEMA:s CONSTRAINT_NAME:s TABLE_CATALOG:s TABLE_SCHEMA:s TABLE_NAME:s COLUMN_NAME:s ORDINAL_POSITION:i POSITION_IN_UNIQUE_CONSTRAINT:i REFERENCED_TABLE_SCHEMA:s REFERENCED_TABLE_NAME:s REFERENCED_COLUMN_NAME:s",
    ),
    ("PARTITIONS", "TABLE_CATALOG:s TABLE_SCHEMA:s TABLE_NAME:s PARTITION_NAME:s TABLESPACE_NAME:s"),
    (
        "PLUGINS",
        "PLUGIN_NAME:s PLUGIN_VERSION:s PLUGIN_STATUS:s PLUGIN_TYPE:s PLUGIN_LIBRARY:s LOAD_OPTION:s",
    ),
    ("PROCESSLIST", "ID:i USER:s HOST:s DB:s COMMAND:s TIME:i STATE:s INFO:l"),
    (
        "REFERENTIAL_CONSTRAINTS",
        "CONSTRAINT_CATALOG:s CONSTRAINT_SCHEMA:s CONSTRAINT_NAME:s UNIQUE_CONSTRAINT_NAME:s TABLE_NAME:s REFERENCED_TABLE_NAME:s",
    ),
    (
        "ROUTINES",
        "SPECIFIC_NAME:s ROUTINE_CATALOG:s ROUTINE_SCHEMA:s ROUTINE_NAME:s ROUTINE_TYPE:s ROUTINE_DEFINITION:l",
    ),
    (
        "SCHEMATA",
        "CATALOG_NAME:s SCHEMA_NAME:s DEFAULT_CHARACTER_SET_NAME:s DEFAULT_COLLATION_NAME:s SQL_PATH:s SCHEMA_COMMENT:s",
    ),
    ("SCHEMA_PRIVILEGES", "GRANTEE:s TABLE_CATALOG:s TABLE_SCHEMA:s PRIVILEGE_TYPE:s IS_GRANTABLE:s"),
    (
        "STATISTICS",
        "TABLE_CATALOG:s TABLE_SCHEMA:s TABLE_NAME:s NON_UNIQUE:i INDEX_SCHEMA:s INDEX_NAME:s SEQ_IN_INDEX:i COLUMN_NAME:s COLLATION:s CARDINALITY:i INDEX_TYPE:s",
    ),
    (
        "TABLES",
        "TABLE_CATALOG:s TABLE_SCHEMA:s TABLE_NAME:s TABLE_TYPE:s ENGINE:s VERSION:i ROW_FORMAT:s TABLE_ROWS:i AVG_ROW_LENGTH:i DATA_LENGTH:i MAX_DATA_LENGTH:i INDEX_LENGTH:i DATA_FREE:i AUTO_INCREMENT:i CREATE_TIME:t UPDATE_TIME:t CHECK_TIME:t TABLE_COLLATION:s CHECKSUM:i CREATE_OPTIONS:l TABLE_COMMENT:l",
    ),
    (
        "TABLE_CONSTRAINTS",
        "CONSTRAINT_CATALOG:s CONSTRAINT_SCHEMA:s CONSTRAINT_NAME:s TABLE_SCHEMA:s TABLE_NAME:s CONSTRAINT_TYPE:s",
    ),
    (
        "TABLE_PRIVILEGES",
        "GRANTEE:s TABLE_CATALOG:s TABLE_SCHEMA:s TABLE_NAME:s PRIVILEGE_TYPE:s IS_GRANTABLE:s",
    ),
    (
        "TRIGGERS",
        "TRIGGER_CATALOG:s TRIGGER_SCHEMA:s TRIGGER_NAME:s EVENT_MANIPULATION:s EVENT_OBJECT_CATALOG:s EVENT_OBJECT_SCHEMA:s EVENT_OBJECT_TABLE:s ACTION_STATEMENT:l",
    ),
    ("USER_PRIVILEGES", "GRANTEE:s TABLE_CATALOG:s PRIVILEGE_TYPE:s IS_GRANTABLE:s"),
    (
        "VIEWS",
        "TABLE_CATALOG:s TABLE_SCHEMA:s TABLE_NAME:s VIEW_DEFINITION:l CHECK_OPTION:s IS_UPDATABLE:s DEFINER:s SECURITY_TYPE:s",
    ),
];

/// Character sets: name, description, default collation, bytes of a character.
pub(super) const CHARSETS: &[(&str, &str, &str, i64)] = &[
    ("ascii", "US ASCII", "ascii_general_ci", 1),
    ("big5", "Big5 Traditional Chinese", "big5_chinese_ci", 2),
    ("binary", "Binary pseudo charset", "binary", 1),
    ("cp1251", "Windows Cyrillic", "cp1251_general_ci", 1),
    ("gbk", "GBK Simplified Chinese", "gbk_chinese_ci", 2),
    ("koi8r", "KOI8-R Relcom Russian", "koi8r_general_ci", 1),
    ("latin1", "cp1252 West European", "latin1_swedish_ci", 1),
    ("latin2", "ISO 8859-2 Central European", "latin2_general_ci", 1),
    ("sjis", "Shift-JIS Japanese", "sjis_japanese_ci", 2),
    ("ucs2", "UCS-2 Unicode", "ucs2_general_ci", 2),
    ("utf16", "UTF-16 Unicode", "utf16_general_ci", 4),
    ("utf32", "UTF-32 Unicode", "utf32_general_ci", 4),
    ("utf8mb3", "UTF-8 Unicode", "utf8mb3_general_ci", 3),
    ("utf8mb4", "UTF-8 Unicode", "utf8mb4_general_ci", 4),
];

/// Collations: name, number, whether it is the default of its character set.
pub(super) const COLLATIONS: &[(&str, i64, bool)] = &[
    ("big5_chinese_ci", 1, true),
    ("latin2_general_ci", 9, true),
    ("ascii_general_ci", 11, true),
    ("latin1_swedish_ci", 8, true),
    ("latin1_general_ci", 48, false),
    ("latin1_bin", 47, false),
    ("koi8r_general_ci", 7, true),
    ("gbk_chinese_ci", 28, true),
    ("cp1251_general_ci", 51, true),
    ("utf8mb3_general_ci", 33, true),
    ("utf8mb3_unicode_ci", 192, false),
    ("utf8mb3_bin", 83, false),
    ("utf8mb4_general_ci", 45, true),
    ("utf8mb4_bin", 46, false),
    ("utf8mb4_unicode_ci", 224, false),
    ("utf8mb4_unicode_520_ci", 246, false),
    ("utf8mb4_0900_ai_ci", 255, false),
    ("binary", 63, true),
];

/// Columns out of their description.
pub(super) fn columns(text: &'static str) -> impl Iterator<Item = (&'static str, char)> {
    text.split(' ').filter_map(|pair| {
        let (name, kind) = pair.split_once(':')?;
        Some((name, kind.chars().next()?))
    })
}

/// Names of its tables.
pub(super) fn names() -> Vec<&'static str> {
    TABLES.iter().map(|(name, _)| *name).collect()
}

/// The shape of a kind of column.
pub(super) fn shape_of(kind: char) -> Shape {
    match kind {
        'i' => Shape::big(21),
        't' => Shape::time(shape::DATETIME),
        'l' => Shape::text(2_048),
        _ => Shape::text(64),
    }
}

/// A table of it as one that can be described.
pub(super) fn table(name: &str) -> Arc<Table> {
    let described =
        TABLES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or("", |(_, columns)| *columns);
    let column = |(name, kind): (&str, char)| {
        let kind = match kind {
            'i' => "bigint(21) unsigned",
            't' => "datetime",
            'l' => "longtext",
            _ => "varchar(64)",
        };
        Column { name: (*name).to_owned(), kind: kind.to_owned(), nullable: true, ..Column::default() }
    };
    Arc::new(Table {
        columns: columns(described).map(column).collect(),
        sort: "SYSTEM VIEW",
        engine: "MEMORY",
        ..Table::default()
    })
}

fn text(text: impl Into<Vec<u8>>) -> Value {
    Value::text(text)
}

impl Engine<'_> {
    /// The rows of a table of it.
    pub(super) fn information(&mut self, name: &str, alias: &str) -> Result<Rows, Failure> {
        let Some((known, described)) = TABLES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))
        else {
            return Err(Failure::new(1109, "42S02", format!("Unknown table '{name}' in information_schema")));
        };
        let shapes: Vec<_> = columns(described)
            .map(|(column, kind)| {
                let mut shape = shape_of(kind).named(column);
                shape.origin = ["information_schema", alias, known, column].map(str::to_owned);
                shape
            })
            .collect();
        let mut rows = self.information_rows(known);
        for row in &mut rows {
            self.step()?;
            row.resize(shapes.len(), Value::Null);
        }
        Ok(Rows { shapes, rows })
    }

    fn information_rows(&mut self, name: &str) -> Vec<Vec<Value>> {
        match name {
            "SCHEMATA" => self
                .visible()
                .into_iter()
                .map(|database| {
                    let charset = if self.product.charset == 8 { "latin1" } else { "utf8mb4" };
                    vec![
                        text("def"),
                        text(database),
                        text(charset),
                        text(self.collation()),
                        Value::Null,
                        text(""),
                    ]
                })
                .collect(),
            "TABLES" => self.table_rows(),
            "COLUMNS" => self.column_rows(),
            "STATISTICS" | "KEY_COLUMN_USAGE" | "TABLE_CONSTRAINTS" => self.key_rows(name),
            "CHARACTER_SETS" => CHARSETS
                .iter()
                .map(|(name, words, collation, width)| {
                    vec![text(*name), text(*collation), text(*words), Value::Int(*width)]
                })
                .collect(),
            "COLLATIONS" => COLLATIONS
                .iter()
                .map(|(name, id, default)| {
                    let charset = name.split('_').next().unwrap_or_default();
                    vec![
                        text(*name),
                        text(charset),
                        Value::Int(*id),
                        text(if *default { "Yes" } else { "" }),
                        text("Yes"),
                        Value::Int(1),
                    ]
                })
                .collect(),
            "USER_PRIVILEGES" => self.user_privileges(),
            "SCHEMA_PRIVILEGES" => {
                let own = self.own_database();
                self.accounts
                    .iter()
                    .filter(|account| !account.everything)
                    .filter(|account| self.session.everything || account.user == self.session.user)
                    .flat_map(|account| {
                        ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "INDEX", "ALTER"].map(
                            |privilege| {
                                vec![
                                    text(format!("'{}'@'%'", account.user)),
                                    text("def"),
                                    text(own.clone()),
                                    text(privilege),
                                    text("NO"),
                                ]
                            },
                        )
                    })
                    .collect()
            }
            "ENGINES" | "PROCESSLIST" => {
                let what = if name == "ENGINES" { "engines" } else { "full processlist" };
                let show = super::ast::Show { what: what.to_owned(), name: None, like: None, filter: None };
                self.show(&show)
                    .map(|rows| rows.rows)
                    .unwrap_or_default()
                    .into_iter()
                    .map(|mut row| {
                        row.truncate(8);
                        row
                    })
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// Databases that the account may see, in order.
    fn visible(&self) -> Vec<String> {
        let mut names = vec!["information_schema".to_owned()];
        names.extend(self.catalogue.databases().filter(|name| self.may_see(name)).map(str::to_owned));
        names.sort();
        names
    }

    /// All tables that the account may see.
    fn visible_tables(&self) -> Vec<(String, String, Arc<Table>)> {
        let mut out = Vec::new();
        for database in self.visible() {
            if database == "information_schema" {
                out.extend(names().iter().map(|name| (database.clone(), (*name).to_owned(), table(name))));
                continue;
            }
            for (name, table) in self.catalogue.tables(&database).into_iter().flatten() {
                out.push((database.clone(), name.clone(), Arc::clone(table)));
            }
        }
        out
    }

    fn table_rows(&self) -> Vec<Vec<Value>> {
        self.visible_tables()
            .into_iter()
            .map(|(database, name, table)| {
                let status = self.status_of(&name, &table);
                let mut row = vec![text("def"), text(database), text(name), text(table.sort)];
                row.extend(status.into_iter().skip(1).take(17));
                row
            })
            .collect()
    }

    fn column_rows(&self) -> Vec<Vec<Value>> {
        let mut out = Vec::new();
        for (database, name, table) in self.visible_tables() {
            for (place, column) in table.columns.iter().enumerate() {
                let shape = Shape::of(column, &table, ["", "", ""]);
                let (size, scale) = column.size().unwrap_or((0, 0));
                let length = |width: u32| {
                    if shape.is_text {
                        Value::Int(i64::from(shape.length.saturating_mul(width)))
                    } else {
                        Value::Null
                    }
                };
                let number = matches!(column.base(), "int" | "bigint" | "tinyint" | "smallint" | "decimal");
                let precision = match column.base() {
                    "int" => 10,
                    "bigint" => 19,
                    "tinyint" => 3,
                    "smallint" => 5,
                    _ => i64::from(size),
                };
                let charset = if shape.is_text {
                    text(if self.product.charset == 8 { "latin1" } else { "utf8mb4" })
                } else {
                    Value::Null
                };
                let collation = if shape.is_text { text(self.collation()) } else { Value::Null };
                let time = matches!(column.base(), "datetime" | "timestamp" | "time");
                let default = column.printed_default(self.product).map(|default| {
                    if self.is_maria() { default } else { default.trim_matches('\'').to_owned() }
                });
                let absent = if self.is_maria() && column.nullable { text("NULL") } else { Value::Null };
                out.push(vec![
                    text("def"),
                    text(database.clone()),
                    text(name.clone()),
                    text(column.name.clone()),
                    Value::Int(i64::try_from(place + 1).unwrap_or(1)),
                    default.map_or(absent, text),
                    text(if column.nullable { "YES" } else { "NO" }),
                    text(column.base()),
                    length(1),
                    length(4),
                    if number { Value::Int(precision) } else { Value::Null },
                    if number { Value::Int(scale.into()) } else { Value::Null },
                    if time { Value::Int(0) } else { Value::Null },
                    charset,
                    collation,
                    text(column.printed_kind(self.product)),
                    text(table.key_of(&column.name)),
                    text(if column.counts { "auto_increment" } else { "" }),
                    text("select,insert,update,references"),
                    text(""),
                    text("NEVER"),
                    if self.is_maria() { Value::Null } else { text("") },
                ]);
            }
        }
        out
    }

    fn key_rows(&self, which: &str) -> Vec<Vec<Value>> {
        let mut out = Vec::new();
        for (database, name, table) in self.visible_tables() {
            for key in &table.keys {
                if which == "TABLE_CONSTRAINTS" {
                    if key.unique {
                        let kind = if key.name == "PRIMARY" { "PRIMARY KEY" } else { "UNIQUE" };
                        out.push(vec![
                            text("def"),
                            text(database.clone()),
                            text(key.name.clone()),
                            text(database.clone()),
                            text(name.clone()),
                            text(kind),
                        ]);
                    }
                    continue;
                }
                for (place, column) in key.columns.iter().enumerate() {
                    let place = Value::Int(i64::try_from(place + 1).unwrap_or(1));
                    let count = Value::Int(i64::try_from(table.rows.len()).unwrap_or(0));
                    if which == "STATISTICS" {
                        out.push(vec![
                            text("def"),
                            text(database.clone()),
                            text(name.clone()),
                            Value::truth(!key.unique),
                            text(database.clone()),
                            text(key.name.clone()),
                            place,
                            text(column.clone()),
                            text("A"),
                            count,
                            text("BTREE"),
                        ]);
                    } else if key.unique {
                        out.push(vec![
                            text("def"),
                            text(database.clone()),
                            text(key.name.clone()),
                            text("def"),
                            text(database.clone()),
                            text(name.clone()),
                            text(column.clone()),
                            place,
                        ]);
                    }
                }
            }
        }
        out
    }

    fn user_privileges(&self) -> Vec<Vec<Value>> {
        const ALL: &[&str] = &[
            "SELECT",
            "INSERT",
            "UPDATE",
            "DELETE",
            "CREATE",
            "DROP",
            "RELOAD",
            "SHUTDOWN",
            "PROCESS",
            "FILE",
            "REFERENCES",
            "INDEX",
            "ALTER",
            "SHOW DATABASES",
            "SUPER",
            "CREATE TEMPORARY TABLES",
            "LOCK TABLES",
            "EXECUTE",
            "REPLICATION SLAVE",
            "CREATE VIEW",
            "SHOW VIEW",
            "CREATE ROUTINE",
            "ALTER ROUTINE",
            "CREATE USER",
            "EVENT",
            "TRIGGER",
            "CREATE TABLESPACE",
        ];
        let mut out = Vec::new();
        for account in self
            .accounts
            .iter()
            .filter(|account| self.session.everything || account.user == self.session.user)
        {
            let (privileges, grantable) =
                if account.everything { (ALL, "YES") } else { (&["FILE"][..], "NO") };
            for privilege in privileges {
                out.push(vec![
                    text(format!("'{}'@'%'", account.user)),
                    text("def"),
                    text(*privilege),
                    text(grantable),
                ]);
            }
        }
        out
    }
}
