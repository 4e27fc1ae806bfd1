//! What executing steps needs from the host beside the engine.
//!
//! The agent implements it over netlink and its collector, so that this crate depends on
//! neither.

use std::{error::Error, future::Future, net::Ipv4Addr};

use decnet_composer::deployment::Network;
use decnet_proto::plan::LinkDriver;

/// Why the host refused; kept as a chain.
pub type HostError = Box<dyn Error + Send + Sync>;

/// The host's side of a deployment.
pub trait Host: Send + Sync {
    /// Driver of the host's own link to its deckies and the addresses routed through it, if
    /// there is one.
    fn link(&self) -> impl Future<Output = Result<Option<(LinkDriver, Vec<Ipv4Addr>)>, HostError>> + Send;

    /// Makes the link, or mends it, with exactly the routes of `network`.
    fn ensure_link(&self, network: &Network) -> impl Future<Output = Result<(), HostError>> + Send;

    /// Removes the link; that there is none is no error.
    fn remove_link(&self, driver: LinkDriver) -> impl Future<Output = Result<(), HostError>> + Send;

    /// Called between the stop of a container and its removal, which takes its output away:
    /// returns when all of that output has been read, or will not be.
    fn drained(&self, container: &str) -> impl Future<Output = ()> + Send;
}
