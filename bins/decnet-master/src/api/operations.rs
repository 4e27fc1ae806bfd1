//! Operations: how it goes with what was taken on.

mod begun;

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
};
use decnet_proto::{
    agent::OperationQuery,
    api::{FleetOperation, HostProgress, Mode},
    swarm::operator::{HostResult, OperationView, OperationsQuery},
};

pub(super) use self::begun::{Begun, Charge};
use super::{
    app::{Answer, App, Id, Params, Shared},
    refusal::Refusal,
};
use crate::controller::reach;

/// Most operations of a list.
const MOST: u32 = 1000;

pub(super) async fn operations(
    State(app): Shared,
    query: Params<OperationsQuery>,
) -> Answer<Vec<FleetOperation>> {
    let Query(asked) = query?;
    if !(1..=MOST).contains(&asked.limit) {
        return Err(Refusal::Value(format!("limit: from 1 to {MOST}")));
    }
    Ok(Json(match app.settings.mode {
        Mode::Unihost => app.begun.list(asked.limit),
        Mode::Swarm => {
            let controller = reach(&app.settings.config).await?;
            controller.operations(asked).await?.into_iter().map(of_swarm).collect()
        }
    }))
}

/// Who waits for news is told the latest when the API ends.
pub(super) async fn operation(
    State(app): Shared,
    id: Id<u64>,
    query: Params<OperationQuery>,
) -> Answer<FleetOperation> {
    let (Path(id), Query(seen)) = (id?, query?);
    let mut shutdown = app.shutdown.clone();
    tokio::select! {
        news = news(&app, id, seen) => news.map(Json),
        () = shutdown.requested() => news(&app, id, OperationQuery::default()).await.map(Json),
    }
}

async fn news(app: &Arc<App>, id: u64, seen: OperationQuery) -> Result<FleetOperation, Refusal> {
    match app.settings.mode {
        Mode::Unihost => {
            let known = app.begun.news(id, seen.after).await;
            known.ok_or_else(|| Refusal::Missing(format!("operation {id} that was taken on here lately")))
        }
        Mode::Swarm => {
            let controller = reach(&app.settings.config).await?;
            Ok(of_swarm(controller.operation(id, Some(seen)).await?))
        }
    }
}

fn of_swarm(view: OperationView) -> FleetOperation {
    FleetOperation {
        id: view.id,
        revision: view.revision,
        kind: view.kind,
        actor: view.actor,
        created_at: view.created_at,
        finished_at: view.finished_at,
        results: view.results.into_iter().map(of_worker).collect(),
        notes: view.notes,
    }
}

fn of_worker(result: HostResult) -> HostProgress {
    let (total, done) = result.steps;
    HostProgress {
        host: Some(result.host_name),
        host_uuid: Some(result.host_uuid),
        state: result.state,
        total,
        done,
        detail: result.detail,
        failures: result.failures,
        outcome: result.outcome,
        output: result.output,
    }
}
