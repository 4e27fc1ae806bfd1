//! Small values: who the master is, how far numbers have grown.

use decnet_proto::ids::HostId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::{
    Store, StoreError,
    connection::Connection,
    limits,
    schema::{meta, numbers},
    words,
};

/// A number that only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Number {
    /// Serial number of whom workers may trust.
    Trust,
    /// Generation of the plan that is wanted.
    Generation,
    /// Id of the newest operation.
    Operation,
    /// Id of the newest entry of the audit log.
    Audit,
    /// Serial number of the newest certificate, by the order in which they were recorded.
    Certificate,
}

impl Number {
    const fn name(self) -> &'static str {
        match self {
            Self::Trust => "trust",
            Self::Generation => "generation",
            Self::Operation => "operation",
            Self::Audit => "audit",
            Self::Certificate => "certificate",
        }
    }
}

/// Name under which the master's own host is kept.
const MASTER: &str = "master-host";

impl Store {
    /// The id of the master's own host: `drawn`, unless there was one before.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn meta_master(&self, drawn: HostId) -> Result<HostId, StoreError> {
        self.write("settle the master's id", move |c| Box::pin(master(c, drawn))).await
    }

    /// A value that was kept under this name.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn meta_get(&self, name: &'static str) -> Result<Option<String>, StoreError> {
        self.read("look a value up", move |c| Box::pin(get(c, name))).await
    }

    /// Keeps a value of at most [`limits::NOTES`] bytes under a name, in the place of what was there.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`], and when the database refuses.
    pub async fn meta_set(&self, name: &'static str, value: String) -> Result<(), StoreError> {
        if value.len() > limits::NOTES {
            return Err(StoreError::TooLarge { what: "a value", most: limits::NOTES });
        }
        self.write("keep a value", move |c| Box::pin(async move { set(c, name, &value).await })).await
    }

    /// How far a number has grown; 0 at first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn number(&self, number: Number) -> Result<u64, StoreError> {
        let found = self.read("look a number up", move |c| Box::pin(value(c, number))).await?;
        words::from_column("a number", found)
    }

    /// Makes a number grow by one, and answers with what it is then: no two callers get the same.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn number_next(&self, number: Number) -> Result<u64, StoreError> {
        let found = self.write("make a number grow", move |c| Box::pin(next(c, number))).await?;
        words::from_column("a number", found)
    }
}

async fn master(c: &mut Connection, drawn: HostId) -> Result<HostId, StoreError> {
    if let Some(text) = get(c, MASTER).await? {
        return words::parsed("the master's id", &text);
    }
    set(c, MASTER, &drawn.to_string()).await?;
    Ok(drawn)
}

async fn get(c: &mut Connection, name: &str) -> Result<Option<String>, StoreError> {
    Ok(meta::table.find(name).select(meta::value).first(c).await.optional()?)
}

async fn set(c: &mut Connection, name: &str, value: &str) -> Result<(), StoreError> {
    let changed = diesel::update(meta::table.find(name)).set(meta::value.eq(value)).execute(c).await?;
    if changed == 0 {
        let row = (meta::name.eq(name), meta::value.eq(value));
        diesel::insert_into(meta::table).values(row).execute(c).await?;
    }
    Ok(())
}

/// How far a number has grown.
pub(crate) async fn value(c: &mut Connection, number: Number) -> Result<i64, StoreError> {
    let row = numbers::table.find(number.name()).select(numbers::value).first(c).await;
    Ok(row.optional()?.unwrap_or(0))
}

/// Makes a number grow by one.
pub(crate) async fn next(c: &mut Connection, number: Number) -> Result<i64, StoreError> {
    let row = numbers::table.find(number.name());
    let changed = diesel::update(row).set(numbers::value.eq(numbers::value + 1)).execute(c).await?;
    if changed == 0 {
        return raise(c, number, 1).await.map(|()| 1);
    }
    value(c, number).await
}

/// Makes a number grow to `value`, which is not below what it is.
pub(crate) async fn raise(c: &mut Connection, number: Number, value: i64) -> Result<(), StoreError> {
    let name = number.name();
    let row = numbers::table.find(name);
    let changed = diesel::update(row).set(numbers::value.eq(value)).execute(c).await?;
    if changed == 0 {
        let row = (numbers::name.eq(name), numbers::value.eq(value));
        diesel::insert_into(numbers::table).values(row).execute(c).await?;
    }
    Ok(())
}
