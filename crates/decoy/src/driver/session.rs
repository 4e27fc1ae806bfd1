//! One connection from its first byte to its last event.

use std::{
    any::Any,
    future::poll_fn,
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{Arc, atomic::Ordering},
    task::Poll,
    time::Instant,
};

use decnet_event::{Kind, Session, SessionId};
use tokio::net::TcpStream;

use super::{Driver, Shared, limits::Place};
use crate::{Conn, End};

/// How a session ended.
enum Outcome {
    Ended(Result<(), End>),
    Panicked(String),
}

/// Serves one connection and says how it began and ended.
pub(super) async fn run(
    driver: Arc<Driver>,
    shared: Arc<Shared>,
    stream: TcpStream,
    peer: SocketAddr,
    local: SocketAddr,
    places: (Place, Place),
) {
    let started = Instant::now();
    let number = driver.sessions.fetch_add(1, Ordering::Relaxed);
    let id = SessionId(shared.origin.boot.0.wrapping_add(number));
    let session = Session { id, src: peer, dst: local };
    let mut conn = Conn::new(Box::new(stream), Arc::clone(&driver.host), Arc::clone(&shared.origin), session);
    conn.emit(Kind::Connect {});
    let mut gone = shared.gone.subscribe();
    let outcome = tokio::select! {
        _ = gone.wait_for(|gone| *gone) => Outcome::Ended(Err(End::Shutdown)),
        outcome = guarded(&shared, &mut conn) => outcome,
    };
    let reason = match &outcome {
        Outcome::Ended(Ok(())) => "service",
        Outcome::Ended(Err(end)) => end.reason(),
        Outcome::Panicked(_) => "error",
    };
    if let Outcome::Panicked(error) = outcome {
        conn.emit(Kind::SessionFault { error });
    }
    let (bytes_in, bytes_out) = conn.traffic();
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    conn.emit(Kind::Disconnect { reason, duration_ms, bytes_in, bytes_out });
    if reason == "service" {
        conn.close().await;
    }
    drop(conn);
    drop(places);
}

/// Runs the service; a panic ends this session and nothing else.
async fn guarded(shared: &Shared, conn: &mut Conn) -> Outcome {
    let mut serve = pin!(shared.service.serve(conn));
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| serve.as_mut().poll(cx))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(result)) => Poll::Ready(Outcome::Ended(result)),
        Err(panic) => Poll::Ready(Outcome::Panicked(message(panic.as_ref()))),
    })
    .await
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panic".to_owned())
}
