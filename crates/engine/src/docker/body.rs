//! A container in Docker's terms: what it is, what it may, and how it is kept in.
//!
//! Decoys have no capability at all, cannot write outside of a small `/run`, and can make only
//! the system calls of [`SECCOMP`]. An operator's own image cannot be held as tightly and still
//! work: it gets what daemons need inside their own container, and Docker's own filter.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, EndpointIpamConfig, EndpointSettings, HostConfig, HostConfigCgroupnsModeEnum,
    HostConfigLogConfig, NetworkingConfig, ResourcesUlimits, RestartPolicy, RestartPolicyNameEnum,
};
use decnet_composer::deployment::{
    Container, Image, Limits, Namespace,
    containment::{CUSTOM_CAPABILITIES, LOG_OPTIONS, RUN, UID, run_options},
    label,
};

/// The system calls that a decoy may make, in the form that Docker takes.
const SECCOMP: &str = include_str!("../../../../deploy/seccomp/decoy.json");

/// What is not in a [`Container`] because it is the engine's.
pub(super) struct Names<'a> {
    /// Reference of the image.
    pub(super) image: &'a str,
    /// Value of the fleet's label.
    pub(super) fleet: &'a str,
    /// Name of the network.
    pub(super) network: &'a str,
}

/// The request that makes `container`.
pub(super) fn body(container: &Container, names: &Names<'_>) -> ContainerCreateBody {
    let mut labels: HashMap<_, _> = container.labels().into_iter().collect();
    labels.insert(label::FLEET.to_owned(), names.fleet.to_owned());
    let environment = container.environment.iter().map(|(name, value)| format!("{name}={value}"));
    ContainerCreateBody {
        image: Some(names.image.to_owned()),
        cmd: Some(container.command.clone()).filter(|command| !command.is_empty()),
        env: Some(environment.collect()),
        hostname: container.hostname.clone(),
        labels: Some(labels),
        user: is_decoy(container).then(|| format!("{UID}:{UID}")),
        mac_address: mac(container),
        host_config: Some(host_config(container, names)),
        networking_config: networking(container, names),
        ..ContainerCreateBody::default()
    }
}

fn is_decoy(container: &Container) -> bool {
    container.image == Image::Decoy
}

/// Engines below API 1.44 read it here, later ones in the endpoint.
fn mac(container: &Container) -> Option<String> {
    match container.namespace {
        Namespace::Lan { mac, .. } => mac.map(|mac| mac.to_string()),
        Namespace::Of(_) => None,
    }
}

fn networking(container: &Container, names: &Names<'_>) -> Option<NetworkingConfig> {
    let Namespace::Lan { ip, .. } = container.namespace else { return None };
    let endpoint = EndpointSettings {
        ipam_config: Some(EndpointIpamConfig {
            ipv4_address: Some(ip.to_string()),
            ..EndpointIpamConfig::default()
        }),
        mac_address: mac(container),
        ..EndpointSettings::default()
    };
    let endpoints = HashMap::from([(names.network.to_owned(), endpoint)]);
    Some(NetworkingConfig { endpoints_config: Some(endpoints) })
}

fn host_config(container: &Container, names: &Names<'_>) -> HostConfig {
    let common = HostConfig {
        network_mode: Some(match &container.namespace {
            Namespace::Lan { .. } => names.network.to_owned(),
            Namespace::Of(owner) => format!("container:{owner}"),
        }),
        sysctls: Some(container.sysctls.clone().into_iter().collect()),
        restart_policy: Some(RestartPolicy {
            name: Some(RestartPolicyNameEnum::UNLESS_STOPPED),
            maximum_retry_count: None,
        }),
        log_config: Some(log_config()),
        ipc_mode: Some("private".to_owned()),
        cgroupns_mode: Some(HostConfigCgroupnsModeEnum::PRIVATE),
        cap_drop: Some(vec!["ALL".to_owned()]),
        ..limited(container.limits)
    };
    if is_decoy(container) { decoy(common) } else { custom(common) }
}

fn decoy(common: HostConfig) -> HostConfig {
    HostConfig {
        readonly_rootfs: Some(true),
        // It is PID 1 itself, whatever the daemon's default.
        init: Some(false),
        security_opt: Some(vec!["no-new-privileges:true".to_owned(), format!("seccomp={SECCOMP}")]),
        tmpfs: Some(HashMap::from([(RUN.to_owned(), run_options())])),
        ..common
    }
}

fn custom(common: HostConfig) -> HostConfig {
    HostConfig {
        cap_add: Some(CUSTOM_CAPABILITIES.map(str::to_owned).to_vec()),
        security_opt: Some(vec!["no-new-privileges:true".to_owned()]),
        ..common
    }
}

/// Memory and swap together are what may be used of memory alone: there is no swap.
fn limited(limits: Limits) -> HostConfig {
    let memory = i64::from(limits.memory_mib) * 1024 * 1024;
    let files = i64::from(limits.files);
    HostConfig {
        memory: Some(memory),
        memory_swap: Some(memory),
        nano_cpus: Some(i64::from(limits.milli_cpus) * 1_000_000),
        pids_limit: Some(i64::from(limits.pids)),
        ulimits: Some(vec![ResourcesUlimits {
            name: Some("nofile".to_owned()),
            soft: Some(files),
            hard: Some(files),
        }]),
        ..HostConfig::default()
    }
}

/// Pinned for each container, so that no default of the daemon's takes the output elsewhere.
fn log_config() -> HostConfigLogConfig {
    HostConfigLogConfig {
        typ: Some("json-file".to_owned()),
        config: Some(LOG_OPTIONS.map(|(name, value)| (name.to_owned(), value.to_owned())).into()),
    }
}
