//! What workers ask of the controller.

use super::{
    MUTUAL_TLS,
    entry::{Entry, Status},
};
use crate::swarm::worker::{
    Heard, Heartbeat, JoinRequest, Joined, RenewRequest, Renewed, Roster, RosterQuery, Route, Trust,
};

/// What the document says of a route.
pub(super) fn entry(route: Route) -> Entry {
    let entry = Entry::new(route, route.method(), route.path(), route.summary());
    let entry = match route.roles() {
        [] => entry.allows_anybody(),
        roles => entry.allows(MUTUAL_TLS, roles),
    };
    match route {
        Route::Join => entry.body::<JoinRequest>().answers::<Joined>(Status::Created),
        Route::Renew => entry.body::<RenewRequest>().answers::<Renewed>(Status::Created),
        Route::Heartbeat => entry.body::<Heartbeat>().answers::<Heard>(Status::Ok),
        Route::Trust => entry.answers::<Trust>(Status::Ok),
        Route::Roster => entry.query::<RosterQuery>().answers::<Roster>(Status::Ok),
    }
}
