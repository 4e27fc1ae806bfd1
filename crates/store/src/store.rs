//! The store as its users hold it.

use std::{path::Path, sync::Arc};

use crate::{
    StoreError,
    connection::{self, Connection, Pool, Work},
    file, migrate,
};

/// How many connections look at the database at once.
const READERS: u32 = 3;

/// What the master remembers, in one file. To clone it is cheap; all clones are the same store.
///
/// It wants a runtime of many threads. What is begun is done, whoever stops waiting for it; a
/// runtime that ends takes what is under way with it, so [`Store::close`] comes before that.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Arc<Pool>,
    readers: Arc<Pool>,
}

impl Store {
    /// Opens the store, makes it where there is none (the file with rights 0600, its folder with
    /// 0700), and brings its tables up to date.
    ///
    /// # Errors
    /// When the file or its folder cannot be made or may be written by others, when it is no
    /// database, and when a newer program has written it ([`StoreError::Newer`]).
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let path = path.to_owned();
        let prepared = tokio::task::spawn_blocking(move || prepare(&path));
        let file = prepared.await.map_err(StoreError::Broken)??;
        Ok(Self { writer: Arc::new(Pool::writer(&file)), readers: Arc::new(Pool::readers(&file, READERS)) })
    }

    /// Waits for what is under way, and refuses everything after it with [`StoreError::Closed`].
    pub async fn close(&self) {
        self.writer.close().await;
        self.readers.close().await;
    }

    /// Changes something: all of it or nothing.
    pub(crate) async fn write<T, F>(&self, attempt: &'static str, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> Work<'c, T> + Send + 'static,
    {
        self.writer.run(attempt, work).await
    }

    /// Looks at something, all of it as it was at one moment.
    pub(crate) async fn read<T, F>(&self, attempt: &'static str, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> Work<'c, T> + Send + 'static,
    {
        self.readers.run(attempt, work).await
    }
}

/// Makes the file and its tables as they should be, and answers with its absolute path.
fn prepare(path: &Path) -> Result<String, StoreError> {
    let file = file::prepare(path)?;
    migrate::migrate(&mut connection::open(&file)?)?;
    Ok(file)
}
