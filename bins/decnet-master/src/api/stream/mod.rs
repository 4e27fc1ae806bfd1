//! `/stream`: events as they come.
//!
//! ```text
//! record ──(newest id)──► Hub ──► Ring: the newest events, as JSON, once for all
//!                                   │ what is in it
//!                                   ▼
//!                    Client: a place, a search ──► body of the answer
//!                                   ▲
//!                 record ───────────┘ what is not in it any more
//! ```
//!
//! A client is a place in the record and nothing else: what it takes late is read later, and what it takes
//! again, by `Last-Event-ID`, begins where it was. Nothing is dropped for a slow one.

mod client;
mod frames;
mod hub;
mod ring;

use std::{convert::Infallible, io, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    http::{
        HeaderMap, HeaderName,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use decnet_proto::api::StreamQuery;
use futures_util::stream::{Stream, unfold};
use tokio::sync::mpsc;

use self::client::{Client, Wish};
pub(super) use self::hub::Hub;
use super::{
    accounts::Standing,
    app::{Params, Shared},
    guard::Caller,
    paging::search,
    refusal::Refusal,
};

/// Most who listen at once.
const LISTENERS: usize = 1536;

/// Messages that wait for a client.
const WAITING: usize = 4;

/// What a client has, as browsers say it.
const LAST_EVENT_ID: &str = "last-event-id";

/// No proxy shall gather what is sent.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

pub(super) async fn listen(
    State(app): Shared,
    Caller { token, .. }: Caller,
    headers: HeaderMap,
    query: Params<StreamQuery>,
) -> Result<Response, Refusal> {
    let query = query?.0;
    if app.hub.listeners() >= LISTENERS {
        return Err(Refusal::Busy);
    }
    let search = search(query.search.as_deref())?;
    let wish = Wish { search, after: after(&headers)?.or(query.last_event_id) };
    let (out, receiver) = mpsc::channel(WAITING);
    let standing = Standing { gatekeeper: app.gatekeeper.clone(), token };
    let (hub, asking, shutdown) = (Arc::clone(&app.hub), app.asking.clone(), app.shutdown.clone());
    tokio::spawn(Client { hub, asking, standing, out, shutdown }.run(wish));
    let head =
        [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-cache, no-store"), (UNBUFFERED, "no")];
    let messages = unfold(receiver, async |mut receiver: mpsc::Receiver<Bytes>| {
        receiver.recv().await.map(|message| (Ok::<_, Infallible>(message), receiver))
    });
    Ok((head, Body::from_stream(messages)).into_response())
}

fn after(headers: &HeaderMap) -> Result<Option<i64>, Refusal> {
    let Some(value) = headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let id = value.to_str().ok().and_then(|text| text.trim().parse().ok()).filter(|id| *id >= 0);
    let wrong = || Refusal::Value("Last-Event-ID: the id of an event, a whole number".to_owned());
    id.ok_or_else(wrong).map(Some)
}

/// What is sent, as the body of an answer; an error breaks it off.
pub(super) fn body(receiver: mpsc::Receiver<io::Result<Bytes>>) -> impl Stream<Item = io::Result<Bytes>> {
    unfold(receiver, async |mut receiver| receiver.recv().await.map(|bytes| (bytes, receiver)))
}
