//! Accepting connections, also when there is no room for more.

use std::{
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use decnet_event::Kind;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};

use super::{Driver, Shared, session};

/// Connections that the system completes for a service before it accepts them.
const BACKLOG: i32 = 511;
/// How long accepting rests after the system refused a connection for want of resources.
const REST: Duration = Duration::from_millis(200);

/// Opens a listening port.
pub(super) fn tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Accepts for ever.
pub(super) async fn accept(driver: Arc<Driver>, shared: Arc<Shared>, listener: TcpListener) {
    loop {
        if driver.limits.is_full() || shared.limits.is_full() {
            refused(&driver, &shared, "connections");
        }
        driver.limits.room().await;
        shared.limits.room().await;
        match listener.accept().await {
            Ok((stream, peer)) => admit(&driver, &shared, stream, peer),
            // The peer was gone before we came: nothing happened.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(_) => {
                refused(&driver, &shared, "files");
                tokio::time::sleep(REST).await;
            }
        }
    }
}

fn admit(driver: &Arc<Driver>, shared: &Arc<Shared>, stream: TcpStream, peer: SocketAddr) {
    let source = peer.ip().to_canonical();
    let places = driver.limits.enter(source).zip(shared.limits.enter(source));
    match (places, stream.local_addr()) {
        (Some(places), Ok(local)) => {
            // A small answer must not wait for the acknowledgement of the one before.
            let _ = stream.set_nodelay(true);
            tokio::spawn(session::run(Arc::clone(driver), Arc::clone(shared), stream, peer, local, places));
        }
        (None, _) => refused(driver, shared, "connections_per_source"),
        (_, Err(_)) => {}
    }
}

fn refused(driver: &Driver, shared: &Shared, limit: &'static str) {
    if let Some(count) = shared.limits.refused(limit, Instant::now()) {
        driver.host.emitter.emit(&shared.origin, None, Kind::LimitReached { limit, count });
    }
}
