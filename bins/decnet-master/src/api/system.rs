//! What the API tells of the master itself.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::IntoResponse,
};
use decnet_api::status::{Exposition, Measure};
use decnet_proto::{
    account::Role,
    api::{Component, ComponentState, ConfigView, HealthState, HealthView},
};
use decnet_record::Reader;

use super::{
    accounts::now,
    app::{Answer, App, Shared},
    fleet,
    guard::Caller,
    metrics as measures,
};

/// Type of the measurements.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The document, as the documentation has it; `cargo xtask docs` writes it from the table of routes.
const DOCUMENT: &str = include_str!("../../../../docs/reference/api/master.json");

/// Bytes of the log that may wait without a word.
const LAG: u64 = 64 << 20;

/// Parts without which the master is not what it is for.
const CRITICAL: [&str; 2] = ["database", "ingest"];

pub(super) async fn health(State(app): Shared) -> (StatusCode, Json<HealthView>) {
    let mut components = BTreeMap::new();
    components.insert("database".to_owned(), database(&app).await);
    components.insert("ingest".to_owned(), ingest(&app));
    let (name, other) = fleet::health(&app).await;
    components.insert(name.to_owned(), other);
    let failing: Vec<&String> = components
        .iter()
        .filter(|(_, it)| it.status == ComponentState::Failing)
        .map(|(name, _)| name)
        .collect();
    let status = match failing.iter().any(|name| CRITICAL.contains(&name.as_str())) {
        true => HealthState::Unhealthy,
        false if failing.is_empty() => HealthState::Healthy,
        false => HealthState::Degraded,
    };
    let code = match status {
        HealthState::Unhealthy => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    };
    (code, Json(HealthView { status, components }))
}

async fn database(app: &App) -> Component {
    match app.ask(Reader::newest).await {
        Ok(_) => component(ComponentState::Ok, ""),
        Err(_) => component(ComponentState::Failing, "it does not answer"),
    }
}

fn ingest(app: &App) -> Component {
    let status = app.record.status();
    match status {
        _ if status.paused.is_some() => component(ComponentState::Failing, "nothing can be kept for now"),
        _ if status.lag > LAG => {
            component(ComponentState::Ok, &format!("{} MiB of the log wait", status.lag >> 20))
        }
        _ => component(ComponentState::Ok, ""),
    }
}

/// A part, and how it is.
pub(super) fn component(status: ComponentState, detail: &str) -> Component {
    Component { status, detail: detail.to_owned() }
}

pub(super) async fn metrics(State(app): Shared) -> impl IntoResponse {
    let mut text = Exposition::default();
    measures::record(&app.record.status(), app.record.watch().newest(), &mut text);
    app.counters.measure(&mut text);
    // Whoever measures is not refused because of one number.
    let receivers = app.alerting.read(|alerts| Ok(alerts.receiver_list(now())?)).await.unwrap_or_default();
    measures::alerts(app.record.watch().alerts(), &receivers, &mut text);
    let listeners = u32::try_from(app.hub.listeners()).unwrap_or(u32::MAX);
    text.number("decnet_api_listeners", Measure::Gauge, "Who hears events as they come.", listeners);
    ([(CONTENT_TYPE, TEXT)], text.into_text())
}

pub(super) async fn document() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT)
}

pub(super) async fn config(State(app): Shared, Caller { who, .. }: Caller) -> Answer<ConfigView> {
    let users = match who.role {
        Role::Admin => {
            let users = app.gatekeeper.read(|accounts| accounts.user_list()).await?;
            Some(users.iter().map(decnet_record::accounts::User::view).collect())
        }
        Role::Viewer => None,
    };
    let deployment_limit = fleet::limit(&app).await?;
    let (role, host) = (&app.settings.config.role, &app.settings.config.decnet);
    Ok(Json(ConfigView {
        role: who.role,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        mode: app.settings.mode,
        deployment_limit,
        developer_mode: host.developer,
        record_days: role.record_days.map(|days| days.get()),
        record_size: role.record_size.map(|size| size.get()),
        users,
    }))
}
