//! The host's twin.

use std::{
    net::Ipv4Addr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use decnet_composer::deployment::Network;
use decnet_proto::plan::LinkDriver;

use crate::host::{Host, HostError};

/// One thing that the host's twin was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostTold {
    /// Make or mend the link.
    EnsureLink(Network),
    /// Remove the link.
    RemoveLink(LinkDriver),
    /// Read this container's output to its end.
    Drained(String),
}

/// A host that only remembers.
#[derive(Debug, Default)]
pub struct RecordingHost {
    told: Mutex<Vec<HostTold>>,
    link: Mutex<Option<(LinkDriver, Vec<Ipv4Addr>)>>,
    refuses: bool,
}

impl RecordingHost {
    /// A host without a link.
    pub fn new() -> Self {
        Self::default()
    }

    /// A host that cannot make a link.
    pub fn refusing() -> Self {
        Self { refuses: true, ..Self::default() }
    }

    /// All it was told so far, in order.
    pub fn told(&self) -> Vec<HostTold> {
        lock(&self.told).clone()
    }
}

impl Host for RecordingHost {
    async fn link(&self) -> Result<Option<(LinkDriver, Vec<Ipv4Addr>)>, HostError> {
        Ok(lock(&self.link).clone())
    }

    async fn ensure_link(&self, network: &Network) -> Result<(), HostError> {
        lock(&self.told).push(HostTold::EnsureLink(network.clone()));
        if self.refuses {
            return Err("told to refuse".into());
        }
        *lock(&self.link) = Some((network.driver, network.routes.clone()));
        Ok(())
    }

    async fn remove_link(&self, driver: LinkDriver) -> Result<(), HostError> {
        lock(&self.told).push(HostTold::RemoveLink(driver));
        *lock(&self.link) = None;
        Ok(())
    }

    async fn drained(&self, container: &str) {
        lock(&self.told).push(HostTold::Drained(container.to_owned()));
    }
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
