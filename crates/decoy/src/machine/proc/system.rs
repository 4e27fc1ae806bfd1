//! Processors, disks, interrupts and what else the kernel counts.

use std::fmt::Write as _;

use crate::machine::{Distro, Machine, Maker, mounts, scene::Scene};

const FLAGS: &str = "fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 ss syscall nx \
pdpe1gb rdtscp lm constant_tsc arch_perfmon nopl xtopology tsc_reliable nonstop_tsc cpuid tsc_known_freq pni pclmulqdq ssse3 fma cx16 pcid \
sse4_1 sse4_2 x2apic movbe popcnt tsc_deadline_timer aes xsave avx f16c rdrand hypervisor lahf_lm abm 3dnowprefetch invpcid_single pti \
ssbd ibrs ibpb stibp fsgsbase tsc_adjust bmi1 avx2 smep bmi2 invpcid rdseed adx smap xsaveopt arat md_clear flush_l1d arch_capabilities";
const METAL_FLAGS: &str = "fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush dts acpi mmx fxsr sse sse2 ss ht \
tm pbe syscall nx pdpe1gb rdtscp lm constant_tsc art arch_perfmon pebs bts rep_good nopl xtopology nonstop_tsc cpuid aperfmperf pni \
pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 sdbg fma cx16 xtpr pdcm pcid dca sse4_1 sse4_2 x2apic movbe popcnt \
tsc_deadline_timer aes xsave avx f16c rdrand lahf_lm abm 3dnowprefetch cpuid_fault epb cat_l3 invpcid_single pti ssbd ibrs ibpb stibp \
tpr_shadow vnmi flexpriority ept vpid fsgsbase tsc_adjust bmi1 hle avx2 smep bmi2 erms invpcid rtm cqm rdt_a rdseed adx smap intel_pt \
xsaveopt cqm_llc cqm_occup_llc dtherm ida arat pln pts md_clear flush_l1d";

/// Features of a processor, as `flags` has them.
pub(crate) fn flags(machine: &Machine) -> &'static str {
    if machine.hardware().maker.is_virtual() { FLAGS } else { METAL_FLAGS }
}

/// MHz with three digits after the point.
pub(crate) fn megahertz(machine: &Machine, cpu: u32) -> String {
    let rated = u64::from(machine.hardware().processor.4);
    let off = if machine.hardware().maker.is_virtual() {
        machine.number("mhz", 9)
    } else {
        machine.number(&format!("mhz {cpu} {}", machine.now().seconds), 700)
    };
    format!("{}.{:03}", rated - 7 + off, machine.number("mhz after the point", 999))
}

pub(super) fn processors(scene: &Scene<'_>) -> Vec<u8> {
    let (machine, hardware) = (scene.machine, scene.machine.hardware());
    let (name, family, model, stepping, rated, cache) = hardware.processor;
    let mut out = String::new();
    for cpu in 0..hardware.cpus {
        if hardware.maker == Maker::Board || machine.persona().system.machine != "x86_64" {
            let _ = write!(
                out,
                "processor\t: {cpu}\nmodel name\t: {name}\nBogoMIPS\t: 76.80\nFeatures\t: half thumb fastmult vfp edsp neon vfpv3 tls vfpv4 idiva idivt vfpd32 lpae evtstrm crc32\nCPU implementer\t: 0x41\nCPU architecture: {family}\nCPU variant\t: 0x0\nCPU part\t: 0xd03\nCPU revision\t: {stepping}\n\n"
            );
            continue;
        }
        let (siblings, package) = if hardware.maker.is_virtual() { (1, cpu) } else { (hardware.cpus, 0) };
        let core = if hardware.maker.is_virtual() { 0 } else { cpu };
        let _ = write!(
            out,
            "processor\t: {cpu}\nvendor_id\t: GenuineIntel\ncpu family\t: {family}\nmodel\t\t: {model}\nmodel name\t: {name}\nstepping\t: \
             {stepping}\nmicrocode\t: 0x{:x}\ncpu MHz\t\t: {}\ncache size\t: {cache} KB\nphysical id\t: {package}\nsiblings\t: {siblings}\ncore id\t\t: \
             {core}\ncpu cores\t: {siblings}\napicid\t\t: {cpu}\ninitial apicid\t: {cpu}\nfpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: \
             {}\nwp\t\t: yes\nflags\t\t: {}\nbugs\t\t: cpu_meltdown spectre_v1 spectre_v2 spec_store_bypass l1tf mds swapgs itlb_multihit \
             mmio_stale_data retbleed gds bhi\nbogomips\t: {}.{:02}\nclflush size\t: 64\ncache_alignment\t: 64\naddress sizes\t: {} bits physical, 48 bits \
             virtual\npower management:\n\n",
            0x500_0000 + u32::from(model) * 41,
            megahertz(machine, cpu),
            if model == 85 { 22 } else { 20 },
            flags(machine),
            rated * 2,
            machine.number("bogomips", 40),
            if hardware.maker.is_virtual() { 43 } else { 46 },
        );
    }
    out.into_bytes()
}

pub(super) fn uptime(scene: &Scene<'_>) -> Vec<u8> {
    let up = scene.now.seconds - scene.machine.booted();
    let hundredths = scene.now.nanos / 10_000_000;
    let idle = up * i64::from(scene.machine.hardware().cpus) * 97 / 100;
    format!("{up}.{hundredths:02} {idle}.{:02}\n", (hundredths * 7 + 13) % 100).into_bytes()
}

/// The three averages in hundredths.
pub(crate) fn averages(machine: &Machine) -> [u64; 3] {
    let now = machine.now().seconds;
    let wave = |step: i64, most: u64| machine.number(&format!("load {step} {}", now / step), most);
    [wave(20, 14), 1 + (wave(120, 10) + wave(121, 6)) / 2, 1 + wave(600, 8) / 2]
}

pub(super) fn load(scene: &Scene<'_>) -> Vec<u8> {
    let [one, five, fifteen] = averages(scene.machine);
    let tasks = scene.machine.tasks(scene.source).iter().map(|task| task.threads).sum::<u32>();
    let text = |n: u64| format!("{}.{:02}", n / 100, n % 100);
    let last = scene.machine.pid_at(scene.now.seconds).max(scene.pid);
    format!("{} {} {} 1/{} {last}\n", text(one), text(five), text(fifteen), tasks + 1).into_bytes()
}

pub(super) fn version(scene: &Scene<'_>) -> Vec<u8> {
    format!("{}\n", scene.machine.kernel_banner()).into_bytes()
}

/// What the boot loader gave the kernel.
pub(crate) fn boot_line(machine: &Machine) -> String {
    let (release, root) = (machine.kernel(), machine.uuid("root file system"));
    match machine.distro() {
        Distro::Debian12 | Distro::Kali => {
            format!("BOOT_IMAGE=/boot/vmlinuz-{release} root=UUID={root} ro quiet")
        }
        Distro::Ubuntu22 | Distro::Ubuntu20 => {
            format!("BOOT_IMAGE=/boot/vmlinuz-{release} root=UUID={root} ro")
        }
        Distro::Rocky9 | Distro::Fedora39 => format!(
            "BOOT_IMAGE=(hd0,msdos1)/vmlinuz-{release} root=UUID={root} ro crashkernel=1G-4G:192M,4G-64G:256M,64G-:512M rhgb quiet"
        ),
        Distro::CentOs7 => format!(
            "BOOT_IMAGE=/vmlinuz-{release} root=UUID={root} ro crashkernel=auto rhgb quiet LANG=en_US.UTF-8"
        ),
        Distro::Alpine319 => format!(
            "BOOT_IMAGE=vmlinuz-lts root=UUID={root} modules=sd-mod,usb-storage,ext4 quiet rootfstype=ext4"
        ),
        Distro::Arch => format!("BOOT_IMAGE=/boot/vmlinuz-linux root=UUID={root} rw loglevel=3 quiet"),
        Distro::Firmware => "console=ttyS0,115200 rootfstype=squashfs,jffs2".to_owned(),
    }
}

pub(super) fn command_line(scene: &Scene<'_>) -> Vec<u8> {
    format!("{}\n", boot_line(scene.machine)).into_bytes()
}

pub(super) fn consoles(_: &Scene<'_>) -> Vec<u8> {
    b"tty0                 -WU (EC p  )    4:7\n".to_vec()
}

pub(super) fn cgroups(scene: &Scene<'_>) -> Vec<u8> {
    let mut out = "#subsys_name\thierarchy\tnum_cgroups\tenabled\n".to_owned();
    for name in [
        "cpuset",
        "cpu",
        "cpuacct",
        "blkio",
        "memory",
        "devices",
        "freezer",
        "net_cls",
        "perf_event",
        "net_prio",
        "hugetlb",
        "pids",
        "rdma",
        "misc",
    ] {
        let groups = 58 + scene.machine.number("groups", 30);
        let _ = writeln!(out, "{name}\t0\t{groups}\t1");
    }
    out.into_bytes()
}

pub(super) fn crypto(_: &Scene<'_>) -> Vec<u8> {
    let mut out = String::new();
    for (name, driver, size) in
        [("crc32c", "crc32c-intel", 1), ("sha256", "sha256-generic", 64), ("aes", "aes-generic", 16)]
    {
        let _ = write!(
            out,
            "name         : {name}\ndriver       : {driver}\nmodule       : kernel\npriority     : 100\nrefcnt       : 1\nselftest     : passed\ninternal     : no\nblocksize    : {size}\n\n"
        );
    }
    out.into_bytes()
}

pub(super) fn devices(_: &Scene<'_>) -> Vec<u8> {
    b"Character devices:\n  1 mem\n  4 /dev/vc/0\n  4 tty\n  4 ttyS\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n  7 vcs\n 10 misc\n 13 input\n 21 sg\n 29 fb\n128 ptm\n136 pts\n180 usb\n189 usb_device\n226 drm\n248 hidraw\n249 aux\n250 bsg\n251 watchdog\n252 rtc\n253 dax\n254 gpiochip\n\nBlock devices:\n  8 sd\n  9 md\n 11 sr\n 65 sd\n 66 sd\n253 device-mapper\n254 mdp\n259 blkext\n".to_vec()
}

/// Partitions with minor number and size in KiB.
pub(crate) fn parts(machine: &Machine) -> Vec<(String, u32, u64)> {
    let hardware = machine.hardware();
    let (disk, all) = (hardware.disk_name, hardware.disk / 1_024);
    let root = mounts::root_device(machine);
    let swap = hardware.swap;
    let mut out = vec![(disk.to_owned(), 0, all)];
    match machine.distro() {
        Distro::Debian12 | Distro::Kali if disk == "sda" => {
            out.extend([
                (root, 1, all - swap - 3_072),
                (format!("{disk}2"), 2, 1),
                (format!("{disk}5"), 5, swap),
            ]);
        }
        Distro::Alpine319 => {
            out.extend([
                (format!("{disk}1"), 1, 307_200),
                (format!("{disk}2"), 2, swap),
                (root, 3, all - swap - 308_224),
            ]);
        }
        _ if disk == "mmcblk0" => out.extend([(format!("{disk}p1"), 1, 262_144), (root, 2, all - 266_240)]),
        _ => out.extend([(format!("{disk}1"), 1, 1_024), (root, 2, all - 2_048)]),
    }
    out
}

pub(super) fn partitions(scene: &Scene<'_>) -> Vec<u8> {
    let mut out = "major minor  #blocks  name\n\n".to_owned();
    let major = if scene.machine.hardware().disk_name == "sda" { 8 } else { 179 };
    for (name, minor, blocks) in parts(scene.machine) {
        let _ = writeln!(out, "{major:>4} {minor:>8} {blocks:>10} {name}");
    }
    if major == 8 {
        let _ = writeln!(out, "{:>4} {:>8} {:>10} sr0", 11, 0, 1_048_575);
    }
    out.into_bytes()
}

pub(super) fn disks(scene: &Scene<'_>) -> Vec<u8> {
    let up = scene.machine.uptime().unsigned_abs();
    let mut out = String::new();
    for (name, minor, _) in parts(scene.machine) {
        let (reads, writes) = (14_802 + up / 90, 9_402 + up * 3 / 4);
        let _ = writeln!(
            out,
            "   8 {minor:>7} {name} {reads} {} {} {} {writes} {} {} {} 0 {} {} 0 0 0 0 {} {}",
            reads / 4,
            reads * 61,
            reads / 2,
            writes * 3 / 4,
            writes * 15,
            writes * 2,
            up / 2,
            writes * 2 + reads / 2,
            up / 20,
            up / 21
        );
    }
    out.into_bytes()
}

pub(super) fn file_systems(scene: &Scene<'_>) -> Vec<u8> {
    let mut out = String::new();
    for name in [
        "sysfs",
        "tmpfs",
        "bdev",
        "proc",
        "cgroup",
        "cgroup2",
        "cpuset",
        "devtmpfs",
        "debugfs",
        "tracefs",
        "securityfs",
        "sockfs",
        "bpf",
        "pipefs",
        "ramfs",
        "hugetlbfs",
        "devpts",
        "mqueue",
        "pstore",
        "autofs",
        "configfs",
    ] {
        let _ = writeln!(out, "nodev\t{name}");
    }
    let disk = mounts::root_type(scene.machine.distro()).0;
    let known: &[&str] = if disk == "ext4" { &["ext3", "ext2", "ext4"] } else { &["xfs"] };
    for name in known {
        let _ = writeln!(out, "\t{name}");
    }
    out.into_bytes()
}

pub(super) fn interrupts(scene: &Scene<'_>) -> Vec<u8> {
    let (machine, cpus) = (scene.machine, scene.machine.hardware().cpus);
    let up = machine.uptime().unsigned_abs();
    let mut out = "          ".to_owned();
    for cpu in 0..cpus {
        let _ = write!(out, " {:<10}", format!("      CPU{cpu}"));
    }
    out = format!("{}\n", out.trim_end());
    let mut row = |name: &str, rate: u64, rest: &str| {
        let _ = write!(out, "{name:>4}:");
        for cpu in 0..cpus {
            let count = up
                .checked_div(rate)
                .map_or(0, |count| count + machine.number(&format!("irq {name} {cpu}"), 900));
            let _ = write!(out, " {count:>10}");
        }
        let _ = writeln!(out, "  {rest}");
    };
    row("0", 9_000_000, "IO-APIC    2-edge      timer");
    row("1", 9_000_000, "IO-APIC    1-edge      i8042");
    row("8", 9_000_000, "IO-APIC    8-edge      rtc0");
    row("9", 0, "IO-APIC    9-fasteoi   acpi");
    row("12", 900_000, "IO-APIC   12-edge      i8042");
    row("24", 3, "PCI-MSI 512000-edge      ahci[0000:00:1f.2]");
    row("25", 1, &format!("PCI-MSI 1572864-edge      {}-rxtx-0", machine.network().interface));
    for (name, rate, text) in [
        ("NMI", 0, "Non-maskable interrupts"),
        ("LOC", 1, "Local timer interrupts"),
        ("SPU", 0, "Spurious interrupts"),
        ("PMI", 0, "Performance monitoring interrupts"),
        ("RES", 4, "Rescheduling interrupts"),
        ("CAL", 60, "Function call interrupts"),
        ("TLB", 90, "TLB shootdowns"),
        ("MCP", 300, "Machine check polls"),
    ] {
        row(name, rate, &format!(" {text}"));
    }
    out.push_str(" ERR:          0\n MIS:          0\n");
    out.into_bytes()
}

pub(super) fn soft_interrupts(scene: &Scene<'_>) -> Vec<u8> {
    let up = scene.machine.uptime().unsigned_abs();
    let mut out = "                    ".to_owned();
    for cpu in 0..scene.machine.hardware().cpus {
        let _ = write!(out, "{:<11}", format!("CPU{cpu}"));
    }
    out = format!("{}\n", out.trim_end());
    for (name, rate) in [
        ("HI", 90_000),
        ("TIMER", 2),
        ("NET_TX", 900),
        ("NET_RX", 1),
        ("BLOCK", 3),
        ("IRQ_POLL", 90_000_000),
        ("TASKLET", 9),
        ("SCHED", 2),
        ("HRTIMER", 9_000_000),
        ("RCU", 1),
    ] {
        let _ = write!(out, "{name:>12}:");
        for cpu in 0..scene.machine.hardware().cpus {
            let _ = write!(out, " {:>10}", up / rate + scene.machine.number(&format!("{name} {cpu}"), 800));
        }
        out.push('\n');
    }
    out.into_bytes()
}

pub(super) fn memory_map(scene: &Scene<'_>) -> Vec<u8> {
    let top = scene.machine.hardware().memory * 1_024;
    format!("00000000-00000fff : Reserved\n00001000-0009fbff : System RAM\n000f0000-000fffff : System ROM\n00100000-bffdffff : System RAM\n  01000000-01e02106 : Kernel code\n  02000000-02a38fff : Kernel rodata\nfec00000-fec003ff : IOAPIC 0\nfee00000-fee00fff : Local APIC\n100000000-{top:x} : System RAM\n").into_bytes()
}

pub(super) fn ports(_: &Scene<'_>) -> Vec<u8> {
    b"0000-0cf7 : PCI Bus 0000:00\n  0000-001f : dma1\n  0020-0021 : pic1\n  0040-0043 : timer0\n  0060-0060 : keyboard\n  0064-0064 : keyboard\n  0070-0071 : rtc0\n  00f0-00ff : fpu\n  03c0-03df : vga+\n  03f8-03ff : serial\n0cf8-0cff : PCI conf1\n".to_vec()
}

pub(super) fn symbols(_: &Scene<'_>) -> Vec<u8> {
    let mut out = String::new();
    for name in [
        "A fixed_percpu_data",
        "A __per_cpu_start",
        "T startup_64",
        "T _stext",
        "T _text",
        "T do_one_initcall",
        "T commit_creds",
        "T prepare_kernel_cred",
        "D sys_call_table",
    ] {
        let _ = writeln!(out, "0000000000000000 {name}");
    }
    out.into_bytes()
}

pub(super) fn misc(_: &Scene<'_>) -> Vec<u8> {
    b"123 cpu_dma_latency\n227 mcelog\n232 kvm\n229 fuse\n228 hpet\n231 snapshot\n183 hw_random\n130 watchdog\n126 udmabuf\n144 nvram\n".to_vec()
}

/// Modules with size, users, and who uses them.
pub(crate) const MODULES: &[(&str, u32, u32, &str)] = &[
    ("tls", 135_168, 0, "-"),
    ("nft_chain_nat", 16_384, 0, "-"),
    ("xt_tcpudp", 20_480, 0, "-"),
    ("nf_nat", 57_344, 1, "nft_chain_nat,"),
    ("nf_conntrack", 188_416, 1, "nf_nat,"),
    ("nf_defrag_ipv6", 24_576, 1, "nf_conntrack,"),
    ("nf_defrag_ipv4", 16_384, 1, "nf_conntrack,"),
    ("nft_compat", 20_480, 0, "-"),
    ("nf_tables", 307_200, 2, "nft_chain_nat,nft_compat,"),
    ("nfnetlink", 20_480, 2, "nft_compat,nf_tables,"),
    ("intel_rapl_msr", 20_480, 0, "-"),
    ("intel_rapl_common", 32_768, 1, "intel_rapl_msr,"),
    ("ghash_clmulni_intel", 16_384, 0, "-"),
    ("sha512_ssse3", 49_152, 0, "-"),
    ("sha512_generic", 16_384, 1, "sha512_ssse3,"),
    ("aesni_intel", 393_216, 0, "-"),
    ("crypto_simd", 16_384, 1, "aesni_intel,"),
    ("cryptd", 28_672, 2, "ghash_clmulni_intel,crypto_simd,"),
    ("rapl", 20_480, 0, "-"),
    ("pcspkr", 16_384, 0, "-"),
    ("serio_raw", 20_480, 0, "-"),
    ("joydev", 28_672, 0, "-"),
    ("evdev", 28_672, 2, "-"),
    ("sg", 40_960, 0, "-"),
    ("button", 24_576, 0, "-"),
    ("fuse", 176_128, 1, "-"),
    ("loop", 32_768, 0, "-"),
    ("efi_pstore", 16_384, 0, "-"),
    ("configfs", 57_344, 1, "-"),
    ("ip_tables", 36_864, 0, "-"),
    ("x_tables", 61_440, 3, "xt_tcpudp,nft_compat,ip_tables,"),
    ("autofs4", 53_248, 2, "-"),
    ("ext4", 983_040, 1, "-"),
    ("crc16", 16_384, 1, "ext4,"),
    ("mbcache", 16_384, 1, "ext4,"),
    ("jbd2", 167_936, 1, "ext4,"),
    ("crc32c_generic", 16_384, 0, "-"),
    ("sd_mod", 65_536, 3, "-"),
    ("sr_mod", 28_672, 0, "-"),
    ("t10_pi", 16_384, 1, "sd_mod,"),
    ("cdrom", 81_920, 1, "sr_mod,"),
    ("ata_generic", 16_384, 0, "-"),
    ("crc32_pclmul", 16_384, 0, "-"),
    ("crc32c_intel", 24_576, 2, "-"),
    ("ata_piix", 45_056, 0, "-"),
    ("libata", 401_408, 2, "ata_piix,ata_generic,"),
    ("psmouse", 184_320, 0, "-"),
    ("scsi_mod", 286_720, 4, "sd_mod,libata,sg,sr_mod,"),
    ("scsi_common", 16_384, 4, "scsi_mod,libata,sg,sr_mod,"),
];

/// The module of the network card.
pub(crate) const fn card(maker: Maker) -> (&'static str, u32) {
    match maker {
        Maker::Vmware => ("vmxnet3", 81_920),
        Maker::Qemu => ("virtio_net", 73_728),
        Maker::HyperV => ("hv_netvsc", 110_592),
        Maker::Dell => ("tg3", 196_608),
        Maker::Hpe => ("tg3", 196_608),
        Maker::Supermicro => ("igb", 282_624),
        Maker::Board => ("smsc95xx", 40_960),
    }
}

pub(super) fn modules(scene: &Scene<'_>) -> Vec<u8> {
    let (name, size) = card(scene.machine.hardware().maker);
    let mut out = String::new();
    for (name, size, users, by) in std::iter::once(&(name, size, 0, "-")).chain(MODULES) {
        let _ = writeln!(out, "{name} {size} {users} {by} Live 0x0000000000000000");
    }
    out.into_bytes()
}

pub(super) fn statistics(scene: &Scene<'_>) -> Vec<u8> {
    let (machine, cpus) = (scene.machine, u64::from(scene.machine.hardware().cpus));
    let up = machine.uptime().unsigned_abs() * 100 + u64::from(scene.now.nanos / 10_000_000);
    let cpu = |number: u64| {
        let share = |part: u64| up / part + number * 37 % 91;
        let (user, nice, system, wait, soft) =
            (share(130), share(9_000), share(160), share(2_400), share(8_000));
        let idle = up.saturating_sub(user + nice + system + wait + soft);
        [user, nice, system, idle, wait, 0, soft, 0, 0, 0]
    };
    let line = |name: &str, fields: &[u64]| {
        let fields: Vec<String> = fields.iter().map(u64::to_string).collect();
        format!("{name} {}\n", fields.join(" "))
    };
    let mut sum = [0; 10];
    let mut each = String::new();
    for number in 0..cpus {
        let fields = cpu(number);
        sum.iter_mut().zip(fields).for_each(|(sum, field)| *sum += field);
        each.push_str(&line(&format!("cpu{number}"), &fields));
    }
    let second = up / 100;
    format!(
        "{}{each}intr {} 41 9 0 0 0 0 0 0 1 0 0 0 144 0 0\nctxt {}\nbtime {}\nprocesses {}\nprocs_running 1\nprocs_blocked 0\n\
         softirq {} 0 {} 4 {} {} 0 122 {} 0 {}\n",
        line("cpu ", &sum),
        second * 61,
        second * 118,
        machine.booted(),
        machine.pid_at(scene.now.seconds),
        second * 44,
        second * 13,
        second * 9,
        second / 3,
        second * 11,
        second * 10,
    )
    .into_bytes()
}
