//! Virtual machines: their switches often drop what a decky sends.

use std::fs;

use decnet_proto::agent::Check;

use super::{ok, warn};

const NAME: &str = "hypervisor";

/// A hypervisor, by what it writes into the firmware's tables, and what it must be told.
struct Hypervisor {
    marks: &'static [&'static str],
    name: &'static str,
    remedy: &'static str,
}

const KNOWN: &[Hypervisor] = &[
    Hypervisor {
        marks: &["vmware"],
        name: "VMware",
        remedy: "on the port group, accept promiscuous mode, forged transmits and MAC address changes \
                 (or enable MAC learning), or deploy with --ipvlan",
    },
    Hypervisor {
        marks: &["virtualbox", "innotek"],
        name: "VirtualBox",
        remedy: "set the adapter to bridged with promiscuous mode `allow all`, or deploy with --ipvlan",
    },
    Hypervisor {
        marks: &["microsoft corporation", "hyper-v"],
        name: "Hyper-V",
        remedy: "enable MAC address spoofing for the adapter \
                 (`Set-VMNetworkAdapter -MacAddressSpoofing On`), or deploy with --ipvlan; \
                 in Azure neither works",
    },
    Hypervisor {
        marks: &["amazon ec2"],
        name: "Amazon EC2",
        remedy: "the network drops frames from any address that is not assigned: \
                 assign each decky's address to the interface and deploy with --ipvlan",
    },
    Hypervisor {
        marks: &["google compute"],
        name: "Google Compute Engine",
        remedy: "the network drops frames from any address that is not assigned: \
                 add alias addresses and deploy with --ipvlan",
    },
    Hypervisor {
        marks: &["qemu", "kvm", "openstack", "red hat", "proxmox", "bochs"],
        name: "KVM",
        remedy: "on the host, keep MAC filters off this port (Proxmox: firewall option `MAC filter`; \
                 libvirt: no `clean-traffic`; OpenStack: disable port security), or deploy with --ipvlan",
    },
    Hypervisor {
        marks: &["xen"],
        name: "Xen",
        remedy: "on the host, unlock the virtual interface (XenServer: locking mode `disabled`), \
                 or deploy with --ipvlan",
    },
    Hypervisor {
        marks: &["parallels"],
        name: "Parallels",
        remedy: "use bridged networking, or deploy with --ipvlan",
    },
];

pub(super) fn check() -> Check {
    let read = |name| fs::read_to_string(format!("/sys/class/dmi/id/{name}")).unwrap_or_default();
    let firmware = ["sys_vendor", "product_name", "board_vendor", "bios_vendor"].map(read).join(" ");
    let flags = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    judge(&firmware, flags.lines().any(|line| line.starts_with("flags") && line.contains(" hypervisor")))
}

fn judge(firmware: &str, virtual_cpu: bool) -> Check {
    let firmware = firmware.to_lowercase();
    let known = KNOWN.iter().find(|h| h.marks.iter().any(|mark| firmware.contains(mark)));
    // Microsoft and Google make real machines, too.
    match (known, virtual_cpu) {
        (Some(known), true) => warn(
            NAME,
            format!(
                "a virtual machine of {}: its switch may drop frames from the deckies' MAC addresses",
                known.name
            ),
            known.remedy,
        ),
        (None, true) => warn(
            NAME,
            "a virtual machine of an unknown kind: its switch may drop frames from the deckies' MAC addresses",
            "allow several MAC addresses on its port, or deploy with --ipvlan",
        ),
        (_, false) => ok(NAME, "none: a real machine; its switch port must allow several MAC addresses"),
    }
}

#[cfg(test)]
mod tests {
    use decnet_proto::agent::Verdict;

    use super::*;

    #[track_caller]
    fn check(firmware: &str, virtual_cpu: bool, verdict: Verdict, word: &str) {
        let check = judge(firmware, virtual_cpu);
        assert_eq!(check.verdict, verdict, "{check:?}");
        let text = format!("{} {}", check.found, check.remedy.unwrap_or_default());
        assert!(text.contains(word), "{text}");
    }

    #[test]
    fn each_hypervisor_has_its_remedy() {
        check("VMware, Inc. VMware Virtual Platform", true, Verdict::Warn, "forged transmits");
        check("innotek GmbH VirtualBox Oracle Corporation", true, Verdict::Warn, "allow all");
        check("Microsoft Corporation Virtual Machine", true, Verdict::Warn, "MacAddressSpoofing");
        check("QEMU Standard PC (Q35 + ICH9, 2009)", true, Verdict::Warn, "MAC filter");
        check("", true, Verdict::Warn, "unknown kind");
        check("Dell Inc. PowerEdge R640", false, Verdict::Ok, "real machine");
        check("Microsoft Corporation Surface Pro", false, Verdict::Ok, "real machine");
    }
}
