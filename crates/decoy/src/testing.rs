//! A service under test: over a pipe, at any pace, with its events in hand.

pub mod transcript;

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use decnet_event::{Boot, Session, SessionId, wire};
use decnet_proto::{
    ids::{DeckyName, SecretKey},
    persona::{BaitCredential, OsFamily, Persona, Product, ProductName, ServiceSpec, System},
    service::ServiceId,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use crate::{Conn, ConnectionService, Emitter, End, Host};

/// An event as a test reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Name of the kind.
    pub kind: String,
    /// Fields by name, without the identity; text with replacement characters.
    pub fields: BTreeMap<String, String>,
}

impl Seen {
    /// A field, empty when absent.
    pub fn get(&self, name: &str) -> &str {
        self.fields.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// How the peer's bytes are cut into reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As few reads as possible.
    Whole,
    /// Every read returns one byte.
    OneByte,
}

/// A Debian web server whose every secret derives from `seed`.
pub fn persona(seed: u8) -> Persona {
    Persona {
        decky: format!("decky-{seed:02}").parse::<DeckyName>().unwrap_or_else(|e| unreachable!("{e}")),
        hostname: "web01".into(),
        domain: "northgate.lan".into(),
        organisation: "Northgate Logistics".into(),
        ip: [10, 77, 0, 20].into(),
        mac: None,
        os: OsFamily::Linux,
        system: System {
            pretty_name: "Debian GNU/Linux 12 (bookworm)".into(),
            banner_name: "Debian".into(),
            kernel: "Linux 6.1.0-28-amd64".into(),
            machine: "x86_64".into(),
        },
        boot_time: 1_764_000_000,
        users: vec!["mhansen".into(), "backup".into()],
        bait: vec![BaitCredential {
            purpose: "backup".into(),
            username: "backup".into(),
            password: format!("Wint3r-{seed:02}-harbour"),
        }],
        key: SecretKey([seed; 32]),
    }
}

/// A service of that machine.
pub fn spec(service: ServiceId, name: ProductName, version: &str, config: &[(&str, &str)]) -> ServiceSpec {
    ServiceSpec {
        service,
        product: Product { name, version: version.into() },
        config: config.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        files: BTreeMap::new(),
    }
}

/// A decoy without sockets.
pub fn host(seed: u8) -> Arc<Host> {
    let persona = persona(seed);
    let emitter = Arc::new(Emitter::new(persona.decky.to_string(), Boot(7)));
    Arc::new(Host::new(persona, emitter))
}

/// The session that [`dialogue`] and [`open`] use.
pub fn session() -> Session {
    Session {
        id: SessionId(1),
        src: SocketAddr::from(([127, 0, 0, 1], 40_000)),
        dst: SocketAddr::from(([127, 0, 0, 1], 80)),
    }
}

/// A connection whose other end is returned.
pub fn open(host: &Arc<Host>, service: ServiceId) -> (Conn, DuplexStream) {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let origin = host.emitter.origin(service.slug());
    (Conn::new(Box::new(ours), Arc::clone(host), origin, session()), theirs)
}

/// Everything that the decoy has said since the last call, without artifact pieces.
pub fn events(host: &Host) -> Vec<Seen> {
    let lines = host.emitter.take();
    lines.split(|b| *b == b'\n').filter(|l| !l.is_empty()).filter_map(seen).collect()
}

fn seen(line: &[u8]) -> Option<Seen> {
    const IDENTITY: [&str; 7] = ["boot", "seq", "session", "src_ip", "src_port", "dst_ip", "dst_port"];
    let record = wire::decode(line).ok().filter(|r| r.msg_id != wire::CHUNK_MSGID)?;
    let fields = record.fields.iter().filter(|(name, _)| !IDENTITY.contains(name));
    Some(Seen {
        kind: record.msg_id.to_owned(),
        fields: fields.map(|(n, v)| ((*n).to_owned(), String::from_utf8_lossy(v).into_owned())).collect(),
    })
}

/// Sends all of `input`, closes, and returns what came back, how the service ended, and its events.
///
/// Time is paused and jumps to the next timer whenever nothing else can happen, so that
/// delays and timeouts of a service cost no real time.
pub fn dialogue<S: ConnectionService>(
    service: &S,
    id: ServiceId,
    host: &Arc<Host>,
    input: &[u8],
    pace: Pace,
) -> (Vec<u8>, Result<(), End>, Vec<Seen>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let runtime = runtime.unwrap_or_else(|error| unreachable!("no runtime: {error}"));
    let (output, ended) = runtime.block_on(async {
        let (mut conn, peer) = open(host, id);
        let (mut from_service, mut to_service) = tokio::io::split(peer);
        let write = async {
            let step = if pace == Pace::OneByte { 1 } else { input.len().max(1) };
            for piece in input.chunks(step) {
                if to_service.write_all(piece).await.is_err() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            let _ = to_service.shutdown().await;
        };
        let serve = async {
            let ended = service.serve(&mut conn).await;
            drop(conn);
            ended
        };
        let mut output = Vec::new();
        let (ended, (), _) = tokio::join!(serve, write, from_service.read_to_end(&mut output));
        (output, ended)
    });
    (output, ended, events(host))
}
