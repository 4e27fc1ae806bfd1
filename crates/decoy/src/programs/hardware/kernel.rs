//! lscpu, lsmod, dmesg, sysctl, vmstat, lspci, lsusb, dmidecode.

use std::fmt::Write as _;

use crate::{
    machine::{Distro, Line, Memory, settings},
    programs::{context::Done, options::Spec},
    shell::{Exit, Process},
};

pub(in crate::programs) async fn lscpu(process: &mut Process) -> Done {
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
    let (name, family, model, stepping, rated, _) = hardware.processor;
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
        ("  On-line CPU(s) list:".into(), list),
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
    rows.extend(more_of_processors(process));
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

/// Virtualisation, caches and vulnerabilities.
fn more_of_processors(process: &Process) -> Vec<(String, String)> {
    let hardware = process.machine.hardware();
    let (cpus, cache) = (hardware.cpus, hardware.processor.5);
    let list = if cpus == 1 { "0".to_owned() } else { format!("0-{}", cpus - 1) };
    let sockets = if hardware.maker.is_virtual() { cpus } else { 1 };
    let mut rows: Vec<(String, String)> = Vec::new();
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
    rows
}

pub(in crate::programs) async fn lsmod(process: &mut Process) -> Done {
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

pub(in crate::programs) async fn dmesg(process: &mut Process) -> Done {
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

pub(in crate::programs) async fn sysctl(process: &mut Process) -> Done {
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

pub(in crate::programs) async fn vmstat(process: &mut Process) -> Done {
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

pub(in crate::programs) async fn lspci(process: &mut Process) -> Done {
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

pub(in crate::programs) async fn lsusb(process: &mut Process) -> Done {
    process.print("Bus 001 Device 002: ID 0627:0001 Adomax Technology Co., Ltd QEMU Tablet\nBus 001 Device 001: ID 1d6b:0001 Linux Foundation 1.1 root hub\n").await?;
    Ok(Exit::SUCCESS)
}

pub(in crate::programs) async fn dmidecode(process: &mut Process) -> Done {
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
