//! SHOW, DESCRIBE and EXPLAIN.

use std::sync::Arc;

use super::{
    ast::{Select, Show},
    catalogue::Table,
    engine::{Engine, Rows, unknown_database},
    eval::{Clause, Scope},
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
        let mut names = vec!["information_schema".to_owned()];
        names.extend(self.catalogue.databases().filter(|name| self.may_see(name)).map(str::to_owned));
        names.sort();
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

    /// Tables of a database by name.
    pub(super) fn tables_of(&self, database: &str) -> Vec<(String, Arc<Table>)> {
        if database == "information_schema" {
            return super::information::names()
                .iter()
                .map(|name| ((*name).to_owned(), super::information::table(name)))
                .collect();
        }
        self.catalogue
            .tables(database)
            .into_iter()
            .flatten()
            .map(|(name, table)| (name.clone(), Arc::clone(table)))
            .collect()
    }

    fn tables(&mut self, show: &Show, full: bool) -> Result<Rows, Failure> {
        let database = self.database_shown(show)?;
        let suffix = show.like.as_ref().map(|pattern| format!(" ({})", String::from_utf8_lossy(pattern)));
        let head = format!("Tables_in_{database}{}", suffix.unwrap_or_default());
        let mut shapes = vec![Shape { flags: 1, decimals: 0, ..Shape::text(73) }.named(&head)];
        if full {
            shapes.push(Shape { flags: 1, decimals: 0, ..Shape::text(64) }.named("Table_type"));
        }
        let rows = self.tables_of(&database).into_iter().map(|(name, table)| {
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

    fn engines(&self) -> Rows {
        const COMMON: &[(&str, &str, &str, &str)] = &[
            ("MRG_MyISAM", "YES", "Collection of identical MyISAM tables", "NO"),
            ("MEMORY", "YES", "Hash based, stored in memory, useful for temporary tables", "NO"),
            ("CSV", "YES", "Stores tables as CSV files", "NO"),
            ("PERFORMANCE_SCHEMA", "YES", "Performance Schema", "NO"),
        ];
        const MARIADB: &[(&str, &str, &str, &str)] = &[
            (
                "Aria",
                "YES",
                "Crash-safe tables with MyISAM heritage. Used for internal temporary tables and privilege tables",
                "NO",
            ),
            (
                "MyISAM",
                "YES",
                "Non-transactional engine with good performance and small data footprint",
                "NO",
            ),
            ("SEQUENCE", "YES", "Generated tables filled with sequential values", "YES"),
            (
                "InnoDB",
                "DEFAULT",
                "Supports transactions, row-level locking, foreign keys and encryption for tables",
                "YES",
            ),
        ];
        const MYSQL: &[(&str, &str, &str, &str)] = &[
            ("ARCHIVE", "YES", "Archive storage engine", "NO"),
            ("BLACKHOLE", "YES", "/dev/null storage engine (anything you write to it disappears)", "NO"),
            ("MyISAM", "YES", "MyISAM storage engine", "NO"),
            ("InnoDB", "DEFAULT", "Supports transactions, row-level locking, and foreign keys", "YES"),
        ];
        let own = if self.is_maria() { MARIADB } else { MYSQL };
        let rows = COMMON.iter().chain(own).map(|(name, support, comment, transactions)| {
            let xa = if *name == "SEQUENCE" { "NO" } else { transactions };
            vec![
                text(*name),
                text(*support),
                text(*comment),
                text(*transactions),
                text(xa),
                text(*transactions),
            ]
        });
        Rows::of_texts(
            &[
                ("Engine", 64),
                ("Support", 8),
                ("Comment", 160),
                ("Transactions", 3),
                ("XA", 3),
                ("Savepoints", 3),
            ],
            rows.collect(),
        )
    }

    fn plugins(&self) -> Rows {
        let mut names = vec![("binlog", "STORAGE ENGINE"), ("mysql_native_password", "AUTHENTICATION")];
        if self.is_maria() {
            names.push(("mysql_old_password", "AUTHENTICATION"));
        } else {
            names
                .extend([("sha256_password", "AUTHENTICATION"), ("caching_sha2_password", "AUTHENTICATION")]);
        }
        names.extend([
            ("CSV", "STORAGE ENGINE"),
            ("MEMORY", "STORAGE ENGINE"),
            ("MyISAM", "STORAGE ENGINE"),
            ("MRG_MyISAM", "STORAGE ENGINE"),
            ("InnoDB", "STORAGE ENGINE"),
            ("INNODB_TRX", "INFORMATION SCHEMA"),
            ("PERFORMANCE_SCHEMA", "STORAGE ENGINE"),
        ]);
        if self.is_maria() {
            names.extend([
                ("Aria", "STORAGE ENGINE"),
                ("SEQUENCE", "STORAGE ENGINE"),
                ("unix_socket", "AUTHENTICATION"),
                ("FEEDBACK", "INFORMATION SCHEMA"),
            ]);
        }
        let rows = names.into_iter().map(|(name, kind)| {
            let state = if name == "FEEDBACK" { "DISABLED" } else { "ACTIVE" };
            vec![text(name), text(state), text(kind), Value::Null, text("GPL")]
        });
        Rows::of_texts(
            &[("Name", 64), ("Status", 16), ("Type", 80), ("Library", 64), ("License", 80)],
            rows.collect(),
        )
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

    fn character_sets(&self) -> Rows {
        let rows = super::information::CHARSETS.iter().map(|(name, words, collation, width)| {
            let collation = if *name == "utf8mb4" {
                if self.product.family == Family::MySql8 {
                    "utf8mb4_0900_ai_ci"
                } else {
                    "utf8mb4_general_ci"
                }
            } else {
                collation
            };
            vec![text(*name), text(*words), text(collation), Value::Int(*width)]
        });
        let mut out = Rows::of_texts(
            &[("Charset", 32), ("Description", 60), ("Default collation", 64), ("Maxlen", 3)],
            rows.collect(),
        );
        if let Some(last) = out.shapes.last_mut() {
            *last = Shape::big(3).named("Maxlen");
        }
        out
    }

    fn collations(&self) -> Rows {
        let rows = super::information::COLLATIONS
            .iter()
            .filter(|(_, id, _)| *id != 255 || self.product.family == Family::MySql8);
        let rows = rows.map(|(name, id, default)| {
            let charset = name.split('_').next().unwrap_or_default();
            vec![
                text(*name),
                text(charset),
                Value::Int(*id),
                text(if *default { "Yes" } else { "" }),
                text("Yes"),
                Value::Int(1),
            ]
        });
        let mut out = Rows::of_texts(
            &[
                ("Collation", 64),
                ("Charset", 32),
                ("Id", 11),
                ("Default", 3),
                ("Compiled", 3),
                ("Sortlen", 3),
            ],
            rows.collect(),
        );
        for (at, name, width) in [(2, "Id", 11), (5, "Sortlen", 3)] {
            if let Some(shape) = out.shapes.get_mut(at) {
                *shape = Shape::big(width).named(name);
            }
        }
        out
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

    pub(super) fn explain(&mut self, query: &Select) -> Result<Rows, Failure> {
        let rows = self.select(&Select { into: None, ..query.clone() }, None)?;
        let count = rows.rows.len().to_string();
        let table = query.from.first().and_then(|source| match (&source.alias, &source.from) {
            (Some(alias), _) => Some(alias.clone()),
            (None, super::ast::From::Table(name)) => Some(name.table.clone()),
            _ => None,
        });
        let extra = if query.from.is_empty() {
            "No tables used"
        } else if query.filter.is_some() {
            "Using where"
        } else {
            ""
        };
        let scanned = table.is_some();
        let or_null = |value: &str| if scanned { text(value) } else { Value::Null };
        let row = vec![
            Value::Int(1),
            text("SIMPLE"),
            table.map_or(Value::Null, text),
            or_null("ALL"),
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
            or_null(&count),
            text(extra),
        ];
        let mut out = Rows::of_texts(
            &[
                ("id", 3),
                ("select_type", 19),
                ("table", 64),
                ("type", 10),
                ("possible_keys", 4_096),
                ("key", 64),
                ("key_len", 4_096),
                ("ref", 2_048),
                ("rows", 64),
                ("Extra", 255),
            ],
            vec![row],
        );
        if let Some(first) = out.shapes.first_mut() {
            *first = Shape::big(3).named("id");
        }
        Ok(out)
    }
}
