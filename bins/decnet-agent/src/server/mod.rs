//! The agent's API over its Unix socket.

mod peer;
mod routes;
mod socket;

use std::{sync::Arc, time::Duration};

use axum::{Router, extract::Request};
use decnet_daemon::signals::Shutdown;
use decnet_engine::Engine;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{UnixListener, UnixStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tower_service::Service as _;

pub(crate) use socket::bind;

use crate::{agent::Agent, machine::Machine};

/// How many connections are served at once; others wait.
const CONNECTIONS: usize = 64;
/// How long a peer may take for the head of a request.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
/// How long requests have to end when the agent does.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// Pause after a connection that could not be taken, so as not to spin.
const BREATH: Duration = Duration::from_millis(200);

/// Serves the API until the shutdown, then lets the requests that run end.
pub(crate) async fn serve<E: Engine + 'static, M: Machine>(
    agent: Arc<Agent<E, M>>,
    listener: UnixListener,
    shutdown: Shutdown,
) {
    let routes = routes::router(agent, shutdown.clone());
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut ending = shutdown;
    loop {
        let accepted = tokio::select! {
            accepted = next(&listener, &room) => accepted,
            () = ending.requested() => break,
        };
        match accepted {
            Ok((stream, permit)) => connection(stream, permit, &routes, &graceful),
            Err(e) => {
                tracing::warn!("cannot take a connection: {e}");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    if tokio::time::timeout(LAST_WORDS, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests had not ended after {} s", LAST_WORDS.as_secs());
    }
}

async fn next(
    listener: &UnixListener,
    room: &Arc<Semaphore>,
) -> std::io::Result<(UnixStream, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, permit))
}

fn connection(
    stream: UnixStream,
    permit: OwnedSemaphorePermit,
    routes: &Router,
    graceful: &GracefulShutdown,
) {
    let standing = peer::standing(&stream);
    let routes = routes.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(standing);
        routes.clone().call(request)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .serve_connection(TokioIo::new(stream), service);
    let served = graceful.watch(served);
    tokio::spawn(async move {
        let _permit = permit;
        if let Err(e) = served.await {
            tracing::debug!("a connection broke: {e}");
        }
    });
}
