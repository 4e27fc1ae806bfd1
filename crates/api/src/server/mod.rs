//! The accept loop of every API.

mod plain;
mod secure;
mod tls;

use std::{future::Future, io, pin::Pin, sync::Arc, time::Duration};

use axum::{Router, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tower_service::Service as _;

pub use plain::Plain;
pub use secure::Secure;
pub use tls::{Caller, Tls};

/// Bounds of a server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once, those that have not said who they are among them; others wait.
    pub connections: usize,
    /// How long a peer may take to say who it is.
    pub handshake: Duration,
    /// How long it may take for the head of a request, also between requests.
    pub head: Duration,
    /// How long requests have to end when the server does.
    pub last_words: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 64,
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(30),
            last_words: Duration::from_secs(5),
        }
    }
}

/// Pause after a connection that could not be taken, so as not to spin.
const BREATH: Duration = Duration::from_millis(200);

/// Where connections come in.
pub trait Door: Send + Sync + 'static {
    /// A connection whose other end has not said who it is.
    type Knock: Send + 'static;
    /// The connection then.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;
    /// Who that is; every request has it as an extension.
    type Peer: Clone + Send + Sync + 'static;

    /// Waits for the next connection.
    fn accept(&self) -> impl Future<Output = io::Result<Self::Knock>> + Send;

    /// Finds out who is there, or why it may not come in.
    fn enter(
        &self,
        knock: Self::Knock,
    ) -> impl Future<Output = io::Result<Entered<Self::Stream, Self::Peer>>> + Send;
}

/// A connection whose other end is known.
pub struct Entered<S, P> {
    /// The connection.
    pub stream: S,
    /// Who is there.
    pub peer: P,
    /// Comes when it may stay no longer: the connection is cut then.
    pub expelled: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// Serves until `ending` comes, then lets the requests that run end.
pub async fn serve<D: Door>(door: D, routes: Router, limits: Limits, ending: impl Future<Output = ()>) {
    let room = Arc::new(Semaphore::new(limits.connections));
    let (door, graceful) = (Arc::new(door), GracefulShutdown::new());
    let mut ending = std::pin::pin!(ending);
    loop {
        let accepted = tokio::select! {
            accepted = next(&*door, &room) => accepted,
            () = &mut ending => break,
        };
        match accepted {
            Ok((knock, permit)) => {
                let serving =
                    Serving { door: Arc::clone(&door), routes: routes.clone(), limits, _permit: permit };
                tokio::spawn(serving.run(knock, graceful.watcher()));
            }
            Err(error) => {
                tracing::warn!("cannot take a connection: {error}");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    if tokio::time::timeout(limits.last_words, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests had not ended after {} s", limits.last_words.as_secs());
    }
}

async fn next<D: Door>(door: &D, room: &Arc<Semaphore>) -> io::Result<(D::Knock, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.map_err(io::Error::other)?;
    Ok((door.accept().await?, permit))
}

/// One connection.
struct Serving<D> {
    door: Arc<D>,
    routes: Router,
    limits: Limits,
    _permit: OwnedSemaphorePermit,
}

impl<D: Door> Serving<D> {
    async fn run(self, knock: D::Knock, watcher: hyper_util::server::graceful::Watcher) {
        let entered = tokio::time::timeout(self.limits.handshake, self.door.enter(knock)).await;
        let Entered { stream, peer, expelled } = match entered {
            Ok(Ok(entered)) => entered,
            Ok(Err(error)) => return tracing::debug!("a connection was refused: {error}"),
            Err(_) => return tracing::debug!("a connection did not say who it is"),
        };
        let routes = self.routes.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer.clone());
            routes.clone().call(request)
        });
        let served = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.head)
            .serve_connection(TokioIo::new(stream), service);
        tokio::select! {
            served = watcher.watch(served) => {
                if let Err(error) = served {
                    tracing::debug!("a connection broke: {error}");
                }
            }
            () = expelled => tracing::info!("a connection was cut: its peer may stay no longer"),
        }
    }
}
