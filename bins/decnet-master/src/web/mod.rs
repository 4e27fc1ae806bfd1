//! `web`: the page, and the API behind it under the same address.
//!
//! A browser speaks to one server only: what begins with `/api/` is handed on to the API as it comes, events
//! and all; everything else is the page. It asks no other host for anything.

use std::{io, net::SocketAddr};

use axum::{
    Extension, Json, Router,
    extract::{Request, State},
    http::{
        HeaderValue, Method, StatusCode,
        header::{
            ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
            X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::any,
};
use decnet_api::{
    proxy::{ForwardError, forward},
    server::Limits,
};
use decnet_daemon::signals::Shutdown;
use decnet_proto::problem::{self, Problem, chain};

use crate::{
    api::{Certificate, Door},
    web::page::PAGE,
};

mod page;

/// Connections at once: each page has one for its events.
const CONNECTIONS: usize = 512;

/// What a page may: nothing but what comes from here.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Where the page is served, and where the API is.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Where browsers come.
    pub(crate) address: SocketAddr,
    /// What it shows of itself there; nothing without TLS.
    pub(crate) certificate: Option<Certificate>,
    /// The API.
    pub(crate) api: SocketAddr,
}

/// A server that listens.
#[derive(Debug)]
pub(crate) struct Bound {
    door: Door,
    api: SocketAddr,
}

impl Bound {
    /// Listens.
    ///
    /// # Errors
    /// The address is taken, or others could reach it without TLS.
    pub(crate) async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let door = Door::open(settings.address, settings.certificate.as_ref()).await?;
        Ok(Self { door, api: settings.api })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// As `getsockname`.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.door.address()
    }

    /// Answers until the shutdown.
    pub(crate) async fn serve(self, mut shutdown: Shutdown) {
        let routes = routes(self.api);
        let limits = Limits { connections: CONNECTIONS, ..Limits::default() };
        self.door.serve(routes, limits, async move { shutdown.requested().await }).await;
    }
}

fn routes(api: SocketAddr) -> Router {
    let page = PAGE.iter().fold(Router::new(), |router, file| {
        router.route(file.path, any(move |method: Method| async move { answer(&method, file) }))
    });
    page.route("/api/{*rest}", any(hand_on))
        .fallback(any(|method: Method| async move {
            // A path of the page is the page's own business.
            PAGE.first().map_or_else(|| StatusCode::NOT_FOUND.into_response(), |file| answer(&method, file))
        }))
        .layer(middleware::from_fn(guard))
        .with_state(api)
}

fn answer(method: &Method, file: &'static page::File) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, HEAD")]).into_response();
    }
    ([(CONTENT_TYPE, file.media_type), (CACHE_CONTROL, "no-cache")], file.content).into_response()
}

async fn hand_on(
    State(api): State<SocketAddr>,
    Extension(peer): Extension<SocketAddr>,
    request: Request,
) -> Response {
    forward(request, peer, api).await.unwrap_or_else(|error| refuse(&error))
}

fn refuse(error: &ForwardError) -> Response {
    tracing::warn!("a request could not be handed on: {}", chain(error));
    let problem = Problem {
        status: StatusCode::BAD_GATEWAY.as_u16(),
        title: "no API".to_owned(),
        detail: "the API does not answer: `decnet-master run` runs it, api-host and api-port say where"
            .to_owned(),
    };
    (StatusCode::BAD_GATEWAY, [(CONTENT_TYPE, problem::MEDIA_TYPE)], Json(problem)).into_response()
}

/// What browsers are told of every answer.
async fn guard(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let told: [(HeaderName, HeaderValue); 4] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    response.headers_mut().extend(told.map(|(name, value)| (Some(name), value)));
    response
}
