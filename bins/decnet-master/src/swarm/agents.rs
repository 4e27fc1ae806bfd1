//! What the controller asks of the agent of a host, over mutual TLS.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use decnet_api::{
    client::{CallError, Client, Way},
    query::query,
};
use decnet_pki::{
    admission::{Admission, Only, Refused},
    peer::Peer,
    tls,
};
use decnet_proto::{
    agent::{
        Accepted, DecommissionRequest, DeployRequest, Health, HostStatus, OperationStatus, Route,
        TeardownRequest,
    },
    ids::HostId,
    site::Site,
    swarm::{
        operator::HostState,
        role::{Identity, Role},
    },
};
use decnet_store::Host;
use serde::{Serialize, de::DeserializeOwned};

use super::{controller::Controller, refusal::chain};

/// How long an agent may take to answer. It waits ten seconds for news of an operation.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long an agent may take to say that it is there.
const THERE: Duration = Duration::from_secs(5);

/// How long a survey may take that asks who is there.
const SURVEY: Duration = Duration::from_secs(30);

/// The agent of a host.
#[derive(Clone, Debug)]
pub(super) struct Agent<'a> {
    controller: &'a Controller,
    host: HostId,
    status: HostState,
    client: Client,
    shown: Arc<Shown>,
}

/// Why an agent cannot be asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum AskError {
    /// Nobody said where it is.
    #[error("its address is not known: it joins from there, or `swarm token --address` tells it")]
    NoAddress,
    /// TLS cannot be set up.
    #[error("cannot set TLS up")]
    Tls(#[from] tls::TlsError),
    /// It does not answer, or refuses.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl AskError {
    /// Whether the agent answered, if only to refuse.
    pub(super) const fn is_answer(&self) -> bool {
        matches!(self, Self::Call(CallError::Refused(_)))
    }

    /// Whether the agent works on something else.
    pub(super) fn is_busy(&self) -> bool {
        match self {
            Self::Call(CallError::Refused(problem)) => {
                problem.status == 503 || problem.title == decnet_proto::agent::BUSY
            }
            _ => false,
        }
    }

    /// With its causes.
    pub(super) fn text(&self) -> String {
        chain(self)
    }
}

impl Controller {
    /// The agent of a host: only the very host is spoken with.
    pub(super) fn agent(&self, host: &Host) -> Result<Agent<'_>, AskError> {
        let view = &host.view;
        let (client, shown) = self.part_of(host, Role::Agent, view.agent_port)?;
        let client = client.with_patience(PATIENCE);
        Ok(Agent { controller: self, host: view.uuid, status: view.status, client, shown })
    }

    /// A part of a host, and what it shows: only the very part of the very host is spoken with.
    pub(super) fn part_of(
        &self,
        host: &Host,
        role: Role,
        port: u16,
    ) -> Result<(Client, Arc<Shown>), AskError> {
        let view = &host.view;
        if view.address.is_empty() {
            return Err(AskError::NoAddress);
        }
        let only = Only::new(Identity { role, host: view.uuid }, self.admitting(&[role]));
        let shown = Arc::new(Shown { only, peer: Mutex::default() });
        let config = tls::client(Some(&self.master.client), &[role], &self.terms(shown.clone()))?;
        Ok((Client::new(Way::Tls(socket(&view.address, port), config)), shown))
    }
}

/// `host:port`, with brackets where they are needed.
fn socket(host: &str, port: u16) -> String {
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// Notes what a part shows in its handshakes.
#[derive(Debug)]
pub(super) struct Shown {
    only: Only,
    peer: Mutex<Option<Peer>>,
}

impl Admission for Shown {
    fn admit(&self, peer: &Peer) -> Result<(), Refused> {
        self.only.admit(peer)?;
        *self.peer.lock().unwrap_or_else(PoisonError::into_inner) = Some(peer.clone());
        Ok(())
    }
}

impl Shown {
    /// What it showed since this was asked last.
    pub(super) fn take(&self) -> Option<Peer> {
        self.peer.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Agent<'_> {
    /// Whose it is.
    pub(super) const fn host(&self) -> HostId {
        self.host
    }

    /// That it is there.
    pub(super) async fn health(&self) -> Result<Health, AskError> {
        let hurried = Self { client: self.client.clone().with_patience(THERE), ..self.clone() };
        hurried.get(Route::Health, "").await
    }

    /// Where it stands, and which addresses are in use there.
    pub(super) async fn site(&self) -> Result<Site, AskError> {
        let patient = Self { client: self.client.clone().with_patience(SURVEY), ..self.clone() };
        patient.get(Route::Site, &query(&[("probe", Some("true".to_owned()))])).await
    }

    /// What runs there.
    pub(super) async fn status(&self) -> Result<HostStatus, AskError> {
        self.get(Route::Status, "").await
    }

    /// Makes it run exactly this.
    pub(super) async fn deploy(&self, request: &DeployRequest) -> Result<Accepted, AskError> {
        self.send(Route::Deploy, request).await
    }

    /// Takes all of it down.
    pub(super) async fn teardown(&self) -> Result<Accepted, AskError> {
        self.send(Route::Teardown, &TeardownRequest::All).await
    }

    /// Takes all of it down, and has the host forget the swarm.
    pub(super) async fn decommission(&self) -> Result<Accepted, AskError> {
        self.send(Route::Decommission, &DecommissionRequest { host: self.host }).await
    }

    /// How an operation of it goes, as soon as there is more to tell than `after`.
    pub(super) async fn operation(&self, id: u64, after: u64) -> Result<OperationStatus, AskError> {
        let path = Route::Operation.path().replace("{id}", &id.to_string());
        let path = path + &query(&[("after", Some(after.to_string()))]);
        self.heard(self.client.get(Route::Operation.method(), &path).await).await
    }

    async fn get<T: DeserializeOwned>(&self, route: Route, query: &str) -> Result<T, AskError> {
        self.heard(self.client.get(route.method(), &(route.path().to_owned() + query)).await).await
    }

    async fn send<T: DeserializeOwned>(&self, route: Route, body: &impl Serialize) -> Result<T, AskError> {
        self.heard(self.client.send(route.method(), route.path(), body).await).await
    }

    /// Notes that the host answered, and with which certificate.
    async fn heard<T>(&self, answer: Result<T, CallError>) -> Result<T, AskError> {
        if matches!(answer, Ok(_) | Err(CallError::Refused(_)))
            && let Some(peer) = self.shown.take()
            && let Err(error) = self.controller.answered(self.host, self.status, &peer).await
        {
            tracing::error!("cannot note that a host answered: {error}");
        }
        Ok(answer?)
    }
}

#[cfg(test)]
mod tests {
    use super::socket;

    #[test]
    fn addresses_of_any_kind_have_a_port() {
        assert_eq!(socket("10.0.0.7", 8765), "10.0.0.7:8765");
        assert_eq!(socket("w1.example", 1), "w1.example:1");
        assert_eq!(socket("fd00::1", 2), "[fd00::1]:2");
        assert_eq!(socket("[fd00::1]", 3), "[fd00::1]:3");
    }
}
