//! Alerts: what is told, of what, to whom, and how far that went.
//!
//! What is secret of a receiver (keys, passwords, the addresses of Slack and Teams, which are keys
//! themselves) goes in by a [`Target`] and never comes out: a [`Receiver`] has a [`TargetView`]. Who wants
//! to change a target gives all of it again, so that no secret can be sent to another place than the one
//! that it was given for.

mod target;

use std::{collections::BTreeMap, fmt};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::target::{Mail, MailSecurity, Target, TargetView};
use crate::mac::Mac;

/// Most receivers.
pub const RECEIVERS_MAX: usize = 100;

/// Most entries of the list of what is ignored.
pub const IGNORES_MAX: usize = 10_000;

/// Most bytes of a name, a reason, an address of a receiver and the like.
pub const TEXT_MAX: usize = 2048;

/// Fewest and most bytes of the key that signs what goes to a webhook.
pub const SECRET_BYTES: std::ops::RangeInclusive<usize> = 16..=256;

/// Most recipients of a mail.
pub const RECIPIENTS_MAX: usize = 20;

/// Most alerts of one rule within one hour that may be asked for.
pub const HOURLY_MAX: u32 = 10_000;

macro_rules! ids {
    ($( $(#[$doc:meta])* $name:ident; )*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )* };
}

ids! {
    /// Which receiver.
    ReceiverId;
    /// Which entry of the list of what is ignored.
    IgnoreId;
}

/// What an alert may be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// An attacker touches a decky for the first time.
    FirstTouch,
    /// An attacker showed a secret that it had not shown before.
    Credential,
    /// Something was used that only a bait tells.
    BaitUsed,
    /// Somebody is there who was never seen before.
    NewAttacker,
    /// Nothing comes from a worker any more.
    WorkerLost,
    /// What is kept is far behind what happens.
    Lag,
    /// A certificate runs out soon and is not renewed.
    CertificateExpiring,
    /// None: an operator tries a receiver. There is no rule for it.
    Test,
}

impl RuleKind {
    /// All that there are rules for.
    pub const ALL: [Self; 7] = [
        Self::FirstTouch,
        Self::Credential,
        Self::BaitUsed,
        Self::NewAttacker,
        Self::WorkerLost,
        Self::Lag,
        Self::CertificateExpiring,
    ];

    /// Its word, the one that it has on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::FirstTouch => "first_touch",
            Self::Credential => "credential",
            Self::BaitUsed => "bait_used",
            Self::NewAttacker => "new_attacker",
            Self::WorkerLost => "worker_lost",
            Self::Lag => "lag",
            Self::CertificateExpiring => "certificate_expiring",
            Self::Test => "test",
        }
    }

    /// The kind of a word for which there is a rule.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Whether alerts of a kind are raised, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Of what.
    pub kind: RuleKind,
    /// Whether at all.
    pub enabled: bool,
    /// Most alerts within one hour of the clock, 1 to 10,000. The one that would be one too many says that
    /// there are more; the events are kept all the same.
    pub hourly: u32,
}

/// What is to change of a rule; what is absent stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RuleChange {
    /// Whether it raises alerts at all.
    pub enabled: Option<bool>,
    /// Most alerts within one hour of the clock, 1 to 10,000.
    pub hourly: Option<u32>,
}

/// An alert: something that somebody should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Alert {
    /// Its id wherever it goes, at every try.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = "uuid"))]
    pub id: Uuid,
    /// When what it tells happened, RFC 3339.
    pub time: String,
    /// The rule.
    pub rule: RuleKind,
    /// What happened, in one line.
    pub title: String,
    /// The worker from which it comes.
    pub worker: Option<String>,
    /// The decky.
    pub decky: Option<String>,
    /// The service.
    pub service: Option<String>,
    /// Who did it.
    pub attacker_ip: Option<String>,
    /// The event, where it is of one.
    pub event_id: Option<i64>,
    /// What else there is to know.
    pub details: BTreeMap<String, String>,
}

/// A receiver that is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReceiverRequest {
    /// What it is called; no other has the same name.
    pub name: String,
    /// Whether it gets alerts.
    pub enabled: bool,
    /// Where they go.
    pub target: Target,
}

/// What is to change of a receiver; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReceiverChange {
    /// What it is called.
    pub name: Option<String>,
    /// Whether it gets alerts. What waits for one that gets none any more is listed as dead.
    pub enabled: Option<bool>,
    /// Where they go, all of it, secrets too.
    pub target: Option<Target>,
}

/// A receiver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Receiver {
    /// Its id.
    pub id: ReceiverId,
    /// What it is called.
    pub name: String,
    /// Whether it gets alerts.
    pub enabled: bool,
    /// Where they go.
    pub target: TargetView,
    /// How many deliveries failed since the last that did not.
    pub failures: u32,
    /// Until when nothing is tried, RFC 3339, where too many failed.
    pub paused_until: Option<String>,
    /// Deliveries that wait.
    pub waiting: u64,
    /// Deliveries that were given up.
    pub dead: u64,
}

/// What came of a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Trial {
    /// Whether the receiver took it.
    pub delivered: bool,
    /// Why not, and what the receiver said; none where it took it.
    pub error: Option<String>,
}

/// Which dead deliveries are to be tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RetryRequest {
    /// That of this alert; all of the receiver without it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = "uuid"))]
    pub alert: Option<Uuid>,
}

/// What is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Retried {
    /// How many deliveries.
    pub deliveries: u64,
}

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is tried, or will be.
    Waiting,
    /// The receiver has it.
    Delivered,
    /// It was given up.
    Dead,
}

/// An alert on its way to a receiver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// The alert.
    pub alert: Alert,
    /// The receiver.
    pub receiver: ReceiverId,
    /// How far it is.
    pub state: DeliveryState,
    /// How often it was tried.
    pub tries: u32,
    /// Why the last try failed.
    pub error: Option<String>,
    /// When it last changed, RFC 3339.
    pub changed: String,
}

/// What is to be ignored: at least one of `subnet` and `mac`, and both must fit where both are given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct IgnoreRequest {
    /// Addresses, as `192.0.2.7/32`.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::Network>))]
    pub subnet: Option<IpNet>,
    /// An Ethernet address.
    pub mac: Option<Mac>,
    /// From when on, RFC 3339.
    pub begins: Option<String>,
    /// Until when, RFC 3339; that moment is no more part of it.
    pub ends: Option<String>,
    /// Why.
    pub reason: String,
}

/// An entry of the list of what is ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ignore {
    /// Its id; events that it covers name it.
    pub id: IgnoreId,
    /// What is ignored, and why.
    #[serde(flatten)]
    pub what: IgnoreRequest,
    /// Who said so.
    pub author: String,
    /// When, RFC 3339.
    pub created: String,
    /// When it was removed, RFC 3339: from then on it covers nothing.
    pub removed: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_a_rule_is_the_one_on_the_wire() {
        for kind in RuleKind::ALL {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("{:?}", kind.word()));
            assert_eq!(RuleKind::of_word(kind.word()), Some(kind));
        }
        assert_eq!(RuleKind::of_word("FirstTouch"), None);
    }
}
