//! What the tables of `information_schema` are called and which columns they have.

use std::sync::Arc;

use crate::mysql::sql::catalogue::{Column, Table};

/// Tables of MariaDB 10.11 in its order: a line with name, engine, the rows that fit, and where
/// they are kept in memory the length of a row and of all of them; then each column with its type,
/// and `!` where it is never NULL.
const MARIADB: &str = include_str!("../facts/mariadb_information.txt");

/// Tables of MySQL: columns as name and kind, of which `i` is a number, `t` a point in time, `s` a
/// name, `l` a long text.
const MYSQL: &[(&str, &str)] = &[
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

/// A table of it.
#[derive(Clone, Copy, Debug)]
pub(in crate::mysql::sql) struct View {
    /// Its name.
    pub(in crate::mysql::sql) name: &'static str,
    /// What MariaDB says of it besides.
    words: &'static str,
    columns: &'static str,
}

/// How MariaDB keeps a table while it is read.
#[derive(Clone, Copy, Debug)]
pub(in crate::mysql::sql) struct Kept {
    pub(in crate::mysql::sql) engine: &'static str,
    /// Rows that fit.
    pub(in crate::mysql::sql) rows: &'static str,
    /// Bytes of a row, and of all that fit; none where it is kept on disk.
    pub(in crate::mysql::sql) lengths: Option<(i64, i64)>,
}

/// All tables, in the order of the server.
pub(in crate::mysql::sql) fn views(maria: bool) -> Vec<View> {
    if !maria {
        return MYSQL.iter().map(|(name, columns)| View { name, words: "", columns }).collect();
    }
    let mut out = Vec::new();
    let mut rest = MARIADB;
    while let Some((head, more)) = rest.split_once('\n') {
        let end = more.split_inclusive('\n').take_while(|line| line.starts_with(' ')).map(str::len).sum();
        let (columns, after) = more.split_at_checked(end).unwrap_or((more, ""));
        let (name, words) = head.split_once(' ').unwrap_or((head, ""));
        out.push(View { name, words, columns });
        rest = after;
    }
    out
}

/// The table of a name.
pub(in crate::mysql::sql) fn view(maria: bool, name: &str) -> Option<View> {
    views(maria).into_iter().find(|view| view.name.eq_ignore_ascii_case(name))
}

impl View {
    /// As a table that can be described.
    pub(in crate::mysql::sql) fn table(&self) -> Arc<Table> {
        let columns = if self.words.is_empty() {
            self.columns.split(' ').filter_map(drawn).collect()
        } else {
            self.columns.lines().filter_map(extracted).collect()
        };
        let engine = self.kept().map_or("MEMORY", |kept| kept.engine);
        Arc::new(Table { columns, sort: "SYSTEM VIEW", engine, ..Table::default() })
    }

    /// How it is kept, where that is known.
    pub(in crate::mysql::sql) fn kept(&self) -> Option<Kept> {
        let mut words = self.words.split(' ');
        let (engine, rows) = (words.next()?, words.next()?);
        let mut length = || words.next()?.parse().ok();
        Some(Kept { engine, rows, lengths: length().zip(length()) })
    }
}

/// A column from a line of MariaDB's facts.
fn extracted(line: &str) -> Option<Column> {
    let (name, kind) = line.trim_start().split_once(' ')?;
    let bare = kind.trim_end_matches('!');
    Some(Column { name: name.to_owned(), kind: bare.to_owned(), nullable: bare == kind, ..Column::default() })
}

/// A column from a name and the letter of its kind.
fn drawn(pair: &str) -> Option<Column> {
    let (name, kind) = pair.split_once(':')?;
    let kind = match kind {
        "i" => "bigint(21) unsigned",
        "t" => "datetime",
        "l" => "longtext",
        _ => "varchar(64)",
    };
    Some(Column { name: name.to_owned(), kind: kind.to_owned(), nullable: true, ..Column::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_table_or_a_column() {
        let all = views(true);
        assert_eq!((all.len(), views(false).len()), (79, 22));
        let columns: usize = all.iter().map(|view| view.table().columns.len()).sum();
        assert_eq!(all.len() + columns, MARIADB.lines().count());
        assert!(all.iter().all(|view| view.kept().is_some()));
        assert_eq!(view(true, "schemata").unwrap().table().columns.len(), 6);
    }
}
