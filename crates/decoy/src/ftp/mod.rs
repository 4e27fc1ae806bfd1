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
#[cfg(test)]
mod tests;
mod tree;
mod vsftpd;

use decnet_proto::persona::ServiceSpec;

use crate::{
    census::Census,
    conn::{Conn, End},
    host::Host,
    service::{ConnectionService, ServiceError},
};
use session::Session;
use settings::{Flavour, Settings};
use tree::Tree;

/// Inputs that a client would send, from which tests and fuzzers start.
pub const SEEDS: &[&[u8]] = &[
    b"USER anonymous\r\nPASS a@b\r\nSYST\r\nPWD\r\nTYPE I\r\nPASV\r\nCWD pub\r\nSIZE README.txt\r\nQUIT\r\n",
    b"USER ftp\r\nPASS\r\nMKD incoming/a\r\nRMD incoming/a\r\nSTAT -la incoming\r\nSTAT *.t?t\r\nMLST pub\r\n",
    b"USER backup\r\nPASS Wint3r-01-harbour\r\nMKD a\r\nRNFR a\r\nRNTO b\r\nSITE CHMOD 700 b\r\nMFMT 20200102030405 b\r\nRMD b\r\n",
    b"USER backup\r\nPASS Wint3r-01-harbour\r\nSITE CPFR sync.log\r\nSITE CPTO x/../y\r\nDELE y\r\nREST 10\r\nRANG 1 2\r\nOPTS MLST size;\r\n",
    b"USER x:)\r\nPASS y\r\nFEAT\r\nHELP\r\nAUTH TLS\r\nPBSZ 0\r\nPROT P\r\n",
    b"USER ftp\r\nPASS x\r\nPORT 127,0,0,1,200,1\r\nLIST\r\nEPRT |1|127.0.0.1|5000|\r\nNLST -la\r\nEPSV ALL\r\nEPSV\r\nABOR\r\n",
    b"\xff\xf4\xff\xf2ABOR\r\nUS\0ER x\r\n\xff\xfb\x01NOOP\r\nGET / HTTP/1.0\r\n\r\n",
];

/// The FTP server of one decky.
#[derive(Debug)]
pub struct Ftp {
    settings: Settings,
    tree: Tree,
    clients: Census,
}

impl ConnectionService for Ftp {
    fn needs_key(_: &ServiceSpec) -> bool {
        true
    }

    fn build(spec: &ServiceSpec, host: &Host) -> Result<Self, ServiceError> {
        let settings = Settings::new(spec, host)?;
        let tree = Tree::new(&host.persona, settings.flavour);
        Ok(Self { settings, tree, clients: Census::default() })
    }

    async fn serve(&self, conn: &mut Conn) -> Result<(), End> {
        let counted = self.clients.enter(conn.peer().ip());
        if let Some(refusal) = self.settings.flavour.refusal(&counted) {
            return conn.write(refusal.as_bytes()).await;
        }
        // On the heap, so that the driver's own future stays small.
        let mut session = Box::new(Session::new(self, conn, counted.total));
        match self.settings.flavour {
            Flavour::Vsftpd => vsftpd::serve(&mut session).await,
            Flavour::Proftpd => proftpd::serve(&mut session).await,
        }
    }
}
