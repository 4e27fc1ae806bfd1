//! What the master's API carries.

mod alerts;

use std::{collections::BTreeMap, net::Ipv4Addr};

use decnet_proto::{
    account::{LoginAnswer, LoginView, Role, TokenType, UserView},
    api::{
        Component, ComponentState, ConfigView, DeckyView, DeploymentMode, HealthState, HealthView, Me,
        Message, Mode,
    },
    record::{
        ArtifactRow, AttackerRow, BountyRow, Bucket, CommandRow, CredentialRow, LogRow, Page, SessionRow,
        Stats,
    },
};
use serde_json::json;

use super::{Sample, sample, text};

const ID: &str = "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b";

fn user() -> UserView {
    UserView {
        uuid: ID.parse().unwrap(),
        username: "admin".parse().unwrap(),
        role: Role::Admin,
        must_change_password: true,
        created_at: 1,
    }
}

fn log() -> LogRow {
    LogRow {
        id: 1,
        timestamp: text(),
        decky: text(),
        service: text(),
        event_type: text(),
        attacker_ip: text(),
        fields: [(text(), text())].into(),
        msg: text(),
        raw_line: text(),
        source_worker: Some(text()),
        session: None,
        ignored: Some(7),
    }
}

fn page<T>(row: T) -> Page<T> {
    Page { total: 1, total_exact: true, limit: 50, offset: 0, data: vec![row], next: Some(text()) }
}

pub(super) fn all() -> Vec<Sample> {
    let mut all = of_accounts();
    all.extend(of_record());
    all.extend(of_system());
    all.extend(alerts::all());
    all
}

fn of_accounts() -> Vec<Sample> {
    let token = format!("dn_{}", "a".repeat(43));
    let answer = LoginAnswer {
        access_token: token.parse().unwrap(),
        token_type: TokenType::Bearer,
        must_change_password: false,
        expires_at: 1,
        role: Role::Viewer,
    };
    let session = LoginView {
        uuid: ID.parse().unwrap(),
        username: "admin".parse().unwrap(),
        created_at: 1,
        last_used_at: 2,
        expires_at: 3,
        address: text(),
        user_agent: text(),
        current: true,
    };
    vec![
        sample("LoginRequest", json!({"username": "admin", "password": "x"})),
        sample("ChangePassword", json!({"old_password": "x", "new_password": "long enough word"})),
        sample("NewUser", json!({"username": "b", "password": "long enough word", "role": "viewer"})),
        sample("ResetPassword", json!({"new_password": "long enough word"})),
        sample("SetRole", json!({"role": "admin"})),
        sample("LoginAnswer", answer),
        sample("LoginView", session),
        sample("UserView", user()),
        sample("Me", Me { user: user(), expires_at: 1 }),
        sample("Message", Message { message: text() }),
    ]
}

fn of_record() -> Vec<Sample> {
    let attacker = AttackerRow {
        uuid: ID.to_owned(),
        ip: text(),
        first_seen: text(),
        last_seen: text(),
        event_count: 1,
        service_count: 1,
        decky_count: 1,
        services: vec![text()],
        deckies: vec![text()],
        traversal_path: None,
        is_traversal: false,
        bounty_count: 1,
        credential_count: 1,
        command_count: 1,
        artifact_count: 1,
        is_proven: true,
        is_ignored: false,
    };
    let bounty = BountyRow {
        id: 1,
        timestamp: text(),
        last_seen: text(),
        uses: 1,
        decky: text(),
        service: text(),
        attacker_ip: text(),
        bounty_type: text(),
        payload: [(text(), text())].into(),
        credential: Some(1),
    };
    let credential = CredentialRow {
        id: 1,
        kind: text(),
        principal: None,
        secret: text(),
        first_seen: text(),
        last_seen: text(),
        uses: 1,
    };
    let command = CommandRow {
        id: 1,
        timestamp: text(),
        decky: text(),
        service: text(),
        event_type: text(),
        command: text(),
        session: Some(1),
    };
    vec![
        sample("Page_LogRow", page(log())),
        sample("Page_AttackerRow", page(attacker)),
        sample("Page_BountyRow", page(bounty)),
        sample("Page_CredentialRow", page(credential)),
        sample("Page_CommandRow", page(command)),
        sample("Page_SessionRow", page(session())),
        sample("Page_ArtifactRow", page(artifact())),
        sample("Bucket", Bucket { time: text(), count: 1 }),
        sample("Stats", Stats { total_logs: 1, unique_attackers: 1 }),
    ]
}

fn session() -> SessionRow {
    SessionRow {
        id: 1,
        name: text(),
        source_worker: None,
        decky: text(),
        service: text(),
        attacker_ip: text(),
        src_port: 1,
        first_seen: text(),
        last_seen: text(),
        event_count: 1,
        command_count: 1,
        bytes_in: 1,
        bytes_out: 1,
        ended: None,
        username: Some(text()),
    }
}

fn artifact() -> ArtifactRow {
    ArtifactRow {
        id: 1,
        timestamp: text(),
        decky: text(),
        service: text(),
        attacker_ip: text(),
        sha256: text(),
        size: 1,
        name: text(),
        source: text(),
        truncated: false,
    }
}

fn of_system() -> Vec<Sample> {
    let component = Component { status: ComponentState::Failing, detail: text() };
    let components = BTreeMap::from([("ingest".to_owned(), component)]);
    let config = ConfigView {
        role: Role::Admin,
        version: text(),
        mode: Mode::Swarm,
        record_days: Some(30),
        record_size: None,
        deployment_limit: 50,
        developer_mode: true,
        users: Some(vec![user()]),
    };
    let decky = DeckyView {
        name: text(),
        ip: Some(Ipv4Addr::new(192, 0, 2, 9)),
        hostname: Some(text()),
        archetype: None,
        services: vec![text()],
        state: text(),
        host: None,
        last_error: None,
    };
    let mode = DeploymentMode { mode: Mode::Unihost, role: text(), swarm_host_count: 0 };
    vec![
        sample("HealthView", HealthView { status: HealthState::Unhealthy, components }),
        sample("ConfigView", config),
        sample("DeckyView", decky),
        sample("DeploymentMode", mode),
    ]
}
