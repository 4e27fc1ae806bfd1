//! One of every sort of identity, good and bad.
//!
//! Who is to be known by what is tested is told of each member: [`Member::standing`]. Everybody
//! whose key may be known has the key of the good one of that role, end and host: what is wrong is
//! then only what the label says.

use std::{collections::BTreeMap, fmt, sync::Arc};

use decnet_proto::{
    ids::HostId,
    swarm::{
        operator::Profile,
        profile::Direction,
        role::{Identity, Role},
    },
};
use rcgen::{KeyPair, SanType};
use rustls::{ClientConfig, ServerConfig, sign::CertifiedKey};

use super::{
    forge::{Forge, Wording, self_signed, uri, usage},
    host,
    reckless::Reckless,
};
use crate::{clock::DAY, peer::Peer};

/// What is wrong with a member, or special.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// Nothing.
    Good,
    /// Its common name is `decnet-master`, which decides nothing.
    NamedMaster,
    /// It is of another host of the swarm.
    OfOtherHost,
    /// It is of a host that is in no swarm.
    OfUnknownHost,
    /// It has the right name, but a key that nobody knows.
    OfOtherKey,
    /// It was revoked.
    Revoked,
    /// It ran out.
    Expired,
    /// It is not good yet.
    NotYetGood,
    /// It names the master as well.
    TwoUris,
    /// It has a DNS name that looks like the master's.
    WithLookAlike,
    /// Its identity is in upper case.
    InUpperCase,
    /// It is for both ends of connections.
    ForBothEnds,
    /// It is for no end.
    ForNoEnd,
    /// Another authority has signed it.
    OfForeignAuthority,
    /// It has signed itself.
    SelfSigned,
    /// It has more bytes than are read.
    TooLong,
}

impl How {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Good,
        Self::NamedMaster,
        Self::OfOtherHost,
        Self::OfUnknownHost,
        Self::OfOtherKey,
        Self::Revoked,
        Self::Expired,
        Self::NotYetGood,
        Self::TwoUris,
        Self::WithLookAlike,
        Self::InUpperCase,
        Self::ForBothEnds,
        Self::ForNoEnd,
        Self::OfForeignAuthority,
        Self::SelfSigned,
        Self::TooLong,
    ];

    /// In a few words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::NamedMaster => "good, named decnet-master",
            Self::OfOtherHost => "of another host",
            Self::OfUnknownHost => "of an unknown host",
            Self::OfOtherKey => "with another key",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::NotYetGood => "not yet good",
            Self::TwoUris => "with two URIs",
            Self::WithLookAlike => "with a DNS name beside it",
            Self::InUpperCase => "in upper case",
            Self::ForBothEnds => "for both ends",
            Self::ForNoEnd => "for no end",
            Self::OfForeignAuthority => "of a foreign authority",
            Self::SelfSigned => "self-signed",
            Self::TooLong => "too long",
        }
    }
}

/// What somebody who is tested should know of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its key is that of its identity.
    Known,
    /// So it was, until its certificate was revoked.
    Revoked,
    /// Nothing.
    Unknown,
}

/// Which hosts there are.
#[derive(Clone, Copy, Debug)]
pub struct Hosts {
    /// The master's.
    pub master: HostId,
    /// The one that is tested, or that tests ask for.
    pub worker: HostId,
    /// Another one of the swarm.
    pub other_worker: HostId,
    /// An operator's.
    pub operator: HostId,
    /// One that is in no swarm.
    pub unknown: HostId,
}

impl Default for Hosts {
    fn default() -> Self {
        Self { master: host(1), worker: host(2), other_worker: host(3), operator: host(4), unknown: host(99) }
    }
}

impl Hosts {
    /// Where a role is at home.
    pub const fn home(&self, role: Role) -> HostId {
        match role {
            Role::Agent | Role::Updater => self.worker,
            Role::Operator => self.operator,
            Role::Master | Role::Controller | Role::Listener => self.master,
        }
    }

    /// Who has a role at home.
    pub const fn identity(&self, role: Role) -> Identity {
        Identity { role, host: self.home(role) }
    }
}

/// Somebody with a certificate.
#[derive(Clone, Debug)]
pub struct Member {
    /// What is wrong with it.
    pub how: How,
    /// Its role.
    pub role: Role,
    /// The end that its certificate is for.
    pub direction: Direction,
    /// What it shows.
    pub shown: Arc<CertifiedKey>,
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = match self.direction {
            Direction::Server => "server",
            Direction::Client => "client",
        };
        write!(f, "{} ({end}), {}", self.role, self.how.words())
    }
}

impl Member {
    /// As a client that accepts any server.
    pub fn client(&self) -> Arc<ClientConfig> {
        Reckless(Some(Arc::clone(&self.shown))).client()
    }

    /// As a server that accepts any client, or none.
    pub fn server(&self) -> Arc<ServerConfig> {
        Reckless(Some(Arc::clone(&self.shown))).server()
    }

    /// What its certificate says, if it says what a certificate of a swarm does.
    pub fn peer(&self) -> Option<Peer> {
        self.shown.cert.first().and_then(|certificate| Peer::of(certificate).ok())
    }

    /// What to know of it.
    pub const fn standing(&self) -> Standing {
        match self.how {
            How::OfUnknownHost | How::OfOtherKey => Standing::Unknown,
            How::Revoked => Standing::Revoked,
            _ => Standing::Known,
        }
    }

    /// Whether it is what it says, of a role that there is at its end, and on the host where tests
    /// look for it.
    pub fn is_good(&self) -> bool {
        matches!(self.how, How::Good | How::NamedMaster) && self.has_profile()
    }

    /// Whether there is a profile of its role at its end.
    pub fn has_profile(&self) -> bool {
        Profile::of(self.role, self.direction).is_some()
    }
}

/// Nobody: a client that shows no certificate.
pub fn nobody() -> Arc<ClientConfig> {
    Reckless(None).client()
}

/// Every role at every end in every way: 192 members.
///
/// # Panics
/// When the system gives no random bytes.
pub fn cast(authority: &Forge, hosts: &Hosts, now: i64) -> Vec<Member> {
    let mut casting = Casting { authority, foreign: Forge::foreign(now), hosts, now, keys: BTreeMap::new() };
    let mut all = Vec::new();
    for how in How::ALL {
        for role in Role::ALL {
            for direction in [Direction::Server, Direction::Client] {
                all.push(casting.member(how, role, direction));
            }
        }
    }
    all
}

struct Casting<'a> {
    authority: &'a Forge,
    foreign: Forge,
    hosts: &'a Hosts,
    now: i64,
    keys: BTreeMap<(Identity, Direction), Arc<KeyPair>>,
}

impl Casting<'_> {
    fn member(&mut self, how: How, role: Role, direction: Direction) -> Member {
        let identity = match how {
            How::OfOtherHost => Identity { role, host: self.hosts.other_worker },
            How::OfUnknownHost => Identity { role, host: self.hosts.unknown },
            _ => self.hosts.identity(role),
        };
        let pair = match how {
            // Were they those of good ones, a key would be known and unknown.
            How::OfOtherKey | How::Revoked => Arc::new(KeyPair::generate().unwrap()),
            _ => self.key(identity, direction),
        };
        let wording = self.worded(how, identity, direction);
        let shown = match how {
            How::OfForeignAuthority => self.foreign.sign(&pair, wording),
            How::SelfSigned => self_signed(&pair, wording),
            _ => self.authority.sign(&pair, wording),
        };
        Member { how, role, direction, shown }
    }

    fn key(&mut self, identity: Identity, direction: Direction) -> Arc<KeyPair> {
        let draw = || Arc::new(KeyPair::generate().unwrap());
        Arc::clone(self.keys.entry((identity, direction)).or_insert_with(draw))
    }

    fn worded(&self, how: How, identity: Identity, direction: Direction) -> Wording {
        let mut wording = Wording::of(identity, direction, self.now);
        match how {
            How::NamedMaster => wording.common_name = "decnet-master".to_owned(),
            How::Expired => wording.good = (self.now - 90 * DAY, self.now - 1),
            How::NotYetGood => wording.good = (self.now + DAY, self.now + 90 * DAY),
            How::TwoUris => wording.names.push(uri(&self.hosts.identity(Role::Master).to_string())),
            How::WithLookAlike => {
                wording.names.push(SanType::DnsName("decnet-master".try_into().unwrap()));
            }
            How::InUpperCase => wording.names = vec![uri(&identity.to_string().to_uppercase())],
            How::ForBothEnds => wording.usages = vec![usage(Direction::Server), usage(Direction::Client)],
            How::ForNoEnd => wording.usages.clear(),
            How::TooLong => wording.common_name = "n".repeat(9_000),
            _ => {}
        }
        wording
    }
}
