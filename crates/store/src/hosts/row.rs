//! A host, as a row.

use decnet_proto::{
    ids::HostId,
    site::Site,
    swarm::operator::{HostState, HostView},
};
use diesel::prelude::*;

use super::{Host, NewHost};
use crate::{
    StoreError, certificates,
    limits::{self, cut},
    schema::hosts,
    words,
};

/// A row of the table.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = hosts)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) address: String,
    pub(super) agent_port: i32,
    pub(super) state: String,
    pub(super) by_hand: i32,
    pub(super) use_ipvlan: i32,
    pub(super) notes: Option<String>,
    pub(super) invited_at: i64,
    pub(super) enrolled_at: Option<i64>,
    pub(super) last_heartbeat: Option<i64>,
    pub(super) version: Option<String>,
    pub(super) release_digest: Option<String>,
    pub(super) boot: Option<String>,
    pub(super) wanted: Option<i64>,
    pub(super) observed: Option<i64>,
    pub(super) site: Option<String>,
    pub(super) trust: Option<i64>,
    pub(super) updater_port: i32,
}

impl Row {
    pub(super) fn new(new: &NewHost, at: i64) -> Result<Self, StoreError> {
        Ok(Self {
            id: new.id.to_string(),
            name: new.name.to_string(),
            address: cut(new.address.as_deref().unwrap_or_default(), limits::ADDRESS),
            agent_port: i32::from(new.agent_port),
            state: words::word(HostState::Invited)?,
            by_hand: i32::from(new.by_hand),
            use_ipvlan: i32::from(new.use_ipvlan),
            notes: new.notes.as_deref().map(|notes| cut(notes, limits::NOTES)),
            invited_at: at,
            enrolled_at: None,
            last_heartbeat: None,
            version: None,
            release_digest: None,
            boot: None,
            wanted: None,
            observed: None,
            site: None,
            trust: None,
            updater_port: i32::from(new.updater_port),
        })
    }

    pub(super) fn id(&self) -> Result<HostId, StoreError> {
        words::parsed("a host's id", &self.id)
    }

    pub(super) fn state(&self) -> Result<HostState, StoreError> {
        words::variant("a host's state", &self.state)
    }

    pub(super) fn site(&self) -> Result<Option<Site>, StoreError> {
        self.site.as_deref().map(|site| words::from_json("a site", site)).transpose()
    }

    pub(super) fn host(self, certified: certificates::Certified) -> Result<Host, StoreError> {
        let view = HostView {
            uuid: self.id()?,
            name: words::parsed("a host's name", &self.name)?,
            status: self.state()?,
            site: self.site()?,
            agent_port: words::from_column("a port", self.agent_port.into())?,
            updater_port: words::from_column("a port", self.updater_port.into())?,
            address: self.address,
            last_heartbeat: self.last_heartbeat,
            client_cert_fingerprint: certified.agent,
            updater_cert_fingerprint: certified.updater,
            not_after: certified.not_after,
            enrolled_at: self.enrolled_at,
            notes: self.notes,
            use_ipvlan: self.use_ipvlan != 0,
            by_hand: self.by_hand != 0,
            version: self.version,
            wanted: generation(self.wanted)?,
            observed: generation(self.observed)?,
        };
        let trust = self.trust.map(|trust| words::from_column("a serial number", trust)).transpose()?;
        Ok(Host { view, invited_at: self.invited_at, release: self.release_digest, boot: self.boot, trust })
    }
}

/// A generation out of its column.
pub(super) fn generation(column: Option<i64>) -> Result<Option<u64>, StoreError> {
    column.map(|number| words::from_column("a generation", number)).transpose()
}
