//! Rules and ignore list, as the one who keeps events has them at hand.

use std::{collections::BTreeSet, net::IpAddr};

use decnet_event::Timestamp;
use decnet_proto::{
    alert::{IgnoreId, RuleKind},
    mac::Mac,
};

use super::{Alerts, Ignores};
use crate::{RecordError, open, sql::Connection};

/// The name in `state` of the number that grows with every change of rules or list.
const VERSION: &str = "alerts";

/// Rules and ignore list, as they are for as long as nobody changes them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// The version of what was read.
    version: i64,
    /// Rules that are on.
    on: BTreeSet<RuleKind>,
    /// The list.
    ignores: Ignores,
    /// Addresses that are or ever were on the list, whenever that counted.
    ever: Ignores,
}

impl Standing {
    /// Whether a rule is on.
    pub(crate) fn is_on(&self, rule: RuleKind) -> bool {
        self.on.contains(&rule)
    }

    /// Whether nothing is ignored.
    pub(crate) fn ignores_nothing(&self) -> bool {
        self.ignores.is_empty()
    }

    /// Whether nothing ever was.
    pub(crate) fn ignored_nothing(&self) -> bool {
        self.ever.is_empty()
    }

    /// The entry that covers what somebody did at a time, if one does.
    pub(crate) fn ignores(&self, who: Option<IpAddr>, mac: Option<Mac>, time: Timestamp) -> Option<IgnoreId> {
        self.ignores.matches(who, mac, time)
    }

    /// Whether events of an address may have been ignored at some time.
    pub(crate) fn ignored(&self, who: IpAddr) -> bool {
        self.ever.matches(Some(who), None, Timestamp(0)).is_some()
    }

    /// Reads everything again if somebody changed it, and says whether.
    pub(crate) fn refresh(&mut self, connection: &mut Connection) -> Result<bool, RecordError> {
        let version = open::number(connection, VERSION)?.unwrap_or(0);
        let is_old = version != self.version;
        if is_old {
            *self = Self::load(connection)?;
        }
        Ok(is_old)
    }

    /// Reads everything.
    pub(crate) fn load(connection: &mut Connection) -> Result<Self, RecordError> {
        let version = open::number(connection, VERSION)?.unwrap_or(0);
        let mut alerts = Alerts::over(connection);
        let on = alerts.rule_list()?.into_iter().filter(|rule| rule.enabled).map(|rule| rule.kind);
        Ok(Self { version, on: on.collect(), ignores: alerts.ignores()?, ever: alerts.ignored()? })
    }
}

impl Alerts<'_> {
    /// Rules or list are others now.
    pub(super) fn note_change(&mut self) -> Result<(), RecordError> {
        let version = open::number(self.0, VERSION)?.unwrap_or(0);
        open::set_number(self.0, VERSION, version.wrapping_add(1))
    }
}
