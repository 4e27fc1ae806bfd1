//! Databases and their tables, as one client address sees them.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    ast::Select,
    time,
    value::{Value, parse_decimal, rescale},
};
use crate::{
    caps,
    mysql::{
        failure::Failure,
        product::{Family, Product},
    },
};

/// A column.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// Its type, as `varchar(100)`.
    pub(crate) kind: String,
    pub(crate) nullable: bool,
    /// DEFAULT as it is printed, quotation marks included.
    pub(crate) default: Option<String>,
    /// Whether it counts by itself.
    pub(crate) counts: bool,
}

/// Where a value is to be kept, as messages have it.
#[derive(Clone, Debug, Default)]
pub(crate) struct At {
    /// The table with its database, in the server's quotation marks; empty where it is not named.
    pub(crate) table: String,
    /// The number of the row.
    pub(crate) row: usize,
}

/// A key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) unique: bool,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) keys: Vec<Key>,
    pub(crate) rows: Vec<Vec<Value>>,
    /// The next number of the column that counts.
    pub(crate) next: i64,
    /// When it was made and changed, in seconds since the Unix epoch.
    pub(crate) created: i64,
    pub(crate) updated: i64,
    /// `BASE TABLE`, `VIEW` or `SYSTEM VIEW`.
    pub(crate) sort: &'static str,
    pub(crate) engine: &'static str,
    pub(crate) comment: String,
    /// What a view shows.
    pub(crate) definition: Option<View>,
}

/// What a view shows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct View {
    /// The query.
    pub(crate) query: Arc<Select>,
    /// The query as the server writes it.
    pub(crate) shown: String,
    /// Who made it.
    pub(crate) by: String,
}

/// All databases. Tables are shared until one of them is changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalogue {
    databases: BTreeMap<String, BTreeMap<String, Arc<Table>>>,
    /// Bytes that were added to what was there in the beginning.
    grown: usize,
}

impl Table {
    /// The column of a name, with its place.
    pub(crate) fn column(&self, name: &str) -> Option<(usize, &Column)> {
        self.columns.iter().enumerate().find(|(_, column)| column.name.eq_ignore_ascii_case(name))
    }

    /// Whether a column is the first of a key: `PRI`, `UNI`, `MUL` or nothing.
    pub(crate) fn key_of(&self, column: &str) -> &'static str {
        let first = |key: &&Key| key.columns.first().is_some_and(|name| name.eq_ignore_ascii_case(column));
        if self.keys.iter().any(|key| {
            key.name == "PRIMARY" && key.columns.iter().any(|name| name.eq_ignore_ascii_case(column))
        }) {
            return "PRI";
        }
        match self.keys.iter().filter(first).max_by_key(|key| key.unique) {
            Some(key) if key.unique && key.columns.len() == 1 => "UNI",
            Some(_) => "MUL",
            None => "",
        }
    }

    /// Bytes that its rows take, about.
    pub(crate) fn weight(&self) -> usize {
        self.rows.iter().map(|row| weight(row)).sum()
    }

    /// The unique key that a row would break, with the values in question.
    pub(crate) fn clash(&self, row: &[Value], except: Option<usize>) -> Option<(usize, String, &Key)> {
        let places = |key: &Key| -> Vec<usize> {
            key.columns.iter().filter_map(|name| self.column(name).map(|(at, _)| at)).collect()
        };
        for key in self.keys.iter().filter(|key| key.unique) {
            let places = places(key);
            let values: Vec<_> = places.iter().filter_map(|at| row.get(*at)).collect();
            let same = |other: &Vec<Value>| {
                places.iter().zip(&values).all(|(at, value)| {
                    other
                        .get(*at)
                        .is_some_and(|other| other.compare(value) == Some(std::cmp::Ordering::Equal))
                })
            };
            let found = self.rows.iter().enumerate().find(|(at, other)| Some(*at) != except && same(other));
            if let Some((at, _)) = found.filter(|_| !values.is_empty()) {
                let shown: Vec<_> = values.iter().map(|value| value.shown()).collect();
                return Some((at, shown.join("-"), key));
            }
        }
        None
    }
}

fn weight(row: &[Value]) -> usize {
    row.iter().map(Value::weight).sum::<usize>() + 48
}

impl Column {
    /// The first word of the type.
    pub(crate) fn base(&self) -> &str {
        self.kind.split(['(', ' ']).next().unwrap_or_default()
    }

    /// The numbers in the parentheses of the type.
    pub(crate) fn size(&self) -> Option<(u32, u32)> {
        let inner = self.kind.split_once('(')?.1.split_once(')')?.0;
        let mut numbers = inner.split(',').map(|number| number.trim().parse().ok());
        Some((numbers.next()??, numbers.next().flatten().unwrap_or(0)))
    }

    /// The type as the server prints it: MySQL 8 leaves out the width of whole numbers.
    pub(crate) fn printed_kind(&self, product: &Product) -> String {
        if product.family == Family::MariaDb && self.kind == "json" {
            return "longtext".to_owned();
        }
        let wide = matches!(self.base(), "int" | "bigint" | "smallint" | "mediumint" | "tinyint" | "year");
        if product.family != Family::MySql8 || !wide || self.kind.starts_with("tinyint(1)") {
            return self.kind.clone();
        }
        let after = self.kind.split_once(')').map_or("", |(_, after)| after);
        format!("{}{after}", self.base())
    }

    /// DEFAULT as SHOW CREATE TABLE has it.
    pub(crate) fn printed_default(&self, product: &Product) -> Option<String> {
        let default = self.default.as_deref()?;
        let bare = default.trim_matches('\'');
        let maria = product.family == Family::MariaDb;
        if default.to_ascii_lowercase().starts_with("current_timestamp") {
            return Some(if maria { "current_timestamp()" } else { "CURRENT_TIMESTAMP" }.to_owned());
        }
        let number = !bare.is_empty() && bare.chars().all(|c| c.is_ascii_digit() || ".-".contains(c));
        Some(if maria && number { bare.to_owned() } else { format!("'{bare}'") })
    }

    /// A value as the column keeps it.
    pub(crate) fn keep(&self, value: Value, at: &At) -> Result<Value, Failure> {
        if value.is_null() {
            return if self.nullable {
                Ok(value)
            } else {
                Err(Failure::new(1048, "23000", format!("Column '{}' cannot be null", self.name)))
            };
        }
        match self.base() {
            "int" | "bigint" | "smallint" | "mediumint" | "tinyint" | "year" => self.keep_whole(&value, at),
            "decimal" => self.keep_decimal(&value, at),
            "float" | "double" => Ok(Value::Real(value.number())),
            "varchar" | "char" => {
                let text = value.printed();
                let limit = self.size().map_or(1, |(size, _)| size);
                let length = String::from_utf8_lossy(&text).chars().count();
                if u32::try_from(length).unwrap_or(u32::MAX) > limit {
                    return Err(self.refused(1406, "22001", "Data too long", at));
                }
                Ok(Value::Text(text))
            }
            "enum" => self.keep_one_of(&value, at),
            "date" | "datetime" | "timestamp" => self.keep_time(&value, at),
            "blob" | "longblob" | "mediumblob" | "tinyblob" | "varbinary" | "binary" => {
                Ok(Value::Binary(value.printed()))
            }
            _ => Ok(Value::Text(value.printed())),
        }
    }

    fn keep_whole(&self, value: &Value, at: &At) -> Result<Value, Failure> {
        let text = value.shown();
        if value.is_string() && text.trim().parse::<f64>().is_err() {
            return Err(self.incorrect("integer", &text, at));
        }
        let bits: u32 = match self.base() {
            "tinyint" => 8,
            "smallint" => 16,
            "mediumint" => 24,
            "int" => 32,
            _ => 64,
        };
        let unsigned = self.kind.contains("unsigned");
        let half = if bits < 64 { 1_i64 << (bits - 1) } else { i64::MAX };
        let (least, most) = match (unsigned, bits) {
            (true, 64) => (0, i64::MAX),
            (true, _) => (0, half * 2 - 1),
            (false, 64) => (i64::MIN, i64::MAX),
            (false, _) => (-half, half - 1),
        };
        let number = value.whole();
        if number < least || number > most {
            return Err(self.refused(1264, "22003", "Out of range value", at));
        }
        Ok(Value::Int(number))
    }

    fn keep_decimal(&self, value: &Value, at: &At) -> Result<Value, Failure> {
        let (size, scale) = self.size().unwrap_or((10, 0));
        let text = value.shown();
        if value.is_string() && text.trim().parse::<f64>().is_err() {
            return Err(self.incorrect("decimal", &text, at));
        }
        let exact = match value {
            Value::Decimal(digits, from) => rescale(*digits, *from, scale),
            other => match parse_decimal(text.trim()) {
                Some(Value::Decimal(digits, from)) => rescale(digits, from, scale),
                _ => Some((other.number() * 10_f64.powi(i32::try_from(scale).unwrap_or(0))).round() as i128),
            },
        };
        let digits = exact.unwrap_or_default();
        if 10_i128.checked_pow(size).is_some_and(|most| digits.abs() >= most) {
            return Err(self.refused(1264, "22003", "Out of range value", at));
        }
        Ok(Value::Decimal(digits, scale))
    }

    /// One of the values that an ENUM lists.
    fn keep_one_of(&self, value: &Value, at: &At) -> Result<Value, Failure> {
        let text = value.shown();
        let inner =
            self.kind.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')).map(|(inner, _)| inner);
        let found = inner
            .unwrap_or_default()
            .split(',')
            .map(|one| one.trim().trim_matches('\''))
            .find(|one| one.eq_ignore_ascii_case(&text));
        match found {
            Some(one) => Ok(Value::text(one)),
            None => Err(self.refused(1265, "01000", "Data truncated", at)),
        }
    }

    fn keep_time(&self, value: &Value, at: &At) -> Result<Value, Failure> {
        let text = value.shown();
        let Some(seconds) = time::parse(&text) else {
            return Err(self.incorrect(self.base(), &text, at));
        };
        let whole = time::datetime(seconds);
        let end = if self.base() == "date" { 10 } else { whole.len() };
        Ok(Value::text(whole.get(..end).unwrap_or(&whole)))
    }

    /// Whether keeping a value loses digits of it, of which a note is made.
    pub(crate) fn is_cut(&self, value: &Value) -> bool {
        let (_, scale) = self.size().unwrap_or((0, 0));
        match value {
            Value::Decimal(digits, from) if self.base() == "decimal" && *from > scale => 10_i128
                .checked_pow(from - scale)
                .is_some_and(|unit| digits.checked_rem(unit).is_some_and(|rest| rest != 0)),
            _ => false,
        }
    }

    fn refused(&self, code: u16, state: &'static str, words: &str, at: &At) -> Failure {
        Failure::new(code, state, format!("{words} for column '{}' at row {}", self.name, at.row))
    }

    fn incorrect(&self, kind: &str, text: &str, at: &At) -> Failure {
        let name = match at.table.as_str() {
            "" => format!("'{}'", self.name),
            table => format!("{table}.`{}`", self.name),
        };
        let (code, at) = (if matches!(kind, "integer" | "decimal") { 1366 } else { 1292 }, at.row);
        Failure::new(code, "22007", format!("Incorrect {kind} value: '{text}' for column {name} at row {at}"))
    }

    /// The value of a row that says nothing of the column.
    pub(crate) fn absent(&self, now: &str, at: &At) -> Result<Value, Failure> {
        match self.default.as_deref() {
            Some(default) if default.to_ascii_lowercase().starts_with("current_timestamp") => {
                Ok(Value::text(now))
            }
            Some(default) => self.keep(Value::text(default.trim_matches('\'')), at),
            None if self.nullable => Ok(Value::Null),
            None => Err(Failure::new(
                1364,
                "HY000",
                format!("Field '{}' doesn't have a default value", self.name),
            )),
        }
    }
}

impl Catalogue {
    /// Adds a database to what is there in the beginning.
    pub(crate) fn found_database(&mut self, name: &str, tables: BTreeMap<String, Arc<Table>>) {
        self.databases.insert(name.to_owned(), tables);
    }

    /// Names of databases.
    pub(crate) fn databases(&self) -> impl Iterator<Item = &str> {
        self.databases.keys().map(String::as_str)
    }

    /// Tables of a database by name.
    pub(crate) fn tables(&self, database: &str) -> Option<&BTreeMap<String, Arc<Table>>> {
        self.databases.get(database)
    }

    /// A table.
    pub(crate) fn table(&self, database: &str, table: &str) -> Option<&Arc<Table>> {
        self.databases.get(database)?.get(table)
    }

    /// A table to be changed.
    pub(crate) fn table_mut(&mut self, database: &str, table: &str) -> Option<&mut Table> {
        self.databases.get_mut(database)?.get_mut(table).map(Arc::make_mut)
    }

    /// Whether rows of this weight may be added.
    pub(crate) fn may_grow(&mut self, bytes: usize, table: &str) -> Result<(), Failure> {
        if self.grown + bytes > caps::MYSQL_BYTES_PER_SOURCE {
            return Err(Failure::new(1114, "HY000", format!("The table '{table}' is full")));
        }
        self.grown += bytes;
        Ok(())
    }

    /// Weight of a row.
    pub(crate) fn weight(row: &[Value]) -> usize {
        weight(row)
    }

    /// Gives back what deleted rows took, as far as clients had added it.
    pub(crate) fn shrink(&mut self, bytes: usize) {
        self.grown = self.grown.saturating_sub(bytes);
    }

    /// Makes a database.
    pub(crate) fn create_database(&mut self, name: &str) -> Result<(), Failure> {
        self.may_grow(1_024, name)?;
        self.databases.insert(name.to_owned(), BTreeMap::new());
        Ok(())
    }

    /// Takes a database away, and says how many tables it had.
    pub(crate) fn drop_database(&mut self, name: &str) -> Option<usize> {
        let tables = self.databases.remove(name)?;
        self.shrink(tables.values().map(|table| table.weight()).sum());
        Some(tables.len())
    }

    /// Adds a table.
    pub(crate) fn create_table(&mut self, database: &str, name: &str, table: Table) -> Result<(), Failure> {
        self.may_grow(1_024 + table.weight() + 256 * table.columns.len(), name)?;
        if let Some(tables) = self.databases.get_mut(database) {
            tables.insert(name.to_owned(), Arc::new(table));
        }
        Ok(())
    }

    /// Takes a table away.
    pub(crate) fn drop_table(&mut self, database: &str, name: &str) -> Option<Arc<Table>> {
        let table = self.databases.get_mut(database)?.remove(name)?;
        self.shrink(table.weight() + 1_024);
        Some(table)
    }

    /// Puts a table under another name.
    pub(crate) fn rename(&mut self, from: (&str, &str), to: (&str, &str)) -> bool {
        let Some(table) = self.databases.get_mut(from.0).and_then(|tables| tables.remove(from.1)) else {
            return false;
        };
        match self.databases.get_mut(to.0) {
            Some(tables) => tables.insert(to.1.to_owned(), table).is_none(),
            None => false,
        }
    }
}
