//! What the machine is: uname, hostname, nproc, free, and in the files below disks and kernel.

mod disks;
mod kernel;

pub(super) use self::disks::{blkid, df, du, fdisk, lsblk, mount};
pub(super) use self::kernel::{dmesg, dmidecode, lscpu, lsmod, lspci, lsusb, sysctl, vmstat};

use std::fmt::Write as _;

use super::{context::Done, options::Spec};
use crate::{
    machine::{Distro, Line, Machine, Memory},
    shell::{Exit, Process},
};

/// Size and used KiB of the disk.
pub(crate) fn root_usage(machine: &Machine) -> (u64, u64) {
    let disk = machine.hardware().disk / 1_024;
    let size = (disk - machine.hardware().swap) * 98 / 100;
    let used = 1_904_220
        + machine.number("disk in use", size / 7) / 4 * 4
        + machine.uptime().unsigned_abs() / 9 / 4 * 4;
    (size, used)
}

const PLAIN: Spec = Spec { short: "", long: &[] };

pub(super) async fn uname(process: &mut Process) -> Done {
    let spec = Spec {
        short: "asnrvmpio",
        long: &[
            ("all", 'a'),
            ("kernel-name", 's'),
            ("nodename", 'n'),
            ("kernel-release", 'r'),
            ("release", 'r'),
            ("kernel-version", 'v'),
            ("machine", 'm'),
            ("processor", 'p'),
            ("hardware-platform", 'i'),
            ("operating-system", 'o'),
        ],
    };
    let given = process.options(spec, 1).await?;
    if let Some(extra) = given.operands.first() {
        let text = format!("extra operand {}", String::from_utf8_lossy(&process.quote(extra)));
        return Ok(process.misused(&text, 1).await);
    }
    let machine = &process.machine;
    let architecture = machine.persona().system.machine.as_str();
    // Red Hat's build knows processor and platform; upstream does not.
    let known = if machine.distro().line() == Line::RedHat
        || matches!(machine.distro(), Distro::Ubuntu22 | Distro::Ubuntu20)
    {
        Some(architecture)
    } else {
        None
    };
    let all = given.has('a');
    let system = if machine.distro() == Distro::Alpine319
        || machine.distro() == Distro::Firmware && process.is_busybox()
    {
        if machine.distro() == Distro::Alpine319 { "Linux" } else { "GNU/Linux" }
    } else {
        "GNU/Linux"
    };
    let host = machine.full_hostname();
    let fields: [(char, Option<&str>); 8] = [
        ('s', Some("Linux")),
        ('n', Some(&host)),
        ('r', Some(machine.kernel())),
        ('v', Some(machine.kernel_version())),
        ('m', Some(architecture)),
        ('p', known.or((!all).then_some("unknown"))),
        ('i', known.or((!all).then_some("unknown"))),
        ('o', Some(system)),
    ];
    let none = given.options.is_empty();
    let parts: Vec<&str> = fields
        .iter()
        .filter(|(letter, _)| all || given.has(*letter) || none && *letter == 's')
        .filter_map(|(_, text)| *text)
        .collect();
    process.print(format!("{}\n", parts.join(" "))).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn arch(process: &mut Process) -> Done {
    let text = format!("{}\n", process.machine.persona().system.machine);
    process.print(text).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn hostname(process: &mut Process) -> Done {
    let spec = Spec {
        short: "aAdfF:iIsyb",
        long: &[
            ("fqdn", 'f'),
            ("long", 'f'),
            ("short", 's'),
            ("domain", 'd'),
            ("ip-address", 'i'),
            ("all-ip-addresses", 'I'),
        ],
    };
    let given = process.options(spec, 1).await?;
    if !given.operands.is_empty() || given.has('F') {
        if process.account.is_root() {
            return Ok(Exit::SUCCESS);
        }
        process.complain("hostname: you must be root to change the host name\n").await;
        return Ok(Exit::FAILURE);
    }
    let persona = process.machine.persona();
    let text = match given.last_of("aAdfiIs") {
        Some('f' | 'A') => persona.fqdn(),
        Some('s') => persona.hostname.clone(),
        Some('d') => persona.domain.clone(),
        Some('i') if process.machine.distro().line() == Line::Debian => "127.0.1.1".to_owned(),
        Some('i') => persona.ip.to_string(),
        Some('I') => format!("{} ", persona.ip),
        Some(_) => String::new(),
        None => process.machine.full_hostname(),
    };
    let text = if process.name() == b"dnsdomainname" {
        persona.domain.clone()
    } else if process.name().ends_with(b"domainname") {
        "(none)".to_owned()
    } else {
        text
    };
    process.print(format!("{text}\n")).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn hostnamectl(process: &mut Process) -> Done {
    let machine = &process.machine;
    let maker = machine.hardware().maker;
    let (vendor, model) = machine.model();
    let kind = if maker.is_virtual() { "vm" } else { "server" };
    let virtualisation = match maker {
        crate::machine::Maker::Vmware => "    Virtualization: vmware\n",
        crate::machine::Maker::Qemu => "    Virtualization: kvm\n",
        crate::machine::Maker::HyperV => "    Virtualization: microsoft\n",
        _ => "",
    };
    let text = format!(
        " Static hostname: {}\n       Icon name: computer-{kind}\n         Chassis: {kind}\n      Machine ID: {}\n         Boot ID: {}\n{}Operating System: {}\n          Kernel: Linux {}\n    Architecture: x86-64\n Hardware Vendor: {vendor}\n  Hardware Model: {model}\nFirmware Version: {}\n",
        machine.full_hostname(),
        machine.uuid("machine").replace('-', ""),
        machine.uuid(&format!("boot {}", machine.booted())).replace('-', ""),
        virtualisation.trim_start_matches("    ").replace("Virtualization", "  Virtualization"),
        machine.persona().system.pretty_name,
        machine.kernel(),
        machine.bios().1,
    );
    process.print(text).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn nproc(process: &mut Process) -> Done {
    process.options(Spec { short: "", long: &[("all", 'a'), ("ignore=", 'i')] }, 1).await?;
    let text = format!("{}\n", process.machine.hardware().cpus);
    process.print(text).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn free(process: &mut Process) -> Done {
    let spec = Spec {
        short: "bkmghtwlc:s:V",
        long: &[
            ("human", 'h'),
            ("mega", 'M'),
            ("giga", 'G'),
            ("bytes", 'b'),
            ("kibi", 'k'),
            ("mebi", 'm'),
            ("gibi", 'g'),
            ("total", 't'),
            ("wide", 'w'),
            ("si", 'S'),
        ],
    };
    let given = process.options(spec, 1).await?;
    let memory = Memory::of(&process.machine);
    let unit = given.last_of("bkmgMG");
    let shown = |kib: u64| match unit {
        _ if given.has('h') => scaled(kib),
        Some('b') => (kib * 1_024).to_string(),
        Some('m') => (kib / 1_024).to_string(),
        Some('g') => (kib / 1_048_576).to_string(),
        Some('M') => (kib * 1_024 / 1_000_000).to_string(),
        Some('G') => (kib * 1_024 / 1_000_000_000).to_string(),
        _ => kib.to_string(),
    };
    let cache = memory.buffers + memory.cached + memory.reclaimable;
    // procps before version 4 counts what is not free and not cache.
    let used = if process.machine.distro() == Distro::Debian12
        || process.runs(&[Distro::Kali, Distro::Arch, Distro::Fedora39])
    {
        memory.used()
    } else {
        memory.total - memory.free - cache
    };
    let mut out = String::new();
    let busybox = process.is_busybox();
    let head = if busybox {
        "              total        used        free      shared  buff/cache   available"
    } else {
        "               total        used        free      shared  buff/cache   available"
    };
    let _ = writeln!(out, "{head}");
    let label = "Mem:    ";
    let _ = writeln!(
        out,
        "{label}{:>12}{:>12}{:>12}{:>12}{:>12}{:>12}",
        shown(memory.total),
        shown(used),
        shown(memory.free),
        shown(memory.shared),
        shown(cache),
        shown(memory.available)
    );
    let swap_used = memory.swap - memory.swap_free;
    let _ = writeln!(
        out,
        "Swap:   {:>12}{:>12}{:>12}",
        shown(memory.swap),
        shown(swap_used),
        shown(memory.swap_free)
    );
    if given.has('t') {
        let _ = writeln!(
            out,
            "Total:  {:>12}{:>12}{:>12}",
            shown(memory.total + memory.swap),
            shown(used + swap_used),
            shown(memory.free + memory.swap_free)
        );
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

/// As `free -h` shows KiB: three digits and a unit.
fn scaled(kib: u64) -> String {
    if kib == 0 {
        return "0B".to_owned();
    }
    let units = ["Ki", "Mi", "Gi", "Ti"];
    let mut value = kib as f64;
    let mut at = 0;
    while value >= 1_000.0 && at + 1 < units.len() {
        value /= 1_024.0;
        at += 1;
    }
    let unit = units.get(at).copied().unwrap_or_default();
    if value < 10.0 && at > 0 { format!("{value:.1}{unit}") } else { format!("{value:.0}{unit}") }
}

pub(super) async fn getconf(process: &mut Process) -> Done {
    let given = process.options(PLAIN, 1).await?;
    let text = match given.operands.first().map(Vec::as_slice) {
        Some(b"LONG_BIT") => "64".to_owned(),
        Some(b"PAGESIZE" | b"PAGE_SIZE") => "4096".to_owned(),
        Some(b"_NPROCESSORS_ONLN" | b"_NPROCESSORS_CONF") => process.machine.hardware().cpus.to_string(),
        Some(b"ARG_MAX") => "2097152".to_owned(),
        Some(b"CLK_TCK") => "100".to_owned(),
        Some(name) => {
            let text = format!("getconf: Unrecognized variable `{}'\n", String::from_utf8_lossy(name));
            process.complain(text).await;
            return Ok(Exit::Code(2));
        }
        None => return Ok(process.misused("missing operand", 1).await),
    };
    process.print(format!("{text}\n")).await?;
    Ok(Exit::SUCCESS)
}
