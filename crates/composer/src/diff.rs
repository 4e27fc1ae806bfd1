//! Deployment and what runs to steps.
//!
//! A decky changes as a whole: when one of its containers is missing, or was made from another
//! plan or image, the steps replace those that must be, and no other decky notices. A
//! container that only joined a namespace dies with the namespace, so it follows whatever
//! happens to the container that owns it.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

use decnet_proto::plan::LinkDriver;

use crate::deployment::{
    Container, DeckySteps, Deployment, Image, Namespace, Network, Observed, ObservedContainer,
    ObservedNetwork, Role, Step, Steps,
};

/// The way from what is observed to what should be.
pub fn diff(deployment: &Deployment, observed: &Observed) -> Steps {
    let mut steps = Steps::default();
    if observed.decoy_image.is_none() && deployment.containers.iter().any(|c| c.image == Image::Decoy) {
        steps.before.push(Step::EnsureImage);
    }
    let replaced = network_is_replaced(&deployment.network, observed);
    let changes = if replaced { all_anew(deployment, observed) } else { changes(deployment, observed) };
    let (first, deckies) = order(deployment, replaced, changes);
    steps.before.extend(first);
    steps.before.extend(network_steps(&deployment.network, observed, replaced));
    steps.deckies = deckies;
    steps
}

/// The way from what is observed to nothing.
pub fn teardown_all(observed: &Observed) -> Steps {
    let host_link = observed.host_link.as_ref().map(|(driver, _)| Step::RemoveHostLink(*driver));
    let network = observed.network.as_ref().map(|_| Step::RemoveNetwork);
    let removals = by_decky(&observed.containers).into_iter().map(|(decky, containers)| DeckySteps {
        decky: decky.to_owned(),
        steps: removals(&containers).into_iter().map(Step::RemoveContainer).collect(),
    });
    Steps {
        before: Vec::new(),
        deckies: removals.collect(),
        after: host_link.into_iter().chain(network).collect(),
    }
}

/// The way to a host without one decky. With the `deployment` that runs, the host's link loses
/// its route as well.
pub fn teardown_one(decky: &str, observed: &Observed, deployment: Option<&Deployment>) -> Steps {
    let containers: Vec<_> = observed.containers.iter().filter(|c| c.decky == decky).collect();
    let removals: Vec<_> = removals(&containers).into_iter().map(Step::RemoveContainer).collect();
    let mut steps = Steps::default();
    if !removals.is_empty() {
        steps.deckies.push(DeckySteps { decky: decky.to_owned(), steps: removals });
    }
    if let (Some(deployment), Some((driver, routes))) = (deployment, &observed.host_link) {
        let gone = addresses(deployment.containers.iter().filter(|c| c.decky.as_str() == decky));
        let mut network = deployment.network.clone();
        network.routes.retain(|route| !gone.contains(route));
        if *driver == network.driver && routes.iter().any(|route| gone.contains(route)) {
            steps.after.push(Step::EnsureHostLink(network));
        }
    }
    steps
}

fn network_is_replaced(wanted: &Network, observed: &Observed) -> bool {
    observed.network.as_ref().is_some_and(|network| !fits(network, wanted))
}

/// Whether a network is the one wanted.
fn fits(network: &ObservedNetwork, wanted: &Network) -> bool {
    network.driver == wanted.driver.name()
        && network.parent.as_deref() == Some(wanted.parent.as_str())
        && network.subnet == Some(wanted.subnet)
        && network.gateway == wanted.gateway
}

fn network_steps(wanted: &Network, observed: &Observed, replaced: bool) -> Vec<Step> {
    let mut steps = Vec::new();
    // Links of the two drivers cannot share a parent, so the old link goes first; and a link on
    // another parent serves nobody.
    let driver = observed.host_link.as_ref().map(|(driver, _)| *driver);
    let obsolete = driver.filter(|driver| replaced || *driver != wanted.driver || wanted.host_ip.is_none());
    steps.extend(obsolete.map(Step::RemoveHostLink));
    if replaced {
        steps.push(Step::RemoveNetwork);
    }
    if replaced || observed.network.is_none() {
        steps.push(Step::CreateNetwork(wanted.clone()));
    }
    if wanted.host_ip.is_some() && (obsolete.is_some() || !routed(wanted, observed.host_link.as_ref())) {
        steps.push(Step::EnsureHostLink(wanted.clone()));
    }
    steps
}

fn routed(wanted: &Network, link: Option<&(LinkDriver, Vec<Ipv4Addr>)>) -> bool {
    let set = |routes: &[Ipv4Addr]| routes.iter().copied().collect::<BTreeSet<_>>();
    link.is_some_and(|(driver, routes)| *driver == wanted.driver && set(routes) == set(&wanted.routes))
}

/// What happens to one decky, in this order.
#[derive(Default)]
struct Change<'a> {
    decky: &'a str,
    /// Containers that go, those that joined before the one they joined.
    remove: Vec<&'a ObservedContainer>,
    /// The container that others join, if it must be started again.
    revive: Option<&'a str>,
    /// Containers that are made, the one that others join first.
    create: Vec<&'a Container>,
    /// Containers whose namespace died, or which stopped.
    restart: Vec<&'a str>,
}

impl<'a> Change<'a> {
    fn removal(decky: &'a str, mut remove: Vec<&'a ObservedContainer>) -> Self {
        remove.sort_by_key(|container| owns_namespace(container));
        Self { decky, remove, ..Self::default() }
    }
}

fn changes<'a>(deployment: &'a Deployment, observed: &'a Observed) -> Vec<Change<'a>> {
    let mut there = by_decky(&observed.containers);
    let mut changes = Vec::new();
    for containers in deckies(deployment) {
        let decky = containers.first().map_or("", |container| container.decky.as_str());
        let present = there.remove(decky).unwrap_or_default();
        changes.push(change(decky, containers, &present, observed));
    }
    changes.extend(there.into_iter().map(|(decky, remove)| Change::removal(decky, remove)));
    changes
}

/// Everything goes and comes back, because the network that all hang on is another.
fn all_anew<'a>(deployment: &'a Deployment, observed: &'a Observed) -> Vec<Change<'a>> {
    let mut there = by_decky(&observed.containers);
    let mut changes = Vec::new();
    for containers in deckies(deployment) {
        let decky = containers.first().map_or("", |container| container.decky.as_str());
        let removal = Change::removal(decky, there.remove(decky).unwrap_or_default());
        changes.push(Change { create: containers.iter().collect(), ..removal });
    }
    changes.extend(there.into_iter().map(|(decky, remove)| Change::removal(decky, remove)));
    changes
}

/// The containers of each decky.
fn deckies(deployment: &Deployment) -> impl Iterator<Item = &[Container]> {
    deployment.containers.chunk_by(|one, other| one.decky == other.decky)
}

fn change<'a>(
    decky: &'a str,
    wanted: &'a [Container],
    present: &[&'a ObservedContainer],
    observed: &Observed,
) -> Change<'a> {
    let mut stays: Vec<&ObservedContainer> = Vec::new();
    for container in wanted {
        let there = present.iter().find(|there| is_current(container, there, observed));
        match there {
            Some(there) => stays.push(there),
            // The first owns the namespace: without it nothing of the decky can stay.
            None if stays.is_empty() => break,
            None => {}
        }
    }
    let staying = |name: &str| stays.iter().any(|there| there.name == name);
    let remove = present.iter().copied().filter(|there| !staying(&there.name)).collect();
    let (revive, restart) = restarts(&stays);
    Change {
        revive,
        create: wanted.iter().filter(|container| !staying(&container.name)).collect(),
        restart,
        ..Change::removal(decky, remove)
    }
}

fn is_current(wanted: &Container, there: &ObservedContainer, observed: &Observed) -> bool {
    let image = match &wanted.image {
        Image::Decoy => observed.decoy_image.as_deref() == Some(there.image.as_str()),
        // The digest of the decky covers the reference.
        Image::Named(_) => true,
    };
    image && there.name == wanted.name && there.spec == wanted.spec
}

/// Which of a decky's containers must be started again: the first, which owns the namespace,
/// and those that joined it.
fn restarts<'a>(stays: &[&'a ObservedContainer]) -> (Option<&'a str>, Vec<&'a str>) {
    let Some((owner, joined)) = stays.split_first() else { return (None, Vec::new()) };
    let dead =
        |there: &&&ObservedContainer| !owner.running || !there.running || there.started_at < owner.started_at;
    let joined = joined.iter().filter(dead).map(|there| there.name.as_str()).collect();
    ((!owner.running).then_some(owner.name.as_str()), joined)
}

fn owns_namespace(container: &ObservedContainer) -> bool {
    container.role == Role::Decoy.name() || container.role == Role::Base.name()
}

fn by_decky(containers: &[ObservedContainer]) -> BTreeMap<&str, Vec<&ObservedContainer>> {
    let mut deckies: BTreeMap<&str, Vec<&ObservedContainer>> = BTreeMap::new();
    for container in containers {
        deckies.entry(&container.decky).or_default().push(container);
    }
    deckies
}

fn removals(containers: &[&ObservedContainer]) -> Vec<String> {
    let mut containers = containers.to_vec();
    containers.sort_by_key(|container| owns_namespace(container));
    containers.into_iter().map(|container| container.name.clone()).collect()
}

fn addresses<'a>(containers: impl Iterator<Item = &'a Container>) -> BTreeSet<Ipv4Addr> {
    containers
        .filter_map(|container| match container.namespace {
            Namespace::Lan { ip, .. } => Some(ip),
            Namespace::Of(_) => None,
        })
        .collect()
}

/// Changes as steps: first the removals that others wait for, then what each decky needs for
/// itself. Deckies are worked on at once, so a removal that frees a name or an address for
/// another decky cannot be among them.
fn order(deployment: &Deployment, replaced: bool, changes: Vec<Change<'_>>) -> (Vec<Step>, Vec<DeckySteps>) {
    let creators: BTreeMap<&str, &str> = changes
        .iter()
        .flat_map(|change| change.create.iter().map(|container| (container.name.as_str(), change.decky)))
        .collect();
    let holders: BTreeMap<Ipv4Addr, &str> = deployment
        .containers
        .iter()
        .filter_map(|container| match container.namespace {
            Namespace::Lan { ip, .. } => Some((ip, container.decky.as_str())),
            Namespace::Of(_) => None,
        })
        .collect();
    let awaited = |there: &ObservedContainer| {
        let other = |decky: &&str| *decky != there.decky;
        let name = creators.get(there.name.as_str()).is_some_and(other);
        let address = owns_namespace(there) && there.ip.is_none_or(|ip| holders.get(&ip).is_some_and(other));
        replaced || name || address
    };
    let mut first = Vec::new();
    let mut deckies = Vec::new();
    for change in changes {
        let decky = change.decky.to_owned();
        let early = change.remove.iter().any(|there| awaited(there));
        let (removals, mut steps) = steps_of(change);
        if early {
            first.extend(removals);
        } else {
            steps.splice(..0, removals);
        }
        if !steps.is_empty() {
            deckies.push(DeckySteps { decky, steps });
        }
    }
    (first, deckies)
}

/// The removals of a change, and what follows them.
fn steps_of(change: Change<'_>) -> (Vec<Step>, Vec<Step>) {
    let removals = change.remove.iter().map(|there| Step::RemoveContainer(there.name.clone())).collect();
    let restart = |name: &str| Step::RestartContainer(name.to_owned());
    let create = |container: &Container| Step::CreateContainer(Box::new(container.clone()));
    let mut steps: Vec<Step> = change.revive.into_iter().map(restart).collect();
    steps.extend(change.create.into_iter().map(create));
    steps.extend(change.restart.into_iter().map(restart));
    (removals, steps)
}
