//! Why the controller did not do what was asked.

use std::{io, path::PathBuf};

use decnet_api::client::CallError;
use decnet_daemon::config::ControllerUrl;
use decnet_pki::{credentials::CredentialsError, folder::FolderError, tls::TlsError, trust::InvalidTrust};
use decnet_proto::{problem::Problem, swarm::API_VERSION};
use thiserror::Error;

/// Why the controller did not do what was asked.
#[derive(Debug, Error)]
pub(crate) enum ControllerError {
    /// Nobody listens.
    #[error(
        "no controller answers on {url} (from {origin}): `decnet-master swarmctl` runs one, --url or swarmctl-url names another"
    )]
    Absent {
        /// Where it should be.
        url: ControllerUrl,
        /// Who says so.
        origin: String,
        /// Why.
        source: io::Error,
    },
    /// Somebody else listens there.
    #[error("what answers on {url} is no controller of a swarm")]
    Other {
        /// Where.
        url: ControllerUrl,
        /// Why, if it did not even say something else.
        source: Option<CallError>,
    },
    /// It speaks another language.
    #[error(
        "the controller {version} speaks version {api} of its API, and this program version {API_VERSION}: use the decnet-master of the same release"
    )]
    Version {
        /// Its version.
        version: String,
        /// Version of its API.
        api: u32,
    },
    /// There is no token.
    #[error(
        "there is no operator token in {}: the controller makes it when it starts; --state-directory or swarmctl-token-file says where it is",
        path.display()
    )]
    NoToken {
        /// Where it should be.
        path: PathBuf,
    },
    /// The token is for others.
    #[error("cannot read the operator token {}: run this as the user of the controller, or with sudo", path.display())]
    Token {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The token is none.
    #[error("{} holds no operator token: remove it, and start the controller anew", path.display())]
    Malformed {
        /// Its file.
        path: PathBuf,
    },
    /// No certificate was named.
    #[error(
        "{url} wants an operator's certificate: name its folder by --identity or operator-dir; `decnet-master swarm operator add` on the master's host makes one"
    )]
    NoIdentity {
        /// Where the controller is.
        url: ControllerUrl,
    },
    /// The folder of the certificate cannot be used.
    #[error("cannot use the operator's certificate in {}", path.display())]
    Identity {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: FolderOrTls,
    },
    /// It does not know who asks.
    #[error("the controller refused: {}: {}; {todo}", problem.title, problem.detail)]
    Unknown {
        /// What it said.
        problem: Problem,
        /// What helps.
        todo: &'static str,
    },
    /// It refused.
    #[error("the controller refused: {}: {}", .0.title, .0.detail)]
    Refused(Problem),
    /// The conversation broke off.
    #[error(transparent)]
    Broken(CallError),
}

/// What can be wrong with an operator's folder.
#[derive(Debug, Error)]
pub(crate) enum FolderOrTls {
    /// Its files.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Its certificate.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// Whom it trusts.
    #[error(transparent)]
    Trust(#[from] InvalidTrust),
    /// There is no trust.
    #[error("there is no trust.json in it")]
    NoTrust,
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl ControllerError {
    /// Whether the same request may be answered a little later.
    pub(crate) const fn is_passing(&self) -> bool {
        match self {
            Self::Absent { .. } | Self::Broken(_) => true,
            Self::Refused(problem) => matches!(problem.status, 502..=504),
            _ => false,
        }
    }
}
