//! What must be there before anything is begun: whom to ship to, and as whom.

use std::{
    io,
    net::ToSocketAddrs as _,
    path::{Path, PathBuf},
};

use decnet_daemon::{
    Exit,
    config::{self, Config, HostAddress, Setting as _},
};
use decnet_pki::folder::IdentityFolder;
use thiserror::Error;

use crate::{
    Settings,
    plain::tls::{self, PlainTlsError},
    settings::{Unsettled, Way},
};

/// What a forwarder that has nobody to ship to, or is nobody, ends with.
const NOBODY: u8 = 2;

/// The certificate that listeners are shown, in the agent's folder.
const BUNDLE: &str = "agent-client.crt";

/// Something is missing.
#[derive(Debug, Error)]
pub enum Unready {
    /// The configuration does not say enough.
    #[error(transparent)]
    Settings(#[from] Unsettled),
    /// The host is in no swarm.
    #[error("there is no certificate bundle: {} is missing; `decnet-agent join` makes it", .0.display())]
    NoBundle(PathBuf),
    /// A receiver that is no listener of ours cannot be spoken to.
    #[error("cannot speak to another receiver than a DECNET listener")]
    Plain(#[from] PlainTlsError),
    /// The receiver's host has no address.
    #[error("cannot find master-host {host}")]
    Unknown {
        /// As it was named.
        host: String,
        /// Why.
        source: io::Error,
    },
}

impl Unready {
    /// What the program ends with.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Settings(Unsettled::NoAuthority(_) | Unsettled::HalfIdentity) => Exit::Config as u8,
            Self::Settings(Unsettled::Nobody) | Self::NoBundle(_) | Self::Plain(_) | Self::Unknown { .. } => {
                NOBODY
            }
        }
    }
}

/// Settings that can be run with.
///
/// # Errors
/// [`Unready`].
pub(crate) fn settings(config: &Config<config::Forwarder>) -> Result<Settings, Unready> {
    let settings = Settings::of(config, || controller(&config.decnet.agent_dir))?;
    match &settings.way {
        Way::Plain(way) => drop(tls::client(way)?),
        Way::Swarm(identity) => {
            let bundle = identity.join(BUNDLE);
            if !bundle.exists() {
                return Err(Unready::NoBundle(bundle));
            }
        }
    }
    let (host, port) = (settings.receiver.host.as_str(), settings.receiver.port);
    let found = (host, port).to_socket_addrs();
    found.map_err(|source| Unready::Unknown { host: host.to_owned(), source })?;
    Ok(settings)
}

/// The host of the controller at which this host joined, if it has. A folder that cannot be used is told
/// when it is to be used.
fn controller(identity: &Path) -> Option<HostAddress> {
    let host = IdentityFolder::at(identity).host().ok()??;
    HostAddress::parse(host.controller_host()?)
}
