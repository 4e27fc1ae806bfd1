//! df, du, mount, lsblk, blkid, fdisk.

use std::fmt::Write as _;

use crate::{
    machine::mounts,
    programs::{
        context::{Done, human, number},
        options::{Parsed, Spec},
    },
    shell::{Exit, Process},
};

/// Size, used and free KiB of a mount.
pub(super) fn usage(process: &Process, place: &str, kind: &str) -> Option<(u64, u64, u64)> {
    let memory = process.machine.hardware().memory;
    Some(match (place, kind) {
        ("/", _) => {
            let (size, used) = super::root_usage(&process.machine);
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

pub(in crate::programs) async fn df(process: &mut Process) -> Done {
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
    let wanted = mounts_of(process, &given, &mut good).await;
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
    let heads = heads(&given);
    process.print(table(&heads, &rows, if process.is_busybox() { 20 } else { 14 }, given.has('T'))).await?;
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

/// Where the file systems of the operands are mounted.
async fn mounts_of(process: &Process, given: &Parsed, good: &mut bool) -> Vec<String> {
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
                *good = false;
                process.trouble(name, error).await;
            }
        }
    }
    wanted
}

/// The titles of the columns.
fn heads(given: &Parsed) -> Vec<&'static str> {
    let human_sizes = given.has('h') || given.has('H');
    let mut heads = vec!["Filesystem"];
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
    heads
}

pub(super) fn table(heads: &[&str], rows: &[Vec<String>], least: usize, typed: bool) -> String {
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

pub(in crate::programs) async fn du(process: &mut Process) -> Done {
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
        let files = crate::programs::changing::tree(process, &name, true).await;
        let depth = |path: &[u8]| path.iter().filter(|b| **b == b'/').count();
        let base = depth(&name);
        let mut sums: std::collections::BTreeMap<Vec<u8>, u64> = std::collections::BTreeMap::new();
        for file in files.iter().rev() {
            let Ok(metadata) = process.files.lstat(file) else { continue };
            if metadata.is_directory()
                && process
                    .files
                    .access(file, crate::machine::Access { read: true, ..Default::default() })
                    .is_err()
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

pub(in crate::programs) async fn mount(process: &mut Process) -> Done {
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

pub(in crate::programs) async fn lsblk(process: &mut Process) -> Done {
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
        let pad = 6;
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

pub(in crate::programs) async fn blkid(process: &mut Process) -> Done {
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

pub(in crate::programs) async fn fdisk(process: &mut Process) -> Done {
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
