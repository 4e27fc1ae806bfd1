//! One Redis server: what all its clients share.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use decnet_proto::persona::{OsFamily, Persona};

use super::{
    keyspace::{Keyspace, Value},
    table,
    version::Version,
};
use crate::identity;

/// What does not change while the server runs.
#[derive(Debug)]
pub struct Instance {
    /// Its version.
    pub version: Version,
    /// The `os` line of INFO.
    pub os: String,
    /// Whether it runs on Windows, where paths look otherwise.
    pub windows: bool,
    /// When it started.
    pub started: SystemTime,
    /// Identity of this run: 40 hexadecimal digits.
    pub run_id: String,
    /// Identity of its replication history: 40 hexadecimal digits.
    pub replication_id: String,
    /// Identity of its build: 15 or 16 hexadecimal digits.
    pub build_id: String,
    /// Its process id.
    pub process_id: u64,
    /// Memory of the machine, in bytes.
    pub machine_memory: u64,
    state: Mutex<State>,
}

/// What clients change.
#[derive(Debug)]
pub struct State {
    /// The data.
    pub keys: Keyspace,
    /// The settings.
    pub settings: BTreeMap<String, String>,
    /// What INFO counts.
    pub counters: Counters,
    /// The server this one was told to follow.
    pub master: Option<(String, String)>,
    /// When the data was last written to disk, and the changes until then.
    pub saved: (SystemTime, u64),
    /// SHA-1 of known scripts.
    pub scripts: BTreeSet<String>,
    /// Connections that are open now.
    pub clients: BTreeMap<u64, String>,
}

/// What INFO counts.
#[derive(Debug, Default)]
pub struct Counters {
    /// Connections so far.
    pub connections: u64,
    /// Commands so far.
    pub commands: u64,
    /// Bytes received.
    pub input: u64,
    /// Bytes sent.
    pub output: u64,
    /// Keys that were found.
    pub hits: u64,
    /// Keys that were not.
    pub misses: u64,
    /// Refusals by the first word of their text.
    pub errors: BTreeMap<String, u64>,
    /// Snapshots for replicas.
    pub full_syncs: u64,
}

impl Instance {
    /// The server of a persona.
    pub fn new(persona: &Persona, version: Version, os: String, password: Option<&str>) -> Self {
        let key = &persona.key;
        let windows = persona.os == OsFamily::Windows;
        // A service starts some seconds after its machine.
        let since_boot = 8 + identity::number(key, "redis start", 40);
        let boot = u64::try_from(persona.boot_time).unwrap_or_default();
        let started = UNIX_EPOCH + Duration::from_secs(boot + since_boot);
        let mut settings = table::settings(version);
        if let Some(password) = password {
            settings.insert("requirepass".into(), password.into());
        }
        if windows {
            settings.insert("dir".into(), "C:\\Program Files\\Redis".into());
            settings.insert("logfile".into(), "server_log.txt".into());
            settings.insert("pidfile".into(), String::new());
        }
        Self {
            version,
            os,
            windows,
            started,
            run_id: identity::hex(key, "redis run id", 40),
            replication_id: identity::hex(key, "redis replication id", 40),
            // The build is the same wherever the same package is installed.
            build_id: build_id(version).to_owned(),
            process_id: 420 + identity::number(key, "redis pid", 900),
            machine_memory: [4, 8, 16].get(identity::number(key, "memory", 3) as usize).copied().unwrap_or(8)
                * 1_024
                * 1_024
                * 1_024
                - identity::number(key, "memory odd", 200_000) * 4_096,
            state: Mutex::new(State {
                keys: seeded(persona),
                settings,
                counters: Counters {
                    connections: 40 + identity::number(key, "redis connections", 4_000),
                    commands: 9_000 + identity::number(key, "redis commands", 900_000),
                    hits: 3_000 + identity::number(key, "redis hits", 400_000),
                    misses: 40 + identity::number(key, "redis misses", 4_000),
                    ..Counters::default()
                },
                master: None,
                saved: (started + Duration::from_secs(60), 0),
                scripts: BTreeSet::new(),
                clients: BTreeMap::new(),
            }),
        }
    }

    /// The state, for the time of one command.
    pub fn state(&self) -> MutexGuard<'_, State> {
        // Commands change the state by whole operations; what a panic left behind is data.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `redis_build_id` of the builds that distributions ship, as far as known; others have none
/// that could be checked.
fn build_id(version: Version) -> &'static str {
    match version {
        Version(7, 0, 15) => "ae4d7c971a948f0",
        Version(6, 0, 16) => "a3fdef44459b3ad6",
        Version(5, 0, 7) => "636cde3b5c7a3923",
        _ => "f0c2a3b1d6e84957",
    }
}

/// What an application left in its cache, with a credential that exists nowhere else.
fn seeded(persona: &Persona) -> Keyspace {
    let mut keys = Keyspace::default();
    let key = &persona.key;
    let mut text =
        |name: String, value: String| keys.put(0, name.as_bytes(), Value::Text(value.into()), false);
    for number in 0..3 + identity::number(key, "redis sessions", 6) {
        let id = identity::hex(key, &format!("redis session {number}"), 32);
        let user = persona.users.get(number as usize % persona.users.len().max(1)).map_or("app", |u| u);
        let csrf = identity::hex(key, &format!("redis csrf {number}"), 24);
        text(format!("session:{id}"), format!(r#"{{"user":"{user}","csrf":"{csrf}","ttl":86400}}"#));
    }
    for bait in &persona.bait {
        let url = format!("{}://{}:{}@{}", bait.purpose, bait.username, bait.password, persona.fqdn());
        text(format!("config:{}:url", bait.purpose), url);
    }
    text("app:jobs:processed".into(), identity::number(key, "redis jobs", 500_000).to_string());
    let fields = persona.users.iter().map(|user| {
        let logins = identity::number(key, &format!("redis logins {user}"), 900);
        (user.as_bytes().to_vec(), logins.to_string().into_bytes())
    });
    keys.put(0, b"stats:logins", Value::Hash(fields.collect()), false);
    keys
}
