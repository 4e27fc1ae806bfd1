//! Certificates that the authority ever signed.
//!
//! One is `pending` until its holder first speaks with it; from then on it is `current`, and what
//! the same holder had for the same purpose before is revoked. Rows are never deleted. A holder is a
//! role on a host; of listeners, which are all of the master's host, one of each name.

use std::collections::{BTreeMap, BTreeSet};

use decnet_proto::{
    ids::{HostId, HostName},
    swarm::{
        operator::{HostState, Profile},
        role::{Identity, Role},
    },
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError,
    connection::Connection,
    error::is_taken,
    limits::{self, cut},
    meta::{self, Number},
    schema::{certificates, hosts},
    words,
};

/// A certificate that was just signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCertificate {
    /// Whose it is.
    pub identity: Identity,
    /// What for.
    pub profile: Profile,
    /// What the holder is called.
    pub name: String,
    /// SHA-256 of its DER form, 64 lower-case hexadecimal digits.
    pub fingerprint: String,
    /// SHA-256 of its key (its `SubjectPublicKeyInfo`), likewise.
    pub pin: String,
    /// Pin of the authority that signed it, likewise.
    pub authority: String,
    /// Second since the Unix epoch from which it is no longer good.
    pub not_after: i64,
}

/// How a certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CertificateState {
    /// Its holder has not spoken with it yet.
    Pending,
    /// It is in use.
    Current,
    /// It is good no more, ever.
    Revoked,
}

/// A certificate as the store knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownCertificate {
    /// What was recorded of it.
    pub certificate: NewCertificate,
    /// How it stands.
    pub state: CertificateState,
    /// When it was signed, in seconds since the Unix epoch.
    pub issued_at: i64,
    /// When its holder first spoke with it.
    pub used_at: Option<i64>,
    /// When it was revoked, and why.
    pub revoked: Option<(i64, String)>,
}

/// What to revoke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoke {
    /// All that a host or an operator has.
    Holder(HostId),
    /// The one with this fingerprint.
    Fingerprint(String),
}

impl Store {
    /// Records what was signed, all or none. What a worker is to have wants its host in the swarm.
    ///
    /// # Errors
    /// [`StoreError::NoSuchHost`], [`StoreError::HostLeaving`], [`StoreError::CertificateTaken`],
    /// and when the database refuses.
    pub async fn certificate_record(&self, signed: Vec<NewCertificate>, at: i64) -> Result<(), StoreError> {
        self.write("record certificates", move |c| Box::pin(record(c, signed, at))).await
    }

    /// The certificate with this fingerprint, good or not.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn certificate_find(
        &self,
        fingerprint: String,
    ) -> Result<Option<KnownCertificate>, StoreError> {
        self.read("look a certificate up", move |c| Box::pin(find(c, fingerprint))).await
    }

    /// Its holder has spoken with it. Answers with the fingerprints that were revoked because this
    /// one took their place; nothing is written when it was in use before.
    ///
    /// # Errors
    /// [`StoreError::NoSuchCertificate`], [`StoreError::Revoked`], and when the database refuses.
    pub async fn certificate_used(&self, fingerprint: String, at: i64) -> Result<Vec<String>, StoreError> {
        match self.certificate_find(fingerprint.clone()).await?.map(|known| known.state) {
            Some(CertificateState::Current) => Ok(Vec::new()),
            Some(CertificateState::Pending) => {
                self.write("put a certificate to use", move |c| Box::pin(used(c, fingerprint, at))).await
            }
            Some(CertificateState::Revoked) => Err(StoreError::Revoked(fingerprint)),
            None => Err(StoreError::NoSuchCertificate(fingerprint)),
        }
    }

    /// Every certificate that is good at `now`, in the order in which they were recorded.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn certificate_good(&self, now: i64) -> Result<Vec<KnownCertificate>, StoreError> {
        self.read("list the certificates", move |c| Box::pin(good(c, now))).await
    }

    /// Revokes, and answers with the fingerprints that were good until then.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn certificate_revoke(
        &self,
        whose: Revoke,
        why: String,
        at: i64,
    ) -> Result<Vec<String>, StoreError> {
        self.write("revoke certificates", move |c| Box::pin(revoke(c, whose, why, at))).await
    }

    /// Hosts that speak with certificates of another authority than this one, by their names.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn certificate_waiting(&self, authority: String) -> Result<Vec<HostName>, StoreError> {
        self.read("look for old certificates", move |c| Box::pin(waiting(c, authority))).await
    }
}

/// A row of the table.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = certificates)]
struct Row {
    fingerprint: String,
    serial: i64,
    role: String,
    host: String,
    profile: String,
    name: String,
    pin: String,
    authority: String,
    state: String,
    issued_at: i64,
    not_after: i64,
    used_at: Option<i64>,
    revoked_at: Option<i64>,
    why: Option<String>,
}

impl Row {
    fn new(new: &NewCertificate, serial: i64, at: i64) -> Result<Self, StoreError> {
        Ok(Self {
            fingerprint: new.fingerprint.clone(),
            serial,
            role: words::word(new.identity.role)?,
            host: new.identity.host.to_string(),
            profile: words::word(new.profile)?,
            name: cut(&new.name, limits::TEXT),
            pin: new.pin.clone(),
            authority: new.authority.clone(),
            state: words::word(CertificateState::Pending)?,
            issued_at: at,
            not_after: new.not_after,
            used_at: None,
            revoked_at: None,
            why: None,
        })
    }

    fn state(&self) -> Result<CertificateState, StoreError> {
        words::variant("a certificate's state", &self.state)
    }

    fn profile(&self) -> Result<Profile, StoreError> {
        words::variant("a profile", &self.profile)
    }

    fn known(self) -> Result<KnownCertificate, StoreError> {
        let state = self.state()?;
        let certificate = NewCertificate {
            profile: self.profile()?,
            identity: Identity {
                role: words::variant("a role", &self.role)?,
                host: words::parsed("a host's id", &self.host)?,
            },
            name: self.name,
            fingerprint: self.fingerprint,
            pin: self.pin,
            authority: self.authority,
            not_after: self.not_after,
        };
        let revoked = self.revoked_at.zip(self.why);
        Ok(KnownCertificate { certificate, state, issued_at: self.issued_at, used_at: self.used_at, revoked })
    }
}

async fn record(c: &mut Connection, signed: Vec<NewCertificate>, at: i64) -> Result<(), StoreError> {
    for new in signed {
        if matches!(new.identity.role, Role::Agent | Role::Updater) {
            in_swarm(c, new.identity.host).await?;
        }
        let serial = meta::next(c, Number::Certificate).await?;
        match diesel::insert_into(certificates::table).values(Row::new(&new, serial, at)?).execute(c).await {
            Err(error) if is_taken(&error) => return Err(StoreError::CertificateTaken(new.fingerprint)),
            done => done?,
        };
    }
    Ok(())
}

/// Sees that a host is in the swarm and is not leaving.
async fn in_swarm(c: &mut Connection, id: HostId) -> Result<(), StoreError> {
    let state: Option<String> =
        hosts::table.find(id.to_string()).select(hosts::state).first(c).await.optional()?;
    match state.as_deref().map(|state| words::variant("a host's state", state)).transpose()? {
        None => Err(StoreError::NoSuchHost(id)),
        Some(HostState::Leaving) => Err(StoreError::HostLeaving(id)),
        Some(_) => Ok(()),
    }
}

async fn find(c: &mut Connection, fingerprint: String) -> Result<Option<KnownCertificate>, StoreError> {
    let row = certificates::table.find(fingerprint).select(Row::as_select()).first(c).await;
    row.optional()?.map(Row::known).transpose()
}

async fn used(c: &mut Connection, fingerprint: String, at: i64) -> Result<Vec<String>, StoreError> {
    let found = certificates::table.find(&fingerprint).select(Row::as_select()).first(c).await;
    let Some(row) = found.optional()? else { return Err(StoreError::NoSuchCertificate(fingerprint)) };
    match row.state()? {
        CertificateState::Revoked => return Err(StoreError::Revoked(fingerprint)),
        CertificateState::Current => return Ok(Vec::new()),
        CertificateState::Pending => {}
    }
    let replaced = certificates::table
        .filter(certificates::host.eq(row.host))
        .filter(certificates::role.eq(row.role))
        .filter(certificates::profile.eq(row.profile))
        .filter(certificates::role.ne(words::word(Role::Listener)?).or(certificates::name.eq(row.name)))
        .filter(certificates::serial.lt(row.serial))
        .filter(certificates::state.ne(words::word(CertificateState::Revoked)?))
        .select(certificates::fingerprint)
        .order(certificates::serial);
    let replaced = replaced.load::<String>(c).await?;
    revoke_each(c, &replaced, "another took its place", at).await?;
    let change =
        (certificates::state.eq(words::word(CertificateState::Current)?), certificates::used_at.eq(at));
    diesel::update(certificates::table.find(fingerprint)).set(change).execute(c).await?;
    Ok(replaced)
}

async fn good(c: &mut Connection, now: i64) -> Result<Vec<KnownCertificate>, StoreError> {
    let rows = certificates::table
        .filter(certificates::state.ne(words::word(CertificateState::Revoked)?))
        .filter(certificates::not_after.gt(now))
        .select(Row::as_select())
        .order(certificates::serial);
    rows.load(c).await?.into_iter().map(Row::known).collect()
}

async fn revoke(c: &mut Connection, whose: Revoke, why: String, at: i64) -> Result<Vec<String>, StoreError> {
    match whose {
        Revoke::Holder(id) => revoke_host(c, &id.to_string(), &why, at).await,
        Revoke::Fingerprint(fingerprint) => {
            let found = find(c, fingerprint.clone()).await?;
            if found.is_none_or(|known| known.state == CertificateState::Revoked) {
                return Ok(Vec::new());
            }
            let one = vec![fingerprint];
            revoke_each(c, &one, &why, at).await?;
            Ok(one)
        }
    }
}

/// Revokes all that the listener of this name has. All listeners are of the master's host.
pub(crate) async fn revoke_listener(
    c: &mut Connection,
    name: &HostName,
    why: &str,
    at: i64,
) -> Result<(), StoreError> {
    let all = certificates::table
        .filter(certificates::role.eq(words::word(Role::Listener)?))
        .filter(certificates::name.eq(listener_holder(name)))
        .filter(certificates::state.ne(words::word(CertificateState::Revoked)?))
        .select(certificates::fingerprint);
    let all = all.load::<String>(c).await?;
    revoke_each(c, &all, why, at).await
}

/// What the certificates of a listener are called.
pub fn listener_holder(name: &HostName) -> String {
    format!("listener@{name}")
}

/// The listener that a certificate of this name is of.
pub fn listener_name(holder: &str) -> Option<HostName> {
    holder.strip_prefix("listener@")?.parse().ok()
}

/// Revokes all that a host or an operator has, and answers with the fingerprints.
pub(crate) async fn revoke_host(
    c: &mut Connection,
    host: &str,
    why: &str,
    at: i64,
) -> Result<Vec<String>, StoreError> {
    let all = certificates::table
        .filter(certificates::host.eq(host))
        .filter(certificates::state.ne(words::word(CertificateState::Revoked)?))
        .select(certificates::fingerprint)
        .order(certificates::serial);
    let all = all.load::<String>(c).await?;
    revoke_each(c, &all, why, at).await?;
    Ok(all)
}

async fn revoke_each(c: &mut Connection, which: &[String], why: &str, at: i64) -> Result<(), StoreError> {
    for fingerprint in which {
        let change = (
            certificates::state.eq(words::word(CertificateState::Revoked)?),
            certificates::revoked_at.eq(at),
            certificates::why.eq(cut(why, limits::TEXT)),
        );
        diesel::update(certificates::table.find(fingerprint)).set(change).execute(c).await?;
    }
    Ok(())
}

/// What is told of a host's certificates beside the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Certified {
    /// Fingerprint of the one with which its agent speaks.
    pub(crate) agent: Option<String>,
    /// The same of its updater.
    pub(crate) updater: Option<String>,
    /// When the first of its certificates runs out.
    pub(crate) not_after: Option<i64>,
}

/// The same of one host, or of each, by the host's id.
pub(crate) async fn certified(
    c: &mut Connection,
    host: Option<&str>,
) -> Result<BTreeMap<String, Certified>, StoreError> {
    let mut all: BTreeMap<String, Certified> = BTreeMap::new();
    for row in in_use(c, host).await? {
        let profile = row.profile()?;
        let own = all.entry(row.host).or_default();
        own.not_after = Some(own.not_after.map_or(row.not_after, |first| first.min(row.not_after)));
        match profile {
            Profile::AgentClient => own.agent = Some(row.fingerprint),
            Profile::UpdaterClient => own.updater = Some(row.fingerprint),
            _ => {}
        }
    }
    Ok(all)
}

/// The certificate that each worker speaks with, by host and profile: the current one, or the
/// newest while none was used yet.
async fn in_use(c: &mut Connection, host: Option<&str>) -> Result<Vec<Row>, StoreError> {
    let workers = [words::word(Role::Agent)?, words::word(Role::Updater)?];
    let mut query = certificates::table
        .filter(certificates::role.eq_any(workers))
        .filter(certificates::state.ne(words::word(CertificateState::Revoked)?))
        .select(Row::as_select())
        .into_boxed();
    if let Some(host) = host {
        query = query.filter(certificates::host.eq(host.to_owned()));
    }
    let mut best: BTreeMap<(String, String), (CertificateState, Row)> = BTreeMap::new();
    for row in query.order(certificates::serial).load(c).await? {
        let state = row.state()?;
        let place = (row.host.clone(), row.profile.clone());
        let better = |held: &(CertificateState, Row)| state >= held.0;
        if best.get(&place).is_none_or(better) {
            best.insert(place, (state, row));
        }
    }
    Ok(best.into_values().map(|(_, row)| row).collect())
}

async fn waiting(c: &mut Connection, authority: String) -> Result<Vec<HostName>, StoreError> {
    let old = in_use(c, None).await?.into_iter().filter(|row| row.authority != authority);
    let old: BTreeSet<String> = old.map(|row| row.host).collect();
    let named: Vec<(String, String)> =
        hosts::table.select((hosts::id, hosts::name)).order(hosts::name).load(c).await?;
    let named = named.into_iter().filter(|(id, _)| old.contains(id));
    named.map(|(_, name)| words::parsed("a host's name", &name)).collect()
}
