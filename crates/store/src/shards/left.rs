//! Deckies that a host took with it when it left.

use decnet_proto::{
    ids::HostId,
    swarm::operator::{ShardState, ShardView},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Condition, row::Row};
use crate::{
    StoreError,
    connection::Connection,
    schema::{leftovers, shards},
    words,
};

/// A row of what was left behind.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = leftovers)]
pub(super) struct Leftover {
    host: String,
    decky: String,
    host_name: String,
    host_address: String,
    generation: i64,
    ip: String,
    services: String,
    updated_at: i64,
}

/// A host that is about to be forgotten.
pub(crate) struct Leaving {
    /// Its id.
    pub(crate) id: String,
    /// What it was called.
    pub(crate) name: String,
    /// Where it was.
    pub(crate) address: String,
    /// Whether it was ever heard.
    pub(crate) heard: bool,
}

/// Empties the rows of a host that leaves: what may still run there is left behind.
pub(crate) async fn leave(c: &mut Connection, host: &Leaving, at: i64) -> Result<(), StoreError> {
    let own = shards::table.filter(shards::host.eq(&host.id));
    for row in own.select(Row::as_select()).load(c).await? {
        let runs = match row.condition()? {
            Some(Condition::Running | Condition::Degraded) => true,
            Some(Condition::Absent | Condition::Failed | Condition::Yielded) => false,
            None => host.heard,
        };
        if runs {
            diesel::insert_into(leftovers::table).values(Leftover::new(row, host, at)).execute(c).await?;
        }
    }
    diesel::delete(shards::table.filter(shards::host.eq(&host.id))).execute(c).await?;
    Ok(())
}

impl Leftover {
    fn new(row: Row, host: &Leaving, at: i64) -> Self {
        Self {
            host: row.host,
            decky: row.decky,
            host_name: host.name.clone(),
            host_address: host.address.clone(),
            generation: row.generation,
            ip: row.ip,
            services: row.services,
            updated_at: at,
        }
    }

    pub(super) fn view(self) -> Result<ShardView, StoreError> {
        Ok(ShardView {
            decky_name: words::parsed("a decky's name", &self.decky)?,
            host_uuid: words::parsed("a host's id", &self.host)?,
            host_name: self.host_name,
            host_address: self.host_address,
            host_status: None,
            services: words::from_json("services", &self.services)?,
            ip: words::parsed("an address", &self.ip)?,
            state: ShardState::LeftBehind,
            last_error: None,
            generation: words::from_column("a generation", self.generation)?,
            updated_at: self.updated_at,
        })
    }
}

/// Forgets what a host left behind, and answers with how many deckies that were.
pub(super) async fn forget(c: &mut Connection, host: HostId) -> Result<usize, StoreError> {
    let own = leftovers::table.filter(leftovers::host.eq(host.to_string()));
    Ok(diesel::delete(own).execute(c).await?)
}
