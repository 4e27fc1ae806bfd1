//! Every route of the controller for operators.

use std::{fs::File, sync::Arc, time::Duration};

use decnet_api::{
    client::{CallError, Client, Parcel, Waits},
    query::query,
};
use decnet_composer::fleet::FleetSpec;
use decnet_daemon::config::ControllerUrl;
use decnet_proto::{
    agent::OperationQuery,
    ids::{HostId, HostName},
    swarm::{
        operator::{
            Accepted, AuditEntry, Authority, Certificate, DeckiesQuery, DecommissionQuery, DeployRequest,
            EnrollRequest, Enrolled, Health, HostHealth, HostView, HostsQuery, ListenerRequest, ListenerView,
            OperationView, OperationsQuery, OperatorRequest, Route, ShardView, TeardownRequest, Token,
            TokenRequest,
        },
        releases::{ReleaseView, RollbackRequest, UpdateRequest},
        updater::ARCHIVE,
    },
};
use serde::{Serialize, de::DeserializeOwned};

use super::ControllerError;
use crate::output;

/// How long an answer may take: every host is asked before some of them come.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long it is waited for a controller that takes a release: it verifies what it takes, and keeps it.
const TAKING: Waits = Waits { taking: Duration::from_secs(60), answer: Duration::from_secs(300) };

/// One controller.
#[derive(Clone, Debug)]
pub(crate) struct Controller {
    client: Client,
    url: ControllerUrl,
    origin: String,
}

impl Controller {
    pub(super) fn new(client: Client, url: &ControllerUrl, origin: &str) -> Self {
        Self { client: client.with_patience(PATIENCE), url: url.clone(), origin: origin.to_owned() }
    }

    pub(crate) async fn health(&self) -> Result<Health, ControllerError> {
        self.get(Route::Health).await
    }

    pub(crate) async fn token(&self, request: &TokenRequest) -> Result<Token, ControllerError> {
        self.send(Route::Token, request).await
    }

    pub(crate) async fn enroll(&self, request: &EnrollRequest) -> Result<Enrolled, ControllerError> {
        self.send(Route::Enroll, request).await
    }

    pub(crate) async fn hosts(&self, asked: &HostsQuery) -> Result<Vec<HostView>, ControllerError> {
        self.ask(Route::Hosts, &query(&[("host_status", word(asked.host_status))])).await
    }

    pub(crate) async fn host(&self, id: HostId) -> Result<HostView, ControllerError> {
        self.call(Route::Host, &of(Route::Host, id)).await
    }

    pub(crate) async fn decommission(
        &self,
        id: HostId,
        asked: DecommissionQuery,
    ) -> Result<Accepted, ControllerError> {
        let wipe = asked.wipe.then(|| "true".to_owned());
        self.call(Route::Decommission, &(of(Route::Decommission, id) + &query(&[("wipe", wipe)]))).await
    }

    pub(crate) async fn deploy(
        &self,
        request: &DeployRequest<&FleetSpec>,
    ) -> Result<Accepted, ControllerError> {
        self.send(Route::Deploy, request).await
    }

    /// What a deployment would do, for a request that is a dry run.
    pub(crate) async fn preview(
        &self,
        request: &DeployRequest<&FleetSpec>,
    ) -> Result<OperationView, ControllerError> {
        self.send(Route::Deploy, request).await
    }

    pub(crate) async fn teardown(&self, request: &TeardownRequest) -> Result<Accepted, ControllerError> {
        self.send(Route::Teardown, request).await
    }

    pub(crate) async fn panic(&self) -> Result<Accepted, ControllerError> {
        self.get(Route::Panic).await
    }

    pub(crate) async fn deckies(&self, asked: &DeckiesQuery) -> Result<Vec<ShardView>, ControllerError> {
        let host = asked.host_uuid.map(|id| id.to_string());
        self.ask(Route::Deckies, &query(&[("host_uuid", host), ("state", word(asked.state))])).await
    }

    pub(crate) async fn check(&self) -> Result<Vec<HostHealth>, ControllerError> {
        self.get(Route::Check).await
    }

    pub(crate) async fn operations(
        &self,
        asked: OperationsQuery,
    ) -> Result<Vec<OperationView>, ControllerError> {
        self.ask(Route::Operations, &query(&[("limit", Some(asked.limit.to_string()))])).await
    }

    pub(crate) async fn operation(
        &self,
        id: u64,
        seen: Option<OperationQuery>,
    ) -> Result<OperationView, ControllerError> {
        let after = seen.map(|seen| seen.after.to_string());
        self.call(Route::Operation, &(of(Route::Operation, id) + &query(&[("after", after)]))).await
    }

    pub(crate) async fn audit(&self, asked: OperationsQuery) -> Result<Vec<AuditEntry>, ControllerError> {
        self.ask(Route::Audit, &query(&[("limit", Some(asked.limit.to_string()))])).await
    }

    pub(crate) async fn authority(&self) -> Result<Authority, ControllerError> {
        self.get(Route::Authority).await
    }

    pub(crate) async fn roll_over(&self) -> Result<Authority, ControllerError> {
        self.get(Route::RollOver).await
    }

    pub(crate) async fn operator(&self, request: &OperatorRequest) -> Result<Certificate, ControllerError> {
        self.send(Route::Operator, request).await
    }

    pub(crate) async fn revoke_operator(&self, id: HostId) -> Result<(), ControllerError> {
        self.call(Route::RevokeOperator, &of(Route::RevokeOperator, id)).await
    }

    pub(crate) async fn listener_token(&self, request: &ListenerRequest) -> Result<Token, ControllerError> {
        self.send(Route::ListenerToken, request).await
    }

    pub(crate) async fn listeners(&self) -> Result<Vec<ListenerView>, ControllerError> {
        self.get(Route::Listeners).await
    }

    pub(crate) async fn revoke_listener(&self, name: &HostName) -> Result<(), ControllerError> {
        self.call(Route::RevokeListener, &of(Route::RevokeListener, name)).await
    }

    pub(crate) async fn releases(&self) -> Result<Vec<ReleaseView>, ControllerError> {
        self.get(Route::Releases).await
    }

    /// Has an archive verified and kept, or only verified; `digest` is what the header says of it.
    pub(crate) async fn take_release(
        &self,
        file: Arc<File>,
        length: u64,
        digest: String,
        dry_run: bool,
    ) -> Result<ReleaseView, ControllerError> {
        let route = Route::TakeRelease;
        let path = route.path().to_owned() + &query(&[("dry_run", dry_run.then(|| "true".to_owned()))]);
        let (media_type, sent, waits) = (ARCHIVE, Arc::default(), TAKING);
        let parcel = Parcel { file, length, media_type, digest, sent, waits };
        self.answer(self.client.send_file(route.method(), &path, parcel).await)
    }

    pub(crate) async fn remove_release(&self, digest: &str) -> Result<(), ControllerError> {
        self.call(Route::RemoveRelease, &of(Route::RemoveRelease, digest)).await
    }

    pub(crate) async fn update(&self, request: &UpdateRequest) -> Result<Accepted, ControllerError> {
        self.send(Route::Update, request).await
    }

    /// What an update would do, for a request that is a dry run.
    pub(crate) async fn preview_update(
        &self,
        request: &UpdateRequest,
    ) -> Result<OperationView, ControllerError> {
        self.send(Route::Update, request).await
    }

    pub(crate) async fn roll_back(&self, request: &RollbackRequest) -> Result<Accepted, ControllerError> {
        self.send(Route::Rollback, request).await
    }

    async fn get<T: DeserializeOwned>(&self, route: Route) -> Result<T, ControllerError> {
        self.call(route, route.path()).await
    }

    async fn ask<T: DeserializeOwned>(&self, route: Route, query: &str) -> Result<T, ControllerError> {
        self.call(route, &(route.path().to_owned() + query)).await
    }

    async fn call<T: DeserializeOwned>(&self, route: Route, path: &str) -> Result<T, ControllerError> {
        self.answer(self.client.get(route.method(), path).await)
    }

    async fn send<T: DeserializeOwned>(
        &self,
        route: Route,
        body: &impl Serialize,
    ) -> Result<T, ControllerError> {
        self.answer(self.client.send(route.method(), route.path(), body).await)
    }

    fn answer<T>(&self, answer: Result<T, CallError>) -> Result<T, ControllerError> {
        answer.map_err(|error| match error {
            CallError::Absent { source, .. } => {
                ControllerError::Absent { url: self.url.clone(), origin: self.origin.clone(), source }
            }
            CallError::Refused(problem) if problem.status == 401 => {
                let todo = match self.url.is_tls {
                    true => {
                        "`decnet-master swarm operator add` on the master's host makes another certificate"
                    }
                    false => "is the token that of another controller? See swarmctl-token-file",
                };
                ControllerError::Unknown { problem, todo }
            }
            CallError::Refused(problem) => ControllerError::Refused(problem),
            error => ControllerError::Broken(error),
        })
    }
}

/// The path of a route for one host, operation, operator or listener.
fn of(route: Route, id: impl ToString) -> String {
    route.path().replace("{id}", &id.to_string())
}

/// The word that stands for a state in a query.
fn word<T: Serialize>(state: Option<T>) -> Option<String> {
    state.map(|state| output::word(&state))
}
