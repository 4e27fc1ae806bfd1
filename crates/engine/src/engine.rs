//! What the rest of the system may ask of a container engine.

use std::future::Future;

use decnet_composer::deployment::{Container, Image, Network, Observed};

use crate::error::EngineError;

/// A container engine. Six verbs; each is idempotent, so that a step may be repeated after a
/// crash: making what is there and removing what is gone both succeed.
pub trait Engine: Send + Sync {
    /// What the engine can do, for `doctor`.
    fn about(&self) -> impl Future<Output = Result<About, EngineError>> + Send;

    /// What it runs for this fleet. [`Observed::host_link`] is never set: the engine does not
    /// know the host's links, [`crate::observe`] asks both.
    fn observe(&self) -> impl Future<Output = Result<Observed, EngineError>> + Send;

    /// Changes an image.
    fn image(&self, change: ImageChange<'_>) -> impl Future<Output = Result<(), EngineError>> + Send;

    /// Changes the fleet's network.
    fn network(&self, change: NetworkChange<'_>) -> impl Future<Output = Result<(), EngineError>> + Send;

    /// Changes a container.
    fn container(&self, change: ContainerChange<'_>) -> impl Future<Output = Result<(), EngineError>> + Send;

    /// Runs a command in a running container, with data on its standard input.
    ///
    /// # Errors
    /// The container does not run, or the command could not be started or did not end within
    /// [`EXEC_TIMEOUT`]. A command that ran and failed is no error: see [`ExecOutput::code`].
    fn exec(
        &self,
        container: &str,
        argv: &[&str],
        stdin: &[u8],
    ) -> impl Future<Output = Result<ExecOutput, EngineError>> + Send;
}

/// How long a command may run in a container.
pub const EXEC_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(30);

/// How much of each output stream of a command is kept, in bytes.
pub const EXEC_OUTPUT_MAX: usize = 256 * 1024;

/// A change of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageChange<'a> {
    /// Have it: the decoy image is made from the binary, an operator's own is pulled.
    Ensure {
        /// Which.
        image: &'a Image,
        /// Make or pull it even if the engine has it.
        fresh: bool,
    },
    /// Remove the fleet's earlier decoy images that no container needs.
    Prune,
}

/// A change of the fleet's network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkChange<'a> {
    /// Make it.
    Create(&'a Network),
    /// Remove it.
    Remove,
}

/// A change of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerChange<'a> {
    /// Make it and start it.
    Create(&'a Container),
    /// Start it, or restart it if it runs.
    Restart(&'a str),
    /// Stop it, so that it writes no more; its output stays readable.
    Stop(&'a str),
    /// Remove it with its output.
    Remove(&'a str),
}

/// What a command in a container left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecOutput {
    /// Exit code.
    pub code: i64,
    /// Standard output, at most [`EXEC_OUTPUT_MAX`] bytes of it.
    pub stdout: Vec<u8>,
    /// Standard error, at most [`EXEC_OUTPUT_MAX`] bytes of it.
    pub stderr: Vec<u8>,
    /// Whether more was written than was kept.
    pub cut: bool,
}

/// What an engine is and can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Version of the engine.
    pub version: String,
    /// Version of its API.
    pub api: String,
    /// Log driver that containers get which name none.
    pub log_driver: String,
    /// Network drivers.
    pub network_drivers: Vec<String>,
    /// Whether it applies seccomp profiles.
    pub seccomp: bool,
    /// Whether containers can be kept from taking more memory than allowed.
    pub memory_limit: bool,
    /// Whether the number of their processes can be limited.
    pub pids_limit: bool,
}
