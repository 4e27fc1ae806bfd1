//! Connections to the database, and work on them that nobody can break off in the middle.
//!
//! Writes go through one connection, one after the other, each in a transaction that has the
//! database to itself from its first statement. Reads see the database as it was when they began.
//! Both run in tasks of their own: a caller who no longer waits changes nothing of what was begun.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection, connection::SimpleConnection as _};
use diesel_async::{SimpleAsyncConnection as _, sync_connection_wrapper::SyncConnectionWrapper};
use tokio::sync::Semaphore;

use crate::StoreError;

/// A connection as the nouns know it: this is all that changes with the database.
pub(crate) type Connection = SyncConnectionWrapper<SqliteConnection>;

/// Work on a connection.
pub(crate) type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'c>>;

/// Settings without which the store would not keep its promises: each with the statement that
/// makes it, and what the database says of it then. The first comes first, for the second waits.
const SETTINGS: [(&str, &str); 4] =
    [("busy_timeout", "30000"), ("journal_mode", "wal"), ("synchronous", "1"), ("foreign_keys", "1")];

/// Opens the file, which is there, with every setting made and looked at.
pub(crate) fn open(file: &str) -> Result<SqliteConnection, StoreError> {
    let mut connection = SqliteConnection::establish(file).map_err(StoreError::Connect)?;
    for (setting, wanted) in SETTINGS {
        set(&mut connection, setting, wanted)?;
    }
    Ok(connection)
}

fn set(
    connection: &mut SqliteConnection,
    setting: &'static str,
    wanted: &'static str,
) -> Result<(), StoreError> {
    let attempt = |error: diesel::result::Error| StoreError::from(error).during("set the store up");
    connection.batch_execute(&format!("PRAGMA {setting} = {wanted}")).map_err(attempt)?;
    let query = diesel::sql_query(format!("SELECT CAST({setting} AS TEXT) AS value FROM {}", table(setting)));
    let found = query.get_result::<Setting>(connection).map_err(attempt)?.value;
    if found == wanted { Ok(()) } else { Err(StoreError::Setting { setting, wanted, found }) }
}

/// The database's table of one row that tells a setting; one of them calls its column otherwise.
fn table(setting: &str) -> String {
    match setting {
        "busy_timeout" => format!("(SELECT timeout AS {setting} FROM pragma_{setting})"),
        _ => format!("pragma_{setting}"),
    }
}

#[derive(diesel::QueryableByName)]
struct Setting {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

/// A few connections for one sort of work. They are opened when they are first needed, and one
/// whose work went wrong in the middle is not used again.
#[derive(Debug)]
pub(crate) struct Pool {
    file: String,
    begin: &'static str,
    most: u32,
    free: Semaphore,
    idle: Mutex<Vec<Slot>>,
}

/// A connection that waits for work.
struct Slot(Connection);

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Slot")
    }
}

impl Pool {
    /// One connection, whose transactions have the database to themselves from the beginning.
    pub(crate) fn writer(file: &str) -> Self {
        Self::new(file, "BEGIN IMMEDIATE", 1)
    }

    /// Connections that look at the database.
    pub(crate) fn readers(file: &str, most: u32) -> Self {
        Self::new(file, "BEGIN", most)
    }

    fn new(file: &str, begin: &'static str, most: u32) -> Self {
        let free = Semaphore::new(most as usize);
        Self { file: file.to_owned(), begin, most, free, idle: Mutex::default() }
    }

    /// Does the work in a transaction, in a task of its own.
    pub(crate) async fn run<T, F>(self: &Arc<Self>, attempt: &'static str, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> Work<'c, T> + Send + 'static,
    {
        let pool = Arc::clone(self);
        let task = tokio::spawn(async move {
            let _permit = pool.free.acquire().await.map_err(|_| StoreError::Closed)?;
            let mut connection = pool.take().await?;
            let done = transaction(&mut connection, pool.begin, work).await;
            if !matches!(done, Outcome::Unsure(_)) {
                pool.put(connection);
            }
            done.result()
        });
        task.await.map_err(StoreError::Broken)?.map_err(|error| error.during(attempt))
    }

    async fn take(&self) -> Result<Connection, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(Slot(connection)) = idle {
            return Ok(connection);
        }
        let file = self.file.clone();
        let opened = tokio::task::spawn_blocking(move || open(&file)).await.map_err(StoreError::Broken)??;
        Ok(Connection::new(opened))
    }

    fn put(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(Slot(connection));
    }

    /// Waits for work that was begun, lets none begin any more, and closes the connections.
    pub(crate) async fn close(&self) {
        if let Ok(all) = self.free.acquire_many(self.most).await {
            self.free.close();
            drop(all);
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// How a transaction ended.
enum Outcome<T> {
    /// All of it is kept.
    Kept(T),
    /// None of it is.
    Undone(StoreError),
    /// The connection does not say: it may still be within the transaction.
    Unsure(StoreError),
}

impl<T> Outcome<T> {
    fn result(self) -> Result<T, StoreError> {
        match self {
            Self::Kept(value) => Ok(value),
            Self::Undone(error) | Self::Unsure(error) => Err(error),
        }
    }
}

async fn transaction<T, F>(connection: &mut Connection, begin: &str, work: F) -> Outcome<T>
where
    F: for<'c> FnOnce(&'c mut Connection) -> Work<'c, T>,
{
    if let Err(error) = connection.batch_execute(begin).await {
        return Outcome::Unsure(error.into());
    }
    let (word, done) = match work(connection).await {
        Ok(value) => ("COMMIT", Outcome::Kept(value)),
        Err(error) => ("ROLLBACK", Outcome::Undone(error)),
    };
    match (connection.batch_execute(word).await, done) {
        (Ok(()), done) => done,
        (Err(_), Outcome::Undone(first) | Outcome::Unsure(first)) => Outcome::Unsure(first),
        (Err(error), Outcome::Kept(_)) => Outcome::Unsure(error.into()),
    }
}
