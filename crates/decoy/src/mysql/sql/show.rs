//! SHOW.

use std::sync::Arc;

use super::{
    ast::Show,
    catalogue::Table,
    engine::{Engine, Rows, unknown_database},
    eval::{Clause, Scope},
    information::definition,
    shape::Shape,
    value::{Value, is_like},
};
use crate::mysql::{failure::Failure, product::Family, proof};

fn text(text: impl Into<Vec<u8>>) -> Value {
    Value::text(text)
}

/// What is mostly empty: names of SHOW, and what stands above the rows.
const RARE: &[(&str, &str)] = &[
    (
        "triggers",
        "Trigger,Event,Table,Statement,Timing,Created,sql_mode,Definer,character_set_client,collation_connection,Database Collation",
    ),
    (
        "events",
        "Db,Name,Definer,Time zone,Type,Execute at,Interval value,Interval field,Starts,Ends,Status,Originator,character_set_client,collation_connection,Database Collation",
    ),
    (
        "procedure status|function status|package status|package body status",
        "Db,Name,Type,Definer,Modified,Created,Security_type,Comment,character_set_client,collation_connection,Database Collation",
    ),
    ("open tables", "Database,Table,In_use,Name_locked"),
    ("privileges", "Privilege,Context,Comment"),
    ("profiles", "Query_ID,Duration,Query"),
    ("master status|binary log status|binlog status", "File,Position,Binlog_Do_DB,Binlog_Ignore_DB"),
    ("slave status|replica status|all slaves status", "Slave_IO_State,Master_Host,Master_User,Master_Port"),
    ("slave hosts|replicas", "Server_id,Host,Port,Master_id"),
    ("engine innodb status", "Type,Name,Status"),
];

impl Engine<'_> {
    pub(super) fn show(&mut self, show: &Show) -> Result<Rows, Failure> {
        let mut rows = self.shown(show)?;
        if let Some(pattern) = &show.like {
            rows.rows
                .retain(|row| row.first().is_some_and(|value| is_like(&value.printed(), pattern, b'\\')));
        }
        if let Some(filter) = &show.filter {
            let shapes = rows.shapes.clone();
            let mut kept = Vec::new();
            for row in std::mem::take(&mut rows.rows) {
                let scope = Scope { shapes: &shapes, row: &row, clause: Clause::Where, ..Scope::none() };
                if self.eval(filter, &scope)?.holds() == Some(true) {
                    kept.push(row);
                }
            }
            rows.rows = kept;
        }
        Ok(rows)
    }

    fn shown(&mut self, show: &Show) -> Result<Rows, Failure> {
        match show.what.as_str() {
            "databases" | "schemas" => Ok(self.databases()),
            "tables" => self.tables(show, false),
            "full tables" => self.tables(show, true),
            "table status" => self.table_status(show),
            "columns" | "fields" => self.columns(show, false),
            "full columns" | "full fields" => self.columns(show, true),
            "index" | "indexes" | "keys" => self.indexes(show),
            "create table" | "create view" => self.create_table_text(show),
            "create user" => self.create_user_text(show),
            "count warnings" | "count errors" => Ok(self.count_of_warnings(show.what == "count errors")),
            "create database" | "create schema" => self.create_database_text(show),
            "variables" => {
                let rows =
                    self.variables().into_iter().map(|(name, value)| vec![text(name), text(value)]).collect();
                Ok(Rows::of_texts(&[("Variable_name", 64), ("Value", 4_096)], rows))
            }
            "status" => {
                let rows =
                    self.status().into_iter().map(|(name, value)| vec![text(name), text(value)]).collect();
                Ok(Rows::of_texts(&[("Variable_name", 64), ("Value", 4_096)], rows))
            }
            "processlist" => Ok(self.processes(100)),
            "full processlist" => Ok(self.processes(usize::MAX)),
            "grants" => self.grants(show),
            "engines" => Ok(self.engines()),
            "plugins" => Ok(self.plugins()),
            "warnings" | "errors" => Ok(self.warnings(show.what == "errors")),
            "character set" | "charset" => Ok(self.character_sets()),
            "collation" => Ok(self.collations()),
            other => self.shown_rarely(other),
        }
    }

    fn databases(&self) -> Rows {
        let names = self.visible();
        let shape = Shape { flags: 0x1001, decimals: 0, ..Shape::text(64) }.named("Database");
        Rows { shapes: vec![shape], rows: names.into_iter().map(|name| vec![text(name)]).collect() }
    }

    /// The database that a SHOW is about.
    pub(super) fn database_shown(&self, show: &Show) -> Result<String, Failure> {
        let named = show.name.as_ref().map(|name| name.table.clone());
        let database = named.or_else(|| self.session.database.clone());
        let database = database.ok_or_else(|| Failure::new(1046, "3D000", "No database selected"))?;
        if database.eq_ignore_ascii_case("information_schema") {
            return Ok("information_schema".to_owned());
        }
        self.may_use(&database)?;
        match self.catalogue.tables(&database) {
            Some(_) => Ok(database),
            None => Err(unknown_database(&database)),
        }
    }

    /// The database whose tables are to be shown: of one that the account may not use, there are
    /// none to be seen.
    pub(super) fn database_listed(&self, show: &Show) -> Result<Option<String>, Failure> {
        match self.database_shown(show) {
            Err(failure) if failure.code == 1044 && self.is_maria() => {
                let name = show.name.as_ref().map(|name| name.table.as_str()).unwrap_or_default();
                match self.catalogue.tables(name) {
                    Some(_) => Ok(None),
                    None => Err(unknown_database(name)),
                }
            }
            other => other.map(Some),
        }
    }

    /// Tables of a database by name.
    pub(super) fn tables_of(&self, database: &str) -> Vec<(String, Arc<Table>)> {
        if database == "information_schema" {
            let views = definition::views(self.is_maria());
            return views.iter().map(|view| (view.name.to_owned(), view.table())).collect();
        }
        self.catalogue
            .tables(database)
            .into_iter()
            .flatten()
            .map(|(name, table)| (name.clone(), Arc::clone(table)))
            .collect()
    }

    fn tables(&mut self, show: &Show, full: bool) -> Result<Rows, Failure> {
        let listed = self.database_listed(show)?;
        let hidden = listed.is_none();
        let database = listed.unwrap_or_default();
        let suffix = show.like.as_ref().map(|pattern| format!(" ({})", String::from_utf8_lossy(pattern)));
        let head = format!("Tables_in_{database}{}", suffix.unwrap_or_default());
        let mut shapes = vec![Shape { flags: 1, decimals: 0, ..Shape::text(73) }.named(&head)];
        if full {
            shapes.push(Shape { flags: 1, decimals: 0, ..Shape::text(64) }.named("Table_type"));
        }
        let those = if hidden { Vec::new() } else { self.tables_of(&database) };
        let rows = those.into_iter().map(|(name, table)| {
            let mut row = vec![text(name)];
            if full {
                row.push(text(table.sort));
            }
            row
        });
        Ok(Rows { rows: rows.collect(), shapes })
    }

    fn processes(&self, longest: usize) -> Rows {
        let session = &*self.session;
        let info = String::from_utf8_lossy(self.text).chars().take(longest).collect::<String>();
        let state = match self.product.family {
            Family::MariaDb => "starting",
            Family::MySql8 => "init",
            Family::MySql5 => "starting",
        };
        let mut row = vec![
            Value::Int(session.thread.into()),
            text(session.user.clone()),
            text(format!("{}:{}", session.host, session.port)),
            session.database.clone().map_or(Value::Null, text),
            text("Query"),
            Value::Int(0),
            text(state),
            text(info),
        ];
        let mut shapes = vec![
            Shape::big(11).named("Id"),
            Shape::text(128).named("User"),
            Shape::text(64).named("Host"),
            Shape::text(64).named("db"),
            Shape::text(16).named("Command"),
            Shape::int(7).named("Time"),
            Shape::text(30).named("State"),
            Shape::text(if longest > 100 { 50_331_648 } else { 100 }).named("Info"),
        ];
        if self.is_maria() {
            row.push(Value::Decimal(0, 3));
            shapes.push(Shape { decimals: 3, length: 7, ..Shape::double() }.named("Progress"));
        }
        let mut rows = vec![row];
        if self.product.family == Family::MySql8 && session.everything {
            let up = i64::try_from(self.server.uptime).unwrap_or(0);
            let daemon = vec![
                Value::Int(5),
                text("event_scheduler"),
                text("localhost"),
                Value::Null,
                text("Daemon"),
                Value::Int(up),
                text("Waiting on empty queue"),
                Value::Null,
            ];
            rows.insert(0, daemon);
        }
        Rows { shapes, rows }
    }

    fn grants(&self, show: &Show) -> Result<Rows, Failure> {
        let wanted = show.name.as_ref().map_or(self.session.user.as_str(), |name| name.table.as_str());
        let wanted =
            if wanted.eq_ignore_ascii_case("current_user") { self.session.user.as_str() } else { wanted };
        if wanted != self.session.user {
            self.may_use("mysql")?;
        }
        let Some(account) = self.accounts.iter().find(|account| account.user == wanted) else {
            let text = format!("There is no such grant defined for user '{wanted}' on host '%'");
            return Err(Failure::new(1141, "42000", text));
        };
        let (user, own) = (&account.user, self.own_database());
        let rows: Vec<String> = match (self.product.family, account.everything) {
            (Family::MariaDb, everything) => {
                let hash = proof::stored_native(account.password.as_bytes());
                if everything {
                    vec![format!(
                        "GRANT ALL PRIVILEGES ON *.* TO `{user}`@`%` IDENTIFIED BY PASSWORD '{hash}' WITH GRANT OPTION"
                    )]
                } else {
                    vec![
                        format!("GRANT FILE ON *.* TO `{user}`@`%` IDENTIFIED BY PASSWORD '{hash}'"),
                        format!("GRANT ALL PRIVILEGES ON `{own}`.* TO `{user}`@`%`"),
                    ]
                }
            }
            (Family::MySql5, true) => {
                vec![format!("GRANT ALL PRIVILEGES ON *.* TO '{user}'@'%' WITH GRANT OPTION")]
            }
            (Family::MySql5, false) => vec![
                format!("GRANT FILE ON *.* TO '{user}'@'%'"),
                format!("GRANT ALL PRIVILEGES ON `{own}`.* TO '{user}'@'%'"),
            ],
            (Family::MySql8, true) => vec![format!(
                "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, SHUTDOWN, PROCESS, FILE, REFERENCES, INDEX, ALTER, SHOW DATABASES, SUPER, CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, REPLICATION SLAVE, REPLICATION CLIENT, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, CREATE USER, EVENT, TRIGGER, CREATE TABLESPACE, CREATE ROLE, DROP ROLE ON *.* TO `{user}`@`%` WITH GRANT OPTION"
            )],
            (Family::MySql8, false) => vec![
                format!("GRANT FILE ON *.* TO `{user}`@`%`"),
                format!("GRANT ALL PRIVILEGES ON `{own}`.* TO `{user}`@`%`"),
            ],
        };
        let head = format!("Grants for {user}@%");
        Ok(Rows::of_texts(&[(head.as_str(), 1_024)], rows.into_iter().map(|row| vec![text(row)]).collect()))
    }

    fn create_user_text(&self, show: &Show) -> Result<Rows, Failure> {
        let user = show.name.as_ref().map_or(self.session.user.as_str(), |name| name.table.as_str());
        if user != self.session.user && !user.eq_ignore_ascii_case("current_user") {
            self.may_use("mysql")?;
        }
        let hash = proof::stored_native(self.session.password.as_bytes());
        let user = &self.session.user;
        let whole = format!("CREATE USER `{user}`@`%` IDENTIFIED BY PASSWORD '{hash}'");
        let head = format!("CREATE USER for {user}@%");
        Ok(Rows::of_texts(&[(head.as_str(), 1_024)], vec![vec![text(whole)]]))
    }

    fn count_of_warnings(&self, errors: bool) -> Rows {
        let count = self.warnings(errors).rows.len();
        let name = if errors { "@@session.error_count" } else { "@@session.warning_count" };
        let shape = Shape::big(21).named(name);
        Rows { shapes: vec![shape], rows: vec![vec![Value::Int(i64::try_from(count).unwrap_or(0))]] }
    }

    fn warnings(&self, errors: bool) -> Rows {
        let rows = self.session.warnings.iter().filter(|(level, ..)| !errors || *level == "Error");
        let rows = rows
            .map(|(level, code, words)| vec![text(*level), Value::Int((*code).into()), text(words.clone())]);
        let shapes = vec![
            Shape::text(7).named("Level"),
            Shape::int(4).named("Code"),
            Shape::text(512).named("Message"),
        ];
        Rows { rows: rows.collect(), shapes }
    }

    /// What is mostly empty, or for administrators.
    fn shown_rarely(&mut self, what: &str) -> Result<Rows, Failure> {
        let maria = self.is_maria();
        match what {
            "master status" | "binary log status" | "binlog status" => {
                self.needs(if maria { "SUPER, BINLOG MONITOR" } else { "SUPER, REPLICATION CLIENT" })?;
            }
            "slave status" | "replica status" | "all slaves status" => {
                self.needs(if maria { "SUPER, SLAVE MONITOR" } else { "SUPER, REPLICATION CLIENT" })?;
            }
            "binary logs" | "master logs" => {
                self.needs("SUPER, BINLOG MONITOR")?;
                return Err(Failure::new(1381, "HY000", "You are not using binary logging"));
            }
            "binlog events" => {
                self.needs("BINLOG MONITOR")?;
                return Err(Failure::new(1381, "HY000", "You are not using binary logging"));
            }
            "engine innodb status" => self.needs("PROCESS")?,
            "triggers" | "events" if self.session.database.is_none() => {
                return Err(Failure::new(1046, "3D000", "No database selected"));
            }
            _ => {}
        }
        let heads = RARE.iter().find(|(name, _)| name.split('|').any(|name| name == what));
        let heads = heads.map_or("Name,Value", |(_, heads)| heads);
        let heads: Vec<_> = heads.split(',').map(|head| (head, 64)).collect();
        Ok(Rows::of_texts(&heads, Vec::new()))
    }
}
