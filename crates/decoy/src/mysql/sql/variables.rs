//! Variables and counters of the server: what it was built with, what it is set to, what it
//! counted.

use std::collections::BTreeMap;

use super::{
    ast::{Expr, Setting},
    engine::{Engine, Outcome},
    function::figure,
    value::Value,
};
use crate::mysql::{failure::Failure, hosts, product::Family};

/// `name value` lines, as MariaDB 10.11 of Debian 12 prints them.
const MARIADB: &str = include_str!("facts/mariadb_variables.txt");
/// The same of MySQL 8.0, from its manual.
const MYSQL: &str = include_str!("facts/mysql_variables.txt");
/// Counters of MariaDB an hour after it was started.
const STATUS: &str = include_str!("facts/mariadb_status.txt");

/// Revisions of the source that MariaDB's builds name.
const REVISIONS: &[((u16, u16, u16), &str)] = &[
    ((10, 11, 6), "fecd78b83785d5ae96f2c6ff340375be803cd299"),
    ((10, 11, 19), "5843d8475120241667a7ce0f8a1abb6c9b43a273"),
];

/// Variables of the session that only tools set, and that are not listed.
const UNLISTED: &[(&str, &str)] = &[
    ("sql_log_off", "OFF"),
    ("timestamp", "0"),
    ("insert_id", "0"),
    ("identity", "0"),
    ("profiling", "OFF"),
    ("tx_isolation", "REPEATABLE-READ"),
    ("tx_read_only", "OFF"),
    ("transaction_isolation", "REPEATABLE-READ"),
    ("session_track_schema", "ON"),
    ("information_schema_stats_expiry", "86400"),
    ("query_cache_type", "OFF"),
    ("query_cache_size", "0"),
    ("net_write_timeout", "60"),
    ("max_statement_time", "0.000000"),
    ("ssl_session_cache_mode", "ON"),
    ("character_set_database", "utf8mb4"),
    ("collation_database", "utf8mb4_general_ci"),
];

impl Engine<'_> {
    /// All variables with their values, by name.
    pub(super) fn variables(&self) -> BTreeMap<String, String> {
        let mut out = self.globals();
        for (name, value) in self.facts_of_session() {
            out.insert(name.to_owned(), value);
        }
        for (name, value) in &self.session.settings {
            if let Some(slot) = out.get_mut(name) {
                value.clone_into(slot);
            }
        }
        out
    }

    /// Variables as they are for everybody.
    pub(super) fn globals(&self) -> BTreeMap<String, String> {
        let lines = if self.is_maria() { MARIADB } else { MYSQL };
        let mut out: BTreeMap<String, String> = lines.lines().map(pair).collect();
        for (name, value) in self.facts() {
            out.insert(name.to_owned(), value);
        }
        out
    }

    /// What only a session has; MySQL does not list it.
    fn facts_of_session(&self) -> Vec<(&'static str, String)> {
        if !self.is_maria() {
            return Vec::new();
        }
        let session = &*self.session;
        let seed = |which: &str| {
            let what = format!("mysql seed {which} of {} at {}", session.thread, self.server.threads);
            crate::identity::number(&self.persona.key, &what, 1 << 30).to_string()
        };
        let errors = session.warnings.iter().filter(|(level, ..)| *level == "Error").count();
        let empty = ["default_master_connection", "external_user", "last_gtid", "proxy_user"];
        let zero = ["gtid_seq_no", "in_transaction", "insert_id", "wsrep_gtid_seq_no"];
        let off = ["pseudo_slave_mode", "skip_parallel_replication", "skip_replication"];
        let mut out = vec![
            ("error_count", errors.to_string()),
            ("warning_count", session.warnings.len().to_string()),
            ("identity", session.last_id.to_string()),
            ("last_insert_id", session.last_id.to_string()),
            ("pseudo_thread_id", session.thread.to_string()),
            ("rand_seed1", seed("one")),
            ("rand_seed2", seed("two")),
            ("timestamp", format!("{}.{:06}", self.now.0, self.now.1)),
        ];
        out.extend(empty.map(|name| (name, String::new())));
        out.extend(zero.map(|name| (name, "0".to_owned())));
        out.extend(off.map(|name| (name, "OFF".to_owned())));
        out
    }

    /// What depends on the machine and the build.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let product = self.product;
        let (major, minor, patch) = product.number;
        let host = &self.persona.hostname;
        let debian = product.debian;
        let maria = self.is_maria();
        let charset = if product.charset == 8 { "latin1" } else { "utf8mb4" };
        let collation = match product.charset {
            8 => "latin1_swedish_ci",
            255 => "utf8mb4_0900_ai_ci",
            _ => "utf8mb4_general_ci",
        };
        let system = if !maria || !debian { "Linux" } else { "debian-linux-gnu" };
        let mut out = vec![
            ("version", product.version.clone()),
            ("version_comment", product.comment.to_owned()),
            ("version_compile_os", system.to_owned()),
            ("version_compile_machine", "x86_64".to_owned()),
            ("hostname", host.clone()),
            ("port", self.server.port.to_string()),
            ("report_port", self.server.port.to_string()),
            ("general_log_file", format!("{}{host}.log", if maria { "" } else { "/var/lib/mysql/" })),
            ("slow_query_log_file", format!("{}{host}-slow.log", if maria { "" } else { "/var/lib/mysql/" })),
            ("innodb_version", format!("{major}.{minor}.{patch}")),
            ("character_set_server", charset.to_owned()),
            ("character_set_database", charset.to_owned()),
            ("collation_server", collation.to_owned()),
            ("collation_database", collation.to_owned()),
            ("pid_file", "/run/mysqld/mysqld.pid".to_owned()),
            ("max_connect_errors", hosts::ERRORS.to_string()),
            ("version_ssl_library", "OpenSSL 3.0.15 3 Sep 2024".to_owned()),
        ];
        if maria {
            let uid = crate::identity::derive::<20>(&self.persona.key, "mysql server uid");
            use base64::{Engine as _, engine::general_purpose::STANDARD};
            out.extend([
                ("innodb_buffer_pool_size", "134217728".to_owned()),
                ("have_ssl", "DISABLED".to_owned()),
                ("have_openssl", "YES".to_owned()),
                ("log_error", String::new()),
                ("log_slow_query_file", format!("{host}-slow.log")),
                ("wsrep_node_name", host.clone()),
                ("server_uid", STANDARD.encode(uid)),
                ("tls_version", "TLSv1.1,TLSv1.2,TLSv1.3".to_owned()),
            ]);
            if let Some((_, revision)) = REVISIONS.iter().find(|(number, _)| *number == product.number) {
                out.push(("version_source_revision", (*revision).to_owned()));
            }
        } else {
            let uuid = crate::identity::hex(&self.persona.key, "mysql server uuid", 32);
            let part = |from: usize, to: usize| uuid.get(from..to).unwrap_or_default().to_owned();
            let uuid = format!("{}-{}-11ee-{}-{}", part(0, 8), part(8, 12), part(16, 20), part(20, 32));
            out.push(("server_uuid", uuid));
        }
        if product.family == Family::MySql5 {
            let mode = "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION";
            out.extend([
                ("sql_mode", mode.to_owned()),
                ("default_authentication_plugin", "mysql_native_password".to_owned()),
                ("max_allowed_packet", "4194304".to_owned()),
                ("tls_version", "TLSv1,TLSv1.1,TLSv1.2".to_owned()),
                ("log_bin", "OFF".to_owned()),
            ]);
        }
        out
    }

    /// A variable of the server by name, its scope in front.
    pub(super) fn system_variable(&mut self, name: &str) -> Result<Value, Failure> {
        let lower = name.to_ascii_lowercase();
        let bare = ["global.", "session.", "local."]
            .iter()
            .find_map(|scope| lower.strip_prefix(scope))
            .unwrap_or(&lower);
        let unknown = || Failure::new(1193, "HY000", format!("Unknown system variable '{bare}'"));
        if !is_name(bare) {
            return Err(unknown());
        }
        let unlisted =
            || UNLISTED.iter().find(|(listed, _)| *listed == bare).map(|(_, value)| (*value).to_owned());
        let value = match bare {
            "timestamp" => self.now.0.to_string(),
            "warning_count" => self.session.warnings.len().to_string(),
            "error_count" => {
                self.session.warnings.iter().filter(|(level, ..)| *level == "Error").count().to_string()
            }
            "last_insert_id" | "identity" => self.session.last_id.to_string(),
            "pseudo_thread_id" => self.session.thread.to_string(),
            _ => {
                let set = self.session.settings.get(bare).cloned();
                set.or_else(|| self.variables().remove(bare)).or_else(unlisted).ok_or_else(unknown)?
            }
        };
        Ok(match value.as_str() {
            // Switches are numbers here.
            "ON" => Value::Int(1),
            "OFF" => Value::Int(0),
            _ if !value.is_empty() && value.len() < 19 && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                Value::Int(value.parse().unwrap_or(0))
            }
            "" if bare == "secure_file_priv" => Value::Null,
            _ => Value::text(value),
        })
    }

    pub(super) fn set(&mut self, settings: &[Setting]) -> Result<Outcome, Failure> {
        for setting in settings {
            match setting {
                Setting::User(name, expr) => {
                    let value = self.constant(expr)?;
                    self.assign(name, value)?;
                }
                Setting::System(global, name, value) => self.set_variable(*global, name, value.as_ref())?,
                Setting::Names(name) => self.set_names(name)?,
            }
        }
        Ok(Outcome::Done(0, 0, String::new()))
    }

    fn set_names(&mut self, name: &str) -> Result<(), Failure> {
        let name = name.to_ascii_lowercase();
        let number = match name.as_str() {
            "utf8mb4" => {
                if self.product.family == Family::MySql8 {
                    255
                } else {
                    45
                }
            }
            "utf8" | "utf8mb3" => 33,
            "latin1" => 8,
            "ascii" => 11,
            "binary" => 63,
            "default" => self.product.charset,
            "latin2" => 9,
            "cp1251" => 51,
            "koi8r" => 7,
            "gbk" => 28,
            "big5" => 1,
            "sjis" => 13,
            _ => {
                return Err(Failure::new(1115, "42000", format!("Unknown character set: '{name}'")));
            }
        };
        self.session.charset = number;
        let shown = if name == "utf8" { "utf8mb3" } else { name.as_str() };
        for variable in ["character_set_client", "character_set_connection", "character_set_results"] {
            self.session.settings.insert(variable.to_owned(), shown.to_owned());
        }
        Ok(())
    }

    fn set_variable(&mut self, global: bool, name: &str, value: Option<&Expr>) -> Result<(), Failure> {
        const LONGEST: usize = 256;
        const MOST: usize = 96;
        let before = self.system_variable(name)?;
        let read_only = [
            "version",
            "hostname",
            "datadir",
            "basedir",
            "plugin_dir",
            "port",
            "socket",
            "secure_file_priv",
            "version_comment",
            "log_bin",
            "server_uuid",
            "tmpdir",
        ];
        if read_only.contains(&name) {
            return Err(Failure::new(1238, "HY000", format!("Variable '{name}' is a read only variable")));
        }
        if global {
            self.needs(self.privilege_to_set(name))?;
        }
        if name == "sql_log_bin" && self.is_maria() {
            self.needs("SUPER, BINLOG ADMIN")?;
        }
        let Some(expr) = value else {
            self.session.settings.remove(name);
            return Ok(());
        };
        let value = self.constant(expr)?;
        let text = value.shown();
        if text.len() > LONGEST || self.session.settings.len() > MOST {
            return Err(Failure::new(
                1231,
                "42000",
                format!(
                    "Variable '{name}' can't be set to the value of '{}'",
                    text.get(..64).unwrap_or_default()
                ),
            ));
        }
        if name.ends_with("_log_file") {
            // Where the server may not write, it says so.
            let folder = text.rsplit_once('/').map_or("", |(folder, _)| folder);
            if !["", "/tmp", "/var/tmp", "/var/lib/mysql", "/var/log/mysql"].contains(&folder) {
                return Err(Failure::new(
                    1231,
                    "42000",
                    format!("Variable '{name}' can't be set to the value of '{text}'"),
                ));
            }
        }
        let switch = |on: bool| if on { "ON" } else { "OFF" }.to_owned();
        let shown = match (&before, &value) {
            (_, Value::Null) => String::new(),
            (Value::Int(0 | 1), Value::Int(number)) if self.is_switch(name) => switch(*number != 0),
            (Value::Int(0 | 1), _) if self.is_switch(name) => {
                switch(text.eq_ignore_ascii_case("on") || text.eq_ignore_ascii_case("true"))
            }
            _ => text,
        };
        if name.starts_with("character_set_") {
            if name == "character_set_results" && (shown.is_empty() || shown == "binary") {
                self.session.settings.insert(name.to_owned(), shown);
                return Ok(());
            }
            if name == "character_set_results" {
                return self.set_names(&shown);
            }
        }
        self.session.settings.insert(name.to_owned(), shown);
        Ok(())
    }

    /// What it takes to change a variable for everybody.
    fn privilege_to_set(&self, name: &str) -> &'static str {
        match (self.product.family, name) {
            (Family::MySql8, _) => "SUPER or SYSTEM_VARIABLES_ADMIN",
            (Family::MariaDb, "read_only") => "READ_ONLY ADMIN",
            (Family::MariaDb, name) if name.starts_with("log_bin") || name.starts_with("binlog") => {
                "SUPER, BINLOG ADMIN"
            }
            (Family::MariaDb, name) if name.contains("connect") => "SUPER, CONNECTION ADMIN",
            _ => "SUPER",
        }
    }

    fn is_switch(&self, name: &str) -> bool {
        let listed =
            UNLISTED.iter().find(|(listed, _)| *listed == name).map(|(_, value)| (*value).to_owned());
        let value =
            self.session.settings.get(name).cloned().or_else(|| self.variables().remove(name)).or(listed);
        matches!(value.as_deref(), Some("ON" | "OFF"))
    }

    /// All counters with their values, in order.
    pub(super) fn status(&self) -> Vec<(String, String)> {
        STATUS
            .lines()
            .map(pair)
            .filter(|(name, _)| self.is_maria() || is_common(name))
            .map(|(name, value)| {
                let value = self.counter(&name, &value);
                (name, value)
            })
            .collect()
    }

    fn counter(&self, name: &str, value: &str) -> String {
        let server = &self.server;
        let key = &self.persona.key;
        match name {
            "Uptime" | "Uptime_since_flush_status" => server.uptime.to_string(),
            "Questions" | "Queries" => server.questions.to_string(),
            "Threads_connected" => server.connections.to_string(),
            "Threads_running" => "1".to_owned(),
            "Connections" => server.threads.to_string(),
            "Max_used_connections" => (3 + figure(key, "most connections", 40)).to_string(),
            "Threads_created" | "Threads_cached" => (2 + figure(key, "cached threads", 6)).to_string(),
            "Aborted_connects" | "Aborted_clients" => {
                (server.uptime / 40_000 + figure(key, name, 9)).to_string()
            }
            _ => {
                // What grows has grown since the start.
                let grows = [
                    "Handler_",
                    "Innodb_rows",
                    "Innodb_data",
                    "Innodb_pages",
                    "Innodb_buffer_pool_read",
                    "Innodb_buffer_pool_write",
                    "Bytes_",
                    "Com_se",
                    "Com_in",
                    "Com_up",
                    "Com_sh",
                    "Key_",
                    "Created_tmp",
                    "Opened_",
                    "Table_",
                    "Select_",
                    "Sort_",
                    "Rows_",
                ];
                match value.parse::<u64>() {
                    Ok(number) if number > 0 && grows.iter().any(|start| name.starts_with(start)) => {
                        let factor = 3 + figure(key, name, 40);
                        (number.saturating_mul(1 + server.uptime / 3_600 * factor / 10) + server.uptime % 53)
                            .to_string()
                    }
                    _ => value.to_owned(),
                }
            }
        }
    }
}

/// Counters that MySQL has too.
fn is_common(name: &str) -> bool {
    const FOREIGN: &[&str] = &[
        "Aria",
        "Acl_",
        "wsrep",
        "Rpl_semi",
        "Feature_",
        "Tc_log",
        "Memory_used",
        "Rows_",
        "Master_gtid",
        "Subquery",
        "Busy_time",
        "Cpu_time",
        "Resultset",
        "Access_denied",
        "Empty_queries",
        "Executed_",
        "Update_scan",
        "Delete_scan",
        "Threadpool",
        "Transactions_",
        "Max_statement",
        "Column_",
        "Innodb_encryption",
        "Innodb_scrub",
        "Innodb_defrag",
        "Innodb_instant",
        "Innodb_have",
        "Optimizer",
        "Binlog_group",
        "Binlog_snapshot",
        "Qcache",
        "Syncs",
        "Slaves_",
        "Max_tmp",
    ];
    !FOREIGN.iter().any(|start| name.starts_with(start))
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.')
}

fn pair(line: &str) -> (String, String) {
    let (name, value) = line.split_once(' ').unwrap_or((line, ""));
    (name.to_owned(), value.to_owned())
}
