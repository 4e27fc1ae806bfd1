//! The collector, as the agent uses it.

use std::{path::Path, time::Duration};

use decnet_engine::{
    HostError,
    collector::{Collector, DrainError},
};
use decnet_event::Kind;
use decnet_proto::agent::CollectorStatus;

/// How long the removal of a container waits for its output to be read. What a container
/// still has after that is lost, and shows as a gap.
const PATIENCE: Duration = Duration::from_secs(60);

/// The collector; or none, for agents over an engine that keeps no output.
#[derive(Debug)]
pub struct Collection(Option<Collector>);

impl Collection {
    /// This collector.
    pub const fn of(collector: Collector) -> Self {
        Self(Some(collector))
    }

    /// None.
    pub const fn none() -> Self {
        Self(None)
    }

    /// How it goes.
    pub fn status(&self) -> CollectorStatus {
        self.0.as_ref().map(Collector::status).unwrap_or_default()
    }

    /// Waits until the output of a stopped container was read, or will not be.
    pub async fn drained(&self, container: &str) {
        let Some(collector) = &self.0 else { return };
        match collector.drain(container, PATIENCE).await {
            Ok(()) => {}
            // It was made but never listed, or is gone by now: nothing of it is lost.
            Err(DrainError::NotRead) => tracing::debug!("no output of {container} is being read"),
            Err(e @ DrainError::TimedOut) => tracing::warn!("output of {container} may be lost: {e}"),
        }
    }

    /// Writes an event that no decoy can tell. What cannot be written is told in the diagnostics.
    pub async fn report(&self, decky: &str, kind: Kind) {
        let Some(collector) = &self.0 else { return };
        if let Err(e) = collector.report(decky, kind).await {
            tracing::error!(decky, "an event is lost: {e}");
        }
    }

    /// Writes to another log file from now on.
    ///
    /// # Errors
    /// The file cannot be used; nothing has changed then.
    pub async fn write_to(&self, log_file: &Path) -> Result<(), HostError> {
        match &self.0 {
            Some(collector) => Ok(collector.set_log_file(log_file).await?),
            None => Err("this agent has no collector".into()),
        }
    }
}
