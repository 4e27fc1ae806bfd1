//! Patience with what passes: a registry, a name server, an engine that restarts.

use std::{future::Future, time::Duration};

use tokio::time::sleep;

use crate::error::{EngineError, Lasting};

/// How long to wait before each further try; what fails for good is not tried again.
const PAUSES: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(5)];

/// Asks until it is done, failed for good, or failed after the last pause.
pub(super) async fn patiently<F>(mut ask: impl FnMut() -> F) -> Result<(), EngineError>
where
    F: Future<Output = Result<(), EngineError>>,
{
    for pause in PAUSES {
        match ask().await {
            Err(error) if error.lasting() == Lasting::Transient => {
                tracing::warn!(error = crate::chain(&error), ?pause, "will try again");
                sleep(pause).await;
            }
            outcome => return outcome,
        }
    }
    ask().await
}
