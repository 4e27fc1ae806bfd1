//! What runs, beside what should.

use std::collections::BTreeSet;

use decnet_composer::deployment::{Observed, ObservedContainer, Role};
use decnet_engine::{Engine, chain, observe};
use decnet_membership::{Expiry, Membership};
use decnet_proto::{
    agent::{
        CollectorStatus, DeckyState, DeckyStatus, ForwarderStatus, HostStatus, Place, ServiceStatus, Validity,
    },
    plan::{Decky, Isolation, LinkDriver},
};

use crate::{agent::Agent, machine::Machine, store::Accepted};

/// State of a container that does not exist.
const ABSENT: &str = "absent";

impl<E: Engine + 'static, M: Machine> Agent<E, M> {
    /// What runs on the host. An engine that cannot be asked is part of the answer.
    pub(crate) async fn status(&self) -> HostStatus {
        let accepted = self.store().accepted().cloned();
        let collector = self.collection.status();
        let status = match observe(&self.engine, &self.machine).await {
            Ok(observed) => host_status(accepted.as_ref(), &observed, collector, None),
            Err(e) => host_status(accepted.as_ref(), &Observed::default(), collector, Some(chain(&*e))),
        };
        let forwarder = self.forwarder.get();
        let place = self.place().and_then(Result::ok).map(|membership| place(membership, forwarder));
        HostStatus { swarm: place, ..status }
    }
}

fn host_status(
    accepted: Option<&Accepted>,
    observed: &Observed,
    collector: CollectorStatus,
    engine_error: Option<String>,
) -> HostStatus {
    let plan = accepted.map(|accepted| &accepted.plan);
    let planned = plan.map_or(&[][..], |plan| &plan.deckies);
    let isolation = plan.map(|plan| plan.isolation).unwrap_or_default();
    let names: BTreeSet<_> = planned.iter().map(|decky| decky.name.as_str()).collect();
    let found: BTreeSet<_> = observed.containers.iter().map(|c| c.decky.as_str()).collect();
    let mut deckies: Vec<_> = planned.iter().map(|decky| of_plan(decky, isolation, observed)).collect();
    for decky in &mut deckies {
        let gone = |accepted: &Accepted| accepted.yielded.keys().any(|name| name.as_str() == decky.name);
        if decky.state == DeckyState::Absent && accepted.is_some_and(gone) {
            decky.state = DeckyState::Yielded;
        }
    }
    deckies.extend(found.difference(&names).map(|name| of_labels(name, observed)));
    HostStatus {
        generation: plan.map(|plan| plan.generation),
        driver: plan.map(|plan| plan.network.driver).or_else(|| driver_of_network(observed)),
        deckies,
        collector,
        engine_error,
        swarm: None,
    }
}

fn place(membership: &Membership, forwarder: Option<ForwarderStatus>) -> Place {
    let file = membership.file();
    let validity = |(profile, expiry): (_, Expiry)| Validity { profile, not_after: expiry.not_after };
    Place {
        host: file.id,
        name: file.name.clone(),
        controller: file.controller.clone(),
        certificates: membership.expiries().map(validity).to_vec(),
        forwarder,
    }
}

fn driver_of_network(observed: &Observed) -> Option<LinkDriver> {
    let name = &observed.network.as_ref()?.driver;
    [LinkDriver::Macvlan, LinkDriver::Ipvlan].into_iter().find(|driver| driver.name() == name)
}

/// A decky of the plan.
fn of_plan(decky: &Decky, isolation: Isolation, observed: &Observed) -> DeckyStatus {
    let containers = containers_of(decky.name.as_str(), observed);
    let runs = |service: &str| match isolation {
        Isolation::Decky => find(&containers, Role::Decoy, None),
        Isolation::Service => find(&containers, Role::Service, Some(service)),
    };
    let built_in = decky.services.iter().map(|spec| spec.service.slug());
    let built_in = built_in.map(|slug| service_status(slug, runs(slug)));
    let custom = decky
        .custom
        .iter()
        .map(|custom| service_status(&custom.name, find(&containers, Role::Custom, Some(&custom.name))));
    let services: Vec<_> = built_in.chain(custom).collect();
    let base = match isolation {
        Isolation::Decky => None,
        Isolation::Service => Some(find(&containers, Role::Base, None).is_some_and(|base| base.running)),
    };
    let all_run = services.iter().all(|service| service.state == "running") && base != Some(false);
    DeckyStatus {
        name: decky.name.to_string(),
        ip: Some(decky.persona.ip),
        hostname: decky.persona.hostname.clone(),
        archetype: decky.archetype.clone(),
        state: state(&containers, all_run),
        services,
    }
}

/// A decky that no plan tells of, found by its labels.
fn of_labels(name: &str, observed: &Observed) -> DeckyStatus {
    let containers = containers_of(name, observed);
    let services = containers.iter().filter_map(|container| {
        let slug = container.service.as_deref()?;
        Some(service_status(slug, Some(container)))
    });
    DeckyStatus {
        name: name.to_owned(),
        ip: containers.iter().find_map(|container| container.ip),
        hostname: String::new(),
        archetype: None,
        state: state(&containers, containers.iter().all(|container| container.running)),
        services: services.collect(),
    }
}

fn containers_of<'a>(decky: &str, observed: &'a Observed) -> Vec<&'a ObservedContainer> {
    observed.containers.iter().filter(|container| container.decky == decky).collect()
}

fn find<'a>(
    containers: &[&'a ObservedContainer],
    role: Role,
    service: Option<&str>,
) -> Option<&'a ObservedContainer> {
    let fits = |c: &&ObservedContainer| {
        c.role == role.name() && (service.is_none() || c.service.as_deref() == service)
    };
    containers.iter().copied().find(fits)
}

fn service_status(name: &str, container: Option<&ObservedContainer>) -> ServiceStatus {
    let state = container.map_or(ABSENT, |container| container.state.as_str());
    ServiceStatus { name: name.to_owned(), state: state.to_owned() }
}

fn state(containers: &[&ObservedContainer], all_run: bool) -> DeckyState {
    match (containers.is_empty(), all_run) {
        (true, _) => DeckyState::Absent,
        (false, true) => DeckyState::Up,
        (false, false) => DeckyState::Degraded,
    }
}
