//! What operators ask of the controller.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema},
};

use super::{
    BEARER, MUTUAL_TLS,
    entry::{Entry, Status},
};
use crate::{
    agent::OperationQuery,
    swarm::{
        operator::{
            Accepted, Allowed, AuditEntry, Authority, Certificate, DeckiesQuery, DecommissionQuery,
            DeployRequest, EnrollRequest, Enrolled, Health, HostHealth, HostView, HostsQuery,
            ListenerRequest, ListenerView, OperationView, OperationsQuery, OperatorRequest, Route, ShardView,
            TeardownRequest, Token, TokenRequest,
        },
        releases::{ReleaseView, RollbackRequest, TakeQuery, UpdateRequest},
        role::Role,
    },
};

/// Stands for the composer's own type, which this crate does not know.
struct Fleet;

impl PartialSchema for Fleet {
    fn schema() -> RefOr<Schema> {
        let text = "The fleet as `decnet-master` reads it from a fleet file and from the command line.";
        Schema::Object(ObjectBuilder::new().description(Some(text)).build()).into()
    }
}

impl ToSchema for Fleet {}

/// What the document says of a route.
pub(super) fn entry(route: Route) -> Entry {
    let entry = Entry::new(route, route.method(), route.path(), route.summary());
    let entry = match route.allowed() {
        Allowed::Anybody => entry.allows_anybody(),
        Allowed::Operators => entry.allows(BEARER, &[]).allows(MUTUAL_TLS, &[Role::Operator]),
    };
    match route {
        Route::Health => entry.answers::<Health>(Status::Ok),
        Route::Token => entry.body::<TokenRequest>().answers::<Token>(Status::Created),
        Route::Enroll => entry.body::<EnrollRequest>().answers::<Enrolled>(Status::Created),
        Route::Hosts => entry.query::<HostsQuery>().lists::<HostView>(),
        Route::Host => entry.host_id("The host.").answers::<HostView>(Status::Ok),
        Route::Decommission => {
            entry.host_id("The host.").query::<DecommissionQuery>().answers::<Accepted>(Status::Accepted)
        }
        Route::Deploy => entry
            .remark("A dry run answers 200 with what would be done, as an operation that was never taken on.")
            .body::<DeployRequest<Fleet>>()
            .brings::<Fleet>()
            .answers::<Accepted>(Status::Accepted)
            .answers::<OperationView>(Status::Ok),
        Route::Teardown => entry.body::<TeardownRequest>().answers::<Accepted>(Status::Accepted),
        Route::Panic => entry.answers::<Accepted>(Status::Accepted),
        Route::Deckies => entry.query::<DeckiesQuery>().lists::<ShardView>(),
        Route::Check => entry.lists::<HostHealth>(),
        Route::Operations => entry.query::<OperationsQuery>().lists::<OperationView>(),
        Route::Operation => {
            entry.operation_id().query::<OperationQuery>().answers::<OperationView>(Status::Ok)
        }
        Route::Audit => entry.query::<OperationsQuery>().lists::<AuditEntry>(),
        Route::Authority | Route::RollOver => entry.answers::<Authority>(Status::Ok),
        Route::Operator => entry.body::<OperatorRequest>().answers::<Certificate>(Status::Created),
        Route::RevokeOperator => entry.host_id("The operator.").answers_nothing(),
        Route::ListenerToken => entry.body::<ListenerRequest>().answers::<Token>(Status::Created),
        Route::Listeners => entry.lists::<ListenerView>(),
        Route::RevokeListener => entry.host_name("The listener.").answers_nothing(),
        Route::Releases => entry.lists::<ReleaseView>(),
        Route::TakeRelease => entry
            .remark("A dry run answers 200, and keeps nothing.")
            .query::<TakeQuery>()
            .archive()
            .answers::<ReleaseView>(Status::Created)
            .answers::<ReleaseView>(Status::Ok),
        Route::RemoveRelease => entry.digest().answers_nothing(),
        Route::Update => entry
            .remark("A dry run answers 200 with what would be done, as an operation that was never taken on.")
            .body::<UpdateRequest>()
            .answers::<Accepted>(Status::Accepted)
            .answers::<OperationView>(Status::Ok),
        Route::Rollback => entry.body::<RollbackRequest>().answers::<Accepted>(Status::Accepted),
    }
}
