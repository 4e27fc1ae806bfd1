//! Deploying a fleet, and taking one down.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use decnet_composer::{
    diagnostic::{Checked, Diagnostics, Severity},
    fleet::FleetSpec,
};
use decnet_proto::{
    agent::{DeployRequest, TeardownRequest},
    api::{DeployFleet, Mode, TakenOn},
    ids::DeckyName,
    swarm::operator::{DeployRequest as SwarmDeploy, OperationKind, TeardownRequest as SwarmTeardown},
};

use super::{
    agent,
    findings::{findings, told},
    reading::read,
};
use crate::{
    agent::AgentError,
    api::{
        app::{App, Body, Id, Shared},
        guard::Caller,
        operations::Charge,
        refusal::Refusal,
    },
    controller::{ControllerError, reach},
    deployment::{self, Turn},
    fleet::Plans,
};

/// What was taken on.
pub(in crate::api) type Taken = Result<(StatusCode, Json<TakenOn>), Refusal>;

pub(in crate::api) async fn deploy(
    State(app): Shared,
    Caller { who, .. }: Caller,
    body: Body<DeployFleet>,
) -> Taken {
    let Json(DeployFleet { ini_content, no_cache }) = body?;
    let room = app.planning.room().await;
    let Checked { value: spec, warnings } = read(&app, ini_content).await?.map_err(refused)?;
    let message = format!("a fleet of {} deckies is being deployed", spec.deckies.len());
    let (its, actor) = (Arc::clone(&app), who.username.to_string());
    let raising = async move {
        let _room = room;
        match its.settings.mode {
            Mode::Unihost => raise(&its, &actor, &spec, &warnings, no_cache).await,
            Mode::Swarm => raise_on_swarm(&its, &spec, no_cache).await,
        }
    };
    let operation = to_its_end(raising).await?;
    tracing::info!("{}: {message}, operation {operation}", who.username);
    Ok(taken(&app, message, operation))
}

pub(in crate::api) async fn tear_down(State(app): Shared, Caller { who, .. }: Caller) -> Taken {
    take_down(&app, who.username.to_string(), None).await
}

pub(in crate::api) async fn tear_down_decky(
    State(app): Shared,
    Caller { who, .. }: Caller,
    name: Id<DeckyName>,
) -> Taken {
    let Path(name) = name?;
    take_down(&app, who.username.to_string(), Some(name)).await
}

async fn take_down(app: &Arc<App>, actor: String, decky: Option<DeckyName>) -> Taken {
    let what = decky.as_ref().map_or_else(|| "the fleet".to_owned(), |name| format!("decky {name}"));
    let (its, who) = (Arc::clone(app), actor.clone());
    let work = async move {
        match its.settings.mode {
            Mode::Unihost => take_down_on_host(&its, &who, decky).await,
            Mode::Swarm => {
                let controller = reach(&its.settings.config).await?;
                Ok(controller.teardown(&SwarmTeardown { host_uuid: None, decky_id: decky }).await?.operation)
            }
        }
    };
    let operation = to_its_end(work).await?;
    let message = format!("{what} is being taken down");
    tracing::info!("{actor}: {message}, operation {operation}");
    Ok(taken(app, message, operation))
}

/// What was begun comes to its end also where nobody waits for it any more.
async fn to_its_end(
    work: impl Future<Output = Result<u64, Refusal>> + Send + 'static,
) -> Result<u64, Refusal> {
    tokio::spawn(work).await.map_err(|error| Refusal::Failed(error.into()))?
}

/// Says that an operation was taken on.
pub(in crate::api) fn taken(app: &App, message: String, operation: u64) -> (StatusCode, Json<TakenOn>) {
    (StatusCode::ACCEPTED, Json(TakenOn { message, mode: app.settings.mode, operation }))
}

/// Has the agent of this host do it, as `decnet-master deploy` does.
async fn raise(
    app: &App,
    actor: &str,
    spec: &FleetSpec,
    warnings: &Diagnostics,
    no_cache: bool,
) -> Result<u64, Refusal> {
    let state = &app.settings.config.decnet.state_directory;
    let turn = Turn::take(state)?;
    let client = agent(app);
    let planned = deployment::plan(&client, state, spec).await?;
    let request = DeployRequest { plan: planned.value, no_cache, parallel: None };
    let accepted = client.deploy(&request).await?;
    let notes = warnings.0.iter().chain(&planned.warnings.0).map(ToString::to_string).collect();
    let charge = Charge { kind: OperationKind::Deploy, actor: actor.to_owned(), notes };
    Ok(app.begun.follow(client, accepted, charge, turn))
}

async fn raise_on_swarm(app: &App, fleet: &FleetSpec, no_cache: bool) -> Result<u64, Refusal> {
    let controller = reach(&app.settings.config).await?;
    match controller.deploy(&SwarmDeploy { fleet, no_cache, dry_run: false }).await {
        Ok(accepted) => Ok(accepted.operation),
        Err(ControllerError::Refused(problem)) if problem.status == 422 => Err(Refusal::Fleet {
            findings: told(problem.detail.lines(), Severity::Error),
            text: problem.detail,
        }),
        Err(error) => Err(error.into()),
    }
}

async fn take_down_on_host(app: &App, actor: &str, decky: Option<DeckyName>) -> Result<u64, Refusal> {
    let (client, state) = (agent(app), &app.settings.config.decnet.state_directory);
    // Without an agent and without a plan there is nothing to take down.
    if matches!(client.health().await, Err(AgentError::Absent { .. })) && Plans::of(state).latest()?.is_none()
    {
        return Err(decky.map_or(Refusal::NothingDeployed, |name| Refusal::Missing(format!("decky {name}"))));
    }
    let turn = Turn::take(state)?;
    let request = decky.map_or(TeardownRequest::All, TeardownRequest::Decky);
    let accepted = client.teardown(&request).await?;
    let charge = Charge { kind: OperationKind::Teardown, actor: actor.to_owned(), notes: Vec::new() };
    Ok(app.begun.follow(client, accepted, charge, turn))
}

/// A fleet that cannot be.
pub(in crate::api) fn refused(found: Diagnostics) -> Refusal {
    Refusal::Fleet { text: found.to_string(), findings: findings(&found) }
}
