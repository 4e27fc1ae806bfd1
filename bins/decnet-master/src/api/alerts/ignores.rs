//! Whose doings raise no alerts.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use decnet_proto::{
    alert::{Ignore, IgnoreId, IgnoreRequest},
    api::Message,
};

use crate::api::{
    accounts::now,
    app::{Answer, Body, Id, Shared},
    auth::done,
    guard::Caller,
    refusal::Refusal,
};

pub(in crate::api) async fn ignores(State(app): Shared) -> Answer<Vec<Ignore>> {
    Ok(Json(app.alerting.read(|alerts| Ok(alerts.ignore_list()?)).await?))
}

pub(in crate::api) async fn ignore(State(app): Shared, id: Id<IgnoreId>) -> Answer<Ignore> {
    let Path(id) = id?;
    Ok(Json(app.alerting.read(move |alerts| alerts.ignore_fetch(id)).await?))
}

pub(in crate::api) async fn add_ignore(
    State(app): Shared,
    Caller { who, .. }: Caller,
    body: Body<IgnoreRequest>,
) -> Result<(StatusCode, Json<Ignore>), Refusal> {
    let Json(request) = body?;
    let author = who.username.to_string();
    let added = app.alerting.write(move |alerts| {
        let id = alerts.ignore_add(&request, &author, now())?;
        alerts.ignore_fetch(id)
    });
    let added = added.await?;
    tracing::info!("{} adds the entry {} to the ignore list", who.username, added.id);
    Ok((StatusCode::CREATED, Json(added)))
}

pub(in crate::api) async fn remove_ignore(
    State(app): Shared,
    Caller { who, .. }: Caller,
    id: Id<IgnoreId>,
) -> Answer<Message> {
    let Path(id) = id?;
    app.alerting.write(move |alerts| alerts.ignore_remove(id, now())).await?;
    tracing::info!("{} removes the entry {id} from the ignore list", who.username);
    Ok(done("entry removed"))
}
