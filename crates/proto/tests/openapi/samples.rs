//! A value of each main type, as serde writes it.

mod master;

use std::{collections::BTreeSet, net::Ipv4Addr};

use decnet_proto::{
    agent::{
        Check, CollectRequest, CollectorStatus, DeckyState, DeckyStatus, DecommissionRequest, DeployRequest,
        ForwarderStatus, Function, Health, HostStatus, OperationStatus, Place, ServiceStatus, StepFailure,
        TeardownRequest, Validity, Verdict,
    },
    ids::{HostId, HostName, SecretKey},
    mac::Mac,
    openapi::Api,
    persona::{BaitCredential, OsFamily, Persona, Product, ProductName, ServiceSpec, System},
    plan::{CustomService, Decky, FleetPlan, Isolation, LinkDriver, NetworkPlan, StandIn},
    problem::Problem,
    service::ServiceId,
    site::{LinkKind, Site},
    swarm::{
        operator::{
            self, Accepted, AuditEntry, Authority, Certificate, CertificateRequest, EnrollRequest, Enrolled,
            HostHealth, HostResult, HostState, HostView, OperationKind, OperationView, OperatorRequest,
            Profile, ResultState, ShardState, ShardView, Token, TokenRequest,
        },
        releases::{Program, ReleaseView, RollbackRequest, UpdateOutcome, UpdateRequest},
        role::Role,
        updater::{
            self, Chain, Change, Conclusion, Done, Ended, Failure, Line, Origin, Outcome, Phase, Release,
            ReleaseName, Releases, Running, Seen, Standing,
        },
        worker::{Heard, Heartbeat, JoinRequest, Joined, RenewRequest, Renewed, Roster, RosterEntry, Trust},
    },
};
use serde::Serialize;
use serde_json::{Value, json};

const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 9);

/// Name of a schema, and what was written.
type Sample = (&'static str, Value);

fn sample(name: &'static str, value: impl Serialize) -> Sample {
    (name, serde_json::to_value(value).unwrap())
}

/// Samples of what an API carries.
pub(crate) fn of(api: Api) -> Vec<Sample> {
    let mut samples = match api {
        Api::Operators => operators(),
        Api::Workers => workers(),
        Api::Agent => agent(),
        Api::Updater => updater(),
        Api::Master => master::all(),
    };
    let problem = Problem { status: 409, title: "taken".to_owned(), detail: "somebody has it".to_owned() };
    samples.push(sample("Problem", problem));
    samples
}

fn host() -> HostId {
    "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b".parse().unwrap()
}

fn name() -> HostName {
    "w1".parse().unwrap()
}

fn text() -> String {
    "text".to_owned()
}

fn site() -> Site {
    Site {
        interface: "eth0".to_owned(),
        kind: LinkKind::Ethernet,
        mac: Some(Mac([0, 27, 33, 10, 11, 12])),
        host_ip: Some(ADDRESS),
        subnet: Some("192.0.2.0/24".parse().unwrap()),
        gateway: None,
        in_use: Some(BTreeSet::from([ADDRESS])),
    }
}

fn decky_status() -> DeckyStatus {
    DeckyStatus {
        name: "decky-01".to_owned(),
        ip: Some(ADDRESS),
        hostname: text(),
        archetype: None,
        state: DeckyState::Yielded,
        services: vec![ServiceStatus { name: "ssh".to_owned(), state: "running".to_owned() }],
    }
}

fn failure() -> StepFailure {
    StepFailure { subject: text(), step: text(), error: text() }
}

fn certificate() -> Certificate {
    Certificate { profile: Profile::AgentServer, pem: text(), fingerprint: "0".repeat(64), not_after: 1 }
}

fn request() -> CertificateRequest {
    CertificateRequest { profile: Profile::OperatorClient, pem: text() }
}

fn trust() -> Trust {
    let pins = vec![(Role::Master, "0".repeat(64))];
    Trust { serial: 1, authorities: vec![text()], master: host(), pins }
}

fn plan() -> FleetPlan {
    let network = NetworkPlan {
        interface: "eth0".to_owned(),
        subnet: "192.0.2.0/24".parse().unwrap(),
        gateway: Some(ADDRESS),
        host_ip: None,
        driver: LinkDriver::Ipvlan,
    };
    FleetPlan { generation: 1, network, isolation: Isolation::Service, deckies: vec![decky()] }
}

fn decky() -> Decky {
    let spec = ServiceSpec {
        service: ServiceId::Redis,
        product: Product { name: ProductName::Redis, version: text() },
        config: [(text(), text())].into(),
        files: [("/a".to_owned(), "YQ==".to_owned())].into(),
    };
    let custom = CustomService {
        name: text(),
        image: text(),
        command: vec![text()],
        ports: vec![2222],
        plays: Some(StandIn::Ssh),
        password: Some(text()),
        hostname: Some(text()),
    };
    Decky {
        name: "decky-01".parse().unwrap(),
        archetype: Some(text()),
        distro: text(),
        os: OsFamily::Linux,
        persona: persona(),
        services: vec![spec],
        custom: vec![custom],
    }
}

fn persona() -> Persona {
    Persona {
        decky: "decky-01".parse().unwrap(),
        hostname: text(),
        domain: text(),
        organisation: text(),
        ip: ADDRESS,
        mac: None,
        os: OsFamily::Linux,
        system: System { pretty_name: text(), banner_name: text(), kernel: text(), machine: text() },
        boot_time: 1,
        users: vec![text()],
        bait: vec![BaitCredential { purpose: text(), username: text(), password: text() }],
        key: SecretKey([7; 32]),
    }
}

fn agent() -> Vec<Sample> {
    let place = Place {
        host: host(),
        name: name(),
        controller: text(),
        certificates: vec![Validity { profile: Profile::AgentClient, not_after: 1 }],
        forwarder: Some(ForwarderStatus::Down(text())),
    };
    let status = HostStatus {
        generation: Some(1),
        driver: Some(LinkDriver::Macvlan),
        deckies: vec![decky_status()],
        collector: CollectorStatus::default(),
        engine_error: None,
        swarm: Some(place),
    };
    let operation = OperationStatus {
        revision: 1,
        total: 2,
        done: 1,
        current: text(),
        failures: vec![failure()],
        finished: false,
    };
    vec![
        sample(
            "Health",
            Health { api: 1, version: text(), pid: 1, release: None, boot: text(), functions: Vec::new() },
        ),
        sample("Site", site()),
        sample("HostStatus", status),
        sample("ForwarderStatus", ForwarderStatus::Up(1)),
        sample("DeployRequest", DeployRequest { plan: plan(), no_cache: false, parallel: Some(4) }),
        sample("TeardownRequest", TeardownRequest::All),
        sample("TeardownRequest", TeardownRequest::Decky("decky-01".parse().unwrap())),
        sample("OperationStatus", operation),
        sample("CollectRequest", CollectRequest { log_file: text() }),
        sample("CollectorStatus", CollectorStatus::default()),
        sample("Check", Check { name: text(), verdict: Verdict::Warn, found: text(), remedy: None }),
        sample("DecommissionRequest", DecommissionRequest { host: host() }),
        sample("Accepted", decnet_proto::agent::Accepted { operation: 1 }),
    ]
}

fn updater() -> Vec<Sample> {
    let running =
        Running { version: text(), pid: 1, release: None, boot: text(), functions: vec![function()] };
    let health = updater::Health {
        api: 1,
        version: text(),
        pid: 1,
        target: Some(text()),
        release: Some("0".repeat(64)),
        boot: text(),
        agent: Some(Seen::Up(running)),
        forwarder: Some(Seen::Down(text())),
        change: Some(change()),
    };
    let release = Release { name: release_view().name, standing: Standing::Untried, origin: Origin::Package };
    let last = Ended { to: release_view().name, result: Conclusion::RolledBack, at: 1, output: text() };
    let line = Line {
        current: Some(release_view().name),
        releases: vec![release],
        change: Some(change()),
        last: Some(last),
    };
    let problem = Problem { status: 409, title: text(), detail: text() };
    let busy = Failure { problem, rolled_back: false, output: text(), busy: Some(change()) };
    let done = Done { outcome: Outcome::RolledBack, release: release_view().name, output: text() };
    vec![
        sample("Health", health),
        sample("Releases", Releases { worker: line, updater: Line::default() }),
        sample("Done", done),
        sample("Failure", busy),
    ]
}

fn function() -> Function {
    Function { name: text(), able: true, found: text() }
}

fn change() -> Change {
    Change { chain: Chain::Updater, phase: Phase::Receiving, to: None, since: 1 }
}

fn workers() -> Vec<Sample> {
    let joined = Joined {
        host: host(),
        name: name(),
        certificates: vec![certificate()],
        trust: trust(),
        release_key: None,
    };
    let heartbeat = Heartbeat {
        api: 1,
        version: text(),
        release: Some("0".repeat(64)),
        boot: text(),
        generation: None,
        deckies: vec![decky_status()],
        site: Some(site()),
        not_after: 1,
        trust: 1,
    };
    vec![
        sample("JoinRequest", JoinRequest { token: text(), requests: vec![request()] }),
        sample("Joined", joined),
        sample("RenewRequest", RenewRequest { requests: vec![request()] }),
        sample("Renewed", Renewed { certificates: vec![certificate()] }),
        sample("Heartbeat", heartbeat),
        sample("Heard", Heard { trust: 1, interval: 10 }),
        sample("Trust", trust()),
        sample("Roster", roster()),
    ]
}

fn roster() -> Roster {
    let fingerprint = "0".repeat(64);
    let client = RosterEntry { role: Role::Agent, host: host(), name: name(), fingerprint };
    Roster { version: "0".repeat(64), clients: vec![client] }
}

fn operators() -> Vec<Sample> {
    let health =
        operator::Health { status: text(), role: text(), api: 1, version: text(), warnings: vec![text()] };
    let deploy = operator::DeployRequest { fleet: json!({"deckies": []}), no_cache: true, dry_run: false };
    let teardown = operator::TeardownRequest { host_uuid: Some(host()), decky_id: None };
    let audit = AuditEntry {
        at: 1,
        actor: text(),
        from: text(),
        action: text(),
        subject: String::new(),
        allowed: true,
    };
    let authority = Authority {
        pin: "0".repeat(64),
        not_after: 1,
        previous: None,
        waiting: vec![name()],
        master_not_after: Some(1),
    };
    let update = UpdateRequest {
        hosts: Some(vec![host()]),
        worker: Some(release_view().name),
        updater: None,
        wave: 25,
        dry_run: true,
    };
    let checked = HostHealth {
        host_uuid: host(),
        name: name(),
        address: text(),
        reachable: true,
        detail: text(),
        took_ms: 1,
        agent: Some(program()),
        forwarder: None,
        updater: Some(program()),
        updater_error: Some(text()),
    };
    vec![
        sample("Health", health),
        sample("TokenRequest", token_request()),
        sample("Token", Token { token: text(), host: host(), expires_at: 1 }),
        sample("EnrollRequest", enroll_request()),
        sample("Enrolled", enrolled()),
        sample("HostView", host_view()),
        sample("DeployRequest", deploy),
        sample("TeardownRequest", teardown),
        sample("Accepted", Accepted { operation: 1 }),
        sample("ShardView", shard_view()),
        sample("HostHealth", checked),
        sample("OperationView", operation_view()),
        sample("AuditEntry", audit),
        sample("Authority", authority),
        sample("OperatorRequest", OperatorRequest { name: name(), pem: text() }),
        sample("Certificate", certificate()),
        sample("ListenerRequest", operator::ListenerRequest { name: name(), again: true, life: 600 }),
        sample("ListenerView", listener_view()),
        sample("ReleaseView", release_view()),
        sample("UpdateRequest", update),
        sample("RollbackRequest", RollbackRequest { hosts: vec![host()] }),
    ]
}

fn listener_view() -> operator::ListenerView {
    operator::ListenerView {
        name: name(),
        own: false,
        address: text(),
        joined_at: Some(1),
        heard_at: None,
        client_cert_fingerprint: Some("0".repeat(64)),
        not_after: Some(1),
    }
}

fn enrolled() -> Enrolled {
    let (host, certificates, release_key) = (host(), vec![certificate()], Some(text()));
    Enrolled { host, certificates, trust: trust(), release_key }
}

fn program() -> Program {
    Program { version: text(), release: Some("0".repeat(64)), boot: text() }
}

fn release_view() -> ReleaseView {
    ReleaseView {
        chain: Chain::Worker,
        name: ReleaseName { version: text(), digest: "0".repeat(64) },
        target: text(),
        min_from: Some(text()),
        downgrade: false,
        size: 1,
        archive: "0".repeat(64),
        taken_at: 1,
    }
}

fn token_request() -> TokenRequest {
    TokenRequest {
        name: name(),
        address: Some(text()),
        agent_port: 8765,
        updater_port: 8766,
        again: false,
        updater: true,
        ipvlan: false,
        life: 600,
        notes: None,
    }
}

fn enroll_request() -> EnrollRequest {
    EnrollRequest {
        name: name(),
        address: text(),
        agent_port: 8765,
        updater_port: 8766,
        ipvlan: true,
        notes: Some(text()),
        requests: vec![request()],
    }
}

fn host_view() -> HostView {
    HostView {
        uuid: host(),
        name: name(),
        address: text(),
        agent_port: 8765,
        updater_port: 8766,
        status: HostState::Active,
        last_heartbeat: Some(1),
        client_cert_fingerprint: Some("0".repeat(64)),
        updater_cert_fingerprint: None,
        not_after: Some(1),
        enrolled_at: Some(1),
        notes: None,
        use_ipvlan: false,
        by_hand: false,
        version: Some(text()),
        wanted: Some(1),
        observed: None,
        site: Some(site()),
    }
}

fn shard_view() -> ShardView {
    ShardView {
        decky_name: "decky-01".parse().unwrap(),
        host_uuid: host(),
        host_name: text(),
        host_address: text(),
        host_status: Some(HostState::Unreachable),
        services: vec![text()],
        ip: ADDRESS,
        state: ShardState::LeftBehind,
        last_error: Some(text()),
        generation: 1,
        updated_at: 1,
    }
}

fn operation_view() -> OperationView {
    let result = HostResult {
        host_uuid: host(),
        host_name: text(),
        state: ResultState::Superseded,
        steps: (2, 1),
        detail: text(),
        failures: vec![failure()],
        outcome: Some(UpdateOutcome::RolledBack),
        output: text(),
    };
    OperationView {
        id: 1,
        revision: 2,
        kind: OperationKind::Decommission,
        actor: text(),
        created_at: 1,
        finished_at: None,
        results: vec![result],
        notes: vec![text()],
    }
}
