//! Statements that make, change and drop things.

use super::{Parse, Parser};
use crate::mysql::sql::{
    ast::{ColumnSpec, Expr, KeySpec, Name, Statement},
    token::What,
};

impl Parser<'_> {
    pub(super) fn create(&mut self) -> Parse<Statement> {
        self.take_all("or replace");
        self.take_any(&["temporary", "unique", "fulltext", "spatial", "aggregate"]);
        if self.take("definer") {
            self.expect("=")?;
            while !self.is_any(&["view", "function", "procedure", "trigger", "event", "sql"])
                && self.what().is_some()
            {
                self.at += 1;
            }
        }
        match self.take_any(&[
            "database",
            "schema",
            "table",
            "function",
            "user",
            "role",
            "index",
            "view",
            "trigger",
            "event",
            "procedure",
            "server",
        ]) {
            Some("database" | "schema") => {
                let exists = self.take_all("if not exists");
                let name = self.name()?;
                self.rest();
                Ok(Statement::CreateDatabase(name, exists))
            }
            Some("table") => self.create_table(),
            Some("function") => self.create_function(),
            Some(word @ ("user" | "role")) => {
                self.rest();
                Ok(Statement::Accounts(format!("create {word}")))
            }
            Some(_) => {
                self.rest();
                Ok(Statement::Taken)
            }
            None => Err(self.error()),
        }
    }

    fn create_function(&mut self) -> Parse<Statement> {
        self.take_all("if not exists");
        let name = self.table()?.table;
        if self.take("returns")
            && self.take_any(&["string", "integer", "int", "real", "decimal"]).is_some()
            && self.take("soname")
        {
            return Ok(Statement::CreateFunction(name, self.quoted()?));
        }
        self.rest();
        Ok(Statement::Taken)
    }

    fn create_table(&mut self) -> Parse<Statement> {
        let exists = self.take_all("if not exists");
        let table = self.table()?;
        let (mut columns, mut keys) = (Vec::new(), Vec::new());
        if self.is("(") && !self.is_after(1, "select") && !self.is_after(1, "like") {
            self.expect("(")?;
            loop {
                match self.key()? {
                    Some(key) => keys.extend(key),
                    None => columns.push(self.column_spec()?),
                }
                if !self.take(",") {
                    break;
                }
            }
            self.expect(")")?;
        }
        // Options of the table, up to a query or the end.
        while self.what().is_some() && !self.is("select") {
            if columns.is_empty() && !self.is("as") && !self.is("like") {
                return Err(self.error());
            }
            self.at += 1;
            if columns.is_empty()
                && matches!(self.what(), Some(What::Word(_) | What::Name(_)))
                && !self.is("select")
            {
                // CREATE TABLE … LIKE another: as a query for nothing of it.
                let other = self.table()?;
                self.rest();
                return Ok(Statement::CreateTable {
                    table,
                    exists,
                    columns,
                    keys,
                    query: Some(Box::new(nothing_of(other))),
                });
            }
        }
        let query = if self.is("select") { Some(Box::new(self.select()?)) } else { None };
        Ok(Statement::CreateTable { table, exists, columns, keys, query })
    }

    /// A key instead of a column: `None` if it is a column, none inside for a constraint that
    /// makes no key.
    fn key(&mut self) -> Parse<Option<Option<KeySpec>>> {
        if self.take("constraint") && !self.is_any(&["primary", "unique", "foreign", "check"]) {
            self.name()?;
        }
        if self.take_any(&["foreign", "check"]).is_some() {
            self.pass_over();
            return Ok(Some(None));
        }
        let primary = self.take_all("primary key");
        let unique = !primary && self.take("unique");
        let plain = self.take_any(&["index", "key", "fulltext", "spatial"]).is_some();
        if !(primary || unique || plain) {
            return Ok(None);
        }
        self.take_any(&["index", "key"]);
        let mut name = if primary { "PRIMARY".to_owned() } else { String::new() };
        if !self.is("(") && !self.is("using") {
            name = self.name()?;
        }
        if self.take("using") {
            self.name()?;
        }
        let columns = self.list_in_parentheses(|parser| {
            let name = parser.name()?;
            if parser.take("(") {
                parser.whole_number()?;
                parser.expect(")")?;
            }
            parser.take_any(&["asc", "desc"]);
            Ok(name)
        })?;
        self.pass_over();
        if name.is_empty() {
            name = columns.first().cloned().unwrap_or_default();
        }
        Ok(Some(Some(KeySpec { name, columns, unique: unique || primary })))
    }

    /// Passes over what is left of a definition: to the comma or the parenthesis that ends it.
    fn pass_over(&mut self) {
        let mut open = 0_usize;
        while let Some(what) = self.what() {
            match what {
                What::Sign("(") => open += 1,
                What::Sign(")") if open == 0 => return,
                What::Sign(")") => open -= 1,
                What::Sign(",") if open == 0 => return,
                _ => {}
            }
            self.at += 1;
        }
    }

    fn column_spec(&mut self) -> Parse<ColumnSpec> {
        let name = self.name()?;
        let kind = self.kind()?;
        let mut out = ColumnSpec { name, kind, nullable: true, ..ColumnSpec::default() };
        loop {
            if self.take_all("not null") {
                out.nullable = false;
            } else if self.take("null") {
                out.nullable = true;
            } else if self.take("default") {
                let start = self.start();
                let value = self.expression()?;
                let text = self.text_since(start);
                out.default = (!matches!(&value, Expr::Literal(value) if value.is_null())).then_some(text);
            } else if self.take("auto_increment") {
                out.counts = true;
            } else if self.take_all("primary key") || self.take("primary") {
                out.primary = true;
                out.nullable = false;
            } else if self.take("unique") {
                self.take("key");
                out.unique = true;
            } else if self.take("key") {
                out.primary = true;
                out.nullable = false;
            } else if self.what().is_none() || self.is(",") || self.is(")") {
                return Ok(out);
            } else if self.take_any(&["comment", "collate", "charset"]).is_some()
                || self.take_all("character set")
            {
                self.name_or_text()?;
            } else {
                // References, checks, generated columns.
                self.pass_over();
            }
        }
    }

    /// A type, as it is printed.
    fn kind(&mut self) -> Parse<String> {
        let word = self.name_after_dot()?.to_ascii_lowercase();
        let (mut kind, width) = match word.as_str() {
            "integer" | "int" => ("int".to_owned(), Some("11")),
            "bool" | "boolean" => ("tinyint".to_owned(), Some("1")),
            "tinyint" => (word, Some("4")),
            "smallint" => (word, Some("6")),
            "mediumint" => (word, Some("9")),
            "bigint" => (word, Some("20")),
            "numeric" | "dec" | "decimal" => ("decimal".to_owned(), Some("10,0")),
            "char" => (word, Some("1")),
            "binary" => (word, Some("1")),
            "year" => (word, Some("4")),
            "real" => ("double".to_owned(), None),
            "varchar" | "varbinary" | "text" | "tinytext" | "mediumtext" | "longtext" | "blob"
            | "tinyblob" | "mediumblob" | "longblob" | "date" | "datetime" | "time" | "timestamp"
            | "float" | "double" | "json" | "enum" | "set" | "bit" | "serial" => (word, None),
            _ => {
                self.at -= 1;
                return Err(self.error());
            }
        };
        if self.take("(") {
            let start = self.start();
            while !self.is(")") && self.what().is_some() {
                self.at += 1;
            }
            let inner = self.text_since(start);
            self.expect(")")?;
            kind = format!("{kind}({})", inner.replace(", ", ","));
        } else if let Some(width) = width {
            kind = format!("{kind}({width})");
        } else if kind.starts_with("var") {
            return Err(self.error());
        }
        while let Some(word) = self.take_any(&["unsigned", "signed", "zerofill", "precision"]) {
            if word == "unsigned" {
                kind.push_str(" unsigned");
            }
        }
        Ok(kind)
    }

    pub(super) fn drop(&mut self) -> Parse<Statement> {
        self.take("temporary");
        match self.take_any(&[
            "database",
            "schema",
            "table",
            "tables",
            "view",
            "function",
            "user",
            "role",
            "index",
            "trigger",
            "event",
            "procedure",
            "prepare",
            "server",
        ]) {
            Some("database" | "schema") => {
                let exists = self.take_all("if exists");
                Ok(Statement::DropDatabase(self.name()?, exists))
            }
            Some("table" | "tables") => {
                let exists = self.take_all("if exists");
                let tables = self.list(Self::table)?;
                self.take_any(&["restrict", "cascade"]);
                Ok(Statement::DropTables(tables, exists))
            }
            Some("function") => {
                let exists = self.take_all("if exists");
                Ok(Statement::DropFunction(self.table()?, exists))
            }
            Some("prepare") => Ok(Statement::Deallocate(self.name()?)),
            Some(word @ ("user" | "role")) => {
                self.rest();
                Ok(Statement::Accounts(format!("drop {word}")))
            }
            Some(_) => {
                self.rest();
                Ok(Statement::Taken)
            }
            None => Err(self.error()),
        }
    }

    pub(super) fn alter(&mut self) -> Parse<Statement> {
        self.take_any(&["online", "ignore"]);
        if self.take("user") {
            self.rest();
            return Ok(Statement::Accounts("alter user".to_owned()));
        }
        if !self.take("table") {
            if self
                .take_any(&[
                    "database",
                    "schema",
                    "view",
                    "event",
                    "function",
                    "procedure",
                    "server",
                    "instance",
                ])
                .is_some()
            {
                self.rest();
                return Ok(Statement::Taken);
            }
            return Err(self.error());
        }
        let table = self.table()?;
        let (mut added, mut dropped) = (Vec::new(), Vec::new());
        loop {
            if self.take("rename") {
                self.take_any(&["to", "as"]);
                return Ok(Statement::Rename(vec![(table, self.table()?)]));
            }
            if self.take("add") && self.key()?.is_none() {
                self.take("column");
                if self.take("(") {
                    added.append(&mut self.list(Self::column_spec)?);
                    self.expect(")")?;
                } else {
                    added.push(self.column_spec()?);
                }
            } else if self.take("drop") && !self.is_any(&["index", "key", "primary", "foreign", "constraint"])
            {
                self.take("column");
                dropped.push(self.name()?);
            }
            self.pass_over();
            if !self.take(",") {
                return Ok(Statement::Alter(table, added, dropped));
            }
        }
    }
}

/// A query for nothing of a table, which gives its columns.
fn nothing_of(table: Name) -> crate::mysql::sql::ast::Select {
    use crate::mysql::sql::ast::{From, Item, Join, Select, Source};
    Select {
        items: vec![Item::All(None)],
        from: vec![Source { from: From::Table(table), alias: None, join: Join::Inner, on: None }],
        limit: Some((0, 0)),
        ..Select::default()
    }
}
