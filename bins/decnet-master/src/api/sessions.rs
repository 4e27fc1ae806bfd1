//! Conversations.

use axum::{
    Json,
    extract::{Path, State},
};
use decnet_proto::{
    api::{PageQuery, SessionsQuery},
    record::{LogRow, Page, SessionRow},
};
use decnet_record::Sessions;

use super::{
    app::{Answer, Id, Params, Shared},
    paging::{paging, said},
    refusal::Refusal,
};

pub(super) async fn sessions(State(app): Shared, query: Params<SessionsQuery>) -> Answer<Page<SessionRow>> {
    let query = query?.0;
    let paging = paging(&query.page())?;
    let wanted = Sessions {
        attacker_ip: said(query.attacker_ip),
        decky: said(query.decky),
        service: said(query.service),
    };
    Ok(Json(app.ask(move |reader| reader.sessions(&wanted, paging)).await?))
}

pub(super) async fn session(State(app): Shared, id: Id<i64>) -> Answer<SessionRow> {
    let Path(id) = id?;
    let found = app.ask(move |reader| reader.session(id)).await?;
    found.map(Json).ok_or_else(|| missing(id))
}

pub(super) async fn events(
    State(app): Shared,
    id: Id<i64>,
    query: Params<PageQuery>,
) -> Answer<Page<LogRow>> {
    let (Path(id), paging) = (id?, paging(&query?.0)?);
    let found = app.ask(move |reader| {
        Ok(match reader.session(id)? {
            Some(_) => Some(reader.session_events(id, paging)?),
            None => None,
        })
    });
    found.await?.map(Json).ok_or_else(|| missing(id))
}

fn missing(id: i64) -> Refusal {
    Refusal::Missing(format!("session {id}"))
}
