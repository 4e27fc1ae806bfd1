//! Whom alerts go to, and how far they are on their way.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use decnet_proto::{
    alert::{
        Delivery, DeliveryState, Receiver, ReceiverChange, ReceiverId, ReceiverRequest, Retried,
        RetryRequest, Trial,
    },
    api::{DeliveriesQuery, Message},
    record::Page,
};

use crate::api::{
    accounts::now,
    app::{Answer, Body, Id, Params, Shared},
    auth::done,
    guard::Caller,
    paging::paging,
    refusal::Refusal,
};

pub(in crate::api) async fn receivers(State(app): Shared) -> Answer<Vec<Receiver>> {
    Ok(Json(app.alerting.read(|alerts| Ok(alerts.receiver_list(now())?)).await?))
}

pub(in crate::api) async fn receiver(State(app): Shared, id: Id<ReceiverId>) -> Answer<Receiver> {
    let Path(id) = id?;
    Ok(Json(app.alerting.read(move |alerts| alerts.receiver_fetch(id, now())).await?))
}

pub(in crate::api) async fn add_receiver(
    State(app): Shared,
    Caller { who, .. }: Caller,
    body: Body<ReceiverRequest>,
) -> Result<(StatusCode, Json<Receiver>), Refusal> {
    let Json(request) = body?;
    let added = app.alerting.write(move |alerts| {
        let id = alerts.receiver_add(&request, now())?;
        alerts.receiver_fetch(id, now())
    });
    let added = added.await?;
    tracing::info!("{} adds the receiver {} of alerts", who.username, added.id);
    Ok((StatusCode::CREATED, Json(added)))
}

pub(in crate::api) async fn change_receiver(
    State(app): Shared,
    Caller { who, .. }: Caller,
    id: Id<ReceiverId>,
    body: Body<ReceiverChange>,
) -> Answer<Receiver> {
    let (Path(id), Json(change)) = (id?, body?);
    let changed = app.alerting.write(move |alerts| {
        alerts.receiver_change(id, &change, now())?;
        alerts.receiver_fetch(id, now())
    });
    let changed = changed.await?;
    // What had to wait for the one that it was may go to the one that it is.
    app.alerting.news.notify_one();
    tracing::info!("{} changes the receiver {id} of alerts", who.username);
    Ok(Json(changed))
}

pub(in crate::api) async fn remove_receiver(
    State(app): Shared,
    Caller { who, .. }: Caller,
    id: Id<ReceiverId>,
) -> Answer<Message> {
    let Path(id) = id?;
    app.alerting.write(move |alerts| alerts.receiver_remove(id)).await?;
    tracing::info!("{} removes the receiver {id} of alerts", who.username);
    Ok(done("receiver removed"))
}

/// Whatever comes of it is an answer: it is what was asked.
pub(in crate::api) async fn test_receiver(
    State(app): Shared,
    Caller { who, .. }: Caller,
    id: Id<ReceiverId>,
) -> Answer<Trial> {
    let Path(id) = id?;
    let target = app.alerting.read(move |alerts| alerts.receiver_target(id)).await?;
    let _room = app.alerting.trials.try_acquire().map_err(|_| Refusal::Busy)?;
    tracing::info!("{} tests the receiver {id} of alerts", who.username);
    let error = app.alerting.outlet.try_out(&target).await.err().map(|failure| failure.error);
    Ok(Json(Trial { delivered: error.is_none(), error }))
}

pub(in crate::api) async fn deliveries(
    State(app): Shared,
    id: Id<ReceiverId>,
    query: Params<DeliveriesQuery>,
) -> Answer<Page<Delivery>> {
    let (Path(id), query) = (id?, query?.0);
    let (state, paging) = (query.state.unwrap_or(DeliveryState::Dead), paging(&query.page())?);
    let found = app.alerting.read(move |alerts| {
        alerts.receiver_target(id)?;
        Ok(alerts.delivery_page(id, state, paging)?)
    });
    Ok(Json(found.await?))
}

pub(in crate::api) async fn retry_deliveries(
    State(app): Shared,
    Caller { who, .. }: Caller,
    id: Id<ReceiverId>,
    body: Body<RetryRequest>,
) -> Answer<Retried> {
    let (Path(id), Json(RetryRequest { alert })) = (id?, body?);
    let retried = app.alerting.write(move |alerts| {
        alerts.receiver_target(id)?;
        match alert {
            Some(alert) => alerts.dead_retry(alert, id, now()).map(|()| 1),
            None => Ok(alerts.dead_retry_all(id, now())?),
        }
    });
    let deliveries = retried.await?;
    app.alerting.news.notify_one();
    tracing::info!("{} has {deliveries} deliveries to the receiver {id} tried again", who.username);
    Ok(Json(Retried { deliveries }))
}
