//! FTP: vsftpd or ProFTPD, as Debian and its like configure them.
//!
//! The data flow: `vsftpd` and `proftpd` each read commands from the [`Session`], decide what
//! their product answers, and use what both have in common: the file system in [`tree`], the
//! directory listings in [`listing`], data connections in [`data`].
//!
//! Who may come: accounts of the persona's bait, and on most deckies visitors without an account,
//! who can read `/pub` and write into `/incoming`. All uploads are kept as artifacts and stay
//! visible in listings, also to later sessions, until the decoy restarts.
//!
//! Limits: active mode (PORT, EPRT) is accepted and then fails as behind a firewall, because a
//! decky never opens a connection.

mod data;
mod delay;
mod listing;
mod path;
mod proftpd;
mod session;
mod settings;
mod stamp;
mod tree;
mod vsftpd;

use std::sync::atomic::{AtomicU32, Ordering};

use decnet_proto::persona::ServiceSpec;

use crate::{
    conn::{Conn, End},
    host::Host,
    service::{ConnectionService, ServiceError},
};
use session::Session;
use settings::{Flavour, Settings};
use tree::Tree;

/// The FTP server of one decky.
#[derive(Debug)]
pub struct Ftp {
    settings: Settings,
    tree: Tree,
    /// Conversations now.
    clients: AtomicU32,
}

impl ConnectionService for Ftp {
    fn build(spec: &ServiceSpec, host: &Host) -> Result<Self, ServiceError> {
        Ok(Self {
            settings: Settings::new(spec, host)?,
            tree: Tree::new(&host.persona),
            clients: AtomicU32::new(0),
        })
    }

    async fn serve(&self, conn: &mut Conn) -> Result<(), End> {
        let _counted = Counted::new(&self.clients);
        // On the heap, so that the driver's own future stays small.
        let mut session = Box::new(Session::new(self, conn));
        match self.settings.flavour {
            Flavour::Vsftpd => vsftpd::serve(&mut session).await,
            Flavour::Proftpd => proftpd::serve(&mut session).await,
        }
    }
}

/// Counts a conversation for as long as it lives.
struct Counted<'a>(&'a AtomicU32);

impl<'a> Counted<'a> {
    fn new(counter: &'a AtomicU32) -> Self {
        counter.fetch_add(1, Ordering::Relaxed);
        Self(counter)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
