//! Attackers, and what they did.

use axum::{
    Json,
    extract::{Path, State},
};
use decnet_proto::{
    api::{AttackersQuery, CommandsQuery, PageQuery, SortBy},
    record::{ArtifactRow, AttackerRow, CommandRow, Page},
};
use decnet_record::{AttackerSort, Attackers};
use uuid::Uuid;

use super::{
    app::{Answer, Id, Params, Shared},
    paging::{paging, said},
    refusal::Refusal,
};

pub(super) async fn attackers(
    State(app): Shared,
    query: Params<AttackersQuery>,
) -> Answer<Page<AttackerRow>> {
    let query = query?.0;
    let paging = paging(&query.page())?;
    let sort = match query.sort_by.unwrap_or_default() {
        SortBy::Recent => AttackerSort::Recent,
        SortBy::Active => AttackerSort::Active,
        SortBy::Traversals => AttackerSort::Traversals,
    };
    let wanted = Attackers { sort, search: said(query.search), service: said(query.service) };
    Ok(Json(app.ask(move |reader| reader.attackers(&wanted, paging)).await?))
}

pub(super) async fn attacker(State(app): Shared, id: Id<Uuid>) -> Answer<AttackerRow> {
    let Path(id) = id?;
    let found = app.ask(move |reader| reader.attacker(id)).await?;
    found.map(Json).ok_or_else(|| missing(id))
}

pub(super) async fn commands(
    State(app): Shared,
    id: Id<Uuid>,
    query: Params<CommandsQuery>,
) -> Answer<Page<CommandRow>> {
    let (Path(id), query) = (id?, query?.0);
    let (service, paging) = (said(query.service.clone()), paging(&query.page())?);
    let found = app.ask(move |reader| reader.attacker_commands(id, service.as_deref(), paging)).await?;
    found.map(Json).ok_or_else(|| missing(id))
}

pub(super) async fn artifacts(
    State(app): Shared,
    id: Id<Uuid>,
    query: Params<PageQuery>,
) -> Answer<Page<ArtifactRow>> {
    let (Path(id), paging) = (id?, paging(&query?.0)?);
    let found = app.ask(move |reader| reader.attacker_artifacts(id, paging)).await?;
    found.map(Json).ok_or_else(|| missing(id))
}

fn missing(id: Uuid) -> Refusal {
    Refusal::Missing(format!("attacker {id}"))
}
