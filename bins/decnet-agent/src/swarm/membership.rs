//! Who the host is in its swarm, and whom it listens to there.

use std::{io, net::SocketAddr, path::Path, sync::Arc};

use decnet_api::{
    client::{Client, Way},
    server::Tls,
};
use decnet_daemon::signals::{Shutdown, Trigger};
use decnet_pki::{
    admission::Admission,
    clock::Clock,
    credentials::{CredentialsError, Presented},
    folder::{FolderError, HostFile, IdentityFolder},
    refusals::Refusals,
    sessions::Sessions,
    tls::{self, ClientPolicy, Terms, TlsError},
    trust::{ByTrust, InvalidTrust},
};
use decnet_proto::{
    ids::HostId,
    swarm::{operator::Profile, role::Role, worker::Trust},
};
use thiserror::Error;

/// The host's place in its swarm cannot be used.
#[derive(Debug, Error)]
pub enum MembershipError {
    /// Its folder cannot be used.
    #[error("cannot use the host's identity")]
    Folder(#[from] FolderError),
    /// What it should show cannot be shown.
    #[error("cannot use the host's certificates: `decnet-agent join` with a new token makes others")]
    Credentials(#[from] CredentialsError),
    /// Whom it should trust is nobody.
    #[error("cannot use what the host trusts: `decnet-agent join` with a new token brings it anew")]
    Trust(#[from] InvalidTrust),
    /// TLS cannot be set up.
    #[error("cannot set TLS up")]
    Tls(#[from] TlsError),
}

/// The host's place in its swarm.
#[derive(Debug)]
pub struct Membership {
    pub(super) folder: IdentityFolder,
    host: HostFile,
    pub(super) server: Presented,
    pub(super) client: Presented,
    masters: ByTrust,
    controllers: ByTrust,
    sessions: Sessions,
    refusals: Arc<Refusals>,
    leave: Trigger,
    left: Shutdown,
    pub(super) clock: Clock,
}

impl Membership {
    /// Reads it from its folder; none where the host never joined.
    ///
    /// # Errors
    /// [`MembershipError`] says what is wrong and what to do.
    pub fn open(dir: &Path, clock: Clock) -> Result<Option<Self>, MembershipError> {
        let folder = IdentityFolder::at(dir);
        // It is written last: without it, joining did not come to its end.
        let Some(host) = folder.host()? else { return Ok(None) };
        let Some(trust) = folder.trust()? else { return Ok(None) };
        let masters = ByTrust::new(&trust, &[Role::Master])?;
        let (leave, left) = Shutdown::by_hand();
        Ok(Some(Self {
            host,
            server: Presented::new(folder.credentials(Profile::AgentServer)?),
            client: Presented::new(folder.credentials(Profile::AgentClient)?),
            controllers: masters.with_roles(&[Role::Controller]),
            masters,
            sessions: Sessions::default(),
            refusals: Arc::default(),
            leave,
            left,
            clock,
            folder,
        }))
    }

    /// The host's id in the swarm.
    pub fn host(&self) -> HostId {
        self.host.id
    }

    /// What the host is called there.
    pub fn name(&self) -> &str {
        self.host.name.as_str()
    }

    /// Listens for the master.
    ///
    /// # Errors
    /// The port is taken, or TLS cannot be set up.
    pub(crate) async fn door(&self, address: SocketAddr) -> io::Result<Tls> {
        let terms = self.terms(&self.masters);
        let config = tls::server(&self.server, ClientPolicy::Required, &terms).map_err(io::Error::other)?;
        Tls::bind(address, config, self.sessions.clone(), terms.admission).await
    }

    /// The controller, as this host speaks to it.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub(super) fn controller(&self) -> Result<Client, MembershipError> {
        let terms = self.terms(&self.controllers);
        let config = tls::client(Some(&self.client), &[Role::Controller], &terms)?;
        Ok(Client::new(Way::Tls(self.host.controller.clone(), config)))
    }

    fn terms(&self, admission: &ByTrust) -> Terms {
        let admission: Arc<dyn Admission> = Arc::new(admission.clone());
        Terms {
            roots: self.masters.roots(),
            admission,
            alpn: Vec::new(),
            clock: self.clock.clone(),
            refusals: Arc::clone(&self.refusals),
        }
    }

    /// Serial number of what it trusts.
    pub(super) fn trusts(&self) -> u64 {
        self.masters.serial()
    }

    /// Trusts something newer, on disk first. Connections of who is trusted no more are cut.
    ///
    /// # Errors
    /// [`MembershipError`]; then nothing has changed.
    pub(super) fn learn(&self, trust: &Trust) -> Result<(), MembershipError> {
        // Checked before it is kept.
        ByTrust::new(trust, &[Role::Master])?;
        self.folder.set_trust(trust)?;
        self.masters.replace(trust)?;
        self.sessions.close(|peer| self.masters.admit(peer).is_err());
        Ok(())
    }

    /// Forgets the swarm.
    pub(crate) async fn leave(&self) {
        if let Err(error) = self.folder.forget() {
            tracing::error!("cannot forget the swarm: {error}");
        }
        tracing::warn!("{} has left the swarm", self.host.name);
        self.leave.request();
        self.sessions.close(|_| true);
    }

    /// Comes when the host has left.
    pub(crate) fn left(&self) -> Shutdown {
        self.left.clone()
    }
}
