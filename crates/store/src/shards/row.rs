//! A decky on a host, as a row.

use decnet_proto::{ids::DeckyName, swarm::operator::ShardState};
use diesel::prelude::*;

use super::{Condition, NewShard};
use crate::{
    StoreError,
    limits::{self, cut},
    schema::shards,
    words,
};

/// A row of the table.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = shards)]
pub(super) struct Row {
    pub(super) host: String,
    pub(super) decky: String,
    pub(super) claim: Option<String>,
    pub(super) generation: i64,
    pub(super) spec: String,
    pub(super) ip: String,
    pub(super) services: String,
    pub(super) observed: Option<String>,
    pub(super) last_error: Option<String>,
    pub(super) updated_at: i64,
}

impl Row {
    pub(super) fn new(new: &NewShard, generation: i64, at: i64) -> Result<Self, StoreError> {
        Ok(Self {
            host: new.host.to_string(),
            decky: new.decky.to_string(),
            claim: Some(new.decky.to_string()),
            generation,
            spec: cut(&new.spec, limits::TEXT),
            ip: new.ip.to_string(),
            services: words::json(&new.services)?,
            observed: None,
            last_error: None,
            updated_at: at,
        })
    }

    pub(super) fn key(&self) -> (String, String) {
        (self.host.clone(), self.decky.clone())
    }

    pub(super) fn name(&self) -> Result<DeckyName, StoreError> {
        words::parsed("a decky's name", &self.decky)
    }

    pub(super) fn condition(&self) -> Result<Option<Condition>, StoreError> {
        self.observed.as_deref().map(|word| words::variant("a decky's condition", word)).transpose()
    }

    /// Whether the decky of this row is that of `wanted`, and is not known to be down.
    pub(super) fn stays(&self, wanted: &Self) -> Result<bool, StoreError> {
        let same = self.claim == wanted.claim
            && self.spec == wanted.spec
            && self.ip == wanted.ip
            && self.services == wanted.services;
        Ok(same && !self.condition()?.is_some_and(Condition::explains_absence))
    }

    pub(super) fn state(&self) -> Result<ShardState, StoreError> {
        if self.claim.is_none() {
            return Ok(ShardState::TearingDown);
        }
        Ok(match self.condition()? {
            None | Some(Condition::Absent) => ShardState::Pending,
            Some(Condition::Running) => ShardState::Running,
            Some(Condition::Degraded) => ShardState::Degraded,
            Some(Condition::Failed) => ShardState::Failed,
            Some(Condition::Yielded) => ShardState::Yielded,
        })
    }
}
