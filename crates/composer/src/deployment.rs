//! What a host should run: networks and containers, as plain data.
//!
//! [`crate::compose`] makes a [`Deployment`] from a plan; [`crate::diff`] compares it with
//! what is [`Observed`] and yields [`Steps`]; only the agent carries them out.

use std::{collections::BTreeMap, net::Ipv4Addr};

use decnet_proto::{ids::DeckyName, mac::Mac, plan::LinkDriver};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

/// Name of the fleet's Docker network, whatever its driver.
pub const NETWORK_NAME: &str = "decnet_lan";

/// Everything one host should run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// Generation of the plan it came from.
    pub generation: u64,
    /// The LAN.
    pub network: Network,
    /// The containers: those of one decky stand together, the one with the address first.
    pub containers: Vec<Container>,
}

/// The LAN as Docker and the host's own link to it see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// Driver of the links.
    pub driver: LinkDriver,
    /// Parent interface.
    pub parent: String,
    /// Subnet.
    pub subnet: Ipv4Net,
    /// Default gateway of the containers.
    pub gateway: Option<Ipv4Addr>,
    /// The host's own address on the parent; its hairpin link carries it too.
    pub host_ip: Option<Ipv4Addr>,
    /// Addresses that the host reaches through its hairpin link: those of the deckies, no more.
    pub routes: Vec<Ipv4Addr>,
}

/// What a container is for; the label `decnet.role`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Holds the address and runs all built-in services.
    Decoy,
    /// Holds the address for the containers that join it.
    Base,
    /// Runs one built-in service in the namespace of its base.
    Service,
    /// Runs an image of the operator's own in the namespace of its decky.
    Custom,
}

impl Role {
    /// The value of the label.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decoy => "decoy",
            Self::Base => "base",
            Self::Service => "service",
            Self::Custom => "custom",
        }
    }
}

/// What a container is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Image {
    /// The image of the `decnet-decoy` binary; the engine knows its tag.
    Decoy,
    /// An image of the operator's own.
    Named(String),
}

/// Whose network namespace a container has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Namespace {
    /// One of its own on the LAN.
    Lan {
        /// Its address.
        ip: Ipv4Addr,
        /// Its Ethernet address; absent with IPvlan.
        mac: Option<Mac>,
    },
    /// That of the named container.
    Of(String),
}

/// Bounds of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Memory in MiB, swap included.
    pub memory_mib: u32,
    /// Processes and threads.
    pub pids: u32,
    /// CPU in thousandths of a core.
    pub milli_cpus: u32,
    /// Open files.
    pub files: u32,
}

/// One container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// `<decky>` or `<decky>-<service>`, underscores as hyphens.
    pub name: String,
    /// The decky it belongs to.
    pub decky: DeckyName,
    /// What it is for.
    pub role: Role,
    /// Slug of its service, where it runs one.
    pub service: Option<String>,
    /// What it is made of.
    pub image: Image,
    /// Command and arguments; empty for the image's own.
    pub command: Vec<String>,
    /// Environment.
    pub environment: BTreeMap<String, String>,
    /// Host name, where it has a namespace of its own.
    pub hostname: Option<String>,
    /// Its network namespace.
    pub namespace: Namespace,
    /// Kernel settings of that namespace, where it is its own.
    pub sysctls: BTreeMap<String, String>,
    /// Its bounds.
    pub limits: Limits,
    /// SHA-256 of the decky's own part of the plan, as 64 hexadecimal digits.
    pub spec: String,
}

impl Container {
    /// Its labels: how status, collector and teardown find it. They cannot change on a
    /// container that exists, so nothing that changes is in them.
    pub fn labels(&self) -> BTreeMap<String, String> {
        let mut labels = BTreeMap::from([
            (label::FLEET.to_owned(), "default".to_owned()),
            (label::DECKY.to_owned(), self.decky.to_string()),
            (label::ROLE.to_owned(), self.role.name().to_owned()),
            (label::SPEC.to_owned(), self.spec.clone()),
            (label::COMPOSE_PROJECT.to_owned(), "decnet".to_owned()),
        ]);
        if let Some(service) = &self.service {
            labels.insert(label::SERVICE.to_owned(), service.clone());
        }
        labels
    }
}

/// Names of labels.
pub mod label {
    /// Marks everything of ours.
    pub const FLEET: &str = "decnet.fleet";
    /// Name of the decky.
    pub const DECKY: &str = "decnet.decky";
    /// [`super::Role`].
    pub const ROLE: &str = "decnet.role";
    /// Slug of the service.
    pub const SERVICE: &str = "decnet.service";
    /// Digest of the decky's own part of the plan.
    pub const SPEC: &str = "decnet.spec";
    /// The project name under which `docker compose` looks for containers.
    pub const COMPOSE_PROJECT: &str = "com.docker.compose.project";
}

/// What a host runs now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// The Docker network named [`NETWORK_NAME`], if there is one.
    pub network: Option<ObservedNetwork>,
    /// The driver of the host's hairpin link and its routes, if there is one.
    pub host_link: Option<(LinkDriver, Vec<Ipv4Addr>)>,
    /// Every container that carries [`label::FLEET`].
    pub containers: Vec<ObservedContainer>,
    /// Tag of the decoy image that this build would run, if the engine has it.
    pub decoy_image: Option<String>,
}

/// A network that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedNetwork {
    /// Name of its driver.
    pub driver: String,
    /// Its parent interface.
    pub parent: Option<String>,
    /// Its subnet.
    pub subnet: Option<Ipv4Net>,
    /// Its gateway.
    pub gateway: Option<Ipv4Addr>,
}

/// A container that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedContainer {
    /// Its name.
    pub name: String,
    /// Label [`label::DECKY`].
    pub decky: String,
    /// Label [`label::ROLE`].
    pub role: String,
    /// Label [`label::SERVICE`].
    pub service: Option<String>,
    /// Label [`label::SPEC`].
    pub spec: String,
    /// Reference of the image it was made from.
    pub image: String,
    /// Whether it runs.
    pub running: bool,
    /// The address it was given on the network, where the engine tells; a container whose
    /// address is unknown is removed before any other is made.
    pub ip: Option<Ipv4Addr>,
    /// State as the engine names it: `running`, `exited`, `restarting`, …
    pub state: String,
    /// When it was started, in nanoseconds since the Unix epoch; 0 if never. A container that
    /// joined a namespace is dead when the namespace's owner started later than it.
    pub started_at: i64,
}

/// One change of a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Make the decoy image, unless the engine has it.
    EnsureImage,
    /// Make the Docker network.
    CreateNetwork(Network),
    /// Remove the Docker network.
    RemoveNetwork,
    /// Give the host a link to its deckies, with exactly these routes.
    EnsureHostLink(Network),
    /// Remove the host's link.
    RemoveHostLink(LinkDriver),
    /// Remove a container by its name.
    RemoveContainer(String),
    /// Make a container and start it.
    CreateContainer(Box<Container>),
    /// Start a container that exists but does not run, or restart one whose namespace died.
    RestartContainer(String),
}

/// The way from what is observed to what should be.
///
/// `before` runs in order; then the deckies, several at once, each in order; then `after`.
/// A decky whose step fails is rolled back to nothing; others go on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steps {
    /// Image, removals that make room for the network, network, host link.
    pub before: Vec<Step>,
    /// The steps of each decky that changes.
    pub deckies: Vec<DeckySteps>,
    /// What can only go when no container needs it.
    pub after: Vec<Step>,
}

/// The steps of one decky.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeckySteps {
    /// Name of the decky.
    pub decky: String,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

/// How containers are kept in and where their output goes, beside their [`Limits`]: facts that
/// the engine and the printed Compose file share.
pub mod containment {
    /// User and group of decoys: nobody.
    pub const UID: u32 = 65534;
    /// The one place where a decoy can write.
    pub const RUN: &str = "/run";
    /// Size of that place.
    pub const RUN_SIZE: &str = "8m";
    /// What daemons of an operator's own image need to change their user and to own their
    /// files, all within their container: no raw sockets, no devices. SYS_CHROOT is what a
    /// daemon like sshd locks up its network half with.
    pub const CUSTOM_CAPABILITIES: [&str; 8] =
        ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID", "SYS_CHROOT"];
    /// Options of the `json-file` log driver, pinned so that no default of the engine's takes
    /// the output elsewhere.
    pub const LOG_OPTIONS: [(&str, &str); 2] = [("max-size", "10m"), ("max-file", "5")];

    /// Options of the file system at [`RUN`].
    pub fn run_options() -> String {
        format!("rw,noexec,nosuid,nodev,size={RUN_SIZE},mode=0700,uid={UID},gid={UID}")
    }
}
