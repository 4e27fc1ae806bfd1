//! Settings that are changed here, and a record that is emptied.

use std::sync::Arc;

use axum::{Json, extract::State};
use decnet_proto::api::{DEPLOYMENT_LIMITS, Deleted, Emptied, Message, Route, SetDeploymentLimit};
use decnet_record::{Purged, Record, RecordError, Setting};

use super::{
    app::{Answer, App, Body, Shared},
    auth::done,
    guard::Caller,
    refusal::Refusal,
};

pub(super) async fn set_deployment_limit(
    State(app): Shared,
    Caller { who, .. }: Caller,
    body: Body<SetDeploymentLimit>,
) -> Answer<Message> {
    let Json(SetDeploymentLimit { deployment_limit: limit }) = body?;
    if !DEPLOYMENT_LIMITS.contains(&limit) {
        let (least, most) = DEPLOYMENT_LIMITS.into_inner();
        return Err(Refusal::Value(format!("deployment_limit: from {least} to {most}")));
    }
    tracing::info!("{} sets the deployment limit to {limit}", who.username);
    write(&app, move |record| record.set(Setting::DeploymentLimit, limit.into())).await?;
    Ok(done("deployment limit set"))
}

/// Without `developer` there is no such route.
pub(super) async fn empty_record(State(app): Shared, Caller { who, .. }: Caller) -> Answer<Emptied> {
    if !app.settings.config.decnet.developer {
        let route = Route::EmptyRecord;
        let text = format!("{} {} without `developer = true` in [decnet]", route.method(), route.path());
        return Err(Refusal::Missing(text));
    }
    tracing::warn!("{} empties the record", who.username);
    let Purged { events, sessions, attackers, bounties, credentials, artifacts } =
        write(&app, Record::purge).await?;
    // What was answered before is not true any more, though no event came.
    app.cache.clear();
    app.hub.begin_at(app.record.watch().newest());
    let deleted = Deleted { logs: events, bounties, attackers, sessions, credentials, artifacts };
    Ok(Json(Emptied { message: "the record is empty".to_owned(), deleted }))
}

/// Has the record changed, which blocks.
async fn write<T: Send + 'static>(
    app: &Arc<App>,
    work: impl FnOnce(&Record) -> Result<T, RecordError> + Send + 'static,
) -> Result<T, Refusal> {
    let record = app.record.clone();
    let done = tokio::task::spawn_blocking(move || work(&record)).await;
    Ok(done.map_err(|error| Refusal::Failed(error.into()))??)
}
