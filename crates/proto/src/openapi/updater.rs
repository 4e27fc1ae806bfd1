//! What the master asks of an updater.

use super::{
    MUTUAL_TLS,
    entry::{Entry, Status},
};
use crate::swarm::{
    role::Role,
    updater::{Done, Failure, Health, Releases, Route, UpdateSelfQuery},
};

/// What the document says of a route.
pub(super) fn entry(route: Route) -> Entry {
    let entry = Entry::new(route, route.method(), route.path(), route.summary());
    let entry = entry.refuses::<Failure>().allows(MUTUAL_TLS, &[Role::Master]);
    match route {
        Route::Health => entry.answers::<Health>(Status::Ok),
        Route::Releases => entry.answers::<Releases>(Status::Ok),
        Route::Update => entry
            .remark("The answer comes when the change has ended: up to a quarter of an hour later.")
            .archive()
            .answers::<Done>(Status::Ok),
        Route::UpdateSelf => entry
            .remark("The answer comes before the change is made, because who answers is who ends.")
            .query::<UpdateSelfQuery>()
            .archive()
            .answers::<Done>(Status::Ok),
        Route::Rollback => entry.answers::<Done>(Status::Ok),
    }
}
