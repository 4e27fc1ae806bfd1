//! Where work can be held: each touch of engine or network passes here.
//!
//! When the agent ends, whoever is inside finishes, and whoever comes later waits for ever.
//! The work can then be dropped between two touches; as every touch is idempotent, the next
//! start goes on from there.

use std::net::Ipv4Addr;

use decnet_composer::deployment::{Network, Observed};
use decnet_engine::{
    About, ContainerChange, Engine, EngineError, ExecOutput, Host, HostError, ImageChange, NetworkChange,
};
use decnet_proto::plan::LinkDriver;
use tokio::sync::watch;

/// The gate.
#[derive(Debug)]
pub(crate) struct Gate(watch::Sender<State>);

#[derive(Clone, Copy, Debug)]
struct State {
    open: bool,
    inside: usize,
}

impl Default for Gate {
    fn default() -> Self {
        Self(watch::Sender::new(State { open: true, inside: 0 }))
    }
}

impl Gate {
    /// Lets nobody in any more.
    pub(crate) fn close(&self) {
        self.0.send_modify(|state| state.open = false);
    }

    /// Whether anybody is let in.
    pub(crate) fn is_open(&self) -> bool {
        self.0.borrow().open
    }

    /// Waits until nobody is inside.
    pub(crate) async fn idle(&self) {
        // The sender is `self`: the channel cannot close while this waits.
        let _ = self.0.subscribe().wait_for(|state| state.inside == 0).await;
    }

    /// Holds what belongs behind the gate.
    pub(crate) const fn before<'a, T>(&'a self, inner: &'a T) -> Gated<'a, T> {
        Gated { gate: self, inner }
    }

    async fn enter(&self) -> Inside<'_> {
        let entered = self.0.send_if_modified(|state| {
            state.inside += usize::from(state.open);
            state.open
        });
        if !entered {
            std::future::pending::<()>().await;
        }
        Inside(self)
    }
}

struct Inside<'a>(&'a Gate);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.0.send_modify(|state| state.inside -= 1);
    }
}

/// An engine or host behind a gate.
#[derive(Debug)]
pub(crate) struct Gated<'a, T> {
    gate: &'a Gate,
    inner: &'a T,
}

impl<E: Engine> Engine for Gated<'_, E> {
    async fn about(&self) -> Result<About, EngineError> {
        let _inside = self.gate.enter().await;
        self.inner.about().await
    }

    async fn observe(&self) -> Result<Observed, EngineError> {
        let _inside = self.gate.enter().await;
        self.inner.observe().await
    }

    async fn image(&self, change: ImageChange<'_>) -> Result<(), EngineError> {
        let _inside = self.gate.enter().await;
        self.inner.image(change).await
    }

    async fn network(&self, change: NetworkChange<'_>) -> Result<(), EngineError> {
        let _inside = self.gate.enter().await;
        self.inner.network(change).await
    }

    async fn container(&self, change: ContainerChange<'_>) -> Result<(), EngineError> {
        let _inside = self.gate.enter().await;
        self.inner.container(change).await
    }

    async fn exec(&self, container: &str, argv: &[&str], stdin: &[u8]) -> Result<ExecOutput, EngineError> {
        let _inside = self.gate.enter().await;
        self.inner.exec(container, argv, stdin).await
    }
}

impl<H: Host> Host for Gated<'_, H> {
    async fn link(&self) -> Result<Option<(LinkDriver, Vec<Ipv4Addr>)>, HostError> {
        let _inside = self.gate.enter().await;
        self.inner.link().await
    }

    async fn ensure_link(&self, network: &Network) -> Result<(), HostError> {
        let _inside = self.gate.enter().await;
        self.inner.ensure_link(network).await
    }

    async fn remove_link(&self, driver: LinkDriver) -> Result<(), HostError> {
        let _inside = self.gate.enter().await;
        self.inner.remove_link(driver).await
    }

    async fn drained(&self, container: &str) {
        let _inside = self.gate.enter().await;
        self.inner.drained(container).await;
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, poll};

    use super::*;

    #[tokio::test]
    async fn who_is_inside_finishes_and_nobody_else_enters() {
        let gate = Gate::default();
        let inside = gate.enter().await;
        gate.close();
        let mut idle = Box::pin(gate.idle());
        assert!(poll!(&mut idle).is_pending(), "somebody is inside");
        assert!(gate.enter().now_or_never().is_none(), "the gate is shut");
        drop(inside);
        idle.await;
    }
}
