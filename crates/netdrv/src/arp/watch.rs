//! Hearing machines that use an address of ours.

use std::{
    collections::BTreeMap,
    io,
    net::Ipv4Addr,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use decnet_proto::mac::Mac;
use tokio::sync::mpsc;

use super::{packet, socket::Socket};
use crate::{
    error::{NEEDS_NET_RAW, NetError},
    interface::{interfaces, named},
};

/// How long the thread waits for a packet before it looks whether it is still wanted.
const PATIENCE: Duration = Duration::from_millis(250);
/// Claims that wait to be heard; more of the same say nothing new.
const QUEUE: usize = 64;

/// Addresses of ours, and the Ethernet address that may use each.
pub type Expected = BTreeMap<Ipv4Addr, Mac>;

/// A machine that uses an address of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// The address.
    pub ip: Ipv4Addr,
    /// The machine's Ethernet address.
    pub mac: Mac,
}

/// A watch on one interface, for as long as it is kept.
///
/// Only packets that everybody gets are heard, as questions and announcements are: whoever comes to
/// a LAN sends one before it can speak to anybody.
#[derive(Debug)]
pub struct Watch {
    expected: Arc<RwLock<Expected>>,
    claims: mpsc::Receiver<Claim>,
    ended: Arc<AtomicBool>,
}

impl Watch {
    /// Begins, with no address of ours.
    ///
    /// # Errors
    /// [`NetError`] when there is no such interface, or the rights for raw packets are missing.
    pub async fn on(interface: &str) -> Result<Self, NetError> {
        let all = interfaces().await?;
        let found = named(&all, interface)?;
        let failed = |error| NetError::of("listen to ARP", error, NEEDS_NET_RAW);
        // The socket is made here, in the namespace of the caller's thread.
        let socket = Socket::open(found.index, PATIENCE).map_err(failed)?;
        let (sender, claims) = mpsc::channel(QUEUE);
        let watch = Self { expected: Arc::default(), claims, ended: Arc::default() };
        let (expected, ended) = (Arc::clone(&watch.expected), Arc::clone(&watch.ended));
        let run = move || {
            if let Err(error) = listen(socket, &expected, &ended, &sender) {
                tracing::warn!("no longer listening to ARP: {error}");
            }
        };
        thread::Builder::new().name("arp-watch".to_owned()).spawn(run).map_err(failed)?;
        Ok(watch)
    }

    /// Replaces the addresses of ours.
    pub fn expect(&self, expected: Expected) {
        // It is replaced as a whole; nothing can be half done.
        *self.expected.write().unwrap_or_else(PoisonError::into_inner) = expected;
    }

    /// Waits for the next claim; none when the interface is gone.
    pub async fn next(&mut self) -> Option<Claim> {
        self.claims.recv().await
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

fn listen(
    mut socket: Socket,
    expected: &RwLock<Expected>,
    ended: &AtomicBool,
    claims: &mpsc::Sender<Claim>,
) -> io::Result<()> {
    while !ended.load(Ordering::Relaxed) {
        let Some((ip, mac)) = socket.receive()?.and_then(packet::claim) else { continue };
        let ours = expected.read().unwrap_or_else(PoisonError::into_inner).get(&ip).copied();
        if ours.is_some_and(|ours| ours != mac) {
            // A full queue holds claims enough.
            let _ = claims.try_send(Claim { ip, mac });
        }
    }
    Ok(())
}
