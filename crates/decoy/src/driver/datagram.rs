//! Answering datagrams. Their source address is not proven, so each source has few a second,
//! and few bytes of answers.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
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
            rates.answered(peer.ip(), replies.datagrams.iter().map(Vec::len).sum());
            deliver(&driver, &shared, &socket, peer, replies).await;
        }
    }
}

async fn deliver(driver: &Driver, shared: &Shared, socket: &UdpSocket, peer: SocketAddr, replies: Replies) {
    let Ok(local) = socket.local_addr() else { return };
    let number = driver.sessions.fetch_add(1, Ordering::Relaxed);
    let id = SessionId(shared.origin.boot.0.wrapping_add(number));
    let session = Session { id, src: peer, dst: reached(local, driver.host.persona.ip) };
    for kind in replies.events {
        driver.host.emitter.emit(&shared.origin, Some(session), kind);
    }
    let fresh = if replies.from_new_port { bind((local.ip(), 0).into()).ok() } else { None };
    let from = fresh.as_ref().unwrap_or(socket);
    for datagram in replies.datagrams {
        let _ = from.send_to(&datagram, peer).await;
    }
}

/// The address that was reached: a port that hears all addresses has none, and a decky has one.
fn reached(local: SocketAddr, own: Ipv4Addr) -> SocketAddr {
    if local.ip().is_unspecified() { (own, local.port()).into() } else { local }
}

/// What each source may still have: a burst as large as one reader of everything needs, and then
/// so little that who invents a source floods nobody with our answers.
#[derive(Debug, Default)]
struct Rates {
    seen: HashMap<IpAddr, Rate>,
}

#[derive(Clone, Copy, Debug)]
struct Rate {
    at: Instant,
    datagrams: f64,
    bytes: f64,
}

impl Rate {
    const fn full(at: Instant) -> Self {
        Self { at, datagrams: DATAGRAMS, bytes: BYTES }
    }
}

const DATAGRAMS: f64 = caps::DATAGRAM_BURST as f64;
const BYTES: f64 = caps::REPLY_BURST as f64;

impl Rates {
    fn admit(&mut self, source: IpAddr, now: Instant) -> bool {
        if self.seen.len() >= SOURCES && !self.seen.contains_key(&source) {
            self.seen.clear();
        }
        let rate = self.seen.entry(source).or_insert_with(|| Rate::full(now));
        let passed = now.duration_since(rate.at).as_secs_f64();
        rate.at = now;
        rate.datagrams = (rate.datagrams + passed * f64::from(caps::DATAGRAMS_PER_SECOND)).min(DATAGRAMS);
        rate.bytes = (rate.bytes + passed * f64::from(caps::REPLY_BYTES_PER_SECOND)).min(BYTES);
        let admitted = rate.datagrams >= 1.0 && rate.bytes > 0.0;
        if admitted {
            rate.datagrams -= 1.0;
        }
        admitted
    }

    /// Takes what was answered off what the source may still have.
    fn answered(&mut self, source: IpAddr, bytes: usize) {
        if let Some(rate) = self.seen.get_mut(&source) {
            rate.bytes -= bytes as f64;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_port_on_all_addresses_is_reached_at_the_deckys() {
        let own = Ipv4Addr::new(10, 0, 0, 7);
        let check = |local: &str, expect: &str| {
            assert_eq!(reached(local.parse().unwrap(), own), expect.parse().unwrap());
        };
        check("0.0.0.0:161", "10.0.0.7:161");
        check("127.0.0.1:10161", "127.0.0.1:10161");
    }

    #[test]
    fn a_source_has_a_burst_and_then_little() {
        let mut rates = Rates::default();
        let start = Instant::now();
        let (one, other) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        let admitted = (0..2 * caps::DATAGRAM_BURST).filter(|_| rates.admit(one, start)).count();
        assert_eq!(admitted, caps::DATAGRAM_BURST as usize);
        assert!(rates.admit(other, start));
        let later = start + Duration::from_secs(1);
        let admitted = (0..2 * caps::DATAGRAM_BURST).filter(|_| rates.admit(one, later)).count();
        assert_eq!(admitted, caps::DATAGRAMS_PER_SECOND as usize);
    }

    #[test]
    fn a_source_is_not_flooded_with_answers() {
        let mut rates = Rates::default();
        let start = Instant::now();
        let source = [10, 0, 0, 1].into();
        assert!(rates.admit(source, start));
        rates.answered(source, caps::REPLY_BURST as usize + caps::REPLY_BYTES_PER_SECOND as usize);
        assert!(!rates.admit(source, start));
        assert!(!rates.admit(source, start + Duration::from_millis(900)));
        assert!(rates.admit(source, start + Duration::from_millis(1_100)));
    }

    #[test]
    fn invented_sources_take_no_memory() {
        let mut rates = Rates::default();
        let start = Instant::now();
        for number in 0..2 * SOURCES as u32 {
            rates.admit(std::net::Ipv4Addr::from(number).into(), start);
        }
        assert!(rates.seen.len() <= SOURCES);
    }
}
