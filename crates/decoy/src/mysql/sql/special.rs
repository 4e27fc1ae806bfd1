//! Statements that reach out of the tables: files, libraries, accounts, other connections.

use super::{
    ast::{Expr, Name, Statement},
    engine::{Engine, Outcome, Rows, unknown_table},
    parse,
    value::Value,
};
use crate::mysql::{failure::Failure, product::Family};

/// Where every user of a system may write.
const FREE_FOLDERS: &[&str] = &["/tmp/", "/var/tmp/", "/dev/shm/", "/var/lib/mysql/", "/run/mysqld/"];
/// Folders that every system has and the server may not write to.
const CLOSED_FOLDERS: &[&str] = &[
    "/",
    "/etc",
    "/root",
    "/home",
    "/var/www",
    "/var/www/html",
    "/usr",
    "/usr/lib",
    "/usr/lib/mysql/plugin",
    "/usr/lib64/mysql/plugin",
    "/opt",
    "/srv",
    "/bin",
    "/boot",
    "/var",
    "/var/spool/cron",
    "/var/spool/cron/crontabs",
    "/etc/cron.d",
    "/var/lib",
];
/// Folders whose content only their owner sees.
const SECRET_FOLDERS: &[&str] = &["/root", "/var/spool/cron/crontabs"];

fn done() -> Result<Outcome, Failure> {
    Ok(Outcome::Done(0, 0, String::new()))
}

impl Engine<'_> {
    /// Refuses a file that the server would not write.
    pub(super) fn may_write_file(&mut self, path: &[u8]) -> Result<(), Failure> {
        self.tell_file("write a file", path);
        if !self.is_maria() {
            // MySQL's packages name a folder outside of which it writes nothing.
            let own = path.starts_with(b"/var/lib/mysql-files/");
            return if own { Ok(()) } else { Err(secure_file("MySQL")) };
        }
        Ok(())
    }

    /// Takes a file that the server would write, or fails as it would.
    pub(super) fn write_file(&mut self, path: &[u8], content: Vec<u8>) -> Result<(), Failure> {
        self.files.push((path.to_vec(), content));
        let shown = String::from_utf8_lossy(path).into_owned();
        let refused = |number: u32, words: &str| {
            let text = format!("Can't create/write to file '{shown}' (Errcode: {number} \"{words}\")");
            Err(Failure::new(1, "HY000", text))
        };
        let name = format!("file {shown}");
        if self.session.settings.contains_key(&name) {
            return Err(Failure::new(1086, "HY000", format!("File '{shown}' already exists")));
        }
        let folder = shown.rsplit_once('/').map(|(folder, _)| folder);
        let free = !shown.starts_with('/')
            || FREE_FOLDERS.iter().any(|free| folder.is_some_and(|folder| format!("{folder}/") == *free))
            || shown.starts_with("/var/lib/mysql-files/");
        match folder {
            _ if free => {
                const MOST: usize = 64;
                if self.session.settings.len() < MOST {
                    self.session.settings.insert(name, String::new());
                }
                Ok(())
            }
            Some(folder)
                if folder.is_empty()
                    || CLOSED_FOLDERS.contains(&folder)
                    || SECRET_FOLDERS.iter().any(|secret| folder.starts_with(secret)) =>
            {
                refused(13, "Permission denied")
            }
            _ if self.names_clauses() => Err(secure_file("MariaDB")),
            _ => refused(2, "No such file or directory"),
        }
    }

    pub(super) fn create_function(&mut self, _name: &str, library: &[u8]) -> Result<Outcome, Failure> {
        if !self.session.everything {
            let text = format!("Access denied for user {} to database 'mysql'", self.account());
            return Err(Failure::new(1044, "42000", text));
        }
        Err(no_library(library, self.is_maria(), None))
    }

    pub(super) fn install(&mut self, library: &[u8]) -> Result<Outcome, Failure> {
        if !self.session.everything {
            let text = format!(
                "INSERT command denied to user '{}'@'{}' for table `mysql`.`plugin`",
                self.session.user, self.session.host
            );
            return Err(Failure::new(1142, "42000", text));
        }
        Err(no_library(library, self.is_maria(), Some("/usr/lib/mysql/plugin/")))
    }

    pub(super) fn uninstall(&mut self) -> Result<Outcome, Failure> {
        if !self.session.everything {
            return self.may_touch("DELETE", "mysql", "plugin").and_then(|()| done());
        }
        done()
    }

    /// Procedures, functions: who may make them is told that they were made.
    pub(super) fn create_routine(&mut self, what: &str, name: &Name) -> Result<Outcome, Failure> {
        /// Routines of a session at most.
        const MOST: usize = 16;
        let database = self.database_of(name)?;
        self.may_use(&database)?;
        let whole = format!("{what} {database}.{}", name.table);
        let routines = &mut self.session.routines;
        if routines.len() >= MOST || name.table.len() > 64 {
            return Err(Failure::new(1041, "HY000", "Out of memory."));
        }
        if !routines.insert(whole) {
            let (code, text) = match what {
                "trigger" => (1359, format!("Trigger '{database}.{}' already exists", name.table)),
                "event" => (1537, format!("Event '{}' already exists", name.table)),
                _ => (1304, format!("{} {} already exists", what.to_uppercase(), name.table)),
            };
            return Err(Failure::new(code, if code == 1304 { "42000" } else { "HY000" }, text));
        }
        if what == "event" && self.is_maria() {
            let text = "Event scheduler is switched off, use SET GLOBAL event_scheduler=ON to enable it.";
            self.warn(("Warning", 1105, text.to_owned()));
        }
        done()
    }

    /// DROP of what there is none of.
    pub(super) fn drop_other(&mut self, what: &str, name: &Name, exists: bool) -> Result<Outcome, Failure> {
        let database = self.database_of(name)?;
        let whole = format!("{database}.{}", name.table);
        if what == "procedure" && self.may_use(&database).is_err() {
            return Err(self.no_routine_access("alter routine", &whole));
        }
        if what == "event" {
            self.may_use(&database)?;
        }
        if self.session.routines.remove(&format!("{what} {whole}")) {
            return done();
        }
        let (code, state, text) = match what {
            "procedure" => (1305, "42000", format!("PROCEDURE {whole} does not exist")),
            "trigger" => (1360, "HY000", "Trigger does not exist".to_owned()),
            _ => (1539, "HY000", format!("Unknown event '{}'", name.table)),
        };
        if exists {
            self.warn(("Note", code, text));
            return done();
        }
        Err(Failure::new(code, state, text))
    }

    /// The error that the account may not do something with a routine.
    pub(super) fn no_routine_access(&self, command: &str, routine: &str) -> Failure {
        let text = format!("{command} command denied to user {} for routine '{routine}'", self.account());
        Failure::new(1370, "42000", text)
    }

    pub(super) fn drop_function(&mut self, name: &Name, exists: bool) -> Result<Outcome, Failure> {
        let database = name.database.clone().or_else(|| self.session.database.clone());
        let shown =
            database.map_or_else(|| name.table.clone(), |database| format!("{database}.{}", name.table));
        if self.session.routines.remove(&format!("function {shown}")) {
            return done();
        }
        let text = format!("FUNCTION {shown} does not exist");
        if exists {
            self.warn(("Note", 1305, text));
            return done();
        }
        Err(Failure::new(1305, "42000", text))
    }

    pub(super) fn load_data(&mut self, local: bool, path: &[u8], name: &Name) -> Result<Outcome, Failure> {
        let database = self.database_of(name)?;
        self.may_touch("INSERT", &database, &name.table)?;
        if self.catalogue.table(&database, &name.table).is_none() {
            return Err(unknown_table(&database, &name.table));
        }
        if local {
            if self.product.family == Family::MySql8 {
                let text = "Loading local data is disabled; this must be enabled on both the client and server sides";
                return Err(Failure::new(3948, "42000", text));
            }
            return Ok(Outcome::AskFile(path.to_vec(), format!("{database}.{}", name.table)));
        }
        if !self.is_maria() {
            return Err(secure_file("MySQL"));
        }
        let shown = String::from_utf8_lossy(path).into_owned();
        if let Some(content) = self.files_of_machine(&shown) {
            return self.load_lines(&content, name);
        }
        if matches!(shown.as_str(), "/etc/shadow" | "/etc/gshadow" | "/etc/sudoers") {
            let text = format!("File '{shown}' not found (Errcode: 13 \"Permission denied\")");
            return Err(Failure::new(29, "HY000", text));
        }
        let text = format!(
            "Can't get stat of '{}' (Errcode: 2 \"No such file or directory\")",
            String::from_utf8_lossy(path)
        );
        Err(Failure::new(13, "HY000", text))
    }

    /// Each line of a file as a row, what stands between tabs as its columns.
    fn load_lines(&mut self, content: &[u8], name: &Name) -> Result<Outcome, Failure> {
        let (_, table) = self.changeable("INSERT", name)?;
        let width = table.columns.len();
        let mut rows = Vec::new();
        for line in content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let fields =
                line.split(|byte| *byte == b'\t').map(|field| Some(Expr::Literal(Value::text(field))));
            let mut row: Vec<_> = fields.take(width).collect();
            row.resize(width, Some(Expr::Literal(Value::Null)));
            rows.push(row);
        }
        let count = rows.len();
        let insert = Statement::Insert {
            table: name.clone(),
            columns: Vec::new(),
            rows,
            query: None,
            replace: false,
            ignore: false,
            update: Vec::new(),
        };
        self.change_rows(&insert)?;
        let info = format!("Records: {count}  Deleted: 0  Skipped: 0  Warnings: 0");
        Ok(Outcome::Done(count as u64, 0, info))
    }

    /// Accounts stay as they are, whatever an administrator is told.
    pub(super) fn change_accounts(&mut self, words: &str) -> Result<Outcome, Failure> {
        if self.session.everything {
            return done();
        }
        if let Some(database) = words.strip_prefix("grant ").or_else(|| words.strip_prefix("revoke ")) {
            return Err(self.no_database_access(database));
        }
        match words {
            "grant" | "revoke" => {
                return Err(Failure::access_denied(self.session.user.as_bytes(), "%", Some(true)));
            }
            "set plain password" if self.is_maria() => {
                let text = "Password hash should be a 41-digit hexadecimal number";
                return Err(Failure::new(1372, "HY000", text));
            }
            "set password of another" => return Err(self.no_database_access("mysql")),
            "set password" | "set plain password" => return done(),
            "alter user" if !self.is_maria() => return done(),
            _ => {}
        }
        self.needs("CREATE USER")?;
        done()
    }

    pub(super) fn flush(&mut self, what: &str) -> Result<Outcome, Failure> {
        if what == "hosts" && self.session.everything {
            self.session.settings.insert("flush hosts".to_owned(), String::new());
        }
        self.needs("RELOAD")?;
        done()
    }

    pub(super) fn kill(&mut self, thread: &Expr) -> Result<Outcome, Failure> {
        let thread = self.constant(thread)?.whole();
        if thread == i64::from(self.session.thread) {
            return Ok(Outcome::Closed(Failure::new(1317, "70100", "Query execution was interrupted")));
        }
        Err(Failure::new(1094, "HY000", format!("Unknown thread id: {thread}")))
    }

    pub(super) fn maintain(&mut self, word: &str, tables: &[Name]) -> Result<Rows, Failure> {
        let mut rows = Vec::new();
        for name in tables {
            let database = self.database_of(name)?;
            let shown = Value::text(format!("{database}.{}", name.table));
            let mut row = |kind: &str, words: &str| {
                rows.push(vec![shown.clone(), Value::text(word), Value::text(kind), Value::text(words)]);
            };
            let command = if word == "check" { "CHECK TABLE" } else { "SELECT, INSERT" };
            self.may_touch(command, &database, &name.table)?;
            match self.catalogue.table(&database, &name.table) {
                None => {
                    row("Error", &format!("Table '{database}.{}' doesn't exist", name.table));
                    row("status", "Operation failed");
                }
                Some(_) => {
                    if word == "repair" {
                        row("note", "The storage engine for the table doesn't support repair");
                        continue;
                    }
                    if word == "optimize" {
                        row("note", "Table does not support optimize, doing recreate + analyze instead");
                    }
                    row("status", "OK");
                }
            }
        }
        Ok(Rows::of_texts(&[("Table", 128), ("Op", 10), ("Msg_type", 10), ("Msg_text", 393_216)], rows))
    }

    pub(super) fn call(&mut self, name: &Name) -> Result<Outcome, Failure> {
        let database = self.database_of(name)?;
        if self.is_maria() && self.may_use(&database).is_err() {
            return Err(self.no_routine_access("execute", &format!("{database}.{}", name.table)));
        }
        if self.session.routines.contains(&format!("procedure {database}.{}", name.table)) {
            return done();
        }
        Err(Failure::new(1305, "42000", format!("PROCEDURE {database}.{} does not exist", name.table)))
    }

    /// PREPARE, EXECUTE, DEALLOCATE.
    pub(super) fn prepared(&mut self, statement: &Statement) -> Result<Outcome, Failure> {
        const MOST: usize = 8;
        const LONGEST: usize = 1_024;
        match statement {
            Statement::Prepare(name, text) => {
                let text = self.constant(text)?.printed();
                let parsed = parse::parse(&text, self.product).0?;
                let room = self.session.prepared.len() < MOST && text.len() <= LONGEST;
                if !room {
                    return Err(Failure::new(1041, "HY000", "Out of memory."));
                }
                self.session.prepared.insert(name.to_lowercase(), parsed);
                Ok(Outcome::Done(0, 0, "Statement prepared".to_owned()))
            }
            Statement::Execute(name, variables) => {
                let found = self.session.prepared.get(&name.to_lowercase()).cloned();
                let parsed = found.ok_or_else(|| no_handler(name, "EXECUTE"))?;
                if parsed.parameters != variables.len() {
                    return Err(Failure::new(1210, "HY000", "Incorrect arguments to EXECUTE"));
                }
                if matches!(parsed.statement, Statement::Execute(..) | Statement::Prepare(..)) {
                    let text = "This command is not supported in the prepared statement protocol yet";
                    return Err(Failure::new(1295, "HY000", text));
                }
                let value = |name: &String| self.session.variables.get(&name.to_lowercase()).cloned();
                let values: Vec<_> =
                    variables.iter().map(|name| value(name).unwrap_or(Value::Null)).collect();
                self.with_parameters(&values, &parsed.statement)
            }
            Statement::Deallocate(name) => {
                let found = self.session.prepared.remove(&name.to_lowercase());
                found.map(drop).ok_or_else(|| no_handler(name, "DEALLOCATE PREPARE"))?;
                done()
            }
            _ => done(),
        }
    }

    /// Carries out a statement with other parameters.
    fn with_parameters(&mut self, values: &[Value], statement: &Statement) -> Result<Outcome, Failure> {
        let mut inner = Engine {
            product: self.product,
            persona: self.persona,
            accounts: self.accounts,
            catalogue: &mut *self.catalogue,
            session: &mut *self.session,
            server: self.server,
            now: self.now,
            text: self.text,
            parameters: values,
            events: Vec::new(),
            files: Vec::new(),
            sleep: 0.0,
            steps: self.steps,
            held: self.held,
            in_view: self.in_view,
            seeded: Vec::new(),
        };
        let outcome = inner.run(statement);
        let (events, files, sleep, steps) =
            (std::mem::take(&mut inner.events), std::mem::take(&mut inner.files), inner.sleep, inner.steps);
        drop(inner);
        self.events.extend(events);
        self.files.extend(files);
        self.sleep += sleep;
        self.steps = steps;
        outcome
    }
}

fn no_handler(name: &str, by: &str) -> Failure {
    Failure::new(1243, "HY000", format!("Unknown prepared statement handler ({name}) given to {by}"))
}

/// The server does not write there, or does not find it.
fn secure_file(name: &str) -> Failure {
    let text = format!(
        "The {name} server is running with the --secure-file-priv option so it cannot execute this statement"
    );
    Failure::new(1290, "HY000", text)
}

/// The library is not there.
fn no_library(library: &[u8], maria: bool, folder: Option<&str>) -> Failure {
    let name = String::from_utf8_lossy(library);
    if name.contains('/') {
        return Failure::new(1124, "HY000", "No paths allowed for shared library");
    }
    let shown = folder.map_or_else(|| name.to_string(), |folder| format!("{folder}{name}"));
    let words = if maria {
        "errno: 2, cannot open shared object file: No such file or directory".to_owned()
    } else {
        format!(
            "errno: 0 /usr/lib/mysql/plugin/{name}: cannot open shared object file: No such file or directory"
        )
    };
    Failure::new(1126, "HY000", format!("Can't open shared library '{shown}' ({words})"))
}
