//! A fleet on this host: planned over its site, and stored, before its agent is given it.
//!
//! What an operator types and what is asked of the API go the same way.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use decnet_composer::{
    diagnostic::{Checked, Diagnostics},
    fleet::FleetSpec,
    plan,
};
use decnet_daemon::lock::{LockError, RoleLock};
use decnet_proto::{
    agent::SiteQuery,
    plan::{Decky, FleetPlan},
    site::Site,
};
use thiserror::Error;

use crate::{
    agent::{AgentError, Client},
    fleet::{Plans, Purpose, Seed, dry_run_seed, load_or_make_seed},
    output::now,
};

/// Why a fleet is not planned.
#[derive(Debug, Error)]
pub(crate) enum DeploymentError {
    /// Somebody else is at it.
    #[error(transparent)]
    Turn(#[from] LockError),
    /// The agent does not tell where the host stands.
    #[error(transparent)]
    Agent(#[from] AgentError),
    /// The fleet cannot be, on this site.
    #[error("{0}")]
    Fleet(Diagnostics),
    /// Seed or plans cannot be used.
    #[error("{0:#}")]
    Folder(anyhow::Error),
}

/// The turn to change the fleet of this host, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _lock: RoleLock,
}

impl Turn {
    /// Takes the turn of the state folder, which is made where it is missing.
    pub(crate) fn take(state: &Path) -> Result<Self, DeploymentError> {
        let made = fs::create_dir_all(state);
        made.with_context(|| format!("cannot make the folder {}", state.display()))
            .map_err(DeploymentError::Folder)?;
        Ok(Self { _lock: RoleLock::acquire(state, "deployment")? })
    }
}

/// What to ask about the site that a fleet is for.
pub(crate) fn site_query(spec: &FleetSpec, probe: bool) -> SiteQuery {
    SiteQuery { interface: spec.network.interface.clone(), subnet: spec.network.subnet, probe }
}

/// Plans a fleet over the site of this host, as its agent sees it, and stores the plan. Whoever calls has
/// the turn.
pub(crate) async fn plan(
    client: &Client,
    state: &Path,
    spec: &FleetSpec,
) -> Result<Checked<FleetPlan>, DeploymentError> {
    let site = client.site(&site_query(spec, true)).await?;
    let (state, spec) = (state.to_owned(), spec.clone());
    apart(move || {
        let plans = Plans::of(&state);
        let (seed, previous) = (load_or_make_seed(&state)?, plans.latest()?);
        let planned = plan::plan(&spec, &site, &seed, now(), previous.as_ref())?;
        plans.store(&planned.value)?;
        Ok(planned)
    })
    .await
}

/// What a deployment would come to.
pub(crate) struct Foreseen {
    /// The plan.
    pub(crate) planned: Checked<FleetPlan>,
    /// Whether it is of the fleet's own seed: otherwise names, addresses of network cards and credentials
    /// of a deployment will be others.
    pub(crate) is_own: bool,
}

/// Plans a fleet over a site, and writes nothing.
pub(crate) async fn foresee(
    state: PathBuf,
    spec: FleetSpec,
    site: Site,
    purpose: Purpose,
) -> Result<Foreseen, DeploymentError> {
    apart(move || {
        let (seed, is_own, previous) = match dry_run_seed(&state, purpose)? {
            Seed::Own(seed) => (seed, true, Plans::of(&state).latest()?),
            Seed::Other(seed) => (seed, false, None),
        };
        let planned = plan::plan(&spec, &site, &seed, now(), previous.as_ref())?;
        Ok(Foreseen { planned, is_own })
    })
    .await
}

/// Does what blocks where that may be.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DeploymentError> + Send + 'static,
) -> Result<T, DeploymentError> {
    let done = tokio::task::spawn_blocking(work).await.context("planning broke off");
    done.map_err(DeploymentError::Folder)?
}

/// What runs on a decky: slugs of its services, and names of its own containers.
pub(crate) fn service_names(decky: &Decky) -> Vec<String> {
    let built_in = decky.services.iter().map(|spec| spec.service.to_string());
    built_in.chain(decky.custom.iter().map(|custom| custom.name.clone())).collect()
}

impl DeploymentError {
    /// What is wrong with the fleet, if that is it.
    pub(crate) const fn findings(&self) -> Option<&Diagnostics> {
        match self {
            Self::Fleet(found) => Some(found),
            Self::Turn(_) | Self::Agent(_) | Self::Folder(_) => None,
        }
    }
}

impl From<Diagnostics> for DeploymentError {
    fn from(found: Diagnostics) -> Self {
        Self::Fleet(found)
    }
}

impl From<anyhow::Error> for DeploymentError {
    fn from(error: anyhow::Error) -> Self {
        Self::Folder(error)
    }
}
