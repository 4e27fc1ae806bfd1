//! What the machine is: uname, hostname, nproc, free, df, du, mount, lsblk, lscpu, lsmod, dmesg, sysctl and kin.

use std::fmt::Write as _;

use super::{
    context::{Done, human, number},
    options::Spec,
};
use crate::{
    machine::{Distro, Line, Machine, Memory, mounts, settings},
    shell::{Exit, Process},
};

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
    let label = if busybox { "Mem:    " } else { "Mem:    " };
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

/// Size and used KiB of the disk.
pub(crate) fn root_usage(machine: &Machine) -> (u64, u64) {
    let disk = machine.hardware().disk / 1_024;
    let size = (disk - machine.hardware().swap) * 98 / 100;
    let used = 1_904_220
        + machine.number("disk in use", size / 7) / 4 * 4
        + machine.uptime().unsigned_abs() / 9 / 4 * 4;
    (size, used)
}

/// Size, used and free KiB of a mount.
fn usage(process: &Process, place: &str, kind: &str) -> Option<(u64, u64, u64)> {
    let memory = process.machine.hardware().memory;
    Some(match (place, kind) {
        ("/", _) => {
            let (size, used) = root_usage(&process.machine);
            (size, used, size - used - size / 20)
        }
        ("/dev", _) => (memory / 2 / 4 * 4 - 24_016, 0, memory / 2 / 4 * 4 - 24_016),
        ("/run", _) => {
            (memory / 10 / 4 * 4, 684 + process.machine.number("run", 200) * 4, memory / 10 / 4 * 4 - 1_484)
        }
        ("/dev/shm", _) => (memory / 2 / 4 * 4, 0, memory / 2 / 4 * 4),
        ("/run/lock", _) => (5_120, 0, 5_120),
        (_, "tmpfs") => (memory / 2 / 4 * 4, 0, memory / 2 / 4 * 4),
        _ => return None,
    })
}

pub(super) async fn df(process: &mut Process) -> Done {
    let spec = Spec {
        short: "aBhHiklmPt:Tvx:",
        long: &[
            ("human-readable", 'h'),
            ("inodes", 'i'),
            ("print-type", 'T'),
            ("portability", 'P'),
            ("type=", 't'),
            ("exclude-type=", 'x'),
            ("total", '+'),
            ("local", 'l'),
            ("si", 'H'),
        ],
    };
    let given = process.options(spec, 1).await?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    let human_sizes = given.has('h') || given.has('H');
    let mut good = true;
    let mut wanted: Vec<String> = Vec::new();
    for name in &given.operands {
        match process.files.real_path(name) {
            Ok(path) => {
                let path = String::from_utf8_lossy(&path).into_owned();
                let all = mounts::list(&process.machine);
                let best = all
                    .iter()
                    .filter(|(_, place, ..)| {
                        path == *place || path.starts_with(&format!("{}/", place.trim_end_matches('/')))
                    })
                    .max_by_key(|(_, place, ..)| place.len());
                wanted.extend(best.map(|(_, place, ..)| (*place).to_owned()));
            }
            Err(error) => {
                good = false;
                process.trouble(name, error).await;
            }
        }
    }
    for (device, place, kind, _) in mounts::list(&process.machine) {
        let Some((size, used, free)) = usage(process, place, kind) else { continue };
        let skip = if given.operands.is_empty() {
            given.value('t').is_some_and(|t| t != kind.as_bytes())
                || given.value('x').is_some_and(|t| t == kind.as_bytes())
        } else {
            !wanted.iter().any(|w| w == place)
        };
        if skip {
            continue;
        }
        let value = |kib: u64| {
            if human_sizes {
                if kib == 0 { "0".to_owned() } else { human(kib * 1_024) }
            } else if given.has('m') {
                kib.div_ceil(1_024).to_string()
            } else {
                kib.to_string()
            }
        };
        let (size, used, free) = if given.has('i') {
            (size / 16, 30_204 + used / 90, size / 16 - 30_204 - used / 90)
        } else {
            (size, used, free)
        };
        let (size, used) = if given.has('i') && place != "/" { (size, 1 + used % 90) } else { (size, used) };
        let percent = if used + free == 0 {
            "-".to_owned()
        } else {
            format!("{}%", (used * 100).div_ceil(used + free))
        };
        let texts = if given.has('i') && !human_sizes {
            [size.to_string(), used.to_string(), free.to_string()]
        } else {
            [value(size), value(used), value(free)]
        };
        let mut row = vec![device];
        if given.has('T') {
            row.push(kind.to_owned());
        }
        row.extend(texts);
        row.extend([percent, place.to_owned()]);
        rows.push(row);
    }
    if rows.is_empty() {
        if good {
            process.complain("df: no file systems processed\n").await;
        }
        return Ok(Exit::FAILURE);
    }
    let mut heads: Vec<&str> = vec!["Filesystem"];
    if given.has('T') {
        heads.push("Type");
    }
    heads.extend(match (given.has('i'), human_sizes, given.has('P')) {
        (true, ..) => ["Inodes", "IUsed", "IFree", "IUse%"],
        (false, true, _) => ["Size", "Used", "Avail", "Use%"],
        (false, false, true) => ["1024-blocks", "Used", "Available", "Capacity"],
        (false, false, false) if given.has('m') => ["1M-blocks", "Used", "Available", "Use%"],
        _ => ["1K-blocks", "Used", "Available", "Use%"],
    });
    heads.push("Mounted on");
    process.print(table(&heads, &rows, if process.is_busybox() { 20 } else { 14 }, given.has('T'))).await?;
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

fn table(heads: &[&str], rows: &[Vec<String>], least: usize, typed: bool) -> String {
    let width = |at: usize| {
        let head = heads.get(at).map_or(0, |h| h.len());
        let cells = rows.iter().filter_map(|row| row.get(at)).map(String::len).max().unwrap_or(0);
        let floor = if at == 0 {
            least
        } else if (at >= 2 || !typed) && at + 2 < heads.len() {
            5
        } else {
            0
        };
        head.max(cells).max(floor)
    };
    let mut out = String::new();
    let heads: Vec<String> = heads.iter().map(|h| (*h).to_owned()).collect();
    for row in std::iter::once(&heads).chain(rows) {
        let last = row.len() - 1;
        let cells: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(at, cell)| {
                let width = width(at);
                if at == last {
                    cell.clone()
                } else if at == 0 || typed && at == 1 {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                }
            })
            .collect();
        let _ = writeln!(out, "{}", cells.join(" "));
    }
    out
}

pub(super) async fn du(process: &mut Process) -> Done {
    let spec = Spec {
        short: "abBchd:HkLlmPsSxX:0t:",
        long: &[
            ("all", 'a'),
            ("human-readable", 'h'),
            ("summarize", 's'),
            ("max-depth=", 'd'),
            ("total", 'c'),
            ("bytes", 'b'),
            ("apparent-size", 'A'),
            ("exclude=", 'e'),
        ],
    };
    let given = process.options(spec, 1).await?;
    let names = if given.operands.is_empty() { vec![b".".to_vec()] } else { given.operands.clone() };
    let most = if given.has('s') {
        0
    } else {
        given.value('d').and_then(number).and_then(|(n, _)| usize::try_from(n).ok()).unwrap_or(usize::MAX)
    };
    let shown = |bytes: u64| {
        if given.has('h') {
            if bytes == 0 { "0".to_owned() } else { human(bytes) }
        } else if given.has('b') {
            bytes.to_string()
        } else if given.has('m') {
            bytes.div_ceil(1 << 20).to_string()
        } else {
            bytes.div_ceil(1_024).to_string()
        }
    };
    let (mut good, mut total) = (true, 0);
    for name in names {
        if let Err(error) = process.files.lstat(&name) {
            good = false;
            process.unable("cannot access", &name, error).await;
            continue;
        }
        let files = super::changing::tree(process, &name, true).await;
        let depth = |path: &[u8]| path.iter().filter(|b| **b == b'/').count();
        let base = depth(&name);
        let mut sums: std::collections::BTreeMap<Vec<u8>, u64> = std::collections::BTreeMap::new();
        for file in files.iter().rev() {
            let Ok(metadata) = process.files.lstat(file) else { continue };
            if metadata.is_directory()
                && !process
                    .files
                    .access(file, crate::machine::Access { read: true, ..Default::default() })
                    .is_ok()
            {
                good = false;
                process.unable("cannot read directory", file, crate::machine::Errno::Denied).await;
            }
            let own = if given.has('b') || given.has('A') { metadata.size } else { metadata.blocks * 512 };
            let sum = own + sums.remove(file).unwrap_or(0);
            let level = depth(file).saturating_sub(base);
            if file != &name {
                let parent = file
                    .iter()
                    .rposition(|b| *b == b'/')
                    .and_then(|at| file.get(..at.max(1)))
                    .unwrap_or_default()
                    .to_vec();
                *sums.entry(parent).or_default() += sum;
            }
            if level <= most && (metadata.is_directory() || given.has('a') || file == &name) {
                process.print([shown(sum).as_bytes(), b"\t", file, b"\n"].concat()).await?;
            }
            if file == &name {
                total += sum;
            }
        }
    }
    if given.has('c') {
        process.print(format!("{}\ttotal\n", shown(total))).await?;
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

pub(super) async fn mount(process: &mut Process) -> Done {
    let unmounts = process.name() == b"umount";
    let operands: Vec<Vec<u8>> =
        process.arguments().iter().filter(|a| !a.starts_with(b"-")).cloned().collect();
    if operands.is_empty() && !unmounts {
        let mut out = String::new();
        for (device, place, kind, options) in mounts::list(&process.machine) {
            let _ = writeln!(out, "{device} on {place} type {kind} ({options})");
        }
        process.print(out).await?;
        return Ok(Exit::SUCCESS);
    }
    let name = operands.last().cloned().unwrap_or_default();
    let shown = String::from_utf8_lossy(&name).into_owned();
    let program = process.called();
    if !process.account.is_root() {
        let text = if unmounts {
            format!("umount: {shown}: must be superuser to unmount.\n")
        } else {
            format!("mount: {shown}: must be superuser to use mount.\n")
        };
        process.complain(text).await;
        return Ok(Exit::Code(if unmounts { 32 } else { 1 }));
    }
    if process
        .arguments()
        .iter()
        .any(|a| a.windows(7).any(|w| w == b"remount") || a == b"-a" || a == b"--bind")
    {
        return Ok(Exit::SUCCESS);
    }
    let text = if unmounts {
        if process.files.exists(&name) {
            if mounts::list(&process.machine).iter().any(|(_, place, ..)| *place == shown) {
                format!("umount: {shown}: target is busy.\n")
            } else {
                format!("umount: {shown}: not mounted.\n")
            }
        } else {
            format!("umount: {shown}: no mount point specified.\n")
        }
    } else if operands.len() == 1 {
        format!("{program}: {shown}: can't find in /etc/fstab.\n")
    } else if process.files.exists(&name) {
        let device = operands.first().map(|d| String::from_utf8_lossy(d).into_owned()).unwrap_or_default();
        format!(
            "mount: {shown}: special device {device} does not exist.\n       dmesg(1) may have more information after failed mount system call.\n"
        )
    } else {
        format!(
            "mount: {shown}: mount point does not exist.\n       dmesg(1) may have more information after failed mount system call.\n"
        )
    };
    process.complain(text).await;
    Ok(Exit::Code(32))
}

pub(super) async fn lsblk(process: &mut Process) -> Done {
    let given = process
        .options(
            Spec {
                short: "abdfilmno:pPrStx:J",
                long: &[
                    ("all", 'a'),
                    ("fs", 'f'),
                    ("bytes", 'b'),
                    ("noheadings", 'n'),
                    ("output=", 'o'),
                    ("json", 'J'),
                ],
            },
            1,
        )
        .await?;
    let machine = &process.machine;
    let parts = machine.partitions();
    let size = |kib: u64| {
        if given.has('b') {
            (kib * 1_024).to_string()
        } else if kib == 1 {
            "1K".to_owned()
        } else {
            human(kib * 1_024).replace(".0", "")
        }
    };
    let major = if machine.hardware().disk_name == "sda" { 8 } else { 179 };
    let root = mounts::root_device(machine);
    let mut out = String::new();
    if !given.has('n') {
        out.push_str("NAME   MAJ:MIN RM  SIZE RO TYPE MOUNTPOINTS\n");
    }
    let count = parts.len();
    for (at, (name, minor, kib)) in parts.into_iter().enumerate() {
        let tree = if at == 0 {
            ""
        } else if at + 1 == count {
            "└─"
        } else {
            "├─"
        };
        let label = format!("{tree}{name}");
        let pad = 6 + if at == 0 { 0 } else { 0 };
        let place = if name == root {
            "/"
        } else if at > 0 && kib == machine.hardware().swap && kib > 0 {
            "[SWAP]"
        } else {
            ""
        };
        let number = format!("{major}:{minor}");
        let line = format!(
            "{label:<pad$} {number:>7}  0 {:>4} 0 {} {place}",
            size(kib),
            if at == 0 { "disk" } else { "part" }
        );
        let _ = writeln!(out, "{}", line.replace(" 0 disk", "  0 disk").replace(" 0 part", "  0 part"));
    }
    if major == 8 {
        out.push_str("sr0     11:0    1 1024M  0 rom  \n");
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn blkid(process: &mut Process) -> Done {
    if !process.account.is_root() {
        return Ok(Exit::Code(2));
    }
    let machine = &process.machine;
    let kind = mounts::root_type(machine.distro()).0;
    let disk = machine.hardware().disk_name;
    let id = machine.uuid("partition table");
    let short = id.get(..8).unwrap_or_default();
    let mut text = format!(
        "/dev/{}: UUID=\"{}\" BLOCK_SIZE=\"4096\" TYPE=\"{kind}\" PARTUUID=\"{short}-01\"\n",
        mounts::root_device(machine),
        machine.uuid("root file system")
    );
    if machine.hardware().swap > 0 {
        let _ = writeln!(
            text,
            "/dev/{disk}5: UUID=\"{}\" TYPE=\"swap\" PARTUUID=\"{short}-05\"",
            machine.uuid("swap")
        );
    }
    process.print(text).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn fdisk(process: &mut Process) -> Done {
    let machine = std::sync::Arc::clone(&process.machine);
    if !process.arguments().iter().any(|a| a == b"-l") {
        process.complain("fdisk: bad usage\nTry 'fdisk --help' for more information.\n").await;
        return Ok(Exit::FAILURE);
    }
    let disk = machine.hardware().disk_name;
    if !process.account.is_root() {
        process.complain(format!("fdisk: cannot open /dev/{disk}: Permission denied\n")).await;
        return Ok(Exit::FAILURE);
    }
    let bytes = machine.hardware().disk;
    let model = if machine.hardware().maker == crate::machine::Maker::Vmware {
        "Virtual disk    "
    } else {
        "QEMU HARDDISK   "
    };
    let id = machine.uuid("partition table");
    let gib = bytes as f64 / (1_u64 << 30) as f64;
    let mut out = format!(
        "Disk /dev/{disk}: {} GiB, {bytes} bytes, {} sectors\nDisk model: {model}\nUnits: sectors of 1 * 512 = 512 bytes\nSector size (logical/physical): 512 bytes / 512 bytes\nI/O size (minimum/optimal): 512 bytes / 512 bytes\nDisklabel type: dos\nDisk identifier: 0x{}\n\nDevice     Boot    Start      End  Sectors  Size Id Type\n",
        format!("{gib:.1}").trim_end_matches(".0"),
        bytes / 512,
        id.get(..8).unwrap_or_default()
    );
    let mut start = 2_048;
    for (name, minor, kib) in machine.partitions().into_iter().skip(1) {
        let sectors = kib * 2;
        let boot = if minor == 1 { "*" } else { " " };
        let kind = if kib == machine.hardware().swap {
            "82 Linux swap / Solaris"
        } else if kib == 1 {
            " 5 Extended"
        } else {
            "83 Linux"
        };
        let _ = writeln!(
            out,
            "/dev/{name:<5} {boot}    {start:>8} {:>8} {sectors:>8} {:>4} {kind}",
            start + sectors - 1,
            human(kib * 1_024)
        );
        start += sectors + if kib > 1 { 2_048 } else { 0 };
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn lscpu(process: &mut Process) -> Done {
    process
        .options(
            Spec {
                short: "abcCeHJpsxyV",
                long: &[("all", 'a'), ("extended?", 'e'), ("parse?", 'p'), ("json", 'J')],
            },
            1,
        )
        .await?;
    let machine = &process.machine;
    let hardware = machine.hardware();
    let (name, family, model, stepping, rated, cache) = hardware.processor;
    let (cpus, last) = (hardware.cpus, hardware.cpus - 1);
    let list = if last == 0 { "0".to_owned() } else { format!("0-{last}") };
    let (sockets, cores) = if hardware.maker.is_virtual() { (cpus, 1) } else { (1, cpus) };
    let mut rows: Vec<(String, String)> = vec![
        ("Architecture:".into(), machine.persona().system.machine.clone()),
        ("  CPU op-mode(s):".into(), "32-bit, 64-bit".into()),
        (
            "  Address sizes:".into(),
            format!("{} bits physical, 48 bits virtual", if hardware.maker.is_virtual() { 43 } else { 46 }),
        ),
        ("  Byte Order:".into(), "Little Endian".into()),
        ("CPU(s):".into(), cpus.to_string()),
        ("  On-line CPU(s) list:".into(), list.clone()),
        ("Vendor ID:".into(), "GenuineIntel".into()),
        ("  Model name:".into(), name.into()),
        ("    CPU family:".into(), family.to_string()),
        ("    Model:".into(), model.to_string()),
        ("    Thread(s) per core:".into(), "1".into()),
        ("    Core(s) per socket:".into(), cores.to_string()),
        ("    Socket(s):".into(), sockets.to_string()),
        ("    Stepping:".into(), stepping.to_string()),
        ("    BogoMIPS:".into(), format!("{}.{:02}", rated * 2, machine.number("bogomips", 40))),
        ("    Flags:".into(), machine.cpu_flags().to_owned()),
    ];
    match hardware.maker {
        crate::machine::Maker::Vmware => rows.extend([
            ("Virtualization features:".into(), String::new()),
            ("  Hypervisor vendor:".into(), "VMware".into()),
            ("  Virtualization type:".into(), "full".into()),
        ]),
        crate::machine::Maker::Qemu => rows.extend([
            ("Virtualization features:".into(), String::new()),
            ("  Hypervisor vendor:".into(), "KVM".into()),
            ("  Virtualization type:".into(), "full".into()),
        ]),
        crate::machine::Maker::HyperV => rows.extend([
            ("Virtualization features:".into(), String::new()),
            ("  Hypervisor vendor:".into(), "Microsoft".into()),
            ("  Virtualization type:".into(), "full".into()),
        ]),
        _ => rows.push(("Virtualization:".into(), "VT-x".into())),
    }
    let instances = |n: u32| if n == 1 { "(1 instance)".to_owned() } else { format!("({n} instances)") };
    rows.extend([
        ("Caches (sum of all):".into(), String::new()),
        ("  L1d:".into(), format!("{} KiB {}", 32 * cpus, instances(cpus))),
        ("  L1i:".into(), format!("{} KiB {}", 32 * cpus, instances(cpus))),
        ("  L2:".into(), format!("{} MiB {}", cpus, instances(cpus))),
        ("  L3:".into(), format!("{} MiB {}", cache * sockets / 1_024, instances(sockets))),
        ("NUMA:".into(), String::new()),
        ("  NUMA node(s):".into(), "1".into()),
        ("  NUMA node0 CPU(s):".into(), list),
        ("Vulnerabilities:".into(), String::new()),
        ("  Itlb multihit:".into(), "KVM: Mitigation: VMX unsupported".into()),
        ("  L1tf:".into(), "Mitigation; PTE Inversion".into()),
        ("  Mds:".into(), "Mitigation; Clear CPU buffers; SMT Host state unknown".into()),
        ("  Meltdown:".into(), "Mitigation; PTI".into()),
        ("  Spec store bypass:".into(), "Mitigation; Speculative Store Bypass disabled via prctl".into()),
        ("  Spectre v1:".into(), "Mitigation; usercopy/swapgs barriers and __user pointer sanitization".into()),
        ("  Spectre v2:".into(), "Mitigation; Retpolines; IBPB conditional; IBRS_FW; STIBP disabled; RSB filling; PBRSB-eIBRS Not affected".into()),
        ("  Srbds:".into(), "Not affected".into()),
        ("  Tsx async abort:".into(), "Not affected".into()),
    ]);
    let width = rows.iter().map(|(label, _)| label.len()).max().unwrap_or(0) + 1;
    let width = if process.runs(&[Distro::CentOs7, Distro::Ubuntu20]) { 23 } else { width.max(37) };
    let flat = process.runs(&[Distro::CentOs7, Distro::Ubuntu20]);
    let mut out = String::new();
    for (label, value) in rows {
        if flat && value.is_empty() {
            continue;
        }
        let label = if flat { label.trim_start() } else { &label };
        let _ = writeln!(out, "{}", format!("{label:<width$}{value}").trim_end());
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn lsmod(process: &mut Process) -> Done {
    let text =
        String::from_utf8(process.files.read(b"/proc/modules").unwrap_or_default()).unwrap_or_default();
    let mut out = "Module                  Size  Used by\n".to_owned();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let [name, size, users, by, ..] = fields.as_slice() else { continue };
        let by = if *by == "-" { String::new() } else { format!(" {}", by.trim_end_matches(',')) };
        let _ = writeln!(out, "{name:<19} {size:>8}  {users}{by}");
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn dmesg(process: &mut Process) -> Done {
    let given = process
        .options(
            Spec {
                short: "cCdDeEf:HhkLl:n:PprSs:tTuwWx",
                long: &[("ctime", 'T'), ("clear", 'C'), ("human", 'H'), ("follow", 'w'), ("level=", 'l')],
            },
            1,
        )
        .await?;
    if !process.account.is_root() && !process.is_busybox() && process.machine.distro().line() == Line::Debian
    {
        process.complain("dmesg: read kernel buffer failed: Operation not permitted\n").await;
        return Ok(Exit::FAILURE);
    }
    let booted = process.machine.booted();
    let mut out = String::new();
    for (micros, text) in crate::machine::boot::messages(&process.machine) {
        let at = booted + i64::try_from(micros / 1_000_000).unwrap_or_default();
        let _ = if given.has('T') {
            writeln!(out, "[{}] {text}", crate::machine::calendar::format(at, "%a %b %e %H:%M:%S %Y"))
        } else if given.has('t') {
            writeln!(out, "{text}")
        } else {
            writeln!(out, "[{:>5}.{:06}] {text}", micros / 1_000_000, micros % 1_000_000)
        };
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn sysctl(process: &mut Process) -> Done {
    let given = process
        .options(
            Spec {
                short: "aAbeNnpPqrwxX",
                long: &[("all", 'a'), ("write", 'w'), ("values", 'n'), ("load?", 'p'), ("system", 's')],
            },
            1,
        )
        .await?;
    let all = settings(&process.machine);
    let mut good = true;
    if given.has('a') {
        let mut out = String::new();
        for (name, value) in
            all.iter().filter(|(name, _)| process.account.is_root() || name != "kernel.random.boot_id")
        {
            let _ = if given.has('n') { writeln!(out, "{value}") } else { writeln!(out, "{name} = {value}") };
        }
        process.print(out).await?;
        return Ok(Exit::SUCCESS);
    }
    for word in &given.operands {
        let text = String::from_utf8_lossy(word).into_owned();
        let (name, wanted) = text
            .split_once('=')
            .map_or((text.trim(), None), |(name, value)| (name.trim(), Some(value.trim())));
        let dotted = name.replace('/', ".");
        let Some((_, value)) = all.iter().find(|(known, _)| *known == dotted) else {
            if given.has('p') || given.has('e') {
                continue;
            }
            good = false;
            process
                .complain(format!(
                    "sysctl: cannot stat /proc/sys/{}: No such file or directory\n",
                    dotted.replace('.', "/")
                ))
                .await;
            continue;
        };
        match wanted {
            None if given.has('n') => process.print(format!("{value}\n")).await?,
            None => process.print(format!("{dotted} = {value}\n")).await?,
            Some(_) if !process.account.is_root() => {
                good = false;
                process.complain(format!("sysctl: permission denied on key \"{dotted}\"\n")).await;
            }
            Some(_) if given.has('q') => {}
            Some(value) => process.print(format!("{dotted} = {value}\n")).await?,
        }
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

pub(super) async fn vmstat(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "adDfmnsS:twV", long: &[("unit=", 'S')] }, 1).await?;
    let memory = Memory::of(&process.machine);
    let unit = if given.value('S').is_some_and(|u| u.eq_ignore_ascii_case(b"m")) { 1_024 } else { 1 };
    let mut out = "procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----\n r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st\n".to_owned();
    let (swapped, free, buffers, cached) = (
        (memory.swap - memory.swap_free) / unit,
        memory.free / unit,
        memory.buffers / unit,
        (memory.cached + memory.reclaimable) / unit,
    );
    let _ = writeln!(
        out,
        " 1  0 {swapped:>6} {free:>6} {buffers:>6} {cached:>6}    0    0    {:>2}    {:>2}   {:>2}  {:>3}  1  1 98  0  0",
        4, 14, 61, 118
    );
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn lspci(process: &mut Process) -> Done {
    use crate::machine::Maker;
    let lines: &[&str] = match process.machine.hardware().maker {
        Maker::Vmware => &[
            "00:00.0 Host bridge: Intel Corporation 440BX/ZX/DX - 82443BX/ZX/DX Host bridge (rev 01)",
            "00:01.0 PCI bridge: Intel Corporation 440BX/ZX/DX - 82443BX/ZX/DX AGP bridge (rev 01)",
            "00:07.0 ISA bridge: Intel Corporation 82371AB/EB/MB PIIX4 ISA (rev 08)",
            "00:07.1 IDE interface: Intel Corporation 82371AB/EB/MB PIIX4 IDE (rev 01)",
            "00:07.3 Bridge: Intel Corporation 82371AB/EB/MB PIIX4 ACPI (rev 08)",
            "00:07.7 System peripheral: VMware Virtual Machine Communication Interface (rev 10)",
            "00:0f.0 VGA compatible controller: VMware SVGA II Adapter",
            "03:00.0 Serial Attached SCSI controller: VMware PVSCSI SCSI Controller (rev 02)",
            "0b:00.0 Ethernet controller: VMware VMXNET3 Ethernet Controller (rev 01)",
        ],
        Maker::HyperV => &[],
        Maker::Qemu => &[
            "00:00.0 Host bridge: Intel Corporation 440FX - 82441FX PMC [Natoma] (rev 02)",
            "00:01.0 ISA bridge: Intel Corporation 82371SB PIIX3 ISA [Natoma/Triton II]",
            "00:01.1 IDE interface: Intel Corporation 82371SB PIIX3 IDE [Natoma/Triton II]",
            "00:01.2 USB controller: Intel Corporation 82371SB PIIX3 USB [Natoma/Triton II] (rev 01)",
            "00:01.3 Bridge: Intel Corporation 82371AB/EB/MB PIIX4 ACPI (rev 03)",
            "00:02.0 VGA compatible controller: Device 1234:1111 (rev 02)",
            "00:05.0 SCSI storage controller: Red Hat, Inc. Virtio SCSI",
            "00:12.0 Ethernet controller: Red Hat, Inc. Virtio network device",
        ],
        _ => &[
            "00:00.0 Host bridge: Intel Corporation Sky Lake-E DMI3 Registers (rev 07)",
            "00:1f.0 ISA bridge: Intel Corporation C621 Series Chipset LPC/eSPI Controller (rev 09)",
            "03:00.0 VGA compatible controller: Matrox Electronics Systems Ltd. Integrated Matrox G200eW3 Graphics Controller (rev 04)",
            "04:00.0 Ethernet controller: Broadcom Inc. and subsidiaries NetXtreme BCM5720 Gigabit Ethernet PCIe",
            "18:00.0 RAID bus controller: Broadcom / LSI MegaRAID SAS-3 3108 [Invader] (rev 02)",
        ],
    };
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    process.print(text).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn lsusb(process: &mut Process) -> Done {
    process.print("Bus 001 Device 002: ID 0627:0001 Adomax Technology Co., Ltd QEMU Tablet\nBus 001 Device 001: ID 1d6b:0001 Linux Foundation 1.1 root hub\n").await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn dmidecode(process: &mut Process) -> Done {
    if !process.account.is_root() {
        process.complain("/sys/firmware/dmi/tables/smbios_entry_point: Permission denied\nCan't read memory from /dev/mem\n").await;
        return Ok(Exit::FAILURE);
    }
    let machine = std::sync::Arc::clone(&process.machine);
    let ((vendor, model), (maker, version, date)) = (machine.model(), machine.bios());
    let given =
        process.options(Spec { short: "s:t:qHu", long: &[("string=", 's'), ("type=", 't')] }, 1).await?;
    if let Some(key) = given.value('s') {
        let text = match key {
            b"system-manufacturer" | b"baseboard-manufacturer" | b"chassis-manufacturer" => vendor.to_owned(),
            b"system-product-name" | b"baseboard-product-name" => model.to_owned(),
            b"bios-vendor" => maker.to_owned(),
            b"bios-version" => version.to_owned(),
            b"bios-release-date" => date.to_owned(),
            b"system-uuid" => machine.uuid("board"),
            _ => "Not Specified".to_owned(),
        };
        process.print(format!("{text}\n")).await?;
        return Ok(Exit::SUCCESS);
    }
    let text = format!(
        "# dmidecode 3.4\nGetting SMBIOS data from sysfs.\nSMBIOS 2.8 present.\n11 structures occupying 581 bytes.\nTable at 0x000F5270.\n\nHandle 0x0000, DMI type 0, 24 bytes\nBIOS Information\n\tVendor: {maker}\n\tVersion: {version}\n\tRelease Date: {date}\n\nHandle 0x0100, DMI type 1, 27 bytes\nSystem Information\n\tManufacturer: {vendor}\n\tProduct Name: {model}\n\tVersion: Not Specified\n\tSerial Number: Not Specified\n\tUUID: {}\n\tWake-up Type: Power Switch\n\n",
        machine.uuid("board")
    );
    process.print(text).await?;
    Ok(Exit::SUCCESS)
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
