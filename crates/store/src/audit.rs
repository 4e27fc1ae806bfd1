//! Who did what: the newest [`limits::AUDIT`] entries.

use decnet_proto::swarm::operator::AuditEntry;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::{
    Store, StoreError,
    connection::Connection,
    limits::{self, cut},
    meta::{self, Number},
    schema::audit,
};

impl Store {
    /// Adds an entry; where there are as many as are kept, the oldest goes.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn audit_add(&self, entry: AuditEntry) -> Result<(), StoreError> {
        self.write("add to the audit log", move |c| Box::pin(add(c, entry))).await
    }

    /// The newest entries, the newest first, at most `limit` and at most [`limits::LIST`].
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn audit_list(&self, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        self.read("read the audit log", move |c| Box::pin(list(c, limit))).await
    }
}

/// A row of the table.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audit)]
struct Row {
    id: i64,
    at: i64,
    actor: String,
    origin: String,
    action: String,
    subject: String,
    allowed: i32,
}

impl From<Row> for AuditEntry {
    fn from(row: Row) -> Self {
        Self {
            at: row.at,
            actor: row.actor,
            from: row.origin,
            action: row.action,
            subject: row.subject,
            allowed: row.allowed != 0,
        }
    }
}

async fn add(c: &mut Connection, entry: AuditEntry) -> Result<(), StoreError> {
    let id = meta::next(c, Number::Audit).await?;
    let row = Row {
        id,
        at: entry.at,
        actor: cut(&entry.actor, limits::TEXT),
        origin: cut(&entry.from, limits::TEXT),
        action: cut(&entry.action, limits::TEXT),
        subject: cut(&entry.subject, limits::TEXT),
        allowed: i32::from(entry.allowed),
    };
    diesel::insert_into(audit::table).values(row).execute(c).await?;
    diesel::delete(audit::table.filter(audit::id.le(id - limits::AUDIT))).execute(c).await?;
    Ok(())
}

async fn list(c: &mut Connection, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
    let newest = audit::table.select(Row::as_select()).order(audit::id.desc());
    let rows = newest.limit(limit.min(limits::LIST).into()).load(c).await?;
    Ok(rows.into_iter().map(AuditEntry::from).collect())
}
