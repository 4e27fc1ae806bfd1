//! Logging in and out.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, header::USER_AGENT},
};
use decnet_proto::{
    account::{ChangePassword, LoginAnswer, LoginId, LoginRequest, LoginView},
    api::{Me, Message},
};
use decnet_record::accounts::{judge, password};

use super::{
    accounts::now,
    app::{Answer, Body, Id, Shared},
    guard::{Caller, From},
};

pub(super) async fn log_in(
    State(app): Shared,
    From(peer): From,
    headers: HeaderMap,
    body: Body<LoginRequest>,
) -> Answer<LoginAnswer> {
    let Json(request) = body?;
    let agent = headers.get(USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned());
    Ok(Json(app.gatekeeper.log_in(request, peer.ip(), agent.unwrap_or_default()).await?))
}

pub(super) async fn log_out(State(app): Shared, Caller { who, .. }: Caller) -> Answer<Message> {
    app.gatekeeper.write(move |accounts| accounts.login_revoke(who.user, who.login)).await?;
    Ok(done("logged out"))
}

pub(super) async fn change_password(
    State(app): Shared,
    From(peer): From,
    Caller { who, .. }: Caller,
    body: Body<ChangePassword>,
) -> Answer<Message> {
    let Json(ChangePassword { old_password, new_password }) = body?;
    let verified = app.gatekeeper.verify(&who.username, &old_password, peer.ip()).await?;
    let name = who.username.clone();
    let hash = app.gatekeeper.compute(move || {
        judge(&new_password, &name, Some(&old_password))?;
        password::hash(&new_password)
    });
    let hash = hash.await?;
    app.gatekeeper
        .write(move |accounts| accounts.user_password_change(&verified, &hash, who.login, now()))
        .await?;
    app.settings.forget_first_password();
    tracing::info!("{} has another password", who.username);
    Ok(done("password changed"))
}

pub(super) async fn me(State(app): Shared, Caller { who, .. }: Caller) -> Answer<Me> {
    let user = app.gatekeeper.user(who.user).await?.view();
    Ok(Json(Me { user, expires_at: who.expires.0.div_euclid(1_000_000) }))
}

pub(super) async fn log_ins(State(app): Shared, Caller { who, .. }: Caller) -> Answer<Vec<LoginView>> {
    let (owner, lifetime) = (who.user, app.gatekeeper.lifetime());
    let found = app.gatekeeper.read(move |accounts| accounts.login_list(owner, lifetime, now())).await?;
    Ok(Json(found.iter().map(|login| login.view(&who)).collect()))
}

pub(super) async fn revoke_log_in(
    State(app): Shared,
    Caller { who, .. }: Caller,
    id: Id<LoginId>,
) -> Answer<Message> {
    let Path(id) = id?;
    app.gatekeeper.write(move |accounts| accounts.login_revoke(who.user, id)).await?;
    Ok(done("session ended"))
}

/// Says what was done.
pub(super) fn done(what: &str) -> Json<Message> {
    Json(Message { message: what.to_owned() })
}
