//! The door for workers: strangers have little room there, and little time, so that they never
//! keep those out who have a certificate.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use decnet_api::server::{Caller, Door, Entered, Tls};
use tokio::sync::Semaphore;

/// Connections at once of who shows no certificate: hosts that are just joining.
const STRANGERS: usize = 64;

/// How long such a connection may last.
const VISIT: Duration = Duration::from_secs(30);

/// The door, and the room for strangers behind it.
#[derive(Debug)]
pub(super) struct Gatehouse {
    door: Tls,
    strangers: Arc<Semaphore>,
}

impl Gatehouse {
    pub(super) fn before(door: Tls) -> Self {
        Self { door, strangers: Arc::new(Semaphore::new(STRANGERS)) }
    }

    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.door.address()
    }
}

impl Door for Gatehouse {
    type Knock = <Tls as Door>::Knock;
    type Stream = <Tls as Door>::Stream;
    type Peer = Caller;

    async fn accept(&self) -> io::Result<Self::Knock> {
        self.door.accept().await
    }

    async fn enter(&self, knock: Self::Knock) -> io::Result<Entered<Self::Stream, Caller>> {
        let entered = self.door.enter(knock).await?;
        if entered.peer.peer.is_some() {
            return Ok(entered);
        }
        let room = Arc::clone(&self.strangers).try_acquire_owned();
        let room = room.map_err(|_| io::Error::other("there is no room for another stranger"))?;
        let expelled = Box::pin(async move {
            let _room = room;
            // Nobody revokes who has shown nothing.
            tokio::time::sleep(VISIT).await;
        });
        Ok(Entered { expelled, ..entered })
    }
}
