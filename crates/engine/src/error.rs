//! What can go wrong with an engine.

use std::{fmt, path::PathBuf};

pub use decnet_proto::problem::chain;
use thiserror::Error;

/// An engine did not do what it was asked.
#[derive(Debug, Error)]
pub enum EngineError {
    /// It could not be spoken to at all.
    #[error(
        "cannot connect to docker at {socket}: is it running? `systemctl start docker` starts it, and its socket is open to root and the group docker",
        socket = .socket.display()
    )]
    Unreachable {
        /// Where it should listen.
        socket: PathBuf,
        /// Why not.
        source: Cause,
    },
    /// It refused, or failed at, one thing.
    #[error("cannot {attempt}")]
    Failed {
        /// What.
        attempt: Attempt,
        /// Whether trying again later can help.
        lasting: Lasting,
        /// Why.
        source: Cause,
    },
}

/// The engine's own words, or those of the system.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Whether a failure is bound to come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasting {
    /// The same request will fail in the same way.
    Permanent,
    /// The network, the registry or the engine may be better in a moment.
    Transient,
}

/// What was being attempted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Ask what the engine is.
    About,
    /// List containers, networks and images.
    Observe,
    /// Read the decoy binary.
    ReadDecoy(PathBuf),
    /// Load the decoy image.
    LoadImage(String),
    /// Find an image.
    FindImage(String),
    /// Pull an image.
    PullImage(String),
    /// Remove images that are not needed.
    PruneImages,
    /// Make the network.
    CreateNetwork(String),
    /// Remove the network.
    RemoveNetwork(String),
    /// Make a container.
    CreateContainer(String),
    /// Start a container.
    StartContainer(String),
    /// Restart a container.
    RestartContainer(String),
    /// Stop a container.
    StopContainer(String),
    /// Remove a container.
    RemoveContainer(String),
    /// Run a command.
    Exec(String),
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::About => f.write_str("ask docker for its version and abilities"),
            Self::Observe => f.write_str("list the fleet's containers, network and image"),
            Self::ReadDecoy(path) => write!(f, "read the decoy binary {}", path.display()),
            Self::LoadImage(tag) => write!(f, "load the decoy image {tag}"),
            Self::FindImage(name) => write!(f, "look for image {name}"),
            Self::PullImage(name) => write!(f, "pull image {name}"),
            Self::PruneImages => f.write_str("remove decoy images that are not needed any more"),
            Self::CreateNetwork(name) => write!(f, "create network {name}"),
            Self::RemoveNetwork(name) => write!(f, "remove network {name}"),
            Self::CreateContainer(name) => write!(f, "create container {name}"),
            Self::StartContainer(name) => write!(f, "start container {name}"),
            Self::RestartContainer(name) => write!(f, "restart container {name}"),
            Self::StopContainer(name) => write!(f, "stop container {name}"),
            Self::RemoveContainer(name) => write!(f, "remove container {name}"),
            Self::Exec(name) => write!(f, "run a command in container {name}"),
        }
    }
}

impl EngineError {
    /// Whether trying again later can help.
    pub const fn lasting(&self) -> Lasting {
        match self {
            Self::Unreachable { .. } => Lasting::Transient,
            Self::Failed { lasting, .. } => *lasting,
        }
    }
}
