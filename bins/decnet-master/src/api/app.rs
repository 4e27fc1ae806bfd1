//! What every handler has.

use std::sync::Arc;

use axum::{
    Json,
    extract::{
        Path, Query, State,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
};
use decnet_daemon::signals::Shutdown;
use decnet_record::{Reader, Record, RecordError};

use super::{
    accounts::Gatekeeper, alerts::Alerting, asking::Asking, cache::Cache, fleet::Planning, metrics::Counters,
    operations::Begun, refusal::Refusal, settings::Settings, stream::Hub,
};

/// What every handler has.
#[derive(Debug)]
pub(super) struct App {
    pub(super) settings: Settings,
    pub(super) record: Record,
    pub(super) asking: Asking,
    pub(super) gatekeeper: Gatekeeper,
    pub(super) alerting: Alerting,
    pub(super) hub: Arc<Hub>,
    pub(super) cache: Cache,
    pub(super) counters: Counters,
    pub(super) planning: Planning,
    pub(super) begun: Begun,
    pub(super) shutdown: Shutdown,
}

pub(super) type Shared = State<Arc<App>>;
pub(super) type Answer<T> = Result<Json<T>, Refusal>;
pub(super) type Body<T> = Result<Json<T>, JsonRejection>;
pub(super) type Params<T> = Result<Query<T>, QueryRejection>;
pub(super) type Id<T> = Result<Path<T>, PathRejection>;

impl App {
    /// Asks the record.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Reader) -> Result<T, RecordError> + Send + 'static,
    ) -> Result<T, Refusal> {
        Ok(self.asking.ask(question).await?)
    }
}
