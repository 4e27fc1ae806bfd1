//! Hosts of the swarm.

mod row;

use decnet_proto::{
    ids::{HostId, HostName},
    site::Site,
    swarm::{
        operator::{HostState, HostView},
        worker::Heartbeat,
    },
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use self::row::{Row, generation};
use crate::{
    Store, StoreError, certificates,
    connection::Connection,
    error::is_taken,
    limits::{self, cut},
    schema::{hosts, tokens},
    shards, words,
};

/// A host that is to come into the swarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewHost {
    /// Its id from now on, drawn by the caller.
    pub id: HostId,
    /// What it is called.
    pub name: HostName,
    /// Where the master reaches it; where it joins from, if absent.
    pub address: Option<String>,
    /// Port of its agent.
    pub agent_port: u16,
    /// Port of its updater, if it gets one.
    pub updater_port: u16,
    /// Its deckies are IPvlan links, whatever the fleet says.
    pub use_ipvlan: bool,
    /// Its keys are made off the host, and carried there by hand.
    pub by_hand: bool,
    /// Whatever operators want to remember of it.
    pub notes: Option<String>,
}

/// A host as the store knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// What operators see of it.
    pub view: HostView,
    /// When it was invited last, in seconds since the Unix epoch.
    pub invited_at: i64,
    /// SHA-256 of the release that it said it is of.
    pub release: Option<String>,
    /// What it said it drew when it booted.
    pub boot: Option<String>,
    /// Serial number of what it said it trusts.
    pub trust: Option<u64>,
}

impl From<Host> for HostView {
    fn from(host: Host) -> Self {
        host.view
    }
}

/// What a host said of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Version of its agent.
    pub version: String,
    /// SHA-256 of the release that it is of, if it was installed as one.
    pub release: Option<String>,
    /// Drawn anew by every process that starts.
    pub boot: String,
    /// Generation of the plan that it has accepted.
    pub generation: Option<u64>,
    /// Serial number of what it trusts.
    pub trust: u64,
    /// Its place on its LAN; what was known before stays when absent.
    pub site: Option<Site>,
}

/// But for the deckies, which are for [`Store::shard_observe`].
impl From<&Heartbeat> for Heard {
    fn from(beat: &Heartbeat) -> Self {
        Self {
            version: beat.version.clone(),
            release: beat.release.clone(),
            boot: beat.boot.clone(),
            generation: beat.generation,
            trust: beat.trust,
            site: beat.site.clone(),
        }
    }
}

/// How a host stood before it was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    /// How the master stood with it.
    pub state: HostState,
    /// What it drew when it booted before: another one means that it has booted since.
    pub boot: Option<String>,
    /// Generation of the plan that it had accepted.
    pub observed: Option<u64>,
}

impl Store {
    /// Lets a host come. Hosts that were invited before, never came and no longer can are
    /// forgotten first, so that they do not keep their names.
    ///
    /// # Errors
    /// [`StoreError::NameTaken`], and when the database refuses.
    pub async fn host_invite(&self, new: NewHost, at: i64) -> Result<(), StoreError> {
        self.write("invite a host", move |c| Box::pin(invite(c, new, at))).await
    }

    /// Lets a host of the swarm come again under its own id, and under the name that it has, with
    /// what else `new` says of it: an address that it does not say is that from which it comes.
    /// Its certificates are good until it speaks with others.
    ///
    /// # Errors
    /// [`StoreError::NoSuchHost`], [`StoreError::HostLeaving`], and when the database refuses.
    pub async fn host_invite_again(&self, new: NewHost, at: i64) -> Result<(), StoreError> {
        self.write("invite a host again", move |c| Box::pin(invite_again(c, new, at))).await
    }

    /// The host of this id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn host_by_id(&self, id: HostId) -> Result<Option<Host>, StoreError> {
        self.read("look a host up", move |c| Box::pin(by_id(c, id))).await
    }

    /// The host of this name.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn host_by_name(&self, name: HostName) -> Result<Option<Host>, StoreError> {
        self.read("look a host up", move |c| Box::pin(by_name(c, name))).await
    }

    /// Hosts by their names, all or those in one state.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn host_list(&self, state: Option<HostState>) -> Result<Vec<Host>, StoreError> {
        self.read("list the hosts", move |c| Box::pin(list(c, state))).await
    }

    /// The host has come: it is enrolled, at `address` if nobody said where it is.
    ///
    /// # Errors
    /// [`StoreError::NoSuchHost`] when it was forgotten meanwhile, [`StoreError::HostLeaving`], and
    /// when the database refuses.
    pub async fn host_joined(&self, id: HostId, address: Option<String>, at: i64) -> Result<(), StoreError> {
        self.write("enrol a host", move |c| Box::pin(joined(c, id, address, at))).await
    }

    /// The host was heard: it is active, unless it is leaving.
    ///
    /// # Errors
    /// [`StoreError::NoSuchHost`], and when the database refuses.
    pub async fn host_heard(&self, id: HostId, heard: Heard, at: i64) -> Result<Before, StoreError> {
        self.write("remember what a host said", move |c| Box::pin(self::heard(c, id, heard, at))).await
    }

    /// How the master stands with the host from now on, and whether that may be: nothing comes
    /// back from leaving, nobody is invited or enrolled by this, and who is not in the swarm yet is
    /// not missed. To become active is to have been heard.
    ///
    /// # Errors
    /// [`StoreError::NoSuchHost`], and when the database refuses.
    pub async fn host_state(&self, id: HostId, state: HostState, at: i64) -> Result<bool, StoreError> {
        self.write("change a host's state", move |c| Box::pin(self::state(c, id, state, at))).await
    }

    /// Active hosts that were not heard since `since` become unreachable, and are told.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn host_silent(&self, since: i64) -> Result<Vec<HostId>, StoreError> {
        self.write("look for silent hosts", move |c| Box::pin(silent(c, since))).await
    }

    /// Which generation of the plan the host should run.
    ///
    /// # Errors
    /// [`StoreError::NoSuchHost`], and when the database refuses.
    pub async fn host_wanted(&self, id: HostId, generation: u64) -> Result<(), StoreError> {
        self.write("want a plan of a host", move |c| Box::pin(wanted(c, id, generation))).await
    }

    /// Forgets the host: its tokens go, its certificates are revoked, and deckies that may still
    /// run on it are left behind. Answers with the fingerprints that were revoked.
    ///
    /// # Errors
    /// [`StoreError::NoSuchHost`], and when the database refuses.
    pub async fn host_remove(&self, id: HostId, at: i64) -> Result<Vec<String>, StoreError> {
        self.write("forget a host", move |c| Box::pin(remove(c, id, at))).await
    }

    /// Forgets hosts that were invited and never came, and whose tokens ran out. Those whose keys
    /// are carried by hand have no token, and stay.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn host_expire_invited(&self, now: i64) -> Result<Vec<HostId>, StoreError> {
        self.write("forget hosts that never came", move |c| Box::pin(expire(c, now))).await
    }
}

async fn invite(c: &mut Connection, new: NewHost, at: i64) -> Result<(), StoreError> {
    expire(c, at).await?;
    let same = hosts::table.filter(hosts::name.eq(new.name.as_str())).count().get_result::<i64>(c).await?;
    if same > 0 {
        return Err(StoreError::NameTaken(new.name));
    }
    match diesel::insert_into(hosts::table).values(Row::new(&new, at)?).execute(c).await {
        Err(error) if is_taken(&error) => Err(StoreError::NameTaken(new.name)),
        done => Ok(done.map(|_| ())?),
    }
}

async fn invite_again(c: &mut Connection, new: NewHost, at: i64) -> Result<(), StoreError> {
    staying(c, new.id).await?;
    let row = Row::new(&new, at)?;
    let change = (
        hosts::address.eq(row.address),
        hosts::agent_port.eq(row.agent_port),
        hosts::updater_port.eq(row.updater_port),
        hosts::by_hand.eq(row.by_hand),
        hosts::use_ipvlan.eq(row.use_ipvlan),
        hosts::notes.eq(row.notes),
        hosts::invited_at.eq(row.invited_at),
    );
    diesel::update(hosts::table.find(row.id)).set(change).execute(c).await?;
    Ok(())
}

/// The row of a host of the swarm.
async fn row(c: &mut Connection, id: HostId) -> Result<Row, StoreError> {
    let row = hosts::table.find(id.to_string()).select(Row::as_select()).first(c).await;
    row.optional()?.ok_or(StoreError::NoSuchHost(id))
}

/// The row of a host of the swarm that is not leaving.
async fn staying(c: &mut Connection, id: HostId) -> Result<Row, StoreError> {
    let row = row(c, id).await?;
    if row.state()? == HostState::Leaving { Err(StoreError::HostLeaving(id)) } else { Ok(row) }
}

async fn by_id(c: &mut Connection, id: HostId) -> Result<Option<Host>, StoreError> {
    match row(c, id).await {
        Err(StoreError::NoSuchHost(_)) => Ok(None),
        found => one(c, found?).await.map(Some),
    }
}

async fn by_name(c: &mut Connection, name: HostName) -> Result<Option<Host>, StoreError> {
    let row = hosts::table.filter(hosts::name.eq(name.as_str())).select(Row::as_select()).first(c).await;
    match row.optional()? {
        Some(row) => one(c, row).await.map(Some),
        None => Ok(None),
    }
}

async fn one(c: &mut Connection, row: Row) -> Result<Host, StoreError> {
    let certified = certificates::certified(c, Some(&row.id)).await?;
    let own = certified.into_values().next().unwrap_or_default();
    row.host(own)
}

async fn list(c: &mut Connection, state: Option<HostState>) -> Result<Vec<Host>, StoreError> {
    let all = hosts::table.select(Row::as_select()).order(hosts::name);
    let rows = match state {
        Some(state) => all.filter(hosts::state.eq(words::word(state)?)).load(c).await?,
        None => all.load(c).await?,
    };
    let mut certified = certificates::certified(c, None).await?;
    rows.into_iter()
        .map(|row| {
            let own = certified.remove(&row.id).unwrap_or_default();
            row.host(own)
        })
        .collect()
}

async fn joined(c: &mut Connection, id: HostId, address: Option<String>, at: i64) -> Result<(), StoreError> {
    let row = staying(c, id).await?;
    let address = match address {
        Some(from) if row.address.is_empty() => cut(&from, limits::ADDRESS),
        _ => row.address,
    };
    let change = (
        hosts::state.eq(words::word(HostState::Enrolled)?),
        hosts::enrolled_at.eq(row.enrolled_at.unwrap_or(at)),
        hosts::address.eq(address),
    );
    diesel::update(hosts::table.find(row.id)).set(change).execute(c).await?;
    Ok(())
}

async fn heard(c: &mut Connection, id: HostId, heard: Heard, at: i64) -> Result<Before, StoreError> {
    let row = row(c, id).await?;
    let before = row.state()?;
    let state = if before == HostState::Leaving { before } else { HostState::Active };
    let change = (
        hosts::state.eq(words::word(state)?),
        hosts::enrolled_at.eq(row.enrolled_at.unwrap_or(at)),
        hosts::last_heartbeat.eq(row.last_heartbeat.unwrap_or(at).max(at)),
        hosts::version.eq(cut(&heard.version, limits::TEXT)),
        hosts::release_digest.eq(heard.release.map(|release| cut(&release, limits::TEXT))),
        hosts::boot.eq(cut(&heard.boot, limits::TEXT)),
        hosts::observed.eq(heard.generation.map(words::to_column).transpose()?),
        hosts::trust.eq(words::to_column(heard.trust)?),
        hosts::site.eq(site(&row, heard.site)?),
    );
    diesel::update(hosts::table.find(&row.id)).set(change).execute(c).await?;
    Ok(Before { state: before, observed: generation(row.observed)?, boot: row.boot })
}

/// What is known of a host's place once it said `new`. Which addresses are in use there is told only
/// when it was asked for, and holds until the place is another.
fn site(row: &Row, new: Option<Site>) -> Result<Option<String>, StoreError> {
    let Some(mut new) = new else { return Ok(row.site.clone()) };
    if let (None, Some(old)) = (&new.in_use, row.site()?)
        && (&old.interface, old.subnet) == (&new.interface, new.subnet)
    {
        new.in_use = old.in_use;
    }
    let text = words::json(&new)?;
    Ok(if text.len() > limits::SITE { row.site.clone() } else { Some(text) })
}

async fn state(c: &mut Connection, id: HostId, to: HostState, at: i64) -> Result<bool, StoreError> {
    let row = row(c, id).await?;
    if !may_become(row.state()?, to) {
        return Ok(false);
    }
    let heard = (to == HostState::Active).then_some(at);
    let change = (
        hosts::state.eq(words::word(to)?),
        hosts::enrolled_at.eq(row.enrolled_at.or(heard)),
        hosts::last_heartbeat.eq(row.last_heartbeat.max(heard)),
    );
    diesel::update(hosts::table.find(row.id)).set(change).execute(c).await?;
    Ok(true)
}

const fn may_become(from: HostState, to: HostState) -> bool {
    match (from, to) {
        (HostState::Leaving, to) => matches!(to, HostState::Leaving),
        (_, HostState::Active | HostState::Leaving) => true,
        (HostState::Invited, HostState::Unreachable) | (_, HostState::Invited | HostState::Enrolled) => false,
        (HostState::Enrolled | HostState::Active | HostState::Unreachable, HostState::Unreachable) => true,
    }
}

async fn silent(c: &mut Connection, since: i64) -> Result<Vec<HostId>, StoreError> {
    let active = hosts::state.eq(words::word(HostState::Active)?);
    let mut found = Vec::new();
    let quiet = hosts::table.filter(active).filter(hosts::last_heartbeat.lt(since)).order(hosts::name);
    for row in quiet.select(Row::as_select()).load(c).await? {
        let change = hosts::state.eq(words::word(HostState::Unreachable)?);
        diesel::update(hosts::table.find(&row.id)).set(change).execute(c).await?;
        found.push(row.id()?);
    }
    Ok(found)
}

async fn wanted(c: &mut Connection, id: HostId, generation: u64) -> Result<(), StoreError> {
    let change = hosts::wanted.eq(words::to_column(generation)?);
    let changed = diesel::update(hosts::table.find(id.to_string())).set(change).execute(c).await?;
    if changed == 0 { Err(StoreError::NoSuchHost(id)) } else { Ok(()) }
}

async fn remove(c: &mut Connection, id: HostId, at: i64) -> Result<Vec<String>, StoreError> {
    let row = row(c, id).await?;
    let leaving = shards::Leaving {
        id: row.id.clone(),
        name: row.name,
        address: row.address,
        heard: row.last_heartbeat.is_some(),
    };
    shards::leave(c, &leaving, at).await?;
    let revoked = certificates::revoke_host(c, &row.id, "the host left the swarm", at).await?;
    diesel::delete(tokens::table.filter(tokens::host.eq(&row.id))).execute(c).await?;
    diesel::delete(hosts::table.find(&row.id)).execute(c).await?;
    Ok(revoked)
}

async fn expire(c: &mut Connection, now: i64) -> Result<Vec<HostId>, StoreError> {
    let alive = tokens::table.filter(tokens::host.eq(hosts::id)).filter(tokens::expires_at.gt(now));
    let overdue = hosts::table
        .filter(hosts::state.eq(words::word(HostState::Invited)?))
        .filter(hosts::by_hand.eq(0))
        .filter(hosts::invited_at.le(now.saturating_sub(limits::INVITATION)))
        .filter(diesel::dsl::not(diesel::dsl::exists(alive)));
    let mut gone = Vec::new();
    for id in overdue.select(hosts::id).load::<String>(c).await? {
        let id = words::parsed("a host's id", &id)?;
        remove(c, id, now).await?;
        gone.push(id);
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_follow_each_other_one_way() {
        use HostState::{Active, Enrolled, Invited, Leaving, Unreachable};
        let all = [Invited, Enrolled, Active, Unreachable, Leaving];
        let to = |from| all.into_iter().filter(|to| may_become(from, *to)).collect::<Vec<_>>();
        assert_eq!(to(Invited), [Active, Leaving]);
        for from in [Enrolled, Active, Unreachable] {
            assert_eq!(to(from), [Active, Unreachable, Leaving]);
        }
        assert_eq!(to(Leaving), [Leaving]);
    }
}
