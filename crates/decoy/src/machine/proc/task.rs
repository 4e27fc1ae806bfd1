//! `/proc/<pid>`.

use std::fmt::Write as _;

use super::TaskMaker;
use crate::machine::{Line, processes::Task, scene::Scene};

pub(super) const DIRECTORIES: &[&str] = &["attr", "fd", "fdinfo", "map_files", "net", "ns", "task"];

pub(super) const FILES: &[(&str, u32, TaskMaker)] = &[
    ("attr/current", 0o666, |_, _| b"unconfined\n".to_vec()),
    ("autogroup", 0o644, |_, task| format!("/autogroup-{} nice 0\n", task.session % 400 + 1).into_bytes()),
    ("cgroup", 0o444, group),
    ("cmdline", 0o444, |_, task| task.arguments.iter().flat_map(|a| a.iter().copied().chain([0])).collect()),
    ("comm", 0o644, |_, task| [task.name.as_slice(), b"\n"].concat()),
    ("coredump_filter", 0o644, |_, _| b"00000033\n".to_vec()),
    ("cpuset", 0o444, |_, _| b"/\n".to_vec()),
    ("environ", 0o400, environment),
    ("io", 0o400, |_, task| {
        let n = task.ticks * 4_096;
        format!("rchar: {n}\nwchar: {}\nsyscr: {}\nsyscw: {}\nread_bytes: 0\nwrite_bytes: {}\ncancelled_write_bytes: 0\n", n / 3, task.ticks + 9, task.ticks / 3, n / 4).into_bytes()
    }),
    ("limits", 0o444, limits),
    ("loginuid", 0o644, |_, task| {
        if task.terminal.is_some() && task.terminal.as_deref() != Some("tty1") {
            task.uid.to_string().into_bytes()
        } else {
            b"4294967295".to_vec()
        }
    }),
    ("maps", 0o444, maps),
    ("mountinfo", 0o444, |scene, _| crate::machine::mounts::info(scene)),
    ("mounts", 0o444, |scene, _| crate::machine::mounts::table(scene)),
    ("oom_adj", 0o644, |_, _| b"0\n".to_vec()),
    ("oom_score", 0o444, |_, _| b"666\n".to_vec()),
    ("oom_score_adj", 0o644, |_, _| b"0\n".to_vec()),
    ("sched", 0o644, |_, task| {
        format!("{} ({}, #threads: {})\n", String::from_utf8_lossy(&task.name), task.pid, task.threads)
            .into_bytes()
    }),
    ("sessionid", 0o444, |_, _| b"4294967295".to_vec()),
    ("stat", 0o444, stat),
    ("statm", 0o444, |_, task| {
        format!(
            "{} {} {} {} 0 {} 0\n",
            task.size / 4,
            task.resident / 4,
            task.resident / 6,
            180,
            task.size / 16
        )
        .into_bytes()
    }),
    ("status", 0o444, status),
    ("wchan", 0o444, |_, _| b"0".to_vec()),
];

/// Somebody who looks without having been entered.
pub(super) fn passing(scene: &Scene<'_>, pid: u32) -> Task {
    let account = scene.machine.account("root");
    let fallback = crate::machine::Account {
        name: "root".into(),
        uid: 0,
        gid: 0,
        groups: Vec::new(),
        home: "/root".into(),
        shell: "/bin/sh".into(),
        gecos: String::new(),
    };
    Task::of_visitor((pid, 1), &account.unwrap_or(fallback), &[b"cat".to_vec()], b"/", None, scene.now)
}

/// Links in the directory of a process.
pub(super) fn link(task: &Task, name: &str) -> Option<Vec<u8>> {
    if task.arguments.is_empty() {
        return None;
    }
    Some(match name {
        "cwd" => task.directory.clone(),
        "exe" => task.program.clone(),
        "root" => b"/".to_vec(),
        "fd/0" | "fd/1" | "fd/2" => match &task.terminal {
            Some(terminal) => format!("/dev/{terminal}").into_bytes(),
            None if name == "fd/0" => b"/dev/null".to_vec(),
            None => format!("socket:[{}]", 14_000 + task.pid % 9_000).into_bytes(),
        },
        _ => {
            let kind = name.strip_prefix("ns/")?;
            let at = NAMESPACES.iter().position(|(known, _)| *known == kind)?;
            let number = NAMESPACES.get(at).map_or(0, |(_, number)| *number);
            format!("{kind}:[{number}]").into_bytes()
        }
    })
}

/// Numbers of the first namespaces, which every machine has.
const NAMESPACES: &[(&str, u64)] = &[
    ("cgroup", 4_026_531_835),
    ("ipc", 4_026_531_839),
    ("mnt", 4_026_531_841),
    ("net", 4_026_531_840),
    ("pid", 4_026_531_836),
    ("time", 4_026_531_834),
    ("user", 4_026_531_837),
    ("uts", 4_026_531_838),
];

pub(super) fn descriptors(task: &Task) -> Vec<Vec<u8>> {
    if task.arguments.is_empty() { Vec::new() } else { vec![b"0".to_vec(), b"1".to_vec(), b"2".to_vec()] }
}

fn group(scene: &Scene<'_>, task: &Task) -> Vec<u8> {
    if scene.machine.distro().line() == Line::Firmware || task.arguments.is_empty() {
        return b"0::/\n".to_vec();
    }
    let unit = match (task.pid, task.terminal.as_deref()) {
        (1, _) => "/init.scope".to_owned(),
        (_, Some(tty)) if tty != "tty1" => {
            format!("/user.slice/user-{}.slice/session-{}.scope", task.uid, task.session % 900 + 1)
        }
        (_, Some(_)) => "/system.slice/system-getty.slice/getty@tty1.service".to_owned(),
        _ if task.parent == 1 => format!("/system.slice/{}.service", String::from_utf8_lossy(&task.name)),
        _ => format!("/user.slice/user-{}.slice/session-{}.scope", task.uid, task.session % 900 + 1),
    };
    if !scene.machine.distro().has_systemd() {
        return b"0::/\n".to_vec();
    }
    if scene.machine.distro() == crate::machine::Distro::CentOs7 {
        let mut out = String::new();
        for (number, name) in [
            "cpuacct,cpu",
            "pids",
            "memory",
            "freezer",
            "perf_event",
            "net_prio,net_cls",
            "cpuset",
            "blkio",
            "hugetlb",
            "devices",
        ]
        .iter()
        .enumerate()
        {
            let _ = writeln!(out, "{}:{name}:/", 11 - number);
        }
        let _ = writeln!(out, "1:name=systemd:{unit}");
        return out.into_bytes();
    }
    format!("0::{unit}\n").into_bytes()
}

fn environment(_: &Scene<'_>, task: &Task) -> Vec<u8> {
    if task.arguments.is_empty() {
        return Vec::new();
    }
    if task.pid == 1 {
        return b"HOME=/\0init=/sbin/init\0TERM=linux\0BOOT_IMAGE=/boot/vmlinuz\0PATH=/sbin:/bin:/usr/sbin:/usr/bin\0".to_vec();
    }
    b"LANG=en_US.UTF-8\0PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin\0".to_vec()
}

fn limits(scene: &Scene<'_>, _: &Task) -> Vec<u8> {
    let most = scene.machine.hardware().memory / 262;
    let rows: [(&str, &str, &str, &str); 16] = [
        ("Max cpu time", "unlimited", "unlimited", "seconds"),
        ("Max file size", "unlimited", "unlimited", "bytes"),
        ("Max data size", "unlimited", "unlimited", "bytes"),
        ("Max stack size", "8388608", "unlimited", "bytes"),
        ("Max core file size", "0", "unlimited", "bytes"),
        ("Max resident set", "unlimited", "unlimited", "bytes"),
        ("Max processes", "", "", "processes"),
        ("Max open files", "1024", "1048576", "files"),
        ("Max locked memory", "8388608", "8388608", "bytes"),
        ("Max address space", "unlimited", "unlimited", "bytes"),
        ("Max file locks", "unlimited", "unlimited", "locks"),
        ("Max pending signals", "", "", "signals"),
        ("Max msgqueue size", "819200", "819200", "bytes"),
        ("Max nice priority", "0", "0", ""),
        ("Max realtime priority", "0", "0", ""),
        ("Max realtime timeout", "unlimited", "unlimited", "us"),
    ];
    let most = most.to_string();
    let mut out = format!("{:<25} {:<20} {:<20} {:<10}\n", "Limit", "Soft Limit", "Hard Limit", "Units");
    for (name, soft, hard, unit) in rows {
        let (soft, hard) = if soft.is_empty() { (most.as_str(), most.as_str()) } else { (soft, hard) };
        let _ = writeln!(out, "{name:<25} {soft:<20} {hard:<20} {unit:<10}");
    }
    out.into_bytes()
}

fn maps(scene: &Scene<'_>, task: &Task) -> Vec<u8> {
    if task.arguments.is_empty() {
        return Vec::new();
    }
    let machine = scene.machine;
    let noise =
        |purpose: &str, bits: u32| machine.number(&format!("{purpose} {}", task.pid), 1 << bits) << 12;
    let (start, library, stack) = (
        0x5500_0000_0000 + noise("text", 26),
        0x7f00_0000_0000 + noise("library", 26),
        0x7ffc_0000_0000 + noise("stack", 20),
    );
    let program = String::from_utf8_lossy(&task.program);
    let libc = match machine.distro().line() {
        Line::Debian => "/usr/lib/x86_64-linux-gnu/libc.so.6",
        Line::Alpine => "/lib/ld-musl-x86_64.so.1",
        _ => "/usr/lib64/libc.so.6",
    };
    let inode = machine.inode(machine.number(&program, 20_000));
    let mut out = String::new();
    let mut row = |from: u64, pages: u64, flags: &str, offset: u64, file: Option<(&str, u64)>| {
        let to = from + (pages << 12);
        let (device, inode, name) = file.map_or(("00:00", 0, ""), |(name, inode)| ("08:01", inode, name));
        let head = format!("{from:x}-{to:x} {flags} {offset:08x} {device} {inode} ");
        let _ = if name.is_empty() { writeln!(out, "{head}") } else { writeln!(out, "{head:<73}{name}") };
    };
    row(start, 12, "r--p", 0, Some((&program, inode)));
    row(start + 0xc000, 40, "r-xp", 0xc000, Some((&program, inode)));
    row(start + 0x3_4000, 14, "r--p", 0x3_4000, Some((&program, inode)));
    row(start + 0x4_3000, 4, "rw-p", 0x4_2000, Some((&program, inode)));
    row(start + 0x15_4000, 33, "rw-p", 0, Some(("[heap]", 0)));
    row(library, 38, "r--p", 0, Some((libc, inode + 903)));
    row(library + 0x2_6000, 341, "r-xp", 0x2_6000, Some((libc, inode + 903)));
    row(library + 0x17_b000, 83, "r--p", 0x17_b000, Some((libc, inode + 903)));
    row(library + 0x1c_e000, 6, "rw-p", 0x1c_e000, Some((libc, inode + 903)));
    row(stack, 33, "rw-p", 0, Some(("[stack]", 0)));
    row(stack + 0x9_1000, 4, "r--p", 0, Some(("[vvar]", 0)));
    row(stack + 0x9_5000, 2, "r-xp", 0, Some(("[vdso]", 0)));
    out.replace("08:01 0 ", "00:00 0 ").into_bytes()
}

fn stat(scene: &Scene<'_>, task: &Task) -> Vec<u8> {
    let state = task.state.chars().next().unwrap_or('S');
    let name = String::from_utf8_lossy(&task.name);
    let terminal = match task.terminal.as_deref() {
        Some(tty) => {
            tty.strip_prefix("pts/").and_then(|n| n.parse::<u32>().ok()).map_or(1_025, |n| 34_816 + n)
        }
        None => 0,
    };
    let foreground = if terminal == 0 { -1 } else { i64::from(task.pid) };
    let started = (task.started.seconds - scene.machine.booted()).max(0) * 100
        + i64::from(task.started.nanos / 10_000_000);
    let (user, system) = (task.ticks * 3 / 5, task.ticks - task.ticks * 3 / 5);
    format!(
        "{} ({name}) {state} {} {} {} {terminal} {foreground} {} 1204 0 0 0 {user} {system} 0 0 {} {} {} 0 {started} {} {} \
         18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
        task.pid,
        task.parent,
        task.pid,
        task.session,
        if task.arguments.is_empty() { 2_129_984 } else { 4_194_560 },
        20 + i64::from(task.nice),
        task.nice,
        task.threads,
        task.size * 1_024,
        task.resident / 4,
    )
    .into_bytes()
}

fn status(scene: &Scene<'_>, task: &Task) -> Vec<u8> {
    let (word, letter) = match task.state.chars().next() {
        Some('R') => ("running", 'R'),
        Some('I') => ("idle", 'I'),
        _ => ("sleeping", 'S'),
    };
    let name = String::from_utf8_lossy(&task.name);
    let (pid, uid, gid) = (task.pid, task.uid, task.gid);
    let groups = scene
        .machine
        .account_of(uid)
        .filter(|_| uid >= 1_000)
        .map(|account| account.groups.iter().map(|(id, _)| format!("{id} ")).collect::<String>());
    let mut out = format!(
        "Name:\t{name}\nUmask:\t0022\nState:\t{letter} ({word})\nTgid:\t{pid}\nNgid:\t0\nPid:\t{pid}\nPPid:\t{}\nTracerPid:\t0\n\
         Uid:\t{uid}\t{uid}\t{uid}\t{uid}\nGid:\t{gid}\t{gid}\t{gid}\t{gid}\nFDSize:\t{}\nGroups:\t{} \nNStgid:\t{pid}\nNSpid:\t{pid}\n\
         NSpgid:\t{pid}\nNSsid:\t{}\n",
        task.parent,
        if task.arguments.is_empty() { 64 } else { 256 },
        groups.unwrap_or_default().trim_end(),
        task.session,
    );
    if !task.arguments.is_empty() {
        let (size, resident) = (task.size, task.resident);
        let _ = write!(
            out,
            "VmPeak:\t{size:>8} kB\nVmSize:\t{size:>8} kB\nVmLck:\t       0 kB\nVmPin:\t       0 kB\nVmHWM:\t{resident:>8} kB\n\
             VmRSS:\t{resident:>8} kB\nRssAnon:\t{:>8} kB\nRssFile:\t{:>8} kB\nRssShmem:\t       0 kB\nVmData:\t{:>8} kB\n\
             VmStk:\t     132 kB\nVmExe:\t     744 kB\nVmLib:\t    1984 kB\nVmPTE:\t      60 kB\nVmSwap:\t       0 kB\n",
            resident / 3,
            resident - resident / 3,
            size / 8,
        );
    }
    let capabilities = if uid == 0 { "000001ffffffffff" } else { "0000000000000000" };
    let cpus = (1_u64 << scene.machine.hardware().cpus.min(63)) - 1;
    let _ = write!(
        out,
        "Threads:\t{}\nSigQ:\t0/{}\nSigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\nSigBlk:\t0000000000000000\n\
         SigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\nCapInh:\t0000000000000000\nCapPrm:\t{capabilities}\n\
         CapEff:\t{capabilities}\nCapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000000\nNoNewPrivs:\t0\nSeccomp:\t0\n\
         Cpus_allowed:\t{cpus:x}\nCpus_allowed_list:\t{}\nMems_allowed_list:\t0\nvoluntary_ctxt_switches:\t{}\n\
         nonvoluntary_ctxt_switches:\t{}\n",
        task.threads,
        scene.machine.hardware().memory / 262,
        if cpus == 1 { "0".to_owned() } else { format!("0-{}", scene.machine.hardware().cpus - 1) },
        task.ticks + 12,
        task.ticks / 9,
    );
    out.into_bytes()
}
