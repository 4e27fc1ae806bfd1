//! What the kernel said while it booted.

use super::{Machine, mounts, proc};

/// Messages with microseconds since the start.
pub(crate) fn messages(machine: &Machine) -> Vec<(u64, String)> {
    let hardware = machine.hardware();
    let (card, _) = proc::card(hardware.maker);
    let interface = machine.network().interface;
    let (root, kind) = (mounts::root_device(machine), mounts::root_type(machine.distro()).0);
    let mut texts = early(machine);
    texts.extend([
        (501_220, "NET: Registered PF_INET protocol family".into()),
        (603_514, "PCI: Using ACPI for IRQ routing".into()),
        (911_002, "Trying to unpack rootfs image as initramfs...".into()),
        (1_304_116, "Serial: 8250/16550 driver, 4 ports, IRQ sharing enabled".into()),
        (1_420_551, format!("{card} 0000:00:12.0 {interface}: renamed from eth0")),
        (
            1_702_004,
            format!("sd 2:0:0:0: [{}] {} 512-byte logical blocks", hardware.disk_name, hardware.disk / 512),
        ),
        (1_731_418, format!(" {0}: {0}1 {0}2", hardware.disk_name)),
        (
            2_214_703,
            if kind == "xfs" {
                format!("XFS ({root}): Mounting V5 Filesystem")
            } else {
                format!("EXT4-fs ({root}): mounted filesystem with ordered data mode. Quota mode: none.")
            },
        ),
        (2_904_337, "systemd[1]: Inserted module 'autofs4'".into()),
        (3_120_660, format!("systemd[1]: Hostname set to <{}>.", machine.full_hostname())),
        (4_410_020, format!("EXT4-fs ({root}): re-mounted. Quota mode: none.")),
        (
            5_201_773,
            format!("Adding {}k swap on /dev/{}5.  Priority:-2 extents:1", hardware.swap, hardware.disk_name),
        ),
        (7_330_118, format!("IPv6: ADDRCONF(NETDEV_CHANGE): {interface}: link becomes ready")),
    ]);
    let drift = machine.number("boot drift", 900);
    texts
        .into_iter()
        .filter(|(_, text)| machine.distro().has_systemd() || !text.starts_with("systemd"))
        .map(|(at, text)| (if at == 0 { 0 } else { at + at * drift / 9_000 }, text))
        .collect()
}

/// What comes before the drivers.
fn early(machine: &Machine) -> Vec<(u64, String)> {
    let hardware = machine.hardware();
    let (vendor, model) = machine.model();
    let (_, bios, date) = machine.bios();
    let pages = hardware.memory / 4;
    vec![
        (0, machine.kernel_banner()),
        (0, format!("Command line: {}", proc::boot_line(machine))),
        (0, "BIOS-provided physical RAM map:".into()),
        (0, "BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable".into()),
        (0, "BIOS-e820: [mem 0x0000000000100000-0x00000000bffdffff] usable".into()),
        (0, "NX (Execute Disable) protection: active".into()),
        (0, "SMBIOS 2.8 present.".into()),
        (0, format!("DMI: {vendor} {model}, BIOS {bios} {date}")),
        (
            12,
            format!(
                "tsc: Detected {}.{:03} MHz processor",
                hardware.processor.4 - 6,
                machine.number("mhz after the point", 999)
            ),
        ),
        (1_204, "x86/PAT: Configuration [0-7]: WB  WC  UC- UC  WB  WP  UC- WT".into()),
        (8_310, "ACPI: Early table checksum verification disabled".into()),
        (21_404, format!("On node 0 totalpages: {pages}")),
        (46_120, format!("smpboot: Allowing {0} CPUs, 0 hotplug CPUs", hardware.cpus)),
        (81_700, format!("Kernel command line: {}", proc::boot_line(machine))),
        (120_410, format!("Memory: {}K/{}K available", hardware.memory - 41_204, hardware.memory + 98_304)),
        (201_004, "rcu: Hierarchical RCU implementation.".into()),
        (
            310_020,
            format!(
                "smpboot: CPU0: {} (family: 0x6, model: 0x{:x}, stepping: 0x{:x})",
                hardware.processor.0, hardware.processor.2, hardware.processor.3
            ),
        ),
        (
            402_104,
            format!(
                "smp: Brought up 1 node, {} CPU{}",
                hardware.cpus,
                if hardware.cpus == 1 { "" } else { "s" }
            ),
        ),
    ]
}
