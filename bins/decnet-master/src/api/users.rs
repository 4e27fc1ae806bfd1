//! Users, for administrators.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use decnet_proto::{
    account::{NewUser, ResetPassword, SetRole, UserId, UserView},
    api::Message,
};
use decnet_record::accounts::{NewAccount, User, judge, password};

use super::{
    accounts::now,
    app::{Answer, Body, Id, Shared},
    auth::done,
    guard::Caller,
    refusal::Refusal,
};

pub(super) async fn users(State(app): Shared) -> Answer<Vec<UserView>> {
    let users = app.gatekeeper.read(|accounts| accounts.user_list()).await?;
    Ok(Json(users.iter().map(User::view).collect()))
}

pub(super) async fn add_user(
    State(app): Shared,
    Caller { who, .. }: Caller,
    body: Body<NewUser>,
) -> Result<(StatusCode, Json<UserView>), Refusal> {
    let Json(NewUser { username, password, role }) = body?;
    let name = username.clone();
    let hash = app.gatekeeper.compute(move || {
        judge(&password, &name, None)?;
        password::hash(&password)
    });
    let hash = hash.await?;
    tracing::info!("{} adds the user {username}, {}", who.username, role.word());
    let added = app.gatekeeper.write(move |accounts| {
        let new = NewAccount { username: &username, hash: &hash, role, must_change: true };
        let id = accounts.user_create(new, now())?;
        accounts.user(id)
    });
    Ok((StatusCode::CREATED, Json(added.await?.view())))
}

pub(super) async fn remove_user(
    State(app): Shared,
    Caller { who, .. }: Caller,
    id: Id<UserId>,
) -> Answer<Message> {
    let Path(id) = id?;
    tracing::info!("{} removes the user {id}", who.username);
    app.gatekeeper.write(move |accounts| accounts.user_remove(id, Some(who.user))).await?;
    Ok(done("user removed"))
}

pub(super) async fn set_role(
    State(app): Shared,
    Caller { who, .. }: Caller,
    id: Id<UserId>,
    body: Body<SetRole>,
) -> Answer<Message> {
    let (Path(id), Json(SetRole { role })) = (id?, body?);
    tracing::info!("{} makes the user {id} {}", who.username, role.word());
    app.gatekeeper.write(move |accounts| accounts.user_role_set(id, role, Some(who.user))).await?;
    Ok(done("role set"))
}

pub(super) async fn reset_password(
    State(app): Shared,
    Caller { who, .. }: Caller,
    id: Id<UserId>,
    body: Body<ResetPassword>,
) -> Answer<Message> {
    let (Path(id), Json(ResetPassword { new_password })) = (id?, body?);
    let name = app.gatekeeper.user(id).await?.username;
    let hash = app.gatekeeper.compute(move || {
        judge(&new_password, &name, None)?;
        password::hash(&new_password)
    });
    let hash = hash.await?;
    tracing::info!("{} gives the user {id} another password", who.username);
    app.gatekeeper.write(move |accounts| accounts.user_password_reset(id, &hash, now())).await?;
    Ok(done("password reset"))
}
