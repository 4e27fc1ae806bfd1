//! One statement carried out: what it may use, and what comes of it.

use decnet_event::Kind;
use decnet_proto::persona::Persona;

use super::{
    arithmetic::Seeded,
    ast::{Expr, Name, Statement},
    catalogue::Catalogue,
    session::{Server, Session, Warning},
    shape::Shape,
    value::Value,
};
use crate::{
    caps,
    mysql::{
        account::Account,
        failure::Failure,
        product::{Family, Product},
    },
};

/// What a statement gives.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// It was done: rows changed, the number given, words.
    Done(u64, i64, String),
    /// Rows.
    Rows(Rows),
    /// The client is asked for a file, to be loaded into a table.
    AskFile(Vec<u8>, String),
    /// The server closes the connection.
    Closed(Failure),
}

/// Rows with what they are like.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    pub(crate) shapes: Vec<Shape>,
    pub(crate) rows: Vec<Vec<Value>>,
}

/// What a statement may use.
pub(crate) struct Engine<'e> {
    pub(crate) product: &'e Product,
    pub(crate) persona: &'e Persona,
    pub(crate) accounts: &'e [Account],
    pub(crate) catalogue: &'e mut Catalogue,
    pub(crate) session: &'e mut Session,
    pub(crate) server: Server,
    /// The time, in seconds since the Unix epoch, and the microseconds of it.
    pub(crate) now: (i64, u32),
    /// The text of the statement.
    pub(crate) text: &'e [u8],
    /// Values of its parameters.
    pub(crate) parameters: &'e [Value],
    /// What to tell of it.
    pub(crate) events: Vec<Kind>,
    /// Files that it would write: path and content.
    pub(crate) files: Vec<(Vec<u8>, Vec<u8>)>,
    /// Seconds that it takes on purpose.
    pub(crate) sleep: f64,
    pub(crate) steps: u64,
    /// Bytes that it holds.
    pub(crate) held: usize,
    /// Whether it looks at what a view shows.
    pub(crate) in_view: bool,
    /// Seeds of RAND(), each with how far it was drawn.
    pub(crate) seeded: Vec<(i64, Seeded)>,
}

impl Engine<'_> {
    /// Carries out `statement`.
    pub(crate) fn run(&mut self, statement: &Statement) -> Result<Outcome, Failure> {
        self.watch(statement);
        let shows = matches!(statement, Statement::Show(show) if show.what.ends_with("warnings") || show.what == "errors");
        if !shows {
            self.session.warnings.clear();
        }
        let outcome = self.dispatch(statement);
        match &outcome {
            Ok(Outcome::Done(count, ..)) => self.session.row_count = i64::try_from(*count).unwrap_or(0),
            Ok(Outcome::Rows(rows)) if rows.weight() > caps::MYSQL_ANSWER => {
                return Err(Failure::new(1041, "HY000", "Out of memory."));
            }
            Ok(Outcome::Rows(rows)) => {
                self.session.found_rows = i64::try_from(rows.rows.len()).unwrap_or(0);
                self.session.row_count = -1;
            }
            Err(failure) => {
                let text = String::from_utf8_lossy(&failure.text).into_owned();
                self.session.warnings.push(("Error", failure.code, text));
            }
            _ => {}
        }
        outcome
    }

    fn dispatch(&mut self, statement: &Statement) -> Result<Outcome, Failure> {
        match statement {
            Statement::Select(query) => self.select_statement(query),
            Statement::Show(show) => self.show(show).map(Outcome::Rows),
            Statement::Describe(name, column) => self.describe(name, column.as_deref()).map(Outcome::Rows),
            Statement::Explain(query) => self.explain(query).map(Outcome::Rows),
            Statement::Use(database) => self.use_database(database),
            Statement::Set(settings) => self.set(settings),
            Statement::Insert { .. }
            | Statement::Update { .. }
            | Statement::Delete { .. }
            | Statement::Truncate(_) => self.change_rows(statement),
            Statement::CreateTable { .. }
            | Statement::DropTables(..)
            | Statement::CreateDatabase(..)
            | Statement::DropDatabase(..)
            | Statement::CreateLike(..)
            | Statement::Rename(_)
            | Statement::Alter(..) => self.change_tables(statement),
            Statement::CreateView(name, query, words, replace) => {
                self.create_view(name, query, words, *replace)
            }
            Statement::DropViews(views, exists) => self.drop_views(views, *exists),
            Statement::CreateRoutine(what, name) => self.create_routine(what, name),
            Statement::DropOther(what, name, exists) => self.drop_other(what, name, *exists),
            Statement::Savepoint(name) => {
                Err(Failure::new(1305, "42000", format!("SAVEPOINT {name} does not exist")))
            }
            Statement::ExplainChange(change) => self.explain_change(change).map(Outcome::Rows),
            Statement::Uninstall => self.uninstall(),
            Statement::CreateFunction(name, library) => self.create_function(name, library),
            Statement::Install(library) => self.install(library),
            Statement::DropFunction(name, exists) => self.drop_function(name, *exists),
            Statement::LoadData(local, path, table) => self.load_data(*local, path, table),
            Statement::Accounts(words) => self.change_accounts(words),
            Statement::Flush(what) => self.flush(what),
            Statement::Kill(thread) => self.kill(thread),
            Statement::Maintain(word, tables) => self.maintain(word, tables).map(Outcome::Rows),
            Statement::Prepare(..) | Statement::Execute(..) | Statement::Deallocate(_) => {
                self.prepared(statement)
            }
            Statement::Do(exprs) => {
                for expr in exprs {
                    self.constant(expr)?;
                }
                Ok(Outcome::Done(0, 0, String::new()))
            }
            Statement::Call(name) => self.call(name),
            Statement::Privileged(privilege) => {
                self.needs(privilege)?;
                Ok(Outcome::Done(0, 0, String::new()))
            }
            Statement::Taken => Ok(Outcome::Done(0, 0, String::new())),
        }
    }

    /// One step more of the work that a statement may cause.
    pub(super) fn step(&mut self) -> Result<(), Failure> {
        self.steps += 1;
        if self.steps > caps::MYSQL_STEPS {
            return Err(Failure::new(1317, "70100", "Query execution was interrupted"));
        }
        Ok(())
    }

    /// Holds more bytes.
    pub(super) fn hold(&mut self, bytes: usize) -> Result<(), Failure> {
        self.held = self.held.saturating_add(bytes);
        if self.held > caps::MYSQL_WORK {
            return Err(Failure::new(1041, "HY000", "Out of memory."));
        }
        Ok(())
    }

    /// The value of an expression without a row.
    pub(super) fn constant(&mut self, expr: &Expr) -> Result<Value, Failure> {
        self.eval(expr, &super::eval::Scope::none())
    }

    /// The time as the server prints it.
    pub(super) fn timestamp(&self) -> String {
        super::time::datetime(self.now.0)
    }

    /// Warns of something.
    pub(super) fn warn(&mut self, warning: Warning) {
        const MOST: usize = 64;
        if self.session.warnings.len() < MOST {
            self.session.warnings.push(warning);
        }
    }

    /// Whether MariaDB is played.
    pub(super) fn is_maria(&self) -> bool {
        self.product.family == Family::MariaDb
    }

    /// Whether the server names clauses by their words, as MariaDB does lately.
    pub(super) fn names_clauses(&self) -> bool {
        self.is_maria() && self.product.number >= (10, 11, 12)
    }

    /// `user`@`host` of the account, as messages have it.
    pub(super) fn account(&self) -> String {
        format!("'{}'@'%'", self.session.user)
    }

    /// Refuses who is no administrator.
    pub(super) fn needs(&self, privilege: &str) -> Result<(), Failure> {
        if self.session.everything {
            return Ok(());
        }
        let text = format!(
            "Access denied; you need (at least one of) the {privilege} privilege(s) for this operation"
        );
        Err(Failure::new(1227, "42000", text))
    }

    /// The database that the account works with.
    pub(super) fn own_database(&self) -> String {
        super::schema::database_name(self.persona)
    }

    /// Whether the account may see a database.
    pub(super) fn may_see(&self, database: &str) -> bool {
        self.session.everything
            || database.eq_ignore_ascii_case("information_schema")
            || database == self.own_database()
    }

    /// Refuses a database that the account may not use.
    pub(super) fn may_use(&self, database: &str) -> Result<(), Failure> {
        if self.may_see(database) {
            return Ok(());
        }
        Err(self.no_database_access(database))
    }

    /// The error that the account may not use a database.
    pub(super) fn no_database_access(&self, database: &str) -> Failure {
        let text = format!("Access denied for user {} to database '{database}'", self.account());
        Failure::new(1044, "42000", text)
    }

    /// The database of a table: the one that is named, else the one in use.
    pub(super) fn database_of(&self, name: &Name) -> Result<String, Failure> {
        name.database
            .clone()
            .or_else(|| self.session.database.clone())
            .ok_or_else(|| Failure::new(1046, "3D000", "No database selected"))
    }

    /// Refuses a table that the account may not touch with `command`.
    pub(super) fn may_touch(&self, command: &str, database: &str, table: &str) -> Result<(), Failure> {
        if self.may_see(database) {
            return Ok(());
        }
        let quoted = if self.is_maria() && self.product.number >= (10, 6, 0) {
            format!("`{database}`.`{table}`")
        } else {
            format!("'{table}'")
        };
        let text = format!(
            "{command} command denied to user '{}'@'{}' for table {quoted}",
            self.session.user, self.session.host
        );
        Err(Failure::new(1142, "42000", text))
    }

    fn use_database(&mut self, database: &str) -> Result<Outcome, Failure> {
        self.enter_database(database)?;
        Ok(Outcome::Done(0, 0, String::new()))
    }

    /// Uses a database from now on.
    pub(crate) fn enter_database(&mut self, database: &str) -> Result<(), Failure> {
        let virtual_one = database.eq_ignore_ascii_case("information_schema");
        self.may_use(database)?;
        if !virtual_one && self.catalogue.tables(database).is_none() {
            return Err(unknown_database(database));
        }
        let name = if virtual_one { "information_schema" } else { database };
        self.session.database = Some(name.to_owned());
        Ok(())
    }
}

/// There is no such database.
pub(super) fn unknown_database(database: &str) -> Failure {
    Failure::new(1049, "42000", format!("Unknown database '{database}'"))
}

/// There is no such table.
pub(super) fn unknown_table(database: &str, table: &str) -> Failure {
    Failure::new(1146, "42S02", format!("Table '{database}.{table}' doesn't exist"))
}

impl Rows {
    /// Bytes that they take, about.
    pub(crate) fn weight(&self) -> usize {
        let rows: usize = self.rows.iter().map(|row| Catalogue::weight(row)).sum();
        rows + 160 * self.shapes.len()
    }

    /// Lets definitions agree with the values: a number that is announced must be one.
    pub(super) fn agree(&mut self) {
        for (at, shape) in self.shapes.iter_mut().enumerate() {
            if shape.is_text || !shape.is_number() {
                continue;
            }
            for value in self.rows.iter().filter_map(|row| row.get(at)) {
                let name = std::mem::take(&mut shape.name);
                let fits = match value {
                    Value::Null => true,
                    Value::Int(_) => true,
                    Value::Decimal(..) => {
                        shape.kind == super::shape::DECIMAL || shape.kind == super::shape::DOUBLE
                    }
                    Value::Real(_) => shape.kind == super::shape::DOUBLE || shape.kind == super::shape::FLOAT,
                    Value::Text(_) | Value::Binary(_) => false,
                };
                if !fits {
                    *shape = match value {
                        Value::Decimal(_, scale) => {
                            Shape::decimal(shape.length.max(10), u8::try_from(*scale).unwrap_or(0))
                        }
                        Value::Real(_) => Shape::double(),
                        _ => Shape::text(255),
                    };
                }
                shape.name = name;
                if shape.is_text {
                    break;
                }
            }
        }
    }

    /// Rows of texts under these names.
    pub(super) fn of_texts(names: &[(&str, u32)], rows: Vec<Vec<Value>>) -> Self {
        Self { shapes: names.iter().map(|(name, width)| Shape::text(*width).named(name)).collect(), rows }
    }
}
