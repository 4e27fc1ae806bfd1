//! The flags that say where the controller is.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::{
    cli::Context,
    controller::{Controller, reach},
};

/// Where the controller is, and who asks.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct ControllerFlags {
    /// The controller [configuration key: swarmctl-url]
    #[arg(long, value_name = "URL", help_heading = "Swarm")]
    url: Option<String>,
    /// Folder of an operator's certificate, for a controller on another host [configuration key: operator-dir]
    #[arg(long, value_name = "DIR", help_heading = "Swarm")]
    identity: Option<PathBuf>,
}

impl ControllerFlags {
    /// Adds what the flags say to the configuration.
    pub(crate) fn enter(&self, context: &mut Context) -> anyhow::Result<()> {
        context.add_flag("swarmctl-url", "--url", self.url.as_deref());
        let identity = self.identity.as_deref().map(absolute).transpose()?;
        context.add_flag("operator-dir", "--identity", identity.as_deref());
        Ok(())
    }

    /// The controller.
    pub(crate) async fn reach(&self, context: &mut Context) -> anyhow::Result<Controller> {
        self.enter(context)?;
        Ok(reach(&context.config()?).await?)
    }

    /// Whether any of them was given.
    pub(crate) const fn is_given(&self) -> bool {
        self.url.is_some() || self.identity.is_some()
    }
}

fn absolute(dir: &Path) -> anyhow::Result<String> {
    let path = std::path::absolute(dir).with_context(|| format!("cannot tell where {} is", dir.display()))?;
    path.into_os_string().into_string().ok().with_context(|| format!("{} is no UTF-8", dir.display()))
}
