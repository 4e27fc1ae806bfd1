//! Following what the agent took on.

use decnet_proto::agent::{Accepted, OperationQuery, OperationStatus};

use super::{AgentError, Client};
use crate::output::Progress;

/// Waits until the operation is over, showing how it goes.
pub(crate) async fn follow(client: &Client, operation: Accepted) -> Result<OperationStatus, AgentError> {
    let mut progress = Progress::new();
    let mut seen = OperationQuery::default();
    loop {
        let status = client.operation(&operation, seen).await?;
        progress.show(status.done, status.total, &status.current);
        if status.finished {
            progress.finish();
            return Ok(status);
        }
        seen.after = status.revision;
    }
}
