//! What controllers answer.

use decnet_proto::{
    agent::StepFailure,
    ids::HostId,
    problem::Problem,
    swarm::{
        operator::{
            Accepted, AuditEntry, Authority, Health, HostHealth, HostResult, HostState, HostView,
            OperationKind, OperationView, ResultState, ShardState, ShardView,
        },
        releases::Program,
    },
};
use serde::Serialize;
use serde_json::Value;

/// The operator's token.
pub const TOKEN: &str = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I";

/// A moment: 2026-11-27 01:02:03Z.
pub const AT: i64 = 1_795_741_323;

/// What a controller of two hosts answers, one of which is away.
pub fn controller(method: &str, path: &str, _: &Value) -> (u16, Value) {
    let route = path.split('?').next().unwrap_or(path);
    match (method, route) {
        ("GET", "/health") => (200, json(&health())),
        ("GET", path) if path == format!("/swarm/hosts/{}", host(2)) => (200, json(&hosts().last())),
        ("GET", "/swarm/hosts") => (200, json(&hosts())),
        ("GET", "/swarm/deckies") => (200, json(&deckies())),
        ("POST", "/swarm/check") => (200, json(&checked())),
        ("GET", "/swarm/operations") => (200, json(&[done(), failed()])),
        ("GET", "/swarm/operations/7") => (200, json(&done())),
        ("GET", "/swarm/operations/8") => (200, json(&failed())),
        ("GET", "/swarm/audit") => (200, json(&audit())),
        ("GET", "/swarm/authority") => (200, json(&authority())),
        ("POST", "/swarm/authority/roll-over") => (200, json(&rolling())),
        ("POST", "/swarm/deploy" | "/swarm/teardown" | "/swarm/panic") => (202, accepted()),
        ("DELETE", path) if path.starts_with("/swarm/hosts/") => (202, accepted()),
        ("DELETE", path) if path.starts_with("/swarm/operators/") => (204, Value::Null),
        _ => problem(404, "no such route", route),
    }
}

/// A value as it goes over the wire.
pub fn json<T: Serialize + ?Sized>(value: &T) -> Value {
    serde_json::to_value(value).expect("it is JSON")
}

/// A refusal.
pub fn problem(status: u16, title: &str, detail: &str) -> (u16, Value) {
    (status, json(&Problem { status, title: title.to_owned(), detail: detail.to_owned() }))
}

/// That it is there.
pub fn health() -> Health {
    Health {
        status: "ok".to_owned(),
        role: "swarm-controller".to_owned(),
        api: decnet_proto::swarm::API_VERSION,
        version: "0.1.0".to_owned(),
        warnings: Vec::new(),
    }
}

/// Operation 7.
pub fn accepted() -> Value {
    json(&Accepted { operation: 7 })
}

/// The id of a host.
pub fn host(number: u8) -> HostId {
    format!("0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a{number:02x}").parse().expect("an id")
}

/// Two hosts.
pub fn hosts() -> Vec<HostView> {
    let view = |number: u8, status| HostView {
        uuid: host(number),
        name: format!("edge-{number}").parse().expect("a name"),
        address: format!("192.0.2.{number}"),
        agent_port: 8765,
        updater_port: 8766,
        status,
        last_heartbeat: Some(AT),
        client_cert_fingerprint: Some("ab".repeat(32)),
        updater_cert_fingerprint: None,
        not_after: Some(AT + 100 * 365 * 86_400),
        enrolled_at: Some(AT - 60),
        notes: None,
        use_ipvlan: false,
        by_hand: false,
        version: Some("0.1.0".to_owned()),
        wanted: Some(3),
        observed: Some(3),
        site: None,
    };
    let by_hand = HostView {
        by_hand: true,
        use_ipvlan: true,
        notes: Some("rack 4\u{1b}[2J".to_owned()),
        observed: None,
        ..view(2, HostState::Unreachable)
    };
    vec![view(1, HostState::Active), by_hand]
}

/// Two deckies.
pub fn deckies() -> Vec<ShardView> {
    let view = |name: &str, number: u8, state, error: Option<&str>| ShardView {
        decky_name: name.parse().expect("a name"),
        host_uuid: host(number),
        host_name: format!("edge-{number}"),
        host_address: format!("192.0.2.{number}"),
        host_status: Some(HostState::Active),
        services: vec!["http".to_owned(), "ssh".to_owned()],
        ip: std::net::Ipv4Addr::new(10, 44, 0, 20 + number),
        state,
        last_error: error.map(str::to_owned),
        generation: 3,
        updated_at: AT,
    };
    vec![
        view("cache", 1, ShardState::Running, None),
        view("web", 2, ShardState::Failed, Some("the image cannot be built")),
    ]
}

fn checked() -> Vec<HostHealth> {
    let health = |number: u8, reachable, detail: &str, took_ms| HostHealth {
        host_uuid: host(number),
        name: format!("edge-{number}").parse().expect("a name"),
        address: format!("192.0.2.{number}"),
        reachable,
        detail: detail.to_owned(),
        took_ms,
        agent: None,
        forwarder: None,
        updater: None,
        updater_error: None,
    };
    let program = |digit: &str, boot: &str| {
        let (version, release) = ("0.1.0".to_owned(), Some(digit.repeat(64)));
        Some(Program { version, release, boot: boot.to_owned() })
    };
    let whole = HostHealth {
        agent: program("a", "1b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b"),
        forwarder: program("a", "2b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b"),
        updater: program("b", "3b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b"),
        ..health(1, true, "0.1.0", 12)
    };
    let away = HostHealth {
        updater_error: Some("nobody answers on 192.0.2.2:8766".to_owned()),
        ..health(2, false, "no answer", 5000)
    };
    vec![whole, away]
}

fn view(id: u64, results: Vec<HostResult>) -> OperationView {
    OperationView {
        id,
        revision: 4,
        kind: OperationKind::Deploy,
        actor: "token".to_owned(),
        created_at: AT,
        finished_at: Some(AT + 5),
        results,
        notes: Vec::new(),
    }
}

/// How an operation is on a host.
pub fn result(number: u8, state: ResultState, steps: (u32, u32), detail: &str) -> HostResult {
    HostResult {
        host_uuid: host(number),
        host_name: format!("edge-{number}"),
        state,
        steps,
        detail: detail.to_owned(),
        failures: Vec::new(),
        outcome: None,
        output: String::new(),
    }
}

/// An operation that was done.
pub fn done() -> OperationView {
    let results = vec![result(1, ResultState::Done, (9, 9), ""), result(2, ResultState::Done, (4, 4), "")];
    OperationView { notes: vec!["the subnet of edge-2 is another".to_owned()], ..view(7, results) }
}

/// An operation that failed on one host, and goes on there.
pub fn failed() -> OperationView {
    let failure = StepFailure {
        subject: "web".to_owned(),
        step: "create container web".to_owned(),
        error: "no space left".to_owned(),
    };
    let mut bad = result(2, ResultState::Failed, (4, 3), "trying again");
    bad.failures = vec![failure];
    let results = vec![result(1, ResultState::Done, (9, 9), ""), bad];
    OperationView { finished_at: None, ..view(8, results) }
}

/// An operation that goes on.
pub fn running() -> OperationView {
    let results = vec![
        result(1, ResultState::Running, (9, 2), "create container web"),
        result(2, ResultState::Waiting, (0, 0), ""),
    ];
    OperationView { finished_at: None, revision: 2, ..view(7, results) }
}

fn audit() -> Vec<AuditEntry> {
    let entry = |actor: &str, action: &str, subject: &str, allowed| AuditEntry {
        at: AT,
        actor: actor.to_owned(),
        from: "127.0.0.1".to_owned(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        allowed,
    };
    vec![entry("token", "deploy", "7", true), entry("?", "hosts", "", false)]
}

/// The authority.
pub fn authority() -> Authority {
    Authority {
        pin: "cd".repeat(32),
        not_after: AT + 100 * 365 * 86_400,
        previous: None,
        waiting: Vec::new(),
        master_not_after: Some(AT + 100 * 365 * 86_400),
    }
}

fn rolling() -> Authority {
    let waiting = vec!["edge-2".parse().expect("a name")];
    Authority { previous: Some("ce".repeat(32)), waiting, ..authority() }
}
