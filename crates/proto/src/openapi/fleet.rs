//! What acts on the fleet and the swarm, among the routes of the master.

use super::entry::{Entry, Status};
use crate::{
    agent::OperationQuery,
    api::{
        DeployFleet, Emptied, EnrollHost, Enrolment, FleetOperation, FleetProblem, Message, PushRelease,
        RollBack, Route, SetDeploymentLimit, TakenOn, UpdateHosts, ValidateFleet, Validation,
    },
    ids::DeckyName,
    swarm::operator::{DeckiesQuery, DecommissionQuery, HostView, HostsQuery, OperationsQuery, ShardView},
};

/// Adds to the entry what the route takes and answers. Other routes have theirs in [`super::master`].
pub(super) fn describe(entry: Entry, route: Route) -> Entry {
    match route {
        Route::ValidateFleet => entry
            .remark("A file that cannot be deployed is answered with 200 as well: `valid` says so.")
            .body::<ValidateFleet>()
            .answers::<Validation>(Status::Ok),
        Route::DeployFleet => entry
            .remark("A file that cannot be deployed, and one of more deckies than the limit, is a conflict.")
            .refuses::<FleetProblem>()
            .body::<DeployFleet>()
            .answers::<TakenOn>(Status::Accepted),
        Route::TearDown => entry.answers::<TakenOn>(Status::Accepted),
        Route::TearDownDecky => entry.named::<DeckyName>("The decky.").answers::<TakenOn>(Status::Accepted),
        Route::Operations => entry
            .remark("On a single host those that were taken on through this API since it began.")
            .query::<OperationsQuery>()
            .lists::<FleetOperation>(),
        Route::Operation => {
            entry.operation_id().query::<OperationQuery>().answers::<FleetOperation>(Status::Ok)
        }
        Route::SwarmHosts => entry.query::<HostsQuery>().lists::<HostView>(),
        Route::Decommission => {
            entry.host_id("The host.").query::<DecommissionQuery>().answers::<TakenOn>(Status::Accepted)
        }
        Route::SwarmDeckies => entry.query::<DeckiesQuery>().lists::<ShardView>(),
        Route::EnrollHost => entry.body::<EnrollHost>().answers::<Enrolment>(Status::Created),
        Route::UpdateHosts => entry.answers::<UpdateHosts>(Status::Ok),
        Route::PushRelease => entry.body::<PushRelease>().answers::<TakenOn>(Status::Accepted),
        Route::RollBack => entry.body::<RollBack>().answers::<TakenOn>(Status::Accepted),
        Route::SetDeploymentLimit => entry.body::<SetDeploymentLimit>().answers::<Message>(Status::Ok),
        Route::EmptyRecord => entry.answers::<Emptied>(Status::Ok),
        _ => entry,
    }
}
