//! What the host can do, what stands in the way, and what to do about it.

mod certificates;
mod clock;
mod docker;
mod hypervisor;
mod kernel;
mod lan;
mod room;

use decnet_engine::Engine;
use decnet_proto::{
    agent::{Check, SiteQuery, Verdict},
    plan::NetworkPlan,
    site::Site,
};

use crate::{agent::Agent, machine::Machine};

impl<E: Engine + 'static, M: Machine> Agent<E, M> {
    /// Every check, in the order in which a reader wants them.
    pub(crate) async fn doctor(&self) -> Vec<Check> {
        let network = self.store().accepted().map(|accepted| accepted.plan.network.clone());
        let site = self.machine.survey(&query(network.as_ref())).await;
        let mut checks = vec![lan::rights(), kernel::namespaces(), kernel::seccomp()];
        checks.extend(kernel::drivers(&self.machine, site.as_ref().ok()).await);
        checks.extend(docker::checks(self.engine.about().await));
        checks.extend(lan::checks(&site));
        checks.extend(self.pool(site.ok()).await);
        checks.push(hypervisor::check());
        checks.extend(room::checks(&self.places, &self.collection.status().log_file));
        checks.push(clock::check());
        checks.extend(certificates::checks(self.place()));
        checks
    }

    /// Addresses that are free, where the LAN can be asked.
    async fn pool(&self, site: Option<Site>) -> Option<Check> {
        let site = site?;
        let query = SiteQuery { interface: Some(site.interface), subnet: site.subnet, probe: true };
        let taken = self.wanted().map_or(0, |plan| plan.deckies.len());
        Some(lan::pool(self.machine.survey(&query).await, taken))
    }
}

/// The LAN of the plan, or else that of the default route.
fn query(network: Option<&NetworkPlan>) -> SiteQuery {
    SiteQuery {
        interface: network.map(|network| network.interface.clone()),
        subnet: network.map(|network| network.subnet),
        probe: false,
    }
}

fn ok(name: &str, found: impl Into<String>) -> Check {
    Check { name: name.to_owned(), verdict: Verdict::Ok, found: found.into(), remedy: None }
}

fn warn(name: &str, found: impl Into<String>, remedy: impl Into<String>) -> Check {
    Check { name: name.to_owned(), verdict: Verdict::Warn, found: found.into(), remedy: Some(remedy.into()) }
}

fn fail(name: &str, found: impl Into<String>, remedy: impl Into<String>) -> Check {
    Check { verdict: Verdict::Fail, ..warn(name, found, remedy) }
}
