//! Steps as people read them: one line each.

use std::fmt;

use crate::deployment::{Container, DeckySteps, NETWORK_NAME, Namespace, Step, Steps};

impl Steps {
    /// Every step, in an order in which they may be done.
    pub fn iter(&self) -> impl Iterator<Item = &Step> {
        let deckies = self.deckies.iter().flat_map(|decky| &decky.steps);
        self.before.iter().chain(deckies).chain(&self.after)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether the host is as it should be.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

impl fmt::Display for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|step| writeln!(f, "{step}"))
    }
}

impl fmt::Display for DeckySteps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.steps.iter().try_for_each(|step| writeln!(f, "{step}"))
    }
}

/// In a few words, without environment, and so without secrets.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EnsureImage => f.write_str("make the decoy image"),
            Self::CreateNetwork(network) => {
                let (driver, parent, subnet) = (network.driver.name(), &network.parent, network.subnet);
                write!(f, "create network {NETWORK_NAME}: {driver} on {parent}, {subnet}")?;
                network.gateway.map_or(Ok(()), |gateway| write!(f, ", gateway {gateway}"))
            }
            Self::RemoveNetwork => write!(f, "remove network {NETWORK_NAME}"),
            Self::EnsureHostLink(network) => {
                let (link, parent) = (network.driver.host_link(), &network.parent);
                write!(
                    f,
                    "link the host through {link} on {parent}, routes to {} deckies",
                    network.routes.len()
                )
            }
            Self::RemoveHostLink(driver) => write!(f, "remove host link {}", driver.host_link()),
            Self::RemoveContainer(name) => write!(f, "remove container {name}"),
            Self::CreateContainer(container) => create(f, container),
            Self::RestartContainer(name) => write!(f, "restart container {name}"),
        }
    }
}

fn create(f: &mut fmt::Formatter<'_>, container: &Container) -> fmt::Result {
    write!(f, "create container {} ({}", container.name, container.role.name())?;
    if let Some(service) = &container.service {
        write!(f, " {service}")?;
    }
    match &container.namespace {
        Namespace::Lan { ip, mac: Some(mac) } => write!(f, "): {ip}, {mac}")?,
        Namespace::Lan { ip, mac: None } => write!(f, "): {ip}")?,
        Namespace::Of(owner) => write!(f, "): joins {owner}")?,
    }
    container.hostname.as_ref().map_or(Ok(()), |hostname| write!(f, ", {hostname}"))
}
