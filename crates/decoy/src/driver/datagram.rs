//! Answering datagrams. Their source address is not proven, so each source has few a second.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use decnet_event::{Kind, Session, SessionId};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

use super::{Driver, Shared};
use crate::{Replies, caps};

/// Sources whose rate is remembered; a flood of invented ones forgets them all.
const SOURCES: usize = 4_096;

/// Opens a datagram port.
pub(super) fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    UdpSocket::from_std(socket.into())
}

/// Answers for ever.
pub(super) async fn answer(driver: Arc<Driver>, shared: Arc<Shared>, socket: UdpSocket) {
    let mut rates = Rates::default();
    let mut buffer = vec![0; caps::DATAGRAM];
    loop {
        let Ok((length, peer)) = socket.recv_from(&mut buffer).await else { continue };
        if !rates.admit(peer.ip(), Instant::now()) {
            if let Some(count) = shared.limits.refused("datagrams_per_second", Instant::now()) {
                let kind = Kind::LimitReached { limit: "datagrams_per_second", count };
                driver.host.emitter.emit(&shared.origin, None, kind);
            }
            continue;
        }
        driver.host.emitter.room().await;
        if let Some(service) = shared.service.datagrams() {
            let datagram = buffer.get(..length).unwrap_or_default();
            let replies = service.answer(datagram, peer, &driver.host);
            deliver(&driver, &shared, &socket, peer, replies).await;
        }
    }
}

async fn deliver(driver: &Driver, shared: &Shared, socket: &UdpSocket, peer: SocketAddr, replies: Replies) {
    let Ok(local) = socket.local_addr() else { return };
    let number = driver.sessions.fetch_add(1, Ordering::Relaxed);
    let session = Session { id: SessionId(shared.origin.boot.0.wrapping_add(number)), src: peer, dst: local };
    for kind in replies.events {
        driver.host.emitter.emit(&shared.origin, Some(session), kind);
    }
    let fresh = if replies.from_new_port { bind((local.ip(), 0).into()).ok() } else { None };
    let from = fresh.as_ref().unwrap_or(socket);
    for datagram in replies.datagrams {
        let _ = from.send_to(&datagram, peer).await;
    }
}

#[derive(Debug, Default)]
struct Rates {
    seen: HashMap<IpAddr, (Instant, u32)>,
}

impl Rates {
    fn admit(&mut self, source: IpAddr, now: Instant) -> bool {
        if self.seen.len() >= SOURCES && !self.seen.contains_key(&source) {
            self.seen.clear();
        }
        let (since, count) = self.seen.entry(source).or_insert((now, 0));
        if now.duration_since(*since).as_secs() >= 1 {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        *count <= caps::DATAGRAMS_PER_SECOND
    }
}
