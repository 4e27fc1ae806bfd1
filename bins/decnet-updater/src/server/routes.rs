//! Routes of [`decnet_proto::swarm::updater::Route`] and what answers them.

use axum::{
    Json, Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, header::CONTENT_LENGTH},
    routing::{MethodRouter, get, post},
};
use decnet_daemon::provenance;
use decnet_proto::swarm::{
    API_VERSION,
    updater::{ARCHIVE_MAX, CONTENT_DIGEST, Chain, Done, Health, Outcome, Releases, Route},
};
use decnet_release::{Digest, Target};
use tokio::task::spawn_blocking;

use super::digest;
use crate::{
    changes::{Changes, Turn},
    failure::Undone,
    incoming::Incoming,
    own::Watchdog,
};

/// What every handler gets.
#[derive(Clone)]
struct Shared {
    changes: Changes,
    watchdog: Watchdog,
}

pub(super) fn router(changes: Changes, watchdog: Watchdog) -> Router {
    Route::ALL
        .into_iter()
        .fold(Router::new(), |router, route| router.route(route.path(), handler(route)))
        .fallback(nowhere)
        .method_not_allowed_fallback(nowhere)
        .with_state(Shared { changes, watchdog })
}

fn handler(route: Route) -> MethodRouter<Shared> {
    match route {
        Route::Health => get(health),
        Route::Releases => get(releases),
        Route::Update => post(update),
        Route::UpdateSelf => post(update_self),
        Route::Rollback => post(rollback),
    }
}

async fn nowhere(request: Request) -> Undone {
    let path: String = request.uri().path().chars().take(256).collect();
    Undone::Nowhere(format!("{} {path}", request.method()))
}

async fn health(State(shared): State<Shared>) -> Json<Health> {
    let changes = shared.changes;
    let places = changes.settings().places.clone();
    let (agent, forwarder) = tokio::join!(places.agent(), places.forwarder());
    let change = spawn_blocking(move || changes.under_way()).await.unwrap_or_default();
    Json(Health {
        api: API_VERSION,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        target: Some(Target::own().to_string()),
        release: provenance::release(),
        boot: provenance::boot(),
        agent: Some(agent),
        forwarder: Some(forwarder),
        change,
    })
}

async fn releases(State(shared): State<Shared>) -> Result<Json<Releases>, Undone> {
    shared.changes.releases().await.map(Json)
}

async fn update(State(shared): State<Shared>, request: Request) -> Result<Json<Done>, Undone> {
    let asked = asked(&shared, request.headers(), Chain::Worker).await;
    let body = request.into_body();
    match asked {
        Ok((announced, turn)) => {
            take_in(body, |archive| async move { shared.changes.update(turn, archive, announced).await })
                .await
        }
        Err(undone) => refuse(body, undone).await,
    }
}

async fn update_self(State(shared): State<Shared>, request: Request) -> Result<Json<Done>, Undone> {
    let confirmed = is_confirmed(request.uri().query().unwrap_or_default());
    let confirmed = confirmed.then_some(()).ok_or_else(|| {
        Undone::Malformed("confirm_self=true says that the updater itself is meant".to_owned())
    });
    let asked = match confirmed {
        Ok(()) => asked(&shared, request.headers(), Chain::Updater).await,
        Err(undone) => Err(undone),
    };
    let body = request.into_body();
    let done = match asked {
        Ok((announced, turn)) => {
            let changes = shared.changes;
            take_in(body, |archive| async move { changes.prepare(turn, archive, announced).await }).await
        }
        Err(undone) => refuse(body, undone).await,
    };
    if let Ok(Json(Done { outcome: Outcome::Queued, .. })) = &done {
        shared.watchdog.wake();
    }
    done
}

/// What comes, and the right to change to it.
async fn asked(shared: &Shared, headers: &HeaderMap, chain: Chain) -> Result<(Digest, Turn), Undone> {
    let announced = announced(headers)?;
    Ok((announced, shared.changes.begin(chain).await?))
}

async fn rollback(State(shared): State<Shared>) -> Result<Json<Done>, Undone> {
    let turn = shared.changes.begin(Chain::Worker).await?;
    shared.changes.rollback(turn).await.map(Json)
}

/// Reads a body while something is made of it. It goes on when who asked goes away.
async fn take_in<F>(body: Body, made: impl FnOnce(Incoming) -> F) -> Result<Json<Done>, Undone>
where
    F: Future<Output = Result<Done, Undone>> + Send + 'static,
{
    let (taking, archive) = Incoming::of(body);
    let made = tokio::spawn(made(archive));
    let ((), made) = tokio::join!(taking, made);
    made.unwrap_or_else(|error| Err(Undone::Broken(error.to_string(), String::new()))).map(Json)
}

/// Refuses a request, after what it brings was taken in for a while: who sends may not listen before.
async fn refuse(body: Body, undone: Undone) -> Result<Json<Done>, Undone> {
    let (taking, archive) = Incoming::of(body);
    drop(archive);
    taking.await;
    Err(undone)
}

/// The digest of the archive that comes, if the headers are those of one.
fn announced(headers: &HeaderMap) -> Result<Digest, Undone> {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if let Some(length) = length.filter(|length| *length > ARCHIVE_MAX) {
        return Err(Undone::Large(length));
    }
    digest::announced(headers)
        .ok_or_else(|| Undone::Malformed(format!("{CONTENT_DIGEST} must be sha-256=:…: of the archive")))
}

fn is_confirmed(query: &str) -> bool {
    let mut members = query.split('&').filter_map(|member| member.strip_prefix("confirm_self="));
    members.next().is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_updater_itself_is_meant_only_when_somebody_says_so() {
        for query in ["confirm_self=true", "confirm_self=TRUE", "x=1&confirm_self=True"] {
            assert!(is_confirmed(query), "{query}");
        }
        let first = "confirm_self=false&confirm_self=true";
        for query in ["", "confirm_self", "confirm_self=", "confirm_self=1", "xconfirm_self=true", first] {
            assert!(!is_confirmed(query), "{query}");
        }
    }
}
