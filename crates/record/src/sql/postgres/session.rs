//! A connection to PostgreSQL while it lasts.

use std::{
    collections::HashMap,
    pin::pin,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _, TryStreamExt as _, stream};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, Config, Statement, tls::MakeTlsConnect};

use super::{
    copy, error,
    tls::{self, Tls},
    value::type_of,
};
use crate::{
    RecordError,
    database::{DatabaseUrl, Host},
    sql::{Insert, Mode, More, Role, Row, Session, Value, placeholders::numbered},
};

/// The oldest version of the server, as it says it itself.
const OLDEST: i64 = 110_000;

/// Statements that are kept prepared.
const PREPARED: usize = 256;

/// Statements that are sent before the first of them is answered.
const AHEAD: usize = 256;

/// How long it may take to connect.
const CONNECT: Duration = Duration::from_secs(10);

/// How long is waited for somebody who has the lock and may be gone, and how often it is looked.
const LETTING_GO: Duration = Duration::from_secs(5);
const AGAIN: Duration = Duration::from_millis(50);

/// After how long without a sign of life either end takes the other for gone.
const SILENCE: Duration = Duration::from_secs(25);

/// What every connection has: the server forgets soon who has gone, with the lock that he held.
const SETTINGS: &str = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; \
    SET tcp_keepalives_count = 3; SET jit = off; SET lock_timeout = '30s'";

/// A connection to PostgreSQL.
#[derive(Debug)]
pub(crate) struct PostgresSession {
    /// Drives the connection while somebody waits for an answer. It is there until the end.
    runtime: Option<Runtime>,
    client: Client,
    prepared: HashMap<Box<str>, Statement>,
}

impl Session for PostgresSession {
    fn connect(url: &DatabaseUrl, role: Role) -> Result<Self, RecordError> {
        let config = config(url)?;
        let runtime = Builder::new_current_thread().enable_all().build().map_err(RecordError::lost)?;
        let connected = match &url.roots {
            None => dial(&runtime, &config, tokio_postgres::NoTls),
            Some(roots) => dial(&runtime, &config, Tls::trusting(roots)?),
        };
        let client = connected.map_err(|source| {
            let why = error::why(&source);
            RecordError::from(source).unreachable(url, why)
        })?;
        let mut session = Self { runtime: Some(runtime), client, prepared: HashMap::new() };
        session.prepare_for(url, role)?;
        Ok(session)
    }

    fn begin(&mut self, mode: Mode, patience: Option<Duration>) -> Result<(), RecordError> {
        let word = match mode {
            Mode::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Mode::Write => "BEGIN",
        };
        // 0 would stand for ever.
        let patience = patience.map_or(0, |patience| patience.as_millis().max(1));
        self.batch(&format!("{word}; SET LOCAL statement_timeout = {patience}"), true)
    }

    fn end(&mut self, keep: bool) -> Result<(), RecordError> {
        self.batch(if keep { "COMMIT" } else { "ROLLBACK" }, true)
    }

    fn batch(&mut self, statements: &str, _: bool) -> Result<(), RecordError> {
        self.wait(|client| client.batch_execute(statements))
    }

    fn run(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, RecordError> {
        let statement = self.prepared(statement, values)?;
        self.wait(|client| client.execute_raw(&statement, values))
    }

    fn run_each(
        &mut self,
        statement: &str,
        width: usize,
        values: &[Value<'_>],
        changed: &mut dyn FnMut(u64),
    ) -> Result<(), RecordError> {
        let rows = values.chunks(width.max(1));
        let Some(first) = rows.clone().next() else { return Ok(()) };
        let statement = &self.prepared(statement, first)?;
        self.wait(|client| async move {
            // They are sent one behind the other, and answered so.
            let runs = stream::iter(rows.map(|row| client.execute_raw(statement, row)));
            let mut answers = runs.buffered(AHEAD);
            while let Some(count) = answers.try_next().await? {
                changed(count);
            }
            Ok(())
        })
    }

    fn insert(&mut self, into: Insert<'_>, values: &[Value<'_>]) -> Result<(), RecordError> {
        if values.is_empty() {
            return Ok(());
        }
        let Insert { table, columns } = into;
        let statement = format!("COPY {table} ({}) FROM STDIN (FORMAT binary)", columns.join(", "));
        let statement = self.prepared(&statement, &[])?;
        self.wait(|client| async move {
            let mut sink = pin!(client.copy_in::<_, Bytes>(&statement).await?);
            for message in copy::messages(values, columns.len()) {
                sink.feed(message).await?;
            }
            sink.finish().await.map(|_| ())
        })
    }

    fn query(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<More, RecordError>,
    ) -> Result<(), RecordError> {
        let statement = self.prepared(statement, values)?;
        self.block_on(|client| async move {
            let mut rows = pin!(client.query_raw(&statement, values).await?);
            while let Some(row) = rows.try_next().await? {
                if each(&Row::Postgres(&row))? == More::No {
                    break;
                }
            }
            Ok(())
        })
    }

    fn has_table(&mut self, name: &str) -> Result<bool, RecordError> {
        let statement = "SELECT 1 FROM information_schema.tables \
            WHERE table_schema = current_schema() AND table_name = convert_from(?, 'UTF8')";
        let mut has = false;
        self.query(statement, &[Value::Text(name)], &mut |_| {
            has = true;
            Ok(More::No)
        })?;
        Ok(has)
    }
}

impl PostgresSession {
    /// What is to be before anything else.
    fn prepare_for(&mut self, url: &DatabaseUrl, role: Role) -> Result<(), RecordError> {
        self.batch(SETTINGS, false)?;
        if let Some(schema) = &url.schema {
            self.batch(&format!("SET search_path = {schema}"), false)?;
        }
        if self.number("SELECT CAST(current_setting('server_version_num') AS INT)")? < Some(OLDEST) {
            return Err(RecordError::Unfit {
                database: url.to_string(),
                why: "its server is older than PostgreSQL 11",
            });
        }
        if self.number("SELECT CASE WHEN getdatabaseencoding() = 'UTF8' THEN 1 ELSE 0 END")? != Some(1) {
            return Err(RecordError::Unfit { database: url.to_string(), why: "its encoding is not UTF8" });
        }
        match role {
            Role::Reader => self.batch("SET default_transaction_read_only = on", false),
            Role::Writer => {
                self.batch("SET synchronous_commit = on", false)?;
                self.lock(url)
            }
        }
    }

    /// Takes the lock of who keeps the record. It goes with the connection: the server may notice a moment
    /// later only that who had it has gone.
    fn lock(&mut self, url: &DatabaseUrl) -> Result<(), RecordError> {
        let begin = Instant::now();
        loop {
            match self.try_lock(url) {
                Err(RecordError::Taken { .. }) if begin.elapsed() < LETTING_GO => {
                    self.block_on(|_| async {
                        tokio::time::sleep(AGAIN).await;
                        Ok(())
                    })?;
                }
                locked => return locked,
            }
        }
    }

    fn try_lock(&mut self, url: &DatabaseUrl) -> Result<(), RecordError> {
        let statement = "SELECT CASE WHEN \
            pg_try_advisory_lock(hashtextextended('decnet record ' || current_schema(), 0)) THEN 1 ELSE 0 END \
            WHERE current_schema() IS NOT NULL";
        match self.number(statement)? {
            Some(1) => Ok(()),
            Some(_) => Err(RecordError::Taken { database: url.to_string() }),
            None => Err(RecordError::Unfit { database: url.to_string(), why: "there is no such schema" }),
        }
    }

    fn number(&mut self, statement: &str) -> Result<Option<i64>, RecordError> {
        let mut number = None;
        self.query(statement, &[], &mut |row| {
            number = Some(row.int(0)?);
            Ok(More::No)
        })?;
        Ok(number)
    }

    /// The statement, prepared. That values are of these types is true of each of its uses.
    fn prepared(&mut self, statement: &str, values: &[Value<'_>]) -> Result<Statement, RecordError> {
        if let Some(prepared) = self.prepared.get(statement) {
            return Ok(prepared.clone());
        }
        let (text, types) = (numbered(statement), values.iter().map(type_of).collect::<Vec<_>>());
        let prepared = self.wait(|client| client.prepare_typed(&text, &types))?;
        if self.prepared.len() >= PREPARED {
            self.prepared.clear();
        }
        self.prepared.insert(statement.into(), prepared.clone());
        Ok(prepared)
    }

    fn wait<'s, T, F>(&'s self, work: impl FnOnce(&'s Client) -> F) -> Result<T, RecordError>
    where
        F: Future<Output = Result<T, tokio_postgres::Error>>,
    {
        self.block_on(|client| async { Ok(work(client).await?) })
    }

    fn block_on<'s, T, F>(&'s self, work: impl FnOnce(&'s Client) -> F) -> Result<T, RecordError>
    where
        F: Future<Output = Result<T, RecordError>>,
    {
        let runtime = self.runtime.as_ref().ok_or(RecordError::Closed)?;
        runtime.block_on(work(&self.client))
    }
}

/// It may be dropped where nothing may block.
impl Drop for PostgresSession {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn config(url: &DatabaseUrl) -> Result<Config, RecordError> {
    let mut config = Config::new();
    match &url.host {
        Host::Socket(folder) => config.host_path(folder),
        Host::Machine(name, address) => {
            address.iter().for_each(|address| {
                config.hostaddr(*address);
            });
            config.host(name)
        }
    };
    config.port(url.port).user(&url.user).dbname(&url.database).application_name("decnet");
    config.connect_timeout(CONNECT).tcp_user_timeout(SILENCE);
    config.keepalives_idle(Duration::from_secs(10)).keepalives_interval(Duration::from_secs(5));
    config.keepalives_retries(3).ssl_mode(tls::mode(url));
    if let Some(password) = url.password()? {
        config.password(password.as_bytes());
    }
    Ok(config)
}

fn dial<T>(runtime: &Runtime, config: &Config, tls: T) -> Result<Client, tokio_postgres::Error>
where
    T: MakeTlsConnect<tokio_postgres::Socket>,
    T::Stream: Send + 'static,
{
    let (client, connection) = runtime.block_on(config.connect(tls))?;
    // That it ended is told to who waits for an answer.
    runtime.spawn(async { connection.await.err() });
    Ok(client)
}
