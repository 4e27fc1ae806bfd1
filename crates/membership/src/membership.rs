//! Who the host is in its swarm, and whom it listens to there.

use std::{
    io,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use decnet_api::{
    client::{Client, Way},
    server::Tls,
};
use decnet_daemon::signals::{Shutdown, Trigger};
use decnet_pki::{
    admission::Admission,
    clock::Clock,
    credentials::{CredentialsError, Presented},
    digest::Pin,
    folder::{FolderError, HostFile, IdentityFolder},
    pem,
    refusals::Refusals,
    sessions::Sessions,
    tls::{self, ClientPolicy, Terms, TlsError},
    trust::{ByTrust, InvalidTrust},
};
use decnet_proto::{
    ids::HostId,
    swarm::{operator::Profile, role::Role, worker::Trust},
};
use rustls::{ClientConfig, ServerConfig};
use thiserror::Error;

use crate::{expiry::Expiry, join, part::Part};

/// The host's place in its swarm cannot be used.
#[derive(Debug, Error)]
pub enum MembershipError {
    /// Its folder cannot be used.
    #[error("cannot use the host's identity")]
    Folder(#[from] FolderError),
    /// What it should show cannot be shown.
    #[error("cannot use the host's certificates: `join --again` with a new token makes others")]
    Credentials(#[from] CredentialsError),
    /// Whom it should trust is nobody.
    #[error("cannot use what the host trusts: `join --again` with a new token brings it anew")]
    Trust(#[from] InvalidTrust),
    /// The controller's address leads nowhere.
    #[error("cannot speak to the controller at {0:?}: `join --again` with a new token says where it is")]
    Controller(String),
    /// TLS cannot be set up.
    #[error("cannot set TLS up")]
    Tls(#[from] TlsError),
}

/// The host's place in its swarm.
#[derive(Debug)]
pub struct Membership {
    pub(crate) part: Part,
    pub(crate) folder: IdentityFolder,
    host: HostFile,
    controller: String,
    pub(crate) server: Presented,
    pub(crate) client: Presented,
    masters: ByTrust,
    controllers: ByTrust,
    sessions: Sessions,
    refusals: Arc<Refusals>,
    /// One new trust at a time: disk, handshakes and sessions go together.
    learning: Mutex<()>,
    leave: Trigger,
    left: Shutdown,
    pub(crate) clock: Clock,
}

impl Membership {
    /// Reads it from its folder; none where this part of the host never joined.
    ///
    /// # Errors
    /// [`MembershipError`] says what is wrong and what to do.
    pub fn open(part: Part, dir: &Path, clock: Clock) -> Result<Option<Self>, MembershipError> {
        let folder = IdentityFolder::at(dir);
        // It is written last: without it, joining did not come to its end.
        let Some(host) = folder.host()? else { return Ok(None) };
        let Some(trust) = folder.trust()? else { return Ok(None) };
        let controller = join::address(&host.controller)
            .map_err(|_| MembershipError::Controller(host.controller.clone()))?;
        let masters = ByTrust::new(&trust, &[Role::Master])?;
        let (leave, left) = Shutdown::by_hand();
        Ok(Some(Self {
            part,
            host,
            controller,
            server: Presented::new(folder.credentials(part.server())?),
            client: Presented::new(folder.credentials(part.client())?),
            controllers: masters.with_roles(&[Role::Controller]),
            masters,
            sessions: Sessions::default(),
            refusals: Arc::default(),
            learning: Mutex::default(),
            leave,
            left,
            clock,
            folder,
        }))
    }

    /// The host's id in the swarm.
    pub const fn host(&self) -> HostId {
        self.host.id
    }

    /// What the host is called there, and where its controller is.
    pub const fn file(&self) -> &HostFile {
        &self.host
    }

    /// The key of who makes the releases that this part may install, as its one line of text; none where
    /// the controller told none when the part joined.
    ///
    /// # Errors
    /// [`MembershipError::Folder`].
    pub fn release_key(&self) -> Result<Option<String>, MembershipError> {
        Ok(self.folder.release_key()?)
    }

    /// What the host is called there.
    pub fn name(&self) -> &str {
        self.host.name.as_str()
    }

    /// Each of its certificates: what it is for, and how long it is good.
    pub fn expiries(&self) -> [(Profile, Expiry); 2] {
        [&self.server, &self.client].map(|shown| {
            let peer = shown.peer();
            (peer.profile, Expiry::of(&peer))
        })
    }

    /// The certificate that runs out first.
    pub fn first_expiry(&self) -> (Profile, Expiry) {
        let [server, client] = self.expiries();
        if client.1.not_after < server.1.not_after { client } else { server }
    }

    /// The time that its certificates are judged by.
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Listens for the master.
    ///
    /// # Errors
    /// The port is taken, or TLS cannot be set up.
    pub async fn door(&self, address: SocketAddr) -> io::Result<Tls> {
        let terms = self.terms(&self.masters);
        let config = tls::server(&self.server, ClientPolicy::Required, &terms).map_err(io::Error::other)?;
        Tls::bind(address, config, self.sessions.clone(), terms.admission).await
    }

    /// How this part serves those whom `admission` lets in, by one of these protocols.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn serving(
        &self,
        admission: Arc<dyn Admission>,
        protocols: &[&[u8]],
    ) -> Result<Arc<ServerConfig>, MembershipError> {
        let alpn = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let terms = Terms { alpn, ..self.terms_of(admission) };
        Ok(tls::server(&self.server, ClientPolicy::Required, &terms)?)
    }

    /// Who was not let in, counted.
    pub fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    /// The controller, as this host speaks to it.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn controller(&self) -> Result<Client, MembershipError> {
        self.controller_as(&self.client)
    }

    /// How this host speaks to the listener of its swarm, by one of these protocols.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn to_listener(&self, protocols: &[&[u8]]) -> Result<Arc<ClientConfig>, MembershipError> {
        let listeners = self.masters.with_roles(&[Role::Listener]);
        let alpn = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let terms = Terms { alpn, ..self.terms(&listeners) };
        Ok(tls::client(Some(&self.client), &[Role::Listener], &terms)?)
    }

    /// The same with other credentials.
    pub(crate) fn controller_as(&self, shown: &Presented) -> Result<Client, MembershipError> {
        let terms = self.terms(&self.controllers);
        let config = tls::client(Some(shown), &[Role::Controller], &terms)?;
        Ok(Client::new(Way::Tls(self.controller.clone(), config)))
    }

    pub(crate) fn terms(&self, admission: &ByTrust) -> Terms {
        self.terms_of(Arc::new(admission.clone()))
    }

    pub(crate) fn terms_of(&self, admission: Arc<dyn Admission>) -> Terms {
        Terms {
            roots: self.masters.roots(),
            admission,
            alpn: Vec::new(),
            clock: self.clock.clone(),
            refusals: Arc::clone(&self.refusals),
        }
    }

    /// Serial number of what it trusts.
    pub fn trusts(&self) -> u64 {
        self.masters.serial()
    }

    /// Whether the authority has a newer key than the one that signed what is shown.
    pub(crate) fn is_of_old_authority(&self, shown: &Presented) -> bool {
        // The newest comes first.
        let newest = || pem::certificate(self.folder.trust().ok()??.authorities.first()?).ok();
        newest().is_some_and(|newest| Pin::of_authority(&newest) != shown.authority_pin())
    }

    /// Trusts something newer, on disk first; whether it was newer. Connections of who is trusted no
    /// more are cut.
    ///
    /// # Errors
    /// [`MembershipError`]; then nothing has changed.
    pub fn learn(&self, trust: &Trust) -> Result<bool, MembershipError> {
        let _one_at_a_time = self.learning.lock().unwrap_or_else(PoisonError::into_inner);
        // Checked before it is kept.
        ByTrust::new(trust, &[Role::Master])?;
        // A host that leaves meanwhile has nothing to keep it for.
        if self.left.is_requested() || trust.serial <= self.trusts() {
            return Ok(false);
        }
        self.folder.set_trust(trust)?;
        let newer = self.masters.replace(trust)?;
        let cut = self.sessions.close(|peer| self.masters.admit(peer).is_err());
        tracing::info!(serial = trust.serial, cut, "learnt whom to trust");
        Ok(newer)
    }

    /// Forgets the swarm: no key, certificate or trust is left.
    pub fn leave(&self) {
        let _one_at_a_time = self.learning.lock().unwrap_or_else(PoisonError::into_inner);
        self.leave.request();
        if let Err(error) = self.folder.forget() {
            tracing::error!("cannot forget the swarm: {error}");
        }
        tracing::warn!("{} has left the swarm", self.host.name);
        self.sessions.close(|_| true);
    }

    /// Comes when the host has left.
    pub fn left(&self) -> Shutdown {
        self.left.clone()
    }

    /// Lets nobody be told to leave while something is put into the folder that leaving removes.
    pub(crate) fn while_member<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        let _one_at_a_time = self.learning.lock().unwrap_or_else(PoisonError::into_inner);
        (!self.left.is_requested()).then(work)
    }
}
