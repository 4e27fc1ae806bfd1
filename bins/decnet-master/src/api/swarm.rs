//! The swarm: its controller is asked, and decides.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use decnet_proto::{
    api::{EnrollHost, Enrolment, Mode, PushRelease, RollBack, UpdateHosts},
    ids::HostId,
    swarm::{
        AGENT_PORT, UPDATER_PORT, WORKER_PORT,
        operator::{
            DeckiesQuery, DecommissionQuery, HostView, HostsQuery, ShardView, TOKEN_LIFE, Token, TokenRequest,
        },
        releases::{RollbackRequest, UpdateRequest},
    },
};

use super::{
    app::{Answer, App, Body, Id, Params, Shared},
    fleet::{Taken, taken},
    guard::Caller,
    refusal::Refusal,
};
use crate::controller::{Controller, reach, worker_address};

/// The controller, where there is to be one.
async fn controller(app: &App) -> Result<Controller, Refusal> {
    match app.settings.mode {
        Mode::Unihost => Err(Refusal::NoSwarm),
        Mode::Swarm => Ok(reach(&app.settings.config).await?),
    }
}

pub(super) async fn hosts(State(app): Shared, query: Params<HostsQuery>) -> Answer<Vec<HostView>> {
    let Query(asked) = query?;
    Ok(Json(controller(&app).await?.hosts(&asked).await?))
}

pub(super) async fn deckies(State(app): Shared, query: Params<DeckiesQuery>) -> Answer<Vec<ShardView>> {
    let Query(asked) = query?;
    Ok(Json(controller(&app).await?.deckies(&asked).await?))
}

pub(super) async fn decommission(
    State(app): Shared,
    Caller { who, .. }: Caller,
    id: Id<HostId>,
    query: Params<DecommissionQuery>,
) -> Taken {
    let (Path(id), Query(asked)) = (id?, query?);
    let operation = controller(&app).await?.decommission(id, asked).await?.operation;
    tracing::info!("{} takes the host {id} out of the swarm, operation {operation}", who.username);
    Ok(taken(&app, format!("host {id} is being taken out of the swarm"), operation))
}

/// The token shows in the answer, and nowhere else.
pub(super) async fn enroll(
    State(app): Shared,
    Caller { who, .. }: Caller,
    body: Body<EnrollHost>,
) -> Result<(StatusCode, Json<Enrolment>), Refusal> {
    let Json(wish) = body?;
    let usual = u16::try_from(app.settings.config.role.worker_port.get()).unwrap_or(WORKER_PORT);
    let master = worker_address(&wish.master_host, usual)
        .map_err(|rule| Refusal::Value(format!("master_host: {rule}")))?;
    let again = if wish.again { " --again" } else { "" };
    let command = |program: &str| format!("sudo {program} join https://{master}{again}");
    let updater_command = wish.with_updater.then(|| command("decnet-updater"));
    let name = wish.name.clone();
    let Token { token, host, expires_at } = controller(&app).await?.token(&invitation(wish)).await?;
    tracing::info!("{} lets the host {name}, {host}, into the swarm", who.username);
    let command = command("decnet-agent");
    let enrolment = Enrolment { token, command, updater_command, expires_at, host_uuid: host };
    Ok((StatusCode::CREATED, Json(enrolment)))
}

fn invitation(wish: EnrollHost) -> TokenRequest {
    TokenRequest {
        name: wish.name,
        address: wish.address,
        agent_port: AGENT_PORT,
        updater_port: UPDATER_PORT,
        again: wish.again,
        updater: wish.with_updater,
        ipvlan: wish.use_ipvlan,
        life: TOKEN_LIFE,
        notes: wish.notes,
    }
}

pub(super) async fn update_hosts(State(app): Shared) -> Answer<UpdateHosts> {
    let controller = controller(&app).await?;
    let (hosts, releases) = tokio::try_join!(controller.check(), controller.releases())?;
    Ok(Json(UpdateHosts { hosts, releases }))
}

pub(super) async fn push(State(app): Shared, Caller { who, .. }: Caller, body: Body<PushRelease>) -> Taken {
    let Json(PushRelease { host_uuids, all, worker, updater, wave }) = body?;
    let hosts = match (host_uuids, all) {
        (Some(hosts), false) if !hosts.is_empty() => Some(hosts),
        (None, true) => None,
        _ => return Err(Refusal::Value("either host_uuids names hosts, or all is true".to_owned())),
    };
    let request = UpdateRequest { hosts, worker, updater, wave, dry_run: false };
    let operation = controller(&app).await?.update(&request).await?.operation;
    let told = [&request.worker, &request.updater].into_iter().flatten();
    let releases: Vec<_> = told.map(|name| format!("{} {}", name.version, name.digest)).collect();
    let releases = releases.join(" and ");
    tracing::info!("{} brings {releases:?} to hosts, operation {operation}", who.username);
    Ok(taken(&app, "a release is being brought to hosts".to_owned(), operation))
}

pub(super) async fn roll_back(State(app): Shared, Caller { who, .. }: Caller, body: Body<RollBack>) -> Taken {
    let Json(RollBack { host_uuids: hosts }) = body?;
    let count = hosts.len();
    let operation = controller(&app).await?.roll_back(&RollbackRequest { hosts }).await?.operation;
    tracing::info!("{} switches {count} hosts back, operation {operation}", who.username);
    Ok(taken(&app, "hosts are being switched back".to_owned(), operation))
}
