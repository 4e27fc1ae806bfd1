//! How the agent of a machine is set up: which product plays it, who may ask, and what its
//! administrator wrote down.

use decnet_proto::persona::{OsFamily, Persona, ServiceSpec};

use super::{
    profile::{self, Profile},
    tree::View,
    usm::{self, Auth, Privacy},
    v3::User,
};
use crate::identity;

/// The agent of one machine.
#[derive(Debug)]
pub struct Settings {
    /// What it plays.
    pub profile: &'static Profile,
    /// Communities and what each sees.
    communities: Vec<(Vec<u8>, View)>,
    /// The user of version 3, where the product has that version.
    pub user: Option<User>,
    /// The engine id.
    pub engine: Vec<u8>,
    /// How often the agent started.
    pub boots: u32,
    /// Seconds after the boot when it started last.
    pub delay: f64,
    /// `sysContact`.
    pub contact: String,
    /// `sysLocation`.
    pub location: String,
    seed: u64,
}

impl Settings {
    /// The agent that the plan asks for.
    pub fn new(spec: &ServiceSpec, persona: &Persona) -> Self {
        let key = &persona.key;
        let profile = profile::choose(persona, spec.key("snmp_archetype"));
        let number = |purpose, bound| identity::number(key, purpose, bound);
        let boots = 2 + number("snmp boots", 40);
        let engine = engine(persona, profile);
        Self {
            communities: communities(spec, persona, profile),
            user: profile.users.then(|| user(persona, &engine)).flatten(),
            engine,
            boots: u32::try_from(boots).unwrap_or(2),
            delay: 6.0 + number("snmp start", 1_900) as f64 / 100.0,
            contact: profile.contact.map_or_else(|| contact(persona), str::to_owned),
            location: profile.location.map_or_else(|| location(persona), str::to_owned),
            seed: number("snmp seed", u64::MAX),
            profile,
        }
    }

    /// What a community sees, if there is such a one.
    pub fn view(&self, community: &[u8]) -> Option<View> {
        self.communities.iter().find(|(name, _)| name == community).map(|(_, view)| *view)
    }

    /// A number that `purpose` always has.
    pub fn mix(&self, purpose: &str) -> u64 {
        let mut hash = self.seed ^ 0xcbf2_9ce4_8422_2325;
        for byte in purpose.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        hash ^= hash >> 29;
        hash = hash.wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash ^ (hash >> 32)
    }
}

/// The community that the administrator set, which exists on this decky only.
pub fn bait_community(persona: &Persona) -> String {
    const FIRST: &[&str] = &["mon", "net", "ops", "noc", "it", "infra"];
    let word = FIRST.get(identity::number(&persona.key, "snmp community", FIRST.len() as u64) as usize);
    format!("{}-{}", word.unwrap_or(&"mon"), identity::hex(&persona.key, "snmp community text", 8))
}

fn communities(spec: &ServiceSpec, persona: &Persona, profile: &Profile) -> Vec<(Vec<u8>, View)> {
    let mut communities = vec![(bait_community(persona).into_bytes(), View::All)];
    if let Some(own) = spec.key("community") {
        communities.push((own.as_bytes().to_vec(), View::All));
    }
    if let Some(view) = profile.public {
        communities.push((b"public".to_vec(), view));
    }
    communities
}

/// What the agent of a Linux is configured with, for who finds the file.
pub fn configuration(persona: &Persona) -> String {
    let user = persona.bait.first().map_or("monitor", |bait| bait.username.as_str());
    format!(
        "sysLocation    {}\nsysContact     {}\nsysServices    72\n\nmaster  agentx\nagentaddress udp:161\n\n\
         view   systemonly  included   .1.3.6.1.2.1.1\nview   systemonly  included   .1.3.6.1.2.1.25.1\n\n\
         rocommunity {}\nrocommunity  public default -V systemonly\nrouser {user}\n\n\
         includeDir /etc/snmp/snmpd.conf.d\n",
        location(persona),
        contact(persona),
        bait_community(persona),
    )
}

/// The first bait credential, as the administrator gave it to the agent too.
fn user(persona: &Persona, engine: &[u8]) -> Option<User> {
    let bait = persona.bait.first()?;
    let draw = identity::number(&persona.key, "snmp protocols", 4);
    let (auth, privacy) = match (persona.os, draw) {
        (OsFamily::Linux | OsFamily::Bsd, 0) => (Auth::Sha256, Privacy::Aes),
        (OsFamily::Linux | OsFamily::Bsd, 1) => (Auth::Sha512, Privacy::Aes),
        (_, 2) => (Auth::Md5, Privacy::Des),
        _ => (Auth::Sha1, Privacy::Aes),
    };
    let key = usm::localized_key(auth, bait.password.as_bytes(), engine)?;
    Some(User {
        name: bait.username.clone().into_bytes(),
        auth: (auth, key.clone()),
        privacy: (privacy, key),
    })
}

/// net-snmp draws four bytes and adds the time of its first start; devices put their Ethernet
/// address behind their maker's number.
fn engine(persona: &Persona, profile: &Profile) -> Vec<u8> {
    if let (Some(maker), Some(mac)) = (profile.engine_maker, persona.mac) {
        let head = (maker | 0x8000_0000).to_be_bytes();
        return [&head[..], &[3], &mac.0].concat();
    }
    let draw: [u8; 4] = identity::derive(&persona.key, "snmp engine");
    let first =
        identity::installed_at(persona) + 1_800 + identity::number(&persona.key, "snmp first", 9_000) as i64;
    [&[0x80, 0, 0x1f, 0x88, 0x80][..], &draw, &first.to_le_bytes()].concat()
}

fn contact(persona: &Persona) -> String {
    format!("IT Operations <it-ops@{}>", persona.domain)
}

fn location(persona: &Persona) -> String {
    let draw = |purpose, bound| identity::number(&persona.key, purpose, bound);
    let (room, rack) = (1 + draw("snmp room", 4), 1 + draw("snmp rack", 14));
    match draw("snmp location", 3) {
        0 => format!("{}, server room {room}, rack {rack:02}", persona.organisation),
        1 => format!("DC{room} / Rack {rack:02} / U{}", 4 + draw("snmp unit", 36)),
        _ => format!("Server room {room}, rack {rack}"),
    }
}
