//! Statements that make, change and drop things.

use super::{Parse, Parser};
use crate::mysql::sql::{
    ast::{Change, ColumnSpec, Expr, KeySpec, Statement, TableOptions},
    token::What,
};
use crate::mysql::{failure::Failure, product::Family};

impl Parser<'_> {
    pub(super) fn create(&mut self) -> Parse<Statement> {
        let replace = self.take_all("or replace");
        if self.take("algorithm") {
            self.expect("=")?;
            self.name_after_dot()?;
        }
        let sort = self.take_any(&["temporary", "unique", "fulltext", "spatial", "aggregate"]);
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
            Some("view") => self.create_view(replace),
            Some("index") => self.create_index(sort == Some("unique")),
            Some(word @ ("procedure" | "trigger" | "event")) => {
                self.take_all("if not exists");
                let name = self.table()?;
                self.rest();
                Ok(Statement::CreateRoutine(word, name))
            }
            Some("server") => {
                self.rest();
                Ok(Statement::Privileged("SUPER, FEDERATED ADMIN"))
            }
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
        let whole = self.table()?;
        let name = whole.table.clone();
        if self.take("returns")
            && self.take_any(&["string", "integer", "int", "real", "decimal"]).is_some()
            && self.take("soname")
        {
            return Ok(Statement::CreateFunction(name, self.quoted()?));
        }
        self.rest();
        Ok(Statement::CreateRoutine("function", whole))
    }

    fn create_view(&mut self, replace: bool) -> Parse<Statement> {
        let exists = self.take_all("if not exists");
        let name = self.table()?;
        if self.is("(") {
            self.list_in_parentheses(Self::name)?;
        }
        self.expect("as")?;
        let start = self.start();
        let query = self.select()?;
        let words = self.text_since(start);
        if self.take("with") {
            self.rest();
        }
        Ok(Statement::CreateView(name, Box::new(query), words, replace || exists))
    }

    /// CREATE INDEX, which is as ALTER TABLE … ADD INDEX.
    fn create_index(&mut self, unique: bool) -> Parse<Statement> {
        self.take_all("if not exists");
        let name = self.name()?;
        if self.take("using") {
            self.name()?;
        }
        self.expect("on")?;
        let table = self.table()?;
        let columns = self.key_columns()?;
        self.rest();
        Ok(Statement::Alter("INDEX", table, vec![Change::AddKey(KeySpec { name, columns, unique })]))
    }

    fn key_columns(&mut self) -> Parse<Vec<String>> {
        self.list_in_parentheses(|parser| {
            let name = parser.name()?;
            if parser.take("(") {
                parser.whole_number()?;
                parser.expect(")")?;
            }
            parser.take_any(&["asc", "desc"]);
            Ok(name)
        })
    }

    /// An option of a table, or a word that is none of those that matter.
    fn option(&mut self, options: &mut TableOptions) -> Parse<()> {
        match self.take_any(&["comment", "engine"]) {
            Some("comment") => {
                self.take("=");
                options.comment = Some(String::from_utf8_lossy(&self.quoted()?).into_owned());
            }
            Some(_) => {
                self.take("=");
                options.engine = Some(self.name_or_text()?);
            }
            None => self.at += 1,
        }
        Ok(())
    }

    fn create_table(&mut self) -> Parse<Statement> {
        let exists = self.take_all("if not exists");
        let table = self.table()?;
        let (mut columns, mut keys) = (Vec::new(), Vec::new());
        let mut options = TableOptions::default();
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
            if columns.is_empty() && !self.is("as") && !self.is("like") && !self.is("(") {
                return Err(self.error());
            }
            if columns.is_empty() && (self.take("like") || (self.take("(") && self.take("like"))) {
                let other = self.table()?;
                self.rest();
                return Ok(Statement::CreateLike(table, exists, other));
            }
            if self.take("as") {
                continue;
            }
            self.option(&mut options)?;
        }
        let query = if self.is("select") { Some(Box::new(self.select()?)) } else { None };
        Ok(Statement::CreateTable { table, exists, columns, keys, query, options })
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
        let columns = self.key_columns()?;
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
            _ if self.product.family == Family::MariaDb && !super::is_reserved(&word) => {
                return Err(Failure::new(4161, "HY000", format!("Unknown data type: '{word}'")));
            }
            _ => {
                self.at -= 1;
                return Err(self.error());
            }
        };
        let given = self.is("(");
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
            let narrow = [
                ("tinyint(4)", "tinyint(3)"),
                ("smallint(6)", "smallint(5)"),
                ("mediumint(9)", "mediumint(8)"),
                ("int(11)", "int(10)"),
            ];
            if matches!(word, "unsigned" | "zerofill") && !kind.contains("unsigned") {
                // Without a sign they are a digit shorter.
                if let Some((_, short)) = narrow.iter().find(|(wide, _)| !given && *wide == kind) {
                    (*short).clone_into(&mut kind);
                }
                kind.push_str(" unsigned");
            }
            if word == "zerofill" {
                kind.push_str(" zerofill");
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
            Some("view") => {
                let exists = self.take_all("if exists");
                let views = self.list(Self::table)?;
                self.take_any(&["restrict", "cascade"]);
                Ok(Statement::DropViews(views, exists))
            }
            Some("index") => {
                self.take_all("if exists");
                let name = self.name()?;
                self.expect("on")?;
                let table = self.table()?;
                self.rest();
                Ok(Statement::Alter("INDEX", table, vec![Change::DropKey(name)]))
            }
            Some(word @ ("procedure" | "trigger" | "event")) => {
                let exists = self.take_all("if exists");
                Ok(Statement::DropOther(word, self.table()?, exists))
            }
            Some("server") => {
                self.rest();
                Ok(Statement::Privileged("SUPER, FEDERATED ADMIN"))
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
        let mut changes = Vec::new();
        loop {
            if self.take("rename") && !self.is_any(&["column", "index", "key"]) {
                self.take_any(&["to", "as"]);
                return Ok(Statement::Rename(vec![(table, self.table()?)]));
            }
            self.change(&mut changes)?;
            self.pass_over();
            if !self.take(",") {
                return Ok(Statement::Alter("ALTER", table, changes));
            }
        }
    }

    /// One change of a table.
    fn change(&mut self, changes: &mut Vec<Change>) -> Parse<()> {
        if self.take("add") {
            match self.key()? {
                Some(key) => changes.extend(key.map(Change::AddKey)),
                None => {
                    self.take("column");
                    self.take_all("if not exists");
                    if self.take("(") {
                        changes.extend(self.list(Self::column_spec)?.into_iter().map(Change::Add));
                        self.expect(")")?;
                    } else {
                        changes.push(Change::Add(self.column_spec()?));
                    }
                }
            }
        } else if self.take("drop") {
            if self.take_all("primary key") {
                changes.push(Change::DropKey("PRIMARY".to_owned()));
            } else if self.take_any(&["index", "key"]).is_some() {
                changes.push(Change::DropKey(self.name()?));
            } else if !self.is_any(&["foreign", "constraint", "check", "partition"]) {
                self.take("column");
                self.take_all("if exists");
                changes.push(Change::Drop(self.name()?));
            }
        } else if self.take("modify") {
            self.take("column");
            let spec = self.column_spec()?;
            changes.push(Change::Modify(spec.name.clone(), spec));
        } else if self.take("change") {
            self.take("column");
            let before = self.name()?;
            changes.push(Change::Modify(before, self.column_spec()?));
        } else if self.is_any(&["comment", "engine"]) {
            let mut options = TableOptions::default();
            self.option(&mut options)?;
            changes.push(Change::Options(options));
        }
        Ok(())
    }
}
