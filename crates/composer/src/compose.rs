//! Plan to deployment.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt::Write,
};

use decnet_proto::{
    ids::DeckyName,
    persona::{CONFIG_VERSION, DecoyConfig, ENV_NAME, MAX_CONFIG, ServiceSpec},
    plan::{CustomService, Decky, FleetPlan, Isolation},
};
use sha2::{Digest, Sha256};

use crate::{
    deployment::{Container, Deployment, Image, Limits, Namespace, Network, Role},
    os,
};

/// Environment variable that tells a container of the operator's own its host name.
pub const NODE_NAME: &str = "NODE_NAME";

/// Why a plan cannot become a deployment.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// Two containers would have one name.
    #[error("deckies {first} and {second} would each have a container named {container}; rename one")]
    NameTaken {
        /// The name.
        container: String,
        /// The decky that has it.
        first: DeckyName,
        /// The decky that cannot have it.
        second: DeckyName,
    },
    /// The configuration of a decoy does not fit its variable.
    #[error(
        "configuration of decky {decky} has {size} bytes, {MAX_CONFIG} are allowed; give its services fewer files"
    )]
    TooLarge {
        /// The decky.
        decky: DeckyName,
        /// Its size as JSON.
        size: usize,
    },
    /// Something of a decky is no JSON.
    #[error("cannot write the configuration of decky {decky} as json")]
    Encode {
        /// The decky.
        decky: DeckyName,
        /// Why.
        source: serde_json::Error,
    },
}

impl ComposeError {
    /// The decky that is wrong.
    pub fn decky(&self) -> &DeckyName {
        match self {
            Self::NameTaken { second: decky, .. }
            | Self::TooLarge { decky, .. }
            | Self::Encode { decky, .. } => decky,
        }
    }
}

/// What a host should run.
///
/// # Errors
/// See [`ComposeError`]; a plan made by [`crate::plan::plan`] has none of it.
pub fn compose(plan: &FleetPlan) -> Result<Deployment, ComposeError> {
    let mut containers = Vec::with_capacity(plan.deckies.len());
    for decky in &plan.deckies {
        containers.extend(containers_of(decky, plan.isolation)?);
    }
    check_names(&containers)?;
    let network = &plan.network;
    Ok(Deployment {
        generation: plan.generation,
        network: Network {
            driver: network.driver,
            parent: network.interface.clone(),
            subnet: network.subnet,
            gateway: network.gateway,
            host_ip: network.host_ip,
            routes: plan.deckies.iter().map(|decky| decky.persona.ip).collect(),
        },
        containers,
    })
}

fn check_names(containers: &[Container]) -> Result<(), ComposeError> {
    let mut names: BTreeMap<&str, &DeckyName> = BTreeMap::new();
    for container in containers {
        match names.entry(&container.name) {
            Entry::Vacant(free) => {
                free.insert(&container.decky);
            }
            Entry::Occupied(holder) => {
                return Err(ComposeError::NameTaken {
                    container: container.name.clone(),
                    first: (*holder.get()).clone(),
                    second: container.decky.clone(),
                });
            }
        }
    }
    Ok(())
}

/// The containers of one decky, the one with the address first, all with its digest.
fn containers_of(decky: &Decky, isolation: Isolation) -> Result<Vec<Container>, ComposeError> {
    let mut containers = match isolation {
        Isolation::Decky => vec![holder(decky, Role::Decoy, &decky.services, DECOY_LIMITS)?],
        Isolation::Service => {
            let base = holder(decky, Role::Base, &[], BASE_LIMITS)?;
            let services = decky.services.iter().map(|spec| service(decky, spec));
            std::iter::once(Ok(base)).chain(services).collect::<Result<_, _>>()?
        }
    };
    containers.extend(decky.custom.iter().map(|service| custom(decky, service)));
    let encoded = serde_json::to_vec(&containers)
        .map_err(|source| ComposeError::Encode { decky: decky.name.clone(), source })?;
    let spec = hexadecimal(&Sha256::digest(&encoded));
    for container in &mut containers {
        container.spec.clone_from(&spec);
    }
    Ok(containers)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

const DECOY_LIMITS: Limits = Limits { memory_mib: 64, pids: 32, milli_cpus: 1000, files: 4096 };
const BASE_LIMITS: Limits = Limits { memory_mib: 16, pids: 16, milli_cpus: 250, files: 256 };
/// Nobody knows what the operator's image needs; it must not take the host all the same.
const CUSTOM_LIMITS: Limits = Limits { memory_mib: 512, pids: 256, milli_cpus: 1000, files: 4096 };

/// The container that has the decky's address.
fn holder(
    decky: &Decky,
    role: Role,
    services: &[ServiceSpec],
    limits: Limits,
) -> Result<Container, ComposeError> {
    let persona = &decky.persona;
    Ok(Container {
        name: decky.name.to_string(),
        decky: decky.name.clone(),
        role,
        service: None,
        image: Image::Decoy,
        command: Vec::new(),
        environment: configuration(decky, services)?,
        hostname: Some(persona.hostname.clone()),
        namespace: Namespace::Lan { ip: persona.ip, mac: persona.mac },
        sysctls: os::sysctls(decky.os),
        limits,
        spec: String::new(),
    })
}

fn service(decky: &Decky, spec: &ServiceSpec) -> Result<Container, ComposeError> {
    let environment = configuration(decky, std::slice::from_ref(spec))?;
    let slug = spec.service.slug();
    Ok(joined(decky, Role::Service, slug, Image::Decoy, environment, DECOY_LIMITS))
}

fn custom(decky: &Decky, service: &CustomService) -> Container {
    let mut environment = BTreeMap::from([(NODE_NAME.to_owned(), decky.persona.hostname.clone())]);
    if let Some(stand_in) = service.plays {
        let values = [&service.password, &service.hostname];
        let pairs = stand_in.variables().into_iter().zip(values);
        environment.extend(pairs.filter_map(|(name, value)| Some((name.to_owned(), value.clone()?))));
    }
    let image = Image::Named(service.image.clone());
    let container = joined(decky, Role::Custom, &service.name, image, environment, CUSTOM_LIMITS);
    Container { command: service.command.clone(), ..container }
}

/// A container in the network namespace of the decky's first.
fn joined(
    decky: &Decky,
    role: Role,
    service: &str,
    image: Image,
    environment: BTreeMap<String, String>,
    limits: Limits,
) -> Container {
    Container {
        name: format!("{}-{}", decky.name, service.replace('_', "-")),
        decky: decky.name.clone(),
        role,
        service: Some(service.to_owned()),
        image,
        command: Vec::new(),
        environment,
        hostname: None,
        namespace: Namespace::Of(decky.name.to_string()),
        sysctls: BTreeMap::new(),
        limits,
        spec: String::new(),
    }
}

/// The environment of a decoy process.
fn configuration(decky: &Decky, services: &[ServiceSpec]) -> Result<BTreeMap<String, String>, ComposeError> {
    let config =
        DecoyConfig { version: CONFIG_VERSION, persona: decky.persona.clone(), services: services.to_vec() };
    let json = serde_json::to_string(&config)
        .map_err(|source| ComposeError::Encode { decky: decky.name.clone(), source })?;
    if json.len() > MAX_CONFIG {
        return Err(ComposeError::TooLarge { decky: decky.name.clone(), size: json.len() });
    }
    Ok(BTreeMap::from([(ENV_NAME.to_owned(), json)]))
}
