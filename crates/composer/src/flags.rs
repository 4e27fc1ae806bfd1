//! A fleet from the command line, and what the command line may change in a fleet file.

use std::net::Ipv4Addr;

use decnet_proto::plan::Isolation;
use ipnet::Ipv4Net;

use crate::{
    diagnostic::{Checked, Diagnostics},
    fleet::FleetSpec,
};

/// The flags of `deploy` that describe a fleet, as the user gave them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlagSpec {
    /// `--deckies`: how many.
    pub deckies: Option<u32>,
    /// `--services`: slugs, comma separated.
    pub services: Option<String>,
    /// `--randomize-services`.
    pub randomize_services: bool,
    /// `--distro`: slugs, comma separated; deckies take them in turn.
    pub distro: Option<String>,
    /// `--randomize-distros`.
    pub randomize_distros: bool,
    /// `--archetype`: a slug.
    pub archetype: Option<String>,
    /// `--ip-start`: the lowest address.
    pub ip_start: Option<Ipv4Addr>,
    /// `--interface`: the parent interface.
    pub interface: Option<String>,
    /// `--subnet`.
    pub subnet: Option<Ipv4Net>,
    /// `--ipvlan`.
    pub ipvlan: bool,
    /// `--isolation`.
    pub isolation: Option<Isolation>,
}

impl FlagSpec {
    /// The fleet that the flags alone describe: `decky-01`, `decky-02`, …
    ///
    /// # Errors
    /// Names every flag that is wrong, contradicts another or is missing.
    pub fn fleet(&self) -> Result<Checked<FleetSpec>, Diagnostics> {
        todo!()
    }

    /// What the flags make of a fleet file: network flags outrank it, `--services` filters each
    /// decky's list, and flags that only describe a fleet of their own are refused.
    ///
    /// # Errors
    /// Names every such flag, every unknown service, and every decky left without a service.
    pub fn apply(&self, fleet: FleetSpec) -> Result<Checked<FleetSpec>, Diagnostics> {
        let _ = fleet;
        todo!()
    }
}
