//! What can stand in the way, each with what would be right.

use std::io;

use decnet_proto::plan::LinkDriver;
use ipnet::Ipv4Net;
use thiserror::Error;

/// Why the network could not be asked or changed.
#[derive(Debug, Error)]
pub enum NetError {
    /// No interface has this name.
    #[error("there is no interface {name:?}; there are: {}", .available.join(", "))]
    InterfaceMissing {
        /// The name asked for.
        name: String,
        /// The interfaces that links can be built on.
        available: Vec<String>,
    },
    /// No default route tells which interface is meant.
    #[error("no default route names an interface: choose one with --interface; there are: {}", .available.join(", "))]
    NoDefaultRoute {
        /// The interfaces that links can be built on.
        available: Vec<String>,
    },
    /// The interface is down.
    #[error("interface {name} is down: `ip link set {name} up`")]
    InterfaceDown {
        /// Its name.
        name: String,
    },
    /// MACVLAN on Wi-Fi.
    #[error(
        "{name} is a Wi-Fi interface, whose access point drops frames from other MAC addresses: \
         use --ipvlan"
    )]
    WifiParent {
        /// Its name.
        name: String,
    },
    /// No Ethernet.
    #[error("{name} is no Ethernet interface: no link of a decky can be built on it")]
    UnsuitableParent {
        /// Its name.
        name: String,
    },
    /// The interface is a port of a bridge or bond, which takes its frames first.
    #[error("{name} is a port of {controller}, which takes all its frames: use {controller}")]
    EnslavedParent {
        /// Its name.
        name: String,
        /// The bridge or bond.
        controller: String,
    },
    /// The kernel lacks the driver.
    #[error("the kernel has no {} driver{}", .driver.name(), remedy_for(*.driver))]
    DriverMissing {
        /// The driver.
        driver: LinkDriver,
    },
    /// A right is missing.
    #[error("not permitted to {what}: {remedy}")]
    NotPermitted {
        /// What was attempted.
        what: String,
        /// What would help.
        remedy: &'static str,
    },
    /// More addresses than a survey asks for.
    #[error(
        "{subnet} is too wide for an ARP survey, which takes at most a /{limit}: narrow it with --subnet"
    )]
    SubnetTooWide {
        /// The subnet.
        subnet: Ipv4Net,
        /// Shortest prefix that is taken.
        limit: u8,
    },
    /// There is no address to learn the subnet from.
    #[error("{name} has no IPv4 address: give the subnet with --subnet")]
    SubnetUnknown {
        /// The interface.
        name: String,
    },
    /// The kernel refused.
    #[error("{attempt}")]
    Refused {
        /// What was attempted.
        attempt: String,
        /// Its reason.
        source: io::Error,
    },
}

/// What helps against each [`NetError::NotPermitted`].
pub(crate) const NEEDS_NET_ADMIN: &str = "run as root, or with the capability CAP_NET_ADMIN";
pub(crate) const NEEDS_NET_RAW: &str = "run as root, or with the capability CAP_NET_RAW";

impl NetError {
    /// Makes the error of an attempt that failed for want of `remedy`, or otherwise.
    pub(crate) fn of(attempt: impl Into<String>, source: io::Error, remedy: &'static str) -> Self {
        let attempt = attempt.into();
        if source.kind() == io::ErrorKind::PermissionDenied {
            return Self::NotPermitted { what: attempt, remedy };
        }
        Self::Refused { attempt, source }
    }
}

fn remedy_for(driver: LinkDriver) -> &'static str {
    match driver {
        LinkDriver::Macvlan => ": use --ipvlan, or a kernel with CONFIG_MACVLAN",
        LinkDriver::Ipvlan => ": leave out --ipvlan, or use a kernel with CONFIG_IPVLAN",
    }
}
