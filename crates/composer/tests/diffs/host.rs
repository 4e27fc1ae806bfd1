//! A host that takes steps and objects to those that a real one could not carry out.

use std::{collections::BTreeMap, net::Ipv4Addr};

use decnet_composer::deployment::{
    Container, Image, Namespace, Network, Observed, ObservedContainer, ObservedNetwork, Step, Steps,
};
use decnet_proto::plan::LinkDriver;

/// Tag of the image that this build would run.
pub(crate) const IMAGE: &str = "decoy:new";

#[derive(Clone, Debug)]
pub(crate) struct Running {
    pub(crate) container: Container,
    pub(crate) image: String,
    pub(crate) running: bool,
    pub(crate) started_at: i64,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Host {
    pub(crate) image: bool,
    pub(crate) network: Option<Network>,
    pub(crate) link: Option<(LinkDriver, Vec<Ipv4Addr>)>,
    pub(crate) containers: BTreeMap<String, Running>,
    /// Whether the engine tells addresses.
    pub(crate) tells_addresses: bool,
    clock: i64,
}

impl Host {
    pub(crate) fn observe(&self) -> Observed {
        Observed {
            network: self.network.as_ref().map(|network| ObservedNetwork {
                driver: network.driver.name().to_owned(),
                parent: Some(network.parent.clone()),
                subnet: Some(network.subnet),
                gateway: network.gateway,
            }),
            host_link: self.link.clone(),
            containers: self.containers.values().map(|running| self.observed(running)).collect(),
            decoy_image: self.image.then(|| IMAGE.to_owned()),
        }
    }

    fn observed(&self, there: &Running) -> ObservedContainer {
        let container = &there.container;
        ObservedContainer {
            name: container.name.clone(),
            decky: container.decky.to_string(),
            role: container.role.name().to_owned(),
            service: container.service.clone(),
            spec: container.spec.clone(),
            image: there.image.clone(),
            running: there.running,
            ip: address(container).filter(|_| self.tells_addresses),
            state: String::new(),
            started_at: there.started_at,
        }
    }

    /// Carries out steps, those of the deckies one of each in turn, beginning with decky `first`.
    pub(crate) fn apply(&mut self, steps: &Steps, first: usize) {
        steps.before.iter().for_each(|step| self.step(step));
        let longest = steps.deckies.iter().map(|decky| decky.steps.len()).max().unwrap_or(0);
        let count = steps.deckies.len();
        for round in 0..longest {
            for number in 0..count {
                if let Some(step) = steps.deckies[(first + number) % count].steps.get(round) {
                    self.step(step);
                }
            }
        }
        steps.after.iter().for_each(|step| self.step(step));
    }

    fn step(&mut self, step: &Step) {
        self.clock += 1;
        match step {
            Step::EnsureImage => self.image = true,
            Step::CreateNetwork(network) => {
                assert!(self.network.is_none(), "there is a network");
                self.network = Some(network.clone());
            }
            Step::RemoveNetwork => {
                assert!(self.containers.is_empty(), "the network is in use");
                assert!(self.network.take().is_some(), "there is no network");
            }
            Step::EnsureHostLink(network) => {
                let other = self.link.as_ref().is_some_and(|(driver, _)| *driver != network.driver);
                assert!(!other, "a link of the other driver is there");
                assert!(network.host_ip.is_some(), "the link would have no address");
                self.link = Some((network.driver, network.routes.clone()));
            }
            Step::RemoveHostLink(driver) => {
                assert_eq!(self.link.take().map(|(driver, _)| driver), Some(*driver));
            }
            Step::RemoveContainer(name) => {
                assert!(self.containers.remove(name).is_some(), "{name} is not there");
            }
            Step::CreateContainer(container) => self.create(container),
            Step::RestartContainer(name) => self.restart(name),
        }
    }

    fn create(&mut self, container: &Container) {
        assert!(!self.containers.contains_key(&container.name), "{} is there", container.name);
        match &container.namespace {
            Namespace::Lan { ip, .. } => {
                assert!(self.network.is_some(), "there is no network");
                let holder = self.containers.values().find(|there| address(&there.container) == Some(*ip));
                assert!(holder.is_none(), "{ip} is in use");
            }
            Namespace::Of(owner) => assert!(self.containers[owner].running, "{owner} does not run"),
        }
        let image = match &container.image {
            Image::Decoy => {
                assert!(self.image, "there is no image");
                IMAGE.to_owned()
            }
            Image::Named(name) => name.clone(),
        };
        let container = container.clone();
        let running = Running { image, running: true, started_at: self.clock, container };
        self.containers.insert(running.container.name.clone(), running);
    }

    pub(crate) fn restart(&mut self, name: &str) {
        self.clock += 1;
        if let Namespace::Of(owner) = &self.containers[name].container.namespace {
            assert!(self.containers[owner].running, "{owner} does not run");
        }
        let there = self.containers.get_mut(name).unwrap();
        there.running = true;
        there.started_at = self.clock;
    }

    /// Whether exactly these containers run, each in a living namespace.
    pub(crate) fn runs(&self, wanted: &[Container]) {
        let names: Vec<_> = self.containers.keys().collect();
        let mut expect: Vec<_> = wanted.iter().map(|container| &container.name).collect();
        expect.sort();
        assert_eq!(names, expect);
        for container in wanted {
            let there = &self.containers[&container.name];
            assert!(there.running, "{} does not run", container.name);
            assert_eq!(there.container, *container);
            if let Namespace::Of(owner) = &container.namespace {
                assert!(there.started_at > self.containers[owner].started_at, "{} is dead", container.name);
            }
        }
    }
}

pub(crate) fn address(container: &Container) -> Option<Ipv4Addr> {
    match container.namespace {
        Namespace::Lan { ip, .. } => Some(ip),
        Namespace::Of(_) => None,
    }
}
