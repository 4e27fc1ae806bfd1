//! A connection to MariaDB while it lasts.

use std::{fmt, time::Duration};

use futures_util::TryStreamExt as _;
use mysql_async::{Conn, prelude::Queryable as _};
use tokio::{
    runtime::{Builder, Runtime},
    time::timeout,
};

use super::{
    bulk::{self, Existence},
    error, options,
    product::Product,
    statements,
    value::params,
};
use crate::{
    RecordError,
    database::DatabaseUrl,
    sql::{Insert, Mode, More, Role, Row, Session, Value},
};

/// How long it may take to connect.
const CONNECT: Duration = Duration::from_secs(10);

/// How long an answer may take before the server is taken for gone: for as long as a statement may take, and
/// somewhat longer, or where that has no bound.
const SILENCE: Duration = Duration::from_secs(600);
const GRACE: Duration = Duration::from_secs(10);

/// Begins transactions whose reads are all of one moment.
const ISOLATION: &str = "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ";

/// What the lock of who keeps the record is called: of the database that is connected to.
pub(crate) const LOCK: &str = "CONCAT('decnet record ', MD5(DATABASE()))";

/// How long is waited for somebody who has the lock and may be gone, in seconds.
const LETTING_GO: u32 = 5;

/// Whether the server is set up as the tables need it: what of it is not.
const FIT: [(&str, &str); 2] = [
    (
        "SELECT @@innodb_ft_min_token_size <= 3 AND @@innodb_ft_max_token_size >= 84",
        "innodb_ft_min_token_size should be at most 3, innodb_ft_max_token_size at least 84",
    ),
    ("SELECT @@max_allowed_packet >= 1048576", "max_allowed_packet should be at least 1M"),
];

/// A connection to MariaDB.
pub(crate) struct MariaDbSession {
    /// Drives the connection while somebody waits for an answer. Both are there until the end.
    live: Option<(Runtime, Conn)>,
    product: Product,
    /// How long statements may take, once the server was told.
    patience: Option<Option<Duration>>,
    /// What waits until the transaction is kept.
    later: Vec<String>,
}

impl Session for MariaDbSession {
    fn connect(url: &DatabaseUrl, role: Role) -> Result<Self, RecordError> {
        let options = options::of(url)?;
        let runtime = Builder::new_current_thread().enable_all().build().map_err(RecordError::lost)?;
        let connected = runtime.block_on(async { timeout(CONNECT, Conn::new(options)).await });
        let connected = connected.unwrap_or_else(|late| Err(std::io::Error::from(late).into()));
        let connection = connected.map_err(|source| {
            let why = error::why(&source);
            RecordError::from(source).unreachable(url, why)
        })?;
        let live = Some((runtime, connection));
        let mut session = Self { live, product: Product::MariaDb, patience: None, later: Vec::new() };
        session.prepare_for(url, role)?;
        Ok(session)
    }

    fn begin(&mut self, mode: Mode, patience: Option<Duration>) -> Result<(), RecordError> {
        self.later.clear();
        if self.patience != Some(patience) {
            self.say(&self.product.patience(patience))?;
            self.patience = Some(patience);
        }
        self.say(match mode {
            Mode::Read => "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
            Mode::Write => "START TRANSACTION",
        })
    }

    fn end(&mut self, keep: bool) -> Result<(), RecordError> {
        let later = std::mem::take(&mut self.later);
        self.say(if keep { "COMMIT" } else { "ROLLBACK" })?;
        for statement in later.iter().filter(|_| keep) {
            // All that counts is kept. A table that stays is dropped when another one is made.
            let _ = self.say(statement);
        }
        Ok(())
    }

    /// What makes tables ends a transaction; another one begins then.
    fn batch(&mut self, text: &str, is_within: bool) -> Result<(), RecordError> {
        let (mut later, now): (Vec<_>, Vec<_>) =
            statements::each(text).into_iter().partition(|text| is_within && statements::drops(text));
        self.later.append(&mut later);
        now.iter().try_for_each(|statement| self.say(statement))?;
        if is_within && !now.is_empty() { self.say("START TRANSACTION") } else { Ok(()) }
    }

    fn run(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, RecordError> {
        self.block_on(async |connection| {
            connection.exec_drop(statement, params(values)).await?;
            Ok(connection.affected_rows())
        })
    }

    fn run_each(
        &mut self,
        statement: &str,
        width: usize,
        values: &[Value<'_>],
        changed: &mut dyn FnMut(u64),
    ) -> Result<(), RecordError> {
        let rows: Vec<_> = values.chunks(width.max(1)).collect();
        let existence = Existence::of(statement).filter(|_| rows.len() > 1);
        let Some(existence) = existence else {
            return rows.into_iter().try_for_each(|row| self.run(statement, row).map(&mut *changed));
        };
        let are_there = self.are_there(&existence, &rows)?;
        let there = rows.into_iter().zip(&are_there).filter(|(_, is_there)| **is_there);
        self.run_all(statement, &there.map(|(row, _)| row).collect::<Vec<_>>())?;
        are_there.into_iter().for_each(|is_there| changed(is_there.into()));
        Ok(())
    }

    fn insert(&mut self, into: Insert<'_>, values: &[Value<'_>]) -> Result<(), RecordError> {
        if values.is_empty() {
            return Ok(());
        }
        let Insert { table, columns } = into;
        let (names, marks) = (columns.join("\", \""), vec!["?"; columns.len()].join(", "));
        let statement = format!("INSERT INTO {table} (\"{names}\") VALUES ({marks})");
        self.run_all(&statement, &values.chunks(columns.len().max(1)).collect::<Vec<_>>())
    }

    fn query(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<More, RecordError>,
    ) -> Result<(), RecordError> {
        self.block_on(async |connection| {
            let mut rows =
                connection.exec_stream::<mysql_async::Row, _, _>(statement, params(values)).await?;
            while let Some(row) = rows.try_next().await? {
                if each(&Row::MariaDb(&row))? == More::No {
                    break;
                }
            }
            Ok(())
        })
    }

    fn has_table(&mut self, name: &str) -> Result<bool, RecordError> {
        let statement =
            "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?";
        let mut has = false;
        self.query(statement, &[Value::Text(name)], &mut |_| {
            has = true;
            Ok(More::No)
        })?;
        Ok(has)
    }
}

impl MariaDbSession {
    /// What is to be before anything else.
    fn prepare_for(&mut self, url: &DatabaseUrl, role: Role) -> Result<(), RecordError> {
        let unfit = |why| RecordError::Unfit { database: url.to_string(), why };
        let mut version = String::new();
        self.query("SELECT VERSION()", &[], &mut |row| {
            version = row.text(0)?.to_owned();
            Ok(More::No)
        })?;
        self.product = Product::of(&version).map_err(unfit)?;
        self.say(&self.product.settings())?;
        self.say(ISOLATION)?;
        if role == Role::Reader {
            return self.say("SET SESSION TRANSACTION READ ONLY");
        }
        for (question, why) in FIT {
            if self.number(question)? != Some(1) {
                return Err(unfit(why));
            }
        }
        // It goes with the connection.
        match self.number(&format!("SELECT GET_LOCK({LOCK}, {LETTING_GO})"))? {
            Some(1) => Ok(()),
            _ => Err(RecordError::Taken { database: url.to_string() }),
        }
    }

    /// Carries a statement out for every row, many in one message.
    fn run_all(&mut self, statement: &str, rows: &[&[Value<'_>]]) -> Result<(), RecordError> {
        self.block_on(async |connection| {
            for some in bulk::messages(rows) {
                let some: Vec<_> = some.iter().map(|row| params(row)).collect();
                connection.exec_batch(statement, some).await?;
            }
            Ok(())
        })
    }

    /// Which of the rows that an update would change there are.
    fn are_there(&mut self, existence: &Existence, rows: &[&[Value<'_>]]) -> Result<Vec<bool>, RecordError> {
        let mut are_there = Vec::with_capacity(rows.len());
        for some in rows.chunks(bulk::AT_ONCE) {
            // What is missing to a full question is asked for once more.
            let keys = some.iter().chain(some.last().into_iter().cycle()).take(bulk::AT_ONCE);
            let keys = keys.flat_map(|row| row.iter().skip(row.len().saturating_sub(existence.width)));
            let keys: Vec<_> = keys.copied().collect();
            self.query(&existence.question, &keys, &mut |row| {
                for at in 0..some.len() {
                    are_there.push(row.int(at)? != 0);
                }
                Ok(More::No)
            })?;
        }
        Ok(are_there)
    }

    fn number(&mut self, statement: &str) -> Result<Option<i64>, RecordError> {
        let mut number = None;
        self.query(statement, &[], &mut |row| {
            number = row.int_or_none(0)?;
            Ok(More::No)
        })?;
        Ok(number)
    }

    /// Carries a statement out that is not worth being prepared.
    fn say(&mut self, statement: &str) -> Result<(), RecordError> {
        self.block_on(async |connection| Ok(connection.query_drop(statement).await?))
    }

    fn block_on<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut Conn) -> Result<T, RecordError>,
    ) -> Result<T, RecordError> {
        let patience = self.patience.flatten().map_or(SILENCE, |patience| patience + GRACE);
        let (runtime, connection) = self.live.as_mut().ok_or(RecordError::Closed)?;
        let done = runtime.block_on(async { timeout(patience, work(connection)).await });
        done.unwrap_or_else(|late| Err(RecordError::lost(late)))
    }
}

/// It may be dropped where nothing may block.
impl Drop for MariaDbSession {
    fn drop(&mut self) {
        if let Some((runtime, connection)) = self.live.take() {
            // It says good-bye by a task of the runtime, if there is time for it.
            let within = runtime.enter();
            drop(connection);
            drop(within);
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for MariaDbSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MariaDbSession").field("product", &self.product).finish_non_exhaustive()
    }
}
