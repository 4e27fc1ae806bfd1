//! Who may: looked at before anything else of a request is.

use std::net::SocketAddr;

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use decnet_proto::{
    account::{AccessToken, Role},
    api::{Allowed, Route},
};
use decnet_record::accounts::Who;

use super::{accounts::Gatekeeper, refusal::Refusal};

/// Who was let in, and by which token: every request has it that is not open to anybody.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) who: Who,
    pub(super) token: AccessToken,
}

/// Lets nobody in who may not.
pub(super) async fn guard(
    State((gatekeeper, route)): State<(Gatekeeper, Route)>,
    mut request: Request,
    next: Next,
) -> Response {
    match admit(&gatekeeper, route, request.headers()).await {
        Ok(Some(caller)) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Ok(None) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

async fn admit(
    gatekeeper: &Gatekeeper,
    route: Route,
    headers: &HeaderMap,
) -> Result<Option<Caller>, Refusal> {
    let allowed = route.allowed();
    if allowed == Allowed::Anybody {
        return Ok(None);
    }
    let token = bearer(headers).ok_or(Refusal::Unknown)?;
    let who = gatekeeper.who(&token).await?;
    may(allowed, &who)?;
    Ok(Some(Caller { who, token }))
}

/// Whether `who` may ask what is for `allowed`.
fn may(allowed: Allowed, who: &Who) -> Result<(), Refusal> {
    match allowed {
        Allowed::Anybody | Allowed::Users => Ok(()),
        _ if who.must_change => Err(Refusal::ChangePassword),
        Allowed::Administrators if who.role != Role::Admin => Err(Refusal::NotPermitted),
        Allowed::Viewers | Allowed::Administrators => Ok(()),
    }
}

/// The token of the header. There is no other place for it: what stands in a path is in every log.
fn bearer(headers: &HeaderMap) -> Option<AccessToken> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim().parse().ok())?
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        parts.extensions.get::<Self>().cloned().ok_or(Refusal::Unknown)
    }
}

/// The address at the other end.
#[derive(Clone, Copy, Debug)]
pub(super) struct From(pub(super) SocketAddr);

impl<S: Send + Sync> FromRequestParts<S> for From {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let peer = parts.extensions.get::<SocketAddr>().copied().ok_or(Refusal::Unknown)?;
        Ok(Self(client(peer, &parts.headers)))
    }
}

/// The browser's address where our own page, on this host, handed the request on.
fn client(peer: SocketAddr, headers: &HeaderMap) -> SocketAddr {
    let told = headers.get("x-forwarded-for").and_then(|value| value.to_str().ok()?.parse().ok());
    match told {
        Some(ip) if peer.ip().is_loopback() => SocketAddr::new(ip, 0),
        _ => peer,
    }
}
