//! Deckies on hosts: what is wanted, what their hosts said, and what was left behind.
//!
//! A decky is wanted on one host at most; where it no longer is, its row stays until that host says
//! that it is gone. What is wanted and what was said are different columns: only a host's word makes
//! a decky run, and only about its own rows, and only of a plan that is not older than the row.

mod left;
mod row;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

use decnet_proto::{
    agent::{DeckyState, DeckyStatus},
    ids::{DeckyName, HostId},
    swarm::operator::{HostState, ShardState, ShardView},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};

pub(crate) use self::left::{Leaving, leave};
use self::{
    left::{Leftover, forget},
    row::Row,
};
use crate::{
    Store, StoreError,
    connection::Connection,
    limits::{self, cut},
    meta::{self, Number},
    schema::{hosts, leftovers, shards},
    words,
};

/// A decky that is wanted on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewShard {
    /// The host.
    pub host: HostId,
    /// The decky.
    pub decky: DeckyName,
    /// Digest of its own part of the plan: while it is the same, so is the decky.
    pub spec: String,
    /// Its address.
    pub ip: Ipv4Addr,
    /// Slugs of its services, and names of its own containers.
    pub services: Vec<String>,
}

/// How a decky is, as its host says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Condition {
    /// Nothing of it is there.
    Absent,
    /// All of it runs.
    Running,
    /// Some of it runs.
    Degraded,
    /// It could not be made to run.
    Failed,
    /// A real machine has its address: it gave way.
    Yielded,
}

impl Condition {
    /// Whether it explains why nothing runs, so that a mere absence adds nothing to it.
    const fn explains_absence(self) -> bool {
        matches!(self, Self::Failed | Self::Yielded)
    }
}

/// What a host says of a decky.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The decky.
    pub decky: DeckyName,
    /// How it is.
    pub condition: Condition,
    /// Why it does not run, or not wholly.
    pub error: Option<String>,
}

impl From<DeckyState> for Condition {
    fn from(state: DeckyState) -> Self {
        match state {
            DeckyState::Up => Self::Running,
            DeckyState::Degraded => Self::Degraded,
            DeckyState::Absent => Self::Absent,
            DeckyState::Yielded => Self::Yielded,
        }
    }
}

impl Observed {
    /// What a heartbeat says of a decky; nothing, if the name is none that a decky can have.
    pub fn of(status: &DeckyStatus) -> Option<Self> {
        let decky = status.name.parse().ok()?;
        Some(Self { decky, condition: status.state.into(), error: None })
    }
}

/// What came of what a host said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// Deckies that were in another condition before.
    pub changed: Vec<DeckyName>,
    /// Deckies that are wanted there and are absent.
    pub missing: Vec<DeckyName>,
    /// Deckies that run there, and were never wanted there or are wanted there no more.
    pub surplus: Vec<DeckyName>,
}

impl Store {
    /// What is wanted from now on, instead of all that was wanted before. A decky that stays what
    /// it was where it was keeps its generation and what was said of it, unless it does not run.
    /// Answers with the hosts that have or had deckies: this is the generation wanted of each.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when a newer generation is wanted already, [`StoreError::DeckyTwice`],
    /// [`StoreError::NoSuchHost`], [`StoreError::HostLeaving`] when a host that leaves would get a
    /// decky, and when the database refuses.
    pub async fn shard_desire(
        &self,
        generation: u64,
        wanted: Vec<NewShard>,
        at: i64,
    ) -> Result<Vec<HostId>, StoreError> {
        let attempt = "change what is wanted";
        self.write(attempt, move |c| Box::pin(desire(c, generation, wanted, at))).await
    }

    /// What a host says of all its deckies when it has accepted the plan of `generation`, or when
    /// it has none; those that it does not name are absent. Nothing is written where nothing is new.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn shard_observe(
        &self,
        host: HostId,
        generation: Option<u64>,
        observed: Vec<Observed>,
        at: i64,
    ) -> Result<Noted, StoreError> {
        let attempt = "remember how deckies are";
        self.write(attempt, move |c| Box::pin(observe(c, host, generation, observed, at))).await
    }

    /// Deckies that a host could not make run when it worked on the plan of `generation`, each with
    /// why; of the others nothing is said.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn shard_failed(
        &self,
        host: HostId,
        generation: u64,
        failures: Vec<(DeckyName, String)>,
        at: i64,
    ) -> Result<(), StoreError> {
        let attempt = "remember which deckies failed";
        self.write(attempt, move |c| Box::pin(failed(c, host, generation, failures, at))).await
    }

    /// Deckies by their names, all, or those of a host, or those in a state, or both.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn shard_list(
        &self,
        host: Option<HostId>,
        state: Option<ShardState>,
    ) -> Result<Vec<ShardView>, StoreError> {
        self.read("list the deckies", move |c| Box::pin(list(c, host, state))).await
    }

    /// Forgets what a host took with it when it left: somebody saw to it. Answers with how many
    /// deckies that were.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn shard_forget_left_behind(&self, host: HostId) -> Result<usize, StoreError> {
        self.write("forget what was left behind", move |c| Box::pin(forget(c, host))).await
    }
}

async fn desire(
    c: &mut Connection,
    generation: u64,
    wanted: Vec<NewShard>,
    at: i64,
) -> Result<Vec<HostId>, StoreError> {
    let number = words::to_column(generation)?;
    let newest = meta::value(c, Number::Generation).await?;
    if number < newest {
        let wanted = words::from_column("a generation", newest)?;
        return Err(StoreError::Stale { wanted, given: generation });
    }
    sound(c, &wanted).await?;
    let wanted = wanted.iter().map(|new| Row::new(new, number, at));
    let wanted: Vec<Row> = wanted.collect::<Result<_, _>>()?;
    let before: Vec<Row> = shards::table.select(Row::as_select()).load(c).await?;
    let concerned = before.iter().chain(&wanted).map(|row| words::parsed("a host's id", &row.host));
    let concerned: BTreeSet<HostId> = concerned.collect::<Result<_, _>>()?;
    give_up(c, &before, &wanted, number, at).await?;
    claim(c, &before, wanted).await?;
    for host in &concerned {
        let host = hosts::table.find(host.to_string());
        diesel::update(host).set(hosts::wanted.eq(number)).execute(c).await?;
    }
    meta::raise(c, Number::Generation, number).await?;
    Ok(concerned.into_iter().collect())
}

/// Sees that no decky is wanted twice, and each on a host that is in the swarm and stays.
async fn sound(c: &mut Connection, wanted: &[NewShard]) -> Result<(), StoreError> {
    let leaving = words::word(HostState::Leaving)?;
    let states: Vec<(String, String)> = hosts::table.select((hosts::id, hosts::state)).load(c).await?;
    let states: BTreeMap<String, String> = states.into_iter().collect();
    let mut seen = BTreeSet::new();
    for shard in wanted {
        match states.get(&shard.host.to_string()) {
            None => return Err(StoreError::NoSuchHost(shard.host)),
            Some(state) if *state == leaving => return Err(StoreError::HostLeaving(shard.host)),
            Some(_) => {}
        }
        if !seen.insert(&shard.decky) {
            return Err(StoreError::DeckyTwice(shard.decky.clone()));
        }
    }
    Ok(())
}

/// What is no longer wanted where it was.
async fn give_up(
    c: &mut Connection,
    before: &[Row],
    wanted: &[Row],
    generation: i64,
    at: i64,
) -> Result<(), StoreError> {
    let kept: BTreeSet<_> = wanted.iter().map(Row::key).collect();
    for row in before.iter().filter(|row| row.claim.is_some() && !kept.contains(&row.key())) {
        let change =
            (shards::claim.eq(None::<String>), shards::generation.eq(generation), shards::updated_at.eq(at));
        diesel::update(shards::table.find(row.key())).set(change).execute(c).await?;
    }
    Ok(())
}

/// What is wanted, new or other than before.
async fn claim(c: &mut Connection, before: &[Row], wanted: Vec<Row>) -> Result<(), StoreError> {
    let before: BTreeMap<_, _> = before.iter().map(|row| (row.key(), row)).collect();
    for row in wanted {
        if let Some(old) = before.get(&row.key()) {
            if old.stays(&row)? {
                continue;
            }
            diesel::delete(shards::table.find(row.key())).execute(c).await?;
        }
        diesel::insert_into(shards::table).values(row).execute(c).await?;
    }
    Ok(())
}

async fn rows_of(c: &mut Connection, host: HostId) -> Result<Vec<Row>, StoreError> {
    let own = shards::table.filter(shards::host.eq(host.to_string()));
    Ok(own.select(Row::as_select()).order(shards::decky).load(c).await?)
}

async fn observe(
    c: &mut Connection,
    host: HostId,
    generation: Option<u64>,
    observed: Vec<Observed>,
    at: i64,
) -> Result<Noted, StoreError> {
    let plan = generation.map(words::to_column).transpose()?;
    let mut said: BTreeMap<DeckyName, Observed> =
        observed.into_iter().map(|observed| (observed.decky.clone(), observed)).collect();
    let mut noted = Noted::default();
    for row in rows_of(c, host).await? {
        let name = row.name()?;
        let said = said.remove(&name);
        if plan.is_some_and(|plan| row.generation > plan) {
            continue;
        }
        let condition = said.as_ref().map_or(Condition::Absent, |said| said.condition);
        match (row.claim.is_some(), condition) {
            (true, Condition::Absent) => noted.missing.push(name.clone()),
            (false, Condition::Running | Condition::Degraded) => noted.surplus.push(name.clone()),
            _ => {}
        }
        if note(c, &row, condition, said.and_then(|said| said.error), at).await? {
            noted.changed.push(name);
        }
    }
    let there = said.into_values().filter(|said| said.condition != Condition::Absent);
    noted.surplus.extend(there.map(|said| said.decky));
    Ok(noted)
}

/// Writes what a host said of one of its rows, and whether that was new.
async fn note(
    c: &mut Connection,
    row: &Row,
    condition: Condition,
    error: Option<String>,
    at: i64,
) -> Result<bool, StoreError> {
    let place = shards::table.find(row.key());
    if row.claim.is_none() && condition == Condition::Absent {
        diesel::delete(place).execute(c).await?;
        return Ok(true);
    }
    let known = row.condition()?;
    if condition == Condition::Absent && known.is_some_and(Condition::explains_absence) {
        return Ok(false);
    }
    let error = error.filter(|_| !matches!(condition, Condition::Absent | Condition::Running));
    let error = error.map(|error| cut(&error, limits::DETAIL));
    if known == Some(condition) && row.last_error == error {
        return Ok(false);
    }
    let change = (
        shards::observed.eq(words::word(condition)?),
        shards::last_error.eq(error),
        shards::updated_at.eq(at),
    );
    diesel::update(place).set(change).execute(c).await?;
    Ok(true)
}

async fn failed(
    c: &mut Connection,
    host: HostId,
    generation: u64,
    failures: Vec<(DeckyName, String)>,
    at: i64,
) -> Result<(), StoreError> {
    let plan = words::to_column(generation)?;
    let failures: BTreeMap<String, String> =
        failures.into_iter().map(|(decky, error)| (decky.to_string(), error)).collect();
    for row in rows_of(c, host).await? {
        let error = failures.get(&row.decky).filter(|_| row.claim.is_some() && row.generation <= plan);
        if let Some(error) = error {
            note(c, &row, Condition::Failed, Some(error.clone()), at).await?;
        }
    }
    Ok(())
}

/// What is told of a host beside its deckies.
#[derive(Queryable, Selectable)]
#[diesel(table_name = hosts)]
struct Place {
    id: String,
    name: String,
    address: String,
    state: String,
}

impl Place {
    fn view(&self, row: Row) -> Result<ShardView, StoreError> {
        Ok(ShardView {
            decky_name: row.name()?,
            host_uuid: words::parsed("a host's id", &row.host)?,
            host_name: self.name.clone(),
            host_address: self.address.clone(),
            host_status: Some(words::variant("a host's state", &self.state)?),
            services: words::from_json("services", &row.services)?,
            ip: words::parsed("an address", &row.ip)?,
            state: row.state()?,
            generation: words::from_column("a generation", row.generation)?,
            last_error: row.last_error,
            updated_at: row.updated_at,
        })
    }
}

async fn list(
    c: &mut Connection,
    host: Option<HostId>,
    state: Option<ShardState>,
) -> Result<Vec<ShardView>, StoreError> {
    let places: Vec<Place> = hosts::table.select(Place::as_select()).load(c).await?;
    let places: BTreeMap<String, Place> = places.into_iter().map(|place| (place.id.clone(), place)).collect();
    let rows: Vec<Row> = shards::table.select(Row::as_select()).load(c).await?;
    let left: Vec<Leftover> = leftovers::table.select(Leftover::as_select()).load(c).await?;
    let there = rows.into_iter().filter_map(|row| Some(places.get(&row.host)?.view(row)));
    let gone = left.into_iter().map(Leftover::view);
    let mut views = there.chain(gone).collect::<Result<Vec<_>, _>>()?;
    views.retain(|view| {
        host.is_none_or(|host| view.host_uuid == host) && state.is_none_or(|state| view.state == state)
    });
    views.sort_by(|a, b| (&a.decky_name, &a.host_name).cmp(&(&b.decky_name, &b.host_name)));
    Ok(views)
}
