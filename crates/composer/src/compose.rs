//! Plan to deployment.

use decnet_proto::plan::FleetPlan;

use crate::deployment::Deployment;

/// Why a plan cannot become a deployment.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// Two containers would have one name.
    #[error("deckies {first} and {second} would both have a container named {container}")]
    NameTaken {
        /// The name.
        container: String,
        /// The decky that has it.
        first: String,
        /// The decky that cannot have it.
        second: String,
    },
    /// The configuration of a decoy does not fit its variable.
    #[error("configuration of decky {decky} has {size} bytes; {max} are allowed", max = decnet_proto::persona::MAX_CONFIG)]
    TooLarge {
        /// The decky.
        decky: String,
        /// Its size as JSON.
        size: usize,
    },
    /// The configuration of a decoy is no JSON.
    #[error("cannot write the configuration of decky {decky}")]
    Encode {
        /// The decky.
        decky: String,
        /// Why.
        source: serde_json::Error,
    },
}

/// What a host should run.
///
/// # Errors
/// See [`ComposeError`]; a plan made by [`crate::plan::plan`] has none of it.
pub fn compose(plan: &FleetPlan) -> Result<Deployment, ComposeError> {
    let _ = plan;
    todo!()
}
