//! Deployment to Compose file.

use crate::deployment::Deployment;

/// What a Compose file needs beside the deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where the decoy image comes from.
    pub image: DecoyImage,
    /// Path of the decoys' seccomp list, relative to the file; the engine's own list when absent.
    pub seccomp: Option<String>,
}

/// Where the decoy image comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecoyImage {
    /// The engine has it under this reference.
    Reference(String),
    /// It is built from this folder, which holds a Dockerfile and the binary.
    Build(String),
}

/// The Compose file of a deployment. It holds the deckies' secrets: keep it 0600.
pub fn print(deployment: &Deployment, options: &Options) -> String {
    let _ = (deployment, options);
    todo!()
}
