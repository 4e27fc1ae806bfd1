//! What the master and the command line ask of an agent.

use super::{
    MUTUAL_TLS,
    entry::{Entry, Status},
};
use crate::{
    agent::{
        Accepted, Check, CollectRequest, CollectorStatus, DecommissionRequest, DeployRequest, Health,
        HostStatus, OperationQuery, OperationStatus, Route, SiteQuery, TeardownRequest,
    },
    site::Site,
    swarm::role::Role,
};

/// What the document says of a route.
pub(super) fn entry(route: Route) -> Entry {
    let entry = Entry::new(route, route.method(), route.path(), route.summary());
    let entry = match (route.is_local(), route.is_remote()) {
        (_, false) => entry.allows_anybody().remark("On the agent's socket only."),
        (false, true) => entry.allows(MUTUAL_TLS, &[Role::Master]).remark("Not on the agent's socket."),
        (true, true) => entry.allows(MUTUAL_TLS, &[Role::Master]),
    };
    match route {
        Route::Health => entry.answers::<Health>(Status::Ok),
        Route::Site => entry.query::<SiteQuery>().answers::<Site>(Status::Ok),
        Route::Status => entry.answers::<HostStatus>(Status::Ok),
        Route::Deploy => entry.body::<DeployRequest>().answers::<Accepted>(Status::Accepted),
        Route::Teardown => entry.body::<TeardownRequest>().answers::<Accepted>(Status::Accepted),
        Route::Operation => {
            entry.operation_id().query::<OperationQuery>().answers::<OperationStatus>(Status::Ok)
        }
        Route::Collect => entry.body::<CollectRequest>().answers::<CollectorStatus>(Status::Ok),
        Route::Doctor => entry.lists::<Check>(),
        Route::Decommission => entry.body::<DecommissionRequest>().answers::<Accepted>(Status::Accepted),
    }
}
