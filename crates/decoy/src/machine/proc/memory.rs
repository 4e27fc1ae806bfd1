//! Memory as the kernel counts it; `free` and `vmstat` read the same figures.

use std::fmt::Write as _;

use crate::machine::{Machine, scene::Scene};

/// Where the memory is, in KiB.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) total: u64,
    pub(crate) free: u64,
    pub(crate) available: u64,
    pub(crate) buffers: u64,
    pub(crate) cached: u64,
    pub(crate) reclaimable: u64,
    pub(crate) shared: u64,
    pub(crate) swap: u64,
    pub(crate) swap_free: u64,
}

impl Memory {
    /// The figures at this moment.
    pub(crate) fn of(machine: &Machine) -> Self {
        let total = machine.hardware().memory;
        let now = machine.now().seconds.unsigned_abs();
        // What moves: a slow wave, and noise of every few seconds.
        let wave = machine.number(&format!("memory {}", now / 3_600), total / 40);
        let noise = machine.number(&format!("memory noise {}", now / 3), 900) * 4;
        let used = total / 9 + machine.number("memory in use", total / 12) + wave / 3 + noise;
        let up = machine.uptime().unsigned_abs();
        let cached = (total / 12 + up / 3).min(total * 5 / 9) / 4 * 4;
        let (buffers, reclaimable) = (cached / 11 / 4 * 4, cached / 8 / 4 * 4);
        let free = total.saturating_sub(used + cached + buffers + reclaimable) / 4 * 4;
        let swap = machine.hardware().swap;
        let swapped = if up > 200_000 { machine.number("swapped", 9_000) * 4 } else { 0 };
        Self {
            total,
            free,
            available: (free + (cached + buffers + reclaimable) * 9 / 10).min(total),
            buffers,
            cached,
            reclaimable,
            shared: 1_004 + machine.number("shared", 2_000) * 4,
            swap,
            swap_free: swap.saturating_sub(swapped),
        }
    }

    /// What programs use, as `free` of procps counts it.
    pub(crate) fn used(&self) -> u64 {
        self.total.saturating_sub(self.available)
    }
}

pub(super) fn info(scene: &Scene<'_>) -> Vec<u8> {
    let memory = Memory::of(scene.machine);
    let anonymous =
        (memory.total - memory.free - memory.cached - memory.buffers - memory.reclaimable) * 5 / 8 / 4 * 4;
    let files = memory.cached + memory.buffers - memory.shared;
    let (active, inactive) = (files / 3 / 4 * 4, (files - files / 3) / 4 * 4);
    let old = scene.machine.distro() == crate::machine::Distro::CentOs7;
    let rows: &[(&str, u64)] = &[
        ("MemTotal", memory.total),
        ("MemFree", memory.free),
        ("MemAvailable", memory.available),
        ("Buffers", memory.buffers),
        ("Cached", memory.cached),
        ("SwapCached", (memory.swap - memory.swap_free) / 9),
        ("Active", active + memory.shared),
        ("Inactive", inactive + anonymous),
        ("Active(anon)", memory.shared),
        ("Inactive(anon)", anonymous),
        ("Active(file)", active),
        ("Inactive(file)", inactive),
        ("Unevictable", 0),
        ("Mlocked", 0),
        ("SwapTotal", memory.swap),
        ("SwapFree", memory.swap_free),
        ("Zswap", 0),
        ("Zswapped", 0),
        ("Dirty", 40 + scene.now.seconds.unsigned_abs() % 37 * 4),
        ("Writeback", 0),
        ("AnonPages", anonymous),
        ("Mapped", 84_212 + anonymous / 16 / 4 * 4),
        ("Shmem", memory.shared),
        ("KReclaimable", memory.reclaimable),
        ("Slab", memory.reclaimable + 38_204),
        ("SReclaimable", memory.reclaimable),
        ("SUnreclaim", 38_204),
        ("KernelStack", 2_480),
        ("PageTables", 3_236),
        ("SecPageTables", 0),
        ("NFS_Unstable", 0),
        ("Bounce", 0),
        ("WritebackTmp", 0),
        ("CommitLimit", memory.swap + memory.total / 2),
        ("Committed_AS", anonymous * 2 + 200_104),
        ("VmallocTotal", 34_359_738_367),
        ("VmallocUsed", 14_076),
        ("VmallocChunk", 0),
        ("Percpu", 688 * u64::from(scene.machine.hardware().cpus)),
        ("HardwareCorrupted", 0),
        ("AnonHugePages", anonymous / 5 / 2_048 * 2_048),
        ("ShmemHugePages", 0),
        ("ShmemPmdMapped", 0),
        ("FileHugePages", 0),
        ("FilePmdMapped", 0),
    ];
    let mut out = String::new();
    for (name, value) in rows {
        let unknown = ["Zswap", "Zswapped", "KReclaimable", "SecPageTables", "Percpu", "FileHugePages"];
        if !(old && (unknown.contains(name) || name.ends_with("PmdMapped") || *name == "ShmemHugePages")) {
            let _ = writeln!(out, "{:<16}{value:>8} kB", format!("{name}:"));
        }
    }
    for (name, value) in [("Total", 0), ("Free", 0), ("Rsvd", 0), ("Surp", 0)] {
        let _ = writeln!(out, "{:<16}{value:>8}", format!("HugePages_{name}:"));
    }
    let small = 90_000 / 4 * 4 + scene.machine.number("4k pages", 20_000) * 4;
    let large = (memory.total.saturating_sub(small) / 2_048 + 1) * 2_048;
    for (name, value) in
        [("Hugepagesize", 2_048), ("Hugetlb", 0), ("DirectMap4k", small), ("DirectMap2M", large)]
    {
        let _ = writeln!(out, "{:<16}{value:>8} kB", format!("{name}:"));
    }
    out.into_bytes()
}

pub(super) fn swaps(scene: &Scene<'_>) -> Vec<u8> {
    let memory = Memory::of(scene.machine);
    let mut out = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n".to_owned();
    if memory.swap > 0 {
        let name = format!("/dev/{}5", scene.machine.hardware().disk_name);
        let used = memory.swap - memory.swap_free;
        let _ = writeln!(out, "{name:<40}partition\t{}\t\t{used}\t\t-2", memory.swap);
    }
    out.into_bytes()
}

pub(super) fn statistics(scene: &Scene<'_>) -> Vec<u8> {
    let memory = Memory::of(scene.machine);
    let up = scene.machine.uptime();
    format!(
        "nr_free_pages {}\nnr_zone_inactive_anon {}\nnr_zone_active_anon {}\nnr_mlock 0\nnr_anon_pages {}\n\
         nr_file_pages {}\nnr_dirty {}\nnr_writeback 0\nnr_slab_reclaimable {}\nnr_shmem {}\npgpgin {}\npgpgout {}\n\
         pswpin 0\npswpout {}\npgalloc_dma 256\npgfault {}\npgmajfault {}\n",
        memory.free / 4,
        memory.used() / 9,
        memory.shared / 4,
        memory.used() / 9,
        (memory.cached + memory.buffers) / 4,
        10 + scene.now.seconds % 37,
        memory.reclaimable / 4,
        memory.shared / 4,
        1_204_880 + up / 9,
        2_002_312 + up * 7,
        (memory.swap - memory.swap_free) / 4,
        8_412_204 + up * 90,
        3_110 + up / 700,
    )
    .into_bytes()
}

pub(super) fn buddies(scene: &Scene<'_>) -> Vec<u8> {
    let mut out = String::new();
    for (zone, most) in [("DMA", 4), ("DMA32", 3_000), ("Normal", 9_000)] {
        let _ = write!(out, "Node 0, zone {zone:>8} ");
        for order in 0..11 {
            let count = scene.machine.number(&format!("buddies {zone} {order}"), (most >> order) + 3);
            let _ = write!(out, "{count:>6} ");
        }
        out.push('\n');
    }
    out.into_bytes()
}

pub(super) fn zones(scene: &Scene<'_>) -> Vec<u8> {
    let memory = Memory::of(scene.machine);
    format!(
        "Node 0, zone      DMA\n  pages free     3840\n        boost    0\n        min      67\n        low      83\n\
        \x20       high     99\n        spanned  4095\n        present  3998\n        managed  3840\n\
        Node 0, zone   Normal\n  pages free     {}\n        boost    0\n        min      {}\n        managed  {}\n",
        memory.free / 4,
        memory.total / 260,
        memory.total / 4
    )
    .into_bytes()
}
