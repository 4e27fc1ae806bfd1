//! What the kernel can do.

use std::{fs, path::Path};

use decnet_engine::{HostError, chain};
use decnet_proto::{
    agent::Check,
    plan::LinkDriver,
    site::{LinkKind, Site},
};

use super::{fail, ok, warn};
use crate::machine::Machine;

/// Namespaces without which there are no containers.
const NAMESPACES: [&str; 5] = ["net", "mnt", "pid", "ipc", "uts"];

pub(super) fn namespaces() -> Check {
    let missing: Vec<_> =
        NAMESPACES.into_iter().filter(|name| !Path::new("/proc/self/ns").join(name).exists()).collect();
    match missing.is_empty() {
        true => ok("namespaces", format!("{} of Linux {}", NAMESPACES.join(", "), release())),
        false => fail(
            "namespaces",
            format!("Linux {} lacks {}", release(), missing.join(", ")),
            "use a kernel with CONFIG_NAMESPACES, as every distribution has it",
        ),
    }
}

pub(super) fn seccomp() -> Check {
    match fs::read_to_string("/proc/sys/kernel/seccomp/actions_avail") {
        Ok(actions) if actions.contains("errno") => ok("seccomp", "filters are available"),
        _ => fail(
            "seccomp",
            "the kernel has no seccomp filters: a broken-in decoy could make any system call",
            "use a kernel with CONFIG_SECCOMP_FILTER",
        ),
    }
}

/// Each driver, tried on the interface.
pub(super) async fn drivers<M: Machine>(machine: &M, site: Option<&Site>) -> Vec<Check> {
    let Some(site) = site else { return Vec::new() };
    let macvlan = machine.validate(LinkDriver::Macvlan, &site.interface).await;
    let ipvlan = machine.validate(LinkDriver::Ipvlan, &site.interface).await;
    // One is enough; the one that is missing is worth knowing.
    let needed = |other_works: bool| if other_works { warn } else { fail };
    let judge = |name, outcome: &Result<(), HostError>, other_works| match outcome {
        Ok(()) => ok(name, format!("works on {}", site.interface)),
        Err(e) => needed(other_works)(name, chain(&**e), remedy(name, site.kind)),
    };
    vec![judge("macvlan", &macvlan, ipvlan.is_ok()), judge("ipvlan", &ipvlan, macvlan.is_ok())]
}

fn remedy(driver: &str, kind: LinkKind) -> &'static str {
    match (driver, kind) {
        (_, LinkKind::Other) => "name an Ethernet or Wi-Fi interface with --interface",
        ("macvlan", LinkKind::Wifi) => "deploy with --ipvlan on Wi-Fi",
        ("macvlan", LinkKind::Ethernet) => "deploy with --ipvlan, or use a kernel with CONFIG_MACVLAN",
        _ => "deploy without --ipvlan, or use a kernel with CONFIG_IPVLAN",
    }
}

fn release() -> String {
    fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned()
}
