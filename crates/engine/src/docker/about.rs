//! What a Docker is and can do.

use super::Docker;
use crate::{
    engine::About,
    error::{Attempt, EngineError},
};

impl Docker {
    pub(super) async fn ask_about(&self) -> Result<About, EngineError> {
        let fail = |error| self.failed(Attempt::About, error);
        let client = self.client().await?;
        let version = client.version().await.map_err(fail)?;
        let info = client.info().await.map_err(fail)?;
        let security = info.security_options.unwrap_or_default();
        Ok(About {
            version: version.version.unwrap_or_default(),
            api: version.api_version.unwrap_or_default(),
            log_driver: info.logging_driver.unwrap_or_default(),
            network_drivers: info.plugins.and_then(|p| p.network).unwrap_or_default(),
            seccomp: security.iter().any(|option| option.starts_with("name=seccomp")),
            memory_limit: info.memory_limit.unwrap_or(false),
            pids_limit: info.pids_limit.unwrap_or(false),
        })
    }
}
