//! SHOW and DESCRIBE of tables.

use std::sync::Arc;

use super::{
    ast::{Name, Show},
    catalogue::{Table, View},
    engine::{Engine, Rows, unknown_database, unknown_table},
    information::{self, definition},
    shape::{self, Shape},
    value::Value,
};
use crate::mysql::{failure::Failure, product::Family};

/// Makes the shape of a column.
type MakeShape = fn() -> Shape;

/// Columns of SHOW TABLE STATUS, which MariaDB has two more of.
const STATUS_COLUMNS: &[(&str, MakeShape)] = &[
    ("Name", name),
    ("Engine", name),
    ("Version", number),
    ("Row_format", || Shape::text(10)),
    ("Rows", number),
    ("Avg_row_length", number),
    ("Data_length", number),
    ("Max_data_length", number),
    ("Index_length", number),
    ("Data_free", number),
    ("Auto_increment", number),
    ("Create_time", time),
    ("Update_time", time),
    ("Check_time", time),
    ("Collation", name),
    ("Checksum", number),
    ("Create_options", || Shape::text(2_048)),
    ("Comment", || Shape::text(2_048)),
];

fn name() -> Shape {
    Shape::text(64)
}

fn number() -> Shape {
    Shape::big(21)
}

fn time() -> Shape {
    Shape::time(shape::DATETIME)
}

fn text(text: impl Into<Vec<u8>>) -> Value {
    Value::text(text)
}

impl Engine<'_> {
    pub(super) fn table_status(&mut self, show: &Show) -> Result<Rows, Failure> {
        let those = match self.database_listed(show)? {
            Some(database) => self.tables_of(&database),
            None => Vec::new(),
        };
        let rows = those.iter().map(|(name, table)| self.status_of(name, table)).collect();
        let mut shapes: Vec<_> = STATUS_COLUMNS.iter().map(|(name, shape)| shape().named(name)).collect();
        if self.is_maria() {
            shapes.push(Shape::big(21).named("Max_index_length"));
            shapes.push(Shape::text(1).named("Temporary"));
        }
        Ok(Rows { shapes, rows })
    }

    /// What MariaDB says of a table that is made at the moment it is read.
    fn status_of_view(&self, name: &str) -> Option<Vec<Value>> {
        let kept = definition::view(self.is_maria(), name)?.kept()?;
        let now = text(super::time::datetime(self.now.0));
        let on_disk = kept.lengths.is_none();
        let page = Value::Int(if on_disk { 8_192 } else { 0 });
        let (row, all) = kept.lengths.unwrap_or((0, 4_503_599_627_288_576));
        let options = format!("max_rows={}{}", kept.rows, if on_disk { " transactional=0" } else { "" });
        Some(vec![
            text(name),
            text(kept.engine),
            Value::Int(11),
            text(if on_disk { "Page" } else { "Fixed" }),
            Value::Null,
            Value::Int(row),
            page.clone(),
            Value::Int(all),
            page,
            Value::Int(0),
            Value::Null,
            now.clone(),
            if on_disk { now } else { Value::Null },
            Value::Null,
            text("utf8mb3_general_ci"),
            Value::Null,
            text(options),
            text(""),
            Value::Int(if on_disk { 137_438_945_280 } else { 0 }),
            text("Y"),
        ])
    }

    /// What SHOW TABLE STATUS says of a table.
    pub(super) fn status_of(&self, name: &str, table: &Table) -> Vec<Value> {
        if table.sort == "SYSTEM VIEW"
            && let Some(status) = self.status_of_view(name)
        {
            return status;
        }
        let count = i64::try_from(table.rows.len()).unwrap_or(0);
        let pages = |bytes: usize| i64::try_from(bytes.div_ceil(16_384).max(1) * 16_384).unwrap_or(16_384);
        let data = pages(table.weight());
        let counts = table.columns.iter().any(|column| column.counts);
        let indices = i64::try_from(table.keys.len().saturating_sub(1)).unwrap_or(0) * 16_384;
        let base = table.sort == "BASE TABLE";
        let number = |number: i64| if base { Value::Int(number) } else { Value::Null };
        let mut row = vec![
            text(name),
            if base { text(table.engine) } else { Value::Null },
            number(10),
            if base { text("Dynamic") } else { Value::Null },
            number(count),
            number(if count > 0 { data / count } else { 0 }),
            number(data),
            number(0),
            number(indices),
            number(0),
            if counts { Value::Int(table.next) } else { Value::Null },
            if base { text(super::time::datetime(table.created)) } else { Value::Null },
            if base && table.updated > 0 { text(super::time::datetime(table.updated)) } else { Value::Null },
            Value::Null,
            if base { text(self.collation()) } else { Value::Null },
            Value::Null,
            if base { text("") } else { Value::Null },
            if base { text(table.comment.clone()) } else { text(table.sort) },
        ];
        if self.is_maria() {
            row.push(number(0));
            row.push(if base { text("N") } else { Value::Null });
        }
        row
    }

    /// The collation of tables.
    pub(super) fn collation(&self) -> &'static str {
        match self.product.charset {
            255 => "utf8mb4_0900_ai_ci",
            8 => "latin1_swedish_ci",
            _ => "utf8mb4_general_ci",
        }
    }

    /// The character set of tables.
    pub(super) fn charset(&self) -> &'static str {
        if self.product.charset == 8 { "latin1" } else { "utf8mb4" }
    }

    /// A table that is named, with its database.
    fn table_shown(&self, name: &Name, command: &str) -> Result<(String, Arc<Table>), Failure> {
        let database = self.database_of(name)?;
        if database.eq_ignore_ascii_case("information_schema") {
            let view = definition::view(self.is_maria(), &name.table);
            let view = view.ok_or_else(|| information::unknown(&name.table))?;
            return Ok(("information_schema".to_owned(), view.table()));
        }
        self.may_touch(command, &database, &name.table)?;
        if self.catalogue.tables(&database).is_none() {
            return Err(unknown_database(&database));
        }
        let table = self.catalogue.table(&database, &name.table);
        let table = table.ok_or_else(|| unknown_table(&database, &name.table))?;
        Ok((database, Arc::clone(table)))
    }

    pub(super) fn describe(&mut self, name: &Name, column: Option<&[u8]>) -> Result<Rows, Failure> {
        let show = Show {
            what: "columns".to_owned(),
            name: Some(name.clone()),
            like: column.map(<[u8]>::to_vec),
            filter: None,
        };
        self.show(&show)
    }

    pub(super) fn columns(&mut self, show: &Show, full: bool) -> Result<Rows, Failure> {
        let name = show.name.as_ref().ok_or_else(|| Failure::new(1046, "3D000", "No database selected"))?;
        let (_, table) = self.table_shown(name, "SELECT")?;
        let mut heads = vec![
            ("Field", 64),
            ("Type", 196_605),
            ("Null", 3),
            ("Key", 3),
            ("Default", 196_596),
            ("Extra", 80),
        ];
        if full {
            heads.insert(2, ("Collation", 64));
            heads.extend([("Privileges", 80), ("Comment", 1_024)]);
        }
        let rows = table.columns.iter().map(|column| {
            let is_text = Shape::of(column, &table, ["", "", ""]).is_text;
            let default =
                column.printed_default(self.product).map(|default| default.trim_matches('\'').to_owned());
            let current = default
                .as_deref()
                .is_some_and(|default| default.to_ascii_lowercase().starts_with("current_timestamp"));
            let extra = match (column.counts, current && self.product.family == Family::MySql8) {
                (true, _) => "auto_increment",
                (_, true) => "DEFAULT_GENERATED",
                _ => "",
            };
            let mut row = vec![
                text(column.name.clone()),
                text(column.printed_kind(self.product)),
                text(if column.nullable { "YES" } else { "NO" }),
                text(table.key_of(&column.name)),
                default.map_or(Value::Null, text),
                text(extra),
            ];
            if full {
                row.insert(2, if is_text { text(self.collation()) } else { Value::Null });
                row.extend([text("select,insert,update,references"), text("")]);
            }
            row
        });
        Ok(Rows::of_texts(&heads, rows.collect()))
    }

    pub(super) fn indexes(&mut self, show: &Show) -> Result<Rows, Failure> {
        let name = show.name.as_ref().ok_or_else(|| Failure::new(1046, "3D000", "No database selected"))?;
        let (_, table) = self.table_shown(name, "SELECT")?;
        let count = i64::try_from(table.rows.len()).unwrap_or(0);
        let mut rows = Vec::new();
        for key in &table.keys {
            for (place, column) in key.columns.iter().enumerate() {
                let nullable = table.column(column).is_some_and(|(_, column)| column.nullable);
                let mut row = vec![
                    text(name.table.clone()),
                    Value::truth(!key.unique),
                    text(key.name.clone()),
                    Value::Int(i64::try_from(place + 1).unwrap_or(1)),
                    text(column.clone()),
                    text("A"),
                    Value::Int(count),
                    Value::Null,
                    Value::Null,
                    text(if nullable { "YES" } else { "" }),
                    text("BTREE"),
                    text(""),
                    text(""),
                ];
                match self.product.family {
                    Family::MariaDb => row.push(text("NO")),
                    Family::MySql8 => row.extend([text("YES"), Value::Null]),
                    Family::MySql5 => {}
                }
                rows.push(row);
            }
        }
        let mut shapes: Vec<_> = [
            ("Table", 64),
            ("", 0),
            ("Key_name", 64),
            ("", 0),
            ("Column_name", 64),
            ("Collation", 1),
            ("", 0),
            ("", 0),
            ("Packed", 10),
            ("Null", 3),
            ("Index_type", 16),
            ("Comment", 16),
            ("Index_comment", 1_024),
        ]
        .iter()
        .map(|(name, width)| Shape::text(*width).named(name))
        .collect();
        for (at, name, width) in [(1, "Non_unique", 1), (6, "Cardinality", 21), (7, "Sub_part", 3)] {
            if let Some(shape) = shapes.get_mut(at) {
                *shape = Shape::big(width).named(name);
            }
        }
        if let Some(shape) = shapes.get_mut(3) {
            *shape = Shape::int(2).named("Seq_in_index");
        }
        match self.product.family {
            Family::MariaDb => shapes.push(Shape::text(3).named("Ignored")),
            Family::MySql8 => {
                shapes.extend([Shape::text(3).named("Visible"), Shape::text(1_024).named("Expression")])
            }
            Family::MySql5 => {}
        }
        Ok(Rows { shapes, rows })
    }

    pub(super) fn create_table_text(&mut self, show: &Show) -> Result<Rows, Failure> {
        let name = show.name.clone().unwrap_or(Name { database: None, table: String::new() });
        let (database, table) = self.table_shown(&name, "SHOW")?;
        if let Some(definition) = &table.definition {
            return Ok(self.create_view_text(&name, definition));
        }
        if database == "information_schema" {
            return Ok(self.create_information_text(&name, &table));
        }
        let mut lines: Vec<String> = table
            .columns
            .iter()
            .map(|column| {
                let mut line = format!("  `{}` {}", column.name, column.printed_kind(self.product));
                let timestamp = column.base() == "timestamp";
                let json = column.kind == "json" && self.is_maria();
                if json {
                    line.push_str(" CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
                }
                if !column.nullable {
                    line.push_str(" NOT NULL");
                } else if timestamp {
                    line.push_str(" NULL");
                }
                match column.printed_default(self.product) {
                    Some(default) => line.push_str(&format!(" DEFAULT {default}")),
                    None if column.nullable
                        && !matches!(column.base(), "text" | "blob" | "longtext" | "mediumtext") =>
                    {
                        line.push_str(" DEFAULT NULL")
                    }
                    None if column.nullable && self.is_maria() => line.push_str(" DEFAULT NULL"),
                    None => {}
                }
                if column.counts {
                    line.push_str(" AUTO_INCREMENT");
                }
                if json {
                    line.push_str(&format!(" CHECK (json_valid(`{}`))", column.name));
                }
                line
            })
            .collect();
        for key in &table.keys {
            let columns: Vec<_> = key.columns.iter().map(|column| format!("`{column}`")).collect();
            let columns = columns.join(",");
            lines.push(match (key.name.as_str(), key.unique) {
                ("PRIMARY", _) => format!("  PRIMARY KEY ({columns})"),
                (name, true) => format!("  UNIQUE KEY `{name}` ({columns})"),
                (name, false) => format!("  KEY `{name}` ({columns})"),
            });
        }
        let counts = table.columns.iter().any(|column| column.counts) && table.next > 1;
        let next = if counts { format!(" AUTO_INCREMENT={}", table.next) } else { String::new() };
        let collate = match self.product.family {
            Family::MySql5 => String::new(),
            _ => format!(" COLLATE={}", self.collation()),
        };
        let comment = match table.comment.as_str() {
            "" => String::new(),
            comment => format!(" COMMENT='{}'", comment.replace('\'', "''")),
        };
        let whole = format!(
            "CREATE TABLE `{}` (\n{}\n) ENGINE={}{next} DEFAULT CHARSET={}{collate}{comment}",
            name.table,
            lines.join(",\n"),
            table.engine,
            self.charset()
        );
        Ok(Rows::of_texts(
            &[("Table", 64), ("Create Table", 1_024)],
            vec![vec![text(name.table), text(whole)]],
        ))
    }

    fn create_information_text(&self, name: &Name, table: &Table) -> Rows {
        let view = definition::view(self.is_maria(), &name.table);
        let shown = view.map_or_else(|| name.table.clone(), |view| view.name.to_owned());
        let lines = table.columns.iter().map(|column| {
            format!("  `{}` {}{}", column.name, column.kind, if column.nullable { "" } else { " NOT NULL" })
        });
        let engine = table.engine;
        let checksum = if engine == "Aria" { " PAGE_CHECKSUM=0" } else { "" };
        let whole = format!(
            "CREATE TEMPORARY TABLE `{shown}` (\n{}\n) ENGINE={engine} DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci{checksum}",
            lines.collect::<Vec<_>>().join(",\n")
        );
        Rows::of_texts(&[("Table", 64), ("Create Table", 1_024)], vec![vec![text(shown), text(whole)]])
    }

    fn create_view_text(&self, name: &Name, definition: &View) -> Rows {
        let user = &definition.by;
        let whole = format!(
            "CREATE ALGORITHM=UNDEFINED DEFINER=`{user}`@`%` SQL SECURITY DEFINER VIEW `{}` AS {}",
            name.table, definition.shown
        );
        let heads = [
            ("View", 64),
            ("Create View", 1_024),
            ("character_set_client", 32),
            ("collation_connection", 64),
        ];
        let row = [name.table.as_str(), &whole, "utf8mb3", "utf8mb3_general_ci"];
        Rows::of_texts(&heads, vec![row.map(text).to_vec()])
    }

    /// The same error with the host that the client comes from, as some statements have it.
    fn at_host(&self, mut failure: Failure) -> Failure {
        if failure.code == 1044 && self.is_maria() {
            let words = String::from_utf8_lossy(&failure.text);
            failure.text = words.replacen("'@'%'", &format!("'@'{}'", self.session.host), 1).into_bytes();
        }
        failure
    }

    pub(super) fn create_database_text(&mut self, show: &Show) -> Result<Rows, Failure> {
        let database = self.database_shown(show).map_err(|failure| self.at_host(failure))?;
        let (charset, collation) = (self.charset(), self.collation());
        let options = match self.product.family {
            Family::MariaDb => format!("/*!40100 DEFAULT CHARACTER SET {charset} COLLATE {collation} */"),
            Family::MySql8 => format!(
                "/*!40100 DEFAULT CHARACTER SET {charset} COLLATE {collation} */ /*!80016 DEFAULT ENCRYPTION='N' */"
            ),
            Family::MySql5 => format!("/*!40100 DEFAULT CHARACTER SET {charset} */"),
        };
        let whole = format!("CREATE DATABASE `{database}` {options}");
        Ok(Rows::of_texts(
            &[("Database", 64), ("Create Database", 1_024)],
            vec![vec![text(database), text(whole)]],
        ))
    }
}
