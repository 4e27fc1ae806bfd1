//! The flags of `deploy`.

use std::{net::Ipv4Addr, path::PathBuf};

use clap::ValueEnum;
use decnet_composer::flags::FlagSpec;
use decnet_daemon::config::Deployment;
use decnet_proto::plan::Isolation;
use ipnet::Ipv4Net;

use crate::{
    cli::swarm::{ControllerFlags, Following},
    failure::Misuse,
    fleet::Source,
    output::Format,
};

/// Make the host run exactly the fleet that a file or flags describe.
#[derive(clap::Args)]
pub(crate) struct Deploy {
    /// Fleet file
    #[arg(short, long, value_name = "FILE", help_heading = "Fleet")]
    config: Option<PathBuf>,
    /// How many deckies, without a fleet file
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Fleet")]
    deckies: Option<u32>,
    /// Archetype of all deckies, without a fleet file
    #[arg(short, long, value_name = "SLUG", help_heading = "Fleet")]
    archetype: Option<String>,
    /// Services of all deckies, comma separated; with a fleet file, those that are kept of each decky's list
    #[arg(long, value_name = "LIST", help_heading = "Fleet")]
    services: Option<String>,
    /// One to three services that suit each decky
    #[arg(long, help_heading = "Fleet")]
    randomize_services: bool,
    /// Distributions that the deckies take in turn, comma separated, without a fleet file
    #[arg(long, value_name = "LIST", help_heading = "Fleet")]
    distro: Option<String>,
    /// Any distribution for each decky, without a fleet file
    #[arg(long, help_heading = "Fleet")]
    randomize_distros: bool,
    /// How deckies are cut into containers: one per decky [default], or one per service
    #[arg(long, value_name = "KIND", help_heading = "Fleet")]
    isolation: Option<IsolationFlag>,
    /// Where the deckies stand: unihost, on this host, or swarm [configuration key: deployment]
    #[arg(short, long, value_name = "MODE", help_heading = "Fleet")]
    pub(super) mode: Option<String>,

    /// Parent interface [default: that of the default route]
    #[arg(short, long, value_name = "NAME", help_heading = "Network")]
    interface: Option<String>,
    /// Subnet of the LAN [default: that of the interface]
    #[arg(long, value_name = "CIDR", help_heading = "Network")]
    subnet: Option<Ipv4Net>,
    /// Lowest address for deckies, without a fleet file
    #[arg(long, value_name = "IP", help_heading = "Network")]
    ip_start: Option<Ipv4Addr>,
    /// IPvlan L2 links instead of MACVLAN: all deckies share the MAC address of the interface
    #[arg(long, help_heading = "Network")]
    ipvlan: bool,

    /// File of the events, absolute; the JSON records stand beside it [configuration key: ingest-log-file]
    #[arg(long, value_name = "FILE", help_heading = "Execution")]
    pub(super) log_file: Option<String>,
    /// Show what would be done, without root, Docker or an agent
    #[arg(long, help_heading = "Execution")]
    pub(super) dry_run: bool,
    /// Also write a Compose file that starts the same fleet; it holds the deckies' secrets
    #[arg(long, value_name = "FILE", requires = "dry_run", help_heading = "Execution")]
    pub(super) compose_out: Option<PathBuf>,
    /// Build the decoy image anew
    #[arg(long, help_heading = "Execution")]
    pub(super) no_cache: bool,
    #[command(flatten)]
    pub(super) parallel: Parallel,
    #[command(flatten)]
    pub(super) following: Following,
    #[command(flatten)]
    pub(super) controller: ControllerFlags,
    #[command(flatten)]
    pub(super) format: Format,
}

/// How many deckies are worked on at once.
#[derive(Clone, Copy, clap::Args)]
pub(crate) struct Parallel {
    /// Work on N deckies at once, 1 to 64; without N as many as the agent chooses, as without the flag
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        require_equals = true,
        value_parser = clap::value_parser!(u16).range(1..=64),
        help_heading = "Execution"
    )]
    parallel: Option<Option<u16>>,
}

impl Parallel {
    /// The bound, if there is one.
    pub(crate) fn bound(self) -> Option<u16> {
        self.parallel.flatten()
    }
}

/// How a decky is cut, as it is typed.
#[derive(Clone, Copy, ValueEnum)]
enum IsolationFlag {
    /// One container per decky
    Decky,
    /// A base container that holds the address and one container per service
    Service,
}

impl Deploy {
    /// Refuses flags that mean nothing where the deckies are to stand.
    pub(super) fn check(&self, deployment: Deployment) -> Result<(), Misuse> {
        let unihost = [
            (self.log_file.is_some(), "--log-file"),
            (self.compose_out.is_some(), "--compose-out"),
            (self.parallel.parallel.is_some(), "--parallel"),
        ];
        let swarm = [
            (self.following.timeout.is_some(), "--timeout"),
            (self.following.no_wait, "--no-wait"),
            (self.controller.is_given(), "--url or --identity"),
        ];
        let (wrong, mode) = match deployment {
            Deployment::Unihost => (swarm, "unihost"),
            Deployment::Swarm => (unihost, "swarm"),
        };
        match wrong.into_iter().find(|(is_given, _)| *is_given) {
            Some((_, flag)) => Err(Misuse(format!("{flag} has no meaning with --mode {mode}"))),
            None => Ok(()),
        }
    }

    /// What describes the fleet.
    pub(super) fn source(&self) -> Source {
        let flags = FlagSpec {
            deckies: self.deckies,
            services: self.services.clone(),
            randomize_services: self.randomize_services,
            distro: self.distro.clone(),
            randomize_distros: self.randomize_distros,
            archetype: self.archetype.clone(),
            ip_start: self.ip_start,
            interface: self.interface.clone(),
            subnet: self.subnet,
            ipvlan: self.ipvlan,
            isolation: self.isolation.map(|kind| match kind {
                IsolationFlag::Decky => Isolation::Decky,
                IsolationFlag::Service => Isolation::Service,
            }),
        };
        Source { file: self.config.clone(), flags }
    }
}
