//! Statements by their first word.

use super::{Parse, Parser};
use crate::mysql::sql::{
    ast::{Expr, Into, Name, Setting, Show, Statement},
    token::What,
    value::Value,
};

impl Parser<'_> {
    pub(super) fn statement(&mut self) -> Parse<Statement> {
        let Some(What::Word(word)) = self.what() else {
            if self.is("(") {
                return Ok(Statement::Select(Box::new(self.select()?)));
            }
            return Err(self.error());
        };
        let word = word.to_ascii_lowercase();
        if word == "select" || word == "with" {
            return Ok(Statement::Select(Box::new(self.select()?)));
        }
        let start = self.at;
        self.at += 1;
        match word.as_str() {
            "show" => self.show(),
            "use" => Ok(Statement::Use(self.name()?)),
            "set" => self.set(),
            "insert" | "replace" => self.insert(word == "replace"),
            "update" => self.update(),
            "delete" => self.delete(),
            "truncate" => {
                self.take("table");
                Ok(Statement::Truncate(self.table()?))
            }
            "create" => self.create(),
            "drop" => self.drop(),
            "alter" => self.alter(),
            "describe" | "desc" | "explain" => self.describe(),
            "load" => self.load(),
            "rename" => self.rename(),
            "do" => Ok(Statement::Do(self.list(Self::expression)?)),
            "call" => self.call_procedure(),
            "prepare" | "execute" | "deallocate" => self.prepared(&word),
            "kill" => self.kill(),
            "analyze" | "check" | "optimize" | "repair"
                if self.is_any(&["table", "tables", "local", "no_write_to_binlog"]) =>
            {
                self.maintain(word)
            }
            "grant" | "revoke" => self.grant(word),
            "flush" => {
                self.take_any(&["local", "no_write_to_binlog"]);
                let what = self.name_after_dot()?.to_ascii_lowercase();
                self.rest_of(Statement::Flush(what))
            }
            "install" => self.install(),
            "uninstall" => self.rest_of(Statement::Uninstall),
            "rollback" | "release" if self.is_any(&["to", "savepoint"]) => self.savepoint(),
            "begin" | "commit" | "rollback" | "savepoint" | "lock" | "unlock" | "xa" => {
                self.rest_of(Statement::Taken)
            }
            "backup" | "reset" => self.rest_of(Statement::Privileged("RELOAD")),
            "purge" => self.rest_of(Statement::Privileged("SUPER, BINLOG ADMIN")),
            "checksum" if self.is_any(&["table", "tables"]) => self.maintain(word),
            "start" if self.is_any(&["transaction"]) => self.rest_of(Statement::Taken),
            "start" | "stop" | "change" => {
                self.rest_of(Statement::Privileged("SUPER, REPLICATION SLAVE ADMIN"))
            }
            "shutdown" => self.rest_of(Statement::Privileged("SHUTDOWN")),
            "help" | "handler" => self.rest_of(Statement::Taken),
            _ => {
                self.at = start;
                Err(self.error())
            }
        }
    }

    /// GRANT and REVOKE, with the database that it is about.
    fn grant(&mut self, word: String) -> Parse<Statement> {
        if self.what().is_none() {
            return Err(self.error());
        }
        while self.what().is_some() && !self.take("on") {
            self.at += 1;
        }
        let database = match (self.what(), self.what_after(1)) {
            (Some(What::Word(name) | What::Name(name)), Some(What::Sign("."))) => Some(name.clone()),
            _ => None,
        };
        self.rest();
        Ok(Statement::Accounts(database.map_or(word.clone(), |database| format!("{word} {database}"))))
    }

    fn savepoint(&mut self) -> Parse<Statement> {
        self.take("to");
        self.take("savepoint");
        Ok(Statement::Savepoint(self.name()?))
    }

    fn rest_of(&mut self, statement: Statement) -> Parse<Statement> {
        self.rest();
        Ok(statement)
    }

    fn show(&mut self) -> Parse<Statement> {
        let start = self.at;
        let mut what = String::new();
        while let Some(What::Word(word)) = self.what() {
            let word = word.to_ascii_lowercase();
            if ["from", "in", "like", "where", "for", "limit"].contains(&word.as_str()) {
                break;
            }
            if word == "count" && what.is_empty() && self.is_after(1, "(") {
                self.at += 1;
                self.expect("(")?;
                self.expect("*")?;
                self.expect(")")?;
                what.push_str("count");
                continue;
            }
            // Scopes and the like change nothing.
            let names_object = [
                "create table",
                "create database",
                "create schema",
                "create view",
                "create function",
                "create procedure",
                "create user",
                "create trigger",
                "create event",
            ]
            .contains(&what.as_str());
            self.at += 1;
            if names_object {
                self.at -= 1;
                break;
            }
            if !["global", "session", "local", "storage", "extended"].contains(&word.as_str()) {
                if !what.is_empty() {
                    what.push(' ');
                }
                what.push_str(&word);
            }
        }
        if !super::statement::is_shown(&what) {
            // What begins right is wrong where it ends.
            let begun = what == "create" && self.what().is_none();
            self.at = if begun { self.at } else { start };
            return Err(self.error());
        }
        self.take_all("if not exists");
        let mut out = Show { what, name: None, like: None, filter: None };
        if out.what == "create user" {
            if self.what().is_some() {
                let user = self.name_or_text()?;
                out.name = Some(Name { database: None, table: user });
                self.rest();
            }
        } else if out.what.starts_with("create ") {
            out.name = Some(self.table()?);
        }
        self.show_tail(&mut out)?;
        Ok(Statement::Show(out))
    }

    fn show_tail(&mut self, out: &mut Show) -> Parse<()> {
        loop {
            if self.take("for") {
                // SHOW GRANTS FOR, whose account is all that follows.
                let user = self.name_or_text()?;
                out.name = Some(Name { database: None, table: user });
                self.rest();
            } else if self.take_any(&["from", "in"]).is_some() {
                let first = self.table()?;
                // SHOW COLUMNS FROM table FROM database.
                out.name = Some(match out.name.take() {
                    Some(table) => Name { database: Some(first.table), table: table.table },
                    None => first,
                });
            } else if self.take("like") {
                out.like = Some(self.quoted()?);
            } else if self.take("where") {
                out.filter = Some(self.expression()?);
            } else if self.take("limit") {
                self.list(Self::whole_number)?;
            } else {
                return Ok(());
            }
        }
    }

    fn set(&mut self) -> Parse<Statement> {
        if self.take("password") {
            let own = !self.take("for") || self.is("current_user");
            let plain = self.is_after(1, "=") || matches!(self.what_after(1), Some(What::Text(_)));
            let plain = plain && own && !matches!(self.what_after(1), Some(What::Word(_)));
            let words = match (own, plain) {
                (false, _) => "set password of another",
                (true, true) => "set plain password",
                (true, false) => "set password",
            };
            return self.rest_of(Statement::Accounts(words.to_owned()));
        }
        if self.is_any(&["role", "default", "resource"]) {
            return self.rest_of(Statement::Taken);
        }
        if self.is("transaction") || self.is_after(1, "transaction") {
            return self.rest_of(Statement::Taken);
        }
        Ok(Statement::Set(self.list(Self::setting)?))
    }

    fn setting(&mut self) -> Parse<Setting> {
        if self.take("names") || self.take_all("character set") || self.take("charset") {
            let name = self.name_or_text()?;
            if self.take("collate") {
                self.name_or_text()?;
            }
            return Ok(Setting::Names(name));
        }
        if let Some(What::User(name)) = self.what().cloned() {
            self.at += 1;
            self.equals()?;
            return Ok(Setting::User(name, self.expression()?));
        }
        let (global, name) = if let Some(What::System(name)) = self.what().cloned() {
            self.at += 1;
            let lower = name.to_ascii_lowercase();
            match lower.split_once('.') {
                Some((scope, rest)) if ["global", "session", "local"].contains(&scope) => {
                    (scope == "global", rest.to_owned())
                }
                _ => (false, lower),
            }
        } else {
            let scope = self.take_any(&["global", "session", "local", "persist"]);
            let mut name = self.name_after_dot()?.to_ascii_lowercase();
            if self.take(".") {
                name = self.name_after_dot()?.to_ascii_lowercase();
            }
            (matches!(scope, Some("global" | "persist")), name)
        };
        self.equals()?;
        Ok(Setting::System(global, name, self.setting_value()?))
    }

    fn equals(&mut self) -> Parse<()> {
        if self.take_any(&["=", ":="]).is_some() { Ok(()) } else { Err(self.error()) }
    }

    /// A value: a bare word is a text, DEFAULT is none.
    fn setting_value(&mut self) -> Parse<Option<Expr>> {
        let bare = match self.what() {
            Some(What::Word(word)) if matches!(self.what_after(1), None | Some(What::Sign(","))) => {
                Some(word.clone())
            }
            _ => None,
        };
        match bare {
            Some(word) if word.eq_ignore_ascii_case("default") => {
                self.at += 1;
                Ok(None)
            }
            Some(word) if !["null", "true", "false"].iter().any(|w| word.eq_ignore_ascii_case(w)) => {
                self.at += 1;
                Ok(Some(Expr::Literal(Value::text(word))))
            }
            _ => Ok(Some(self.expression()?)),
        }
    }

    fn insert(&mut self, replace: bool) -> Parse<Statement> {
        let mut ignore = false;
        while let Some(word) = self.take_any(&["low_priority", "delayed", "high_priority", "ignore"]) {
            ignore |= word == "ignore";
        }
        self.take("into");
        let table = self.table()?;
        let mut columns = Vec::new();
        let mut rows = Vec::new();
        let mut query = None;
        if self.take("set") {
            let mut row = Vec::new();
            for (column, value) in self.list(Self::assignment)? {
                columns.push(column);
                row.push(Some(value));
            }
            rows.push(row);
        } else {
            if self.is("(") && !self.is_after(1, "select") {
                self.expect("(")?;
                if !self.is(")") {
                    columns = self.list(|parser| {
                        let name = parser.table()?;
                        Ok(name.table)
                    })?;
                }
                self.expect(")")?;
            }
            if self.take_any(&["values", "value"]).is_some() {
                rows = self.list(Self::row)?;
            } else if self.is("select") {
                query = Some(Box::new(self.select()?));
            } else {
                return Err(self.error());
            }
        }
        let mut update = Vec::new();
        if !replace && self.take_all("on duplicate key update") {
            update = self.list(Self::assignment)?;
        }
        Ok(Statement::Insert { table, columns, rows, query, replace, ignore, update })
    }

    fn row(&mut self) -> Parse<Vec<Option<Expr>>> {
        self.expect("(")?;
        let value = |parser: &mut Self| {
            if parser.is("default") && !parser.is_after(1, "(") {
                parser.at += 1;
                return Ok(None);
            }
            parser.expression().map(Some)
        };
        let row = if self.is(")") { Vec::new() } else { self.list(value)? };
        self.expect(")")?;
        Ok(row)
    }

    fn assignment(&mut self) -> Parse<(String, Expr)> {
        let Name { table: column, .. } = self.column_name()?;
        self.expect("=")?;
        Ok((column, self.expression()?))
    }

    fn column_name(&mut self) -> Parse<Name> {
        let mut name = self.table()?;
        if self.take(".") {
            name = Name { database: None, table: self.name_after_dot()? };
        }
        Ok(name)
    }

    fn update(&mut self) -> Parse<Statement> {
        self.take_any(&["low_priority", "ignore"]);
        let table = self.table()?;
        self.expect("set")?;
        let set = self.list(Self::assignment)?;
        let (filter, limit) = self.which()?;
        Ok(Statement::Update { table, set, filter, limit })
    }

    fn delete(&mut self) -> Parse<Statement> {
        self.take_any(&["low_priority", "quick", "ignore"]);
        self.expect("from")?;
        let table = self.table()?;
        let (filter, limit) = self.which()?;
        Ok(Statement::Delete { table, filter, limit })
    }

    fn which(&mut self) -> Parse<(Option<Expr>, Option<u64>)> {
        let filter = if self.take("where") { Some(self.expression()?) } else { None };
        let mut tail = crate::mysql::sql::ast::Select::default();
        self.order_and_limit(&mut tail)?;
        Ok((filter, tail.limit.map(|(_, count)| count)))
    }

    fn describe(&mut self) -> Parse<Statement> {
        self.take_any(&["extended", "partitions"]);
        if self.take("format") {
            self.expect("=")?;
            self.name_or_text()?;
        }
        if self.is("select") {
            return Ok(Statement::Explain(Box::new(self.select()?)));
        }
        if let Some(word) = self.take_any(&["update", "delete"]) {
            return self.explain_change(word == "delete");
        }
        if self.is_any(&["insert", "replace"]) {
            let statement = self.statement()?;
            return Ok(Statement::ExplainChange(Box::new(statement)));
        }
        let table = self.table()?;
        let column = match self.what() {
            None => None,
            Some(_) => Some(self.name_or_text()?.into_bytes()),
        };
        Ok(Statement::Describe(table, column))
    }

    fn explain_change(&mut self, delete: bool) -> Parse<Statement> {
        let statement = if delete { self.delete()? } else { self.update()? };
        Ok(Statement::ExplainChange(Box::new(statement)))
    }

    fn load(&mut self) -> Parse<Statement> {
        if self.take_any(&["data", "xml"]).is_none() {
            return Err(self.error());
        }
        self.take_any(&["low_priority", "concurrent"]);
        let local = self.take("local");
        self.expect("infile")?;
        let path = self.quoted()?;
        self.take_any(&["replace", "ignore"]);
        self.expect("into")?;
        self.expect("table")?;
        let table = self.table()?;
        if self.take_all("character set") {
            self.name_or_text()?;
        }
        let mut format = Into { path: Vec::new(), dump: false, line_end: Vec::new(), field_end: Vec::new() };
        self.file_format(&mut format)?;
        self.rest();
        Ok(Statement::LoadData(local, path, table))
    }

    fn rename(&mut self) -> Parse<Statement> {
        if self.take("user") {
            return self.rest_of(Statement::Accounts("rename user".to_owned()));
        }
        if self.take_any(&["table", "tables"]).is_none() {
            return Err(self.error());
        }
        Ok(Statement::Rename(self.list(|parser| {
            let from = parser.table()?;
            parser.expect("to")?;
            Ok((from, parser.table()?))
        })?))
    }

    fn call_procedure(&mut self) -> Parse<Statement> {
        let name = self.table()?;
        self.rest_of(Statement::Call(name))
    }

    fn prepared(&mut self, word: &str) -> Parse<Statement> {
        match word {
            "prepare" => {
                let name = self.name()?;
                self.expect("from")?;
                Ok(Statement::Prepare(name, self.expression()?))
            }
            "execute" => {
                let name = self.name()?;
                let mut variables = Vec::new();
                if self.take("using") {
                    variables = self.list(|parser| match parser.what().cloned() {
                        Some(What::User(name)) => {
                            parser.at += 1;
                            Ok(name)
                        }
                        _ => Err(parser.error()),
                    })?;
                }
                Ok(Statement::Execute(name, variables))
            }
            _ => {
                self.expect("prepare")?;
                Ok(Statement::Deallocate(self.name()?))
            }
        }
    }

    fn kill(&mut self) -> Parse<Statement> {
        self.take_any(&["hard", "soft"]);
        self.take_any(&["connection", "query"]);
        Ok(Statement::Kill(self.expression()?))
    }

    fn maintain(&mut self, word: String) -> Parse<Statement> {
        self.take_any(&["local", "no_write_to_binlog"]);
        if self.take_any(&["table", "tables"]).is_none() {
            return Err(self.error());
        }
        let tables = self.list(Self::table)?;
        self.rest_of(Statement::Maintain(word, tables))
    }

    fn install(&mut self) -> Parse<Statement> {
        if self.take("plugin") {
            self.name()?;
        }
        self.expect("soname")?;
        Ok(Statement::Install(self.quoted()?))
    }
}

/// What SHOW can show.
pub(super) fn is_shown(what: &str) -> bool {
    const SHOWN: &[&str] = &[
        "databases",
        "schemas",
        "tables",
        "full tables",
        "table status",
        "columns",
        "full columns",
        "fields",
        "full fields",
        "index",
        "indexes",
        "keys",
        "create table",
        "create database",
        "create schema",
        "create view",
        "create function",
        "create procedure",
        "create user",
        "variables",
        "status",
        "processlist",
        "full processlist",
        "grants",
        "engines",
        "plugins",
        "warnings",
        "errors",
        "count warnings",
        "character set",
        "charset",
        "collation",
        "privileges",
        "triggers",
        "events",
        "procedure status",
        "function status",
        "open tables",
        "master status",
        "binary log status",
        "slave status",
        "replica status",
        "all slaves status",
        "slave hosts",
        "replicas",
        "binary logs",
        "master logs",
        "engine innodb status",
        "profiles",
        "binlog status",
        "package status",
        "binlog events",
        "count errors",
        "package body status",
        "relaylog events",
        "create trigger",
        "create event",
    ];
    SHOWN.contains(&what)
}
