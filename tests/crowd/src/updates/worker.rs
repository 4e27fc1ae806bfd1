//! A simulated worker.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context as _, Result};
use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use decnet_api::server::{Limits, serve};
use decnet_membership::{Join, Membership, Part, join};
use decnet_pki::clock::Clock;
use decnet_proto::swarm::{
    API_VERSION,
    updater::{CONTENT_DIGEST, Done, Health, Line, Outcome, ReleaseName, Releases, Route, Running, Seen},
};
use decnet_release::digest::Hasher;
use http_body_util::BodyExt as _;

use crate::operator::Operator;

/// What runs there.
#[derive(Debug)]
struct Runs {
    release: ReleaseName,
    boot: u32,
    taken: u64,
}

/// One of the crowd.
pub(crate) struct Worker {
    runs: Arc<Mutex<Runs>>,
}

type Served = State<Arc<Mutex<Runs>>>;

impl Worker {
    /// Joins as a host with an updater does, and answers its master from then on.
    pub(crate) async fn join(
        number: u16,
        port: u16,
        operator: &Operator,
        url: &str,
        folder: &Path,
    ) -> Result<Self> {
        let name = format!("worker-{number:03}");
        let token = operator.token(&name, port).await?;
        let how = |part: Part| {
            let dir = folder.join(format!("{name}-{}", part.program()));
            Join { part, url: url.to_owned(), token: token.clone(), dir, again: false }
        };
        join(&how(Part::Agent)).await?;
        let updater = how(Part::Updater);
        join(&updater).await?;
        let membership = Membership::open(Part::Updater, &updater.dir, Clock::system())?;
        let membership = membership.context("it has no identity")?;
        let door = membership.door(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        let release = ReleaseName { version: "1.0.0".to_owned(), digest: "0".repeat(64) };
        let runs = Arc::new(Mutex::new(Runs { release, boot: 1, taken: 0 }));
        let routes = Router::new()
            .route(Route::Health.path(), get(health))
            .route(Route::Releases.path(), get(releases))
            .route(Route::Update.path(), post(update))
            .with_state(Arc::clone(&runs));
        tokio::spawn(serve(door, routes, Limits::default(), std::future::pending()));
        Ok(Self { runs })
    }

    /// Whether a release runs there.
    pub(crate) fn runs(&self, release: &ReleaseName) -> bool {
        // Its digest is that of the manifest, which nobody looks at here.
        locked(&self.runs).release.version == release.version
    }

    /// Bytes that it took.
    pub(crate) fn taken(&self) -> u64 {
        locked(&self.runs).taken
    }
}

fn locked(runs: &Mutex<Runs>) -> MutexGuard<'_, Runs> {
    runs.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn health(State(runs): Served) -> Json<Health> {
    let runs = locked(&runs);
    let running = Running {
        version: runs.release.version.clone(),
        pid: 1,
        release: Some(runs.release.digest.clone()),
        boot: format!("boot-{}", runs.boot),
        functions: Vec::new(),
    };
    Json(Health {
        api: API_VERSION,
        version: "1.0.0".to_owned(),
        pid: 2,
        target: None,
        release: None,
        boot: "boot".to_owned(),
        agent: Some(Seen::Up(running.clone())),
        forwarder: Some(Seen::Up(running)),
        change: None,
    })
}

async fn releases(State(runs): Served) -> Json<Releases> {
    let current = Some(locked(&runs).release.clone());
    Json(Releases { worker: Line { current, ..Line::default() }, updater: Line::default() })
}

/// Takes an archive in, and runs what is in it, if its digest is what was told.
async fn update(State(runs): Served, headers: HeaderMap, mut body: Body) -> Result<Json<Done>, StatusCode> {
    let mut hash = Hasher::new();
    let mut head = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame.map_err(|_| StatusCode::BAD_REQUEST)?.into_data() else { continue };
        hash.update(&piece);
        locked(&runs).taken += piece.len() as u64;
        if head.len() < HEAD {
            head.extend_from_slice(&piece);
        }
    }
    let digest = format!("sha-256=:{}:", BASE64_STANDARD.encode(hash.finish().0));
    if headers.get(CONTENT_DIGEST).and_then(|told| told.to_str().ok()) != Some(&digest) {
        return Err(StatusCode::BAD_REQUEST);
    }
    let release = manifest(&head).map_err(|_| StatusCode::UNPROCESSABLE_ENTITY)?;
    let mut runs = locked(&runs);
    runs.release = release.clone();
    runs.boot += 1;
    Ok(Json(Done { outcome: Outcome::Updated, release, output: String::new() }))
}

/// As much of an archive as has its manifest.
const HEAD: usize = 64 * 1024;

/// The release that an archive says it is. Only the crowd's own come here, so nobody verifies it.
fn manifest(head: &[u8]) -> Result<ReleaseName> {
    use std::io::Read as _;
    let mut tar = vec![0; 4096];
    flate2::read::GzDecoder::new(head).read_exact(&mut tar)?;
    let size = tar.get(124..135).and_then(|field| std::str::from_utf8(field).ok());
    let size = usize::from_str_radix(size.context("no header")?.trim_matches('\0'), 8)?;
    let bytes = tar.get(512..512 + size).context("no manifest")?;
    let id = decnet_release::Manifest::parse(bytes)?.id();
    Ok(ReleaseName { version: id.version.to_string(), digest: id.digest.to_string() })
}
