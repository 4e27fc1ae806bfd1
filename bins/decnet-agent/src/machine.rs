//! The machine that the agent runs on: its interfaces and links.

use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
};

use decnet_composer::deployment::{Deployment, Namespace, Network};
use decnet_engine::{Host, HostError};
use decnet_netdrv::{
    Claim, Watch,
    host_link::{self, Deckies, HostLink},
    link,
};
use decnet_proto::{agent::SiteQuery, mac::Mac, plan::LinkDriver, site::Site};
use tokio::sync;

use crate::collection::Collection;

/// What the agent asks of its machine beside [`Host`].
pub trait Machine: Host + 'static {
    /// Checks that links of the driver can be built on the interface.
    fn validate(
        &self,
        driver: LinkDriver,
        parent: &str,
    ) -> impl Future<Output = Result<(), HostError>> + Send;

    /// Tells where it stands on its LAN.
    fn survey(&self, query: &SiteQuery) -> impl Future<Output = Result<Site, HostError>> + Send;

    /// Says what its link is measured against from now on.
    fn expect(&self, deployment: &Deployment);

    /// Waits until a machine on the LAN of the interface uses an address of ours.
    fn conflict(
        &self,
        interface: &str,
        ours: &[(Ipv4Addr, Option<Mac>)],
    ) -> impl Future<Output = Result<Claim, HostError>> + Send;
}

/// This machine, through netlink.
#[derive(Debug)]
pub struct LocalMachine {
    collection: Arc<Collection>,
    /// Ethernet addresses of deckies, which a [`Network`] does not tell, and the link as it
    /// should be.
    expected: Mutex<Expected>,
    /// Interface of the watch that runs, and the watch.
    watch: sync::Mutex<Option<(String, Watch)>>,
}

#[derive(Debug, Default)]
struct Expected {
    deckies: Deckies,
    link: Option<HostLink>,
}

impl LocalMachine {
    /// This machine; `collection` reads what containers leave behind.
    pub fn new(collection: Arc<Collection>) -> Self {
        Self { collection, expected: Mutex::default(), watch: sync::Mutex::default() }
    }

    fn expected<T>(&self, read: impl FnOnce(&mut Expected) -> T) -> T {
        read(&mut self.expected.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Machine for LocalMachine {
    async fn validate(&self, driver: LinkDriver, parent: &str) -> Result<(), HostError> {
        Ok(link::validate(driver, parent).await?)
    }

    async fn survey(&self, query: &SiteQuery) -> Result<Site, HostError> {
        Ok(decnet_netdrv::survey(query).await?)
    }

    fn expect(&self, deployment: &Deployment) {
        let deckies = ethernet_addresses(deployment);
        let link = wanted(&deployment.network, &deckies);
        self.expected(|expected| *expected = Expected { deckies, link });
    }

    async fn conflict(&self, interface: &str, ours: &[(Ipv4Addr, Option<Mac>)]) -> Result<Claim, HostError> {
        let mut kept = self.watch.lock().await;
        if kept.as_ref().is_none_or(|(on, _)| on != interface) {
            *kept = Some((interface.to_owned(), Watch::on(interface).await?));
        }
        let Some((_, watch)) = kept.as_mut() else { return Err("no watch".into()) };
        // IPvlan links speak under the address of their parent.
        let all = decnet_netdrv::interfaces().await?;
        let parent = all.into_iter().find(|found| found.name == interface).and_then(|found| found.mac);
        watch.expect(ours.iter().filter_map(|(ip, mac)| Some((*ip, (*mac).or(parent)?))).collect());
        let claim = watch.next().await;
        if claim.is_none() {
            *kept = None;
        }
        claim.ok_or_else(|| format!("{interface} went away").into())
    }
}

impl Host for LocalMachine {
    /// Tells of the routes as far as they may stay: none when the link itself is not the
    /// expected one, and not those whose decky has another Ethernet address by now.
    async fn link(&self) -> Result<Option<(LinkDriver, Vec<Ipv4Addr>)>, HostError> {
        let Some(link) = host_link::observe().await? else { return Ok(None) };
        let routes = self.expected(|expected| match &expected.link {
            Some(wanted) if !link.is_on(wanted) => Vec::new(),
            Some(wanted) => routes_beside(&link.deckies, &wanted.deckies),
            None => link.deckies.keys().copied().collect(),
        });
        Ok(Some((link.driver, routes)))
    }

    async fn ensure_link(&self, network: &Network) -> Result<(), HostError> {
        let known = self.expected(|expected| expected.deckies.clone());
        match wanted(network, &known) {
            Some(wanted) => host_link::ensure(&wanted).await?,
            // A host without an address on the LAN has nothing to reach its deckies from.
            None => host_link::remove(network.driver).await?,
        }
        Ok(())
    }

    async fn remove_link(&self, driver: LinkDriver) -> Result<(), HostError> {
        Ok(host_link::remove(driver).await?)
    }

    async fn drained(&self, container: &str) {
        self.collection.drained(container).await;
    }
}

fn wanted(network: &Network, known: &Deckies) -> Option<HostLink> {
    Some(HostLink {
        driver: network.driver,
        parent: network.parent.clone(),
        address: network.host_ip?,
        deckies: network.routes.iter().map(|ip| (*ip, known.get(ip).copied().flatten())).collect(),
    })
}

/// The routes that are as expected, or not expected at all.
fn routes_beside(found: &Deckies, wanted: &Deckies) -> Vec<Ipv4Addr> {
    let right = |(ip, mac): &(&Ipv4Addr, _)| wanted.get(ip).is_none_or(|wanted| wanted == *mac);
    found.iter().filter(right).map(|(ip, _)| *ip).collect()
}

fn ethernet_addresses(deployment: &Deployment) -> Deckies {
    let lan = deployment.containers.iter().filter_map(|container| match container.namespace {
        Namespace::Lan { ip, mac } => Some((ip, mac)),
        Namespace::Of(_) => None,
    });
    lan.collect::<BTreeMap<_, _>>()
}
