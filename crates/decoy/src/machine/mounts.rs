//! What is mounted where.

use std::fmt::Write as _;

use super::{Distro, Machine, scene::Scene};

/// A mount: device, place, type, options.
pub(crate) type Mount = (String, &'static str, &'static str, String);

/// The mounts, in the order in which the system made them.
pub(crate) fn list(machine: &Machine) -> Vec<Mount> {
    let memory = machine.hardware().memory;
    let root = format!("/dev/{}", root_device(machine));
    let mount =
        |device: &str, place, kind, options: &str| (device.to_owned(), place, kind, options.to_owned());
    if machine.distro() == Distro::Firmware {
        return vec![
            mount("/dev/root", "/", "squashfs", "ro,relatime"),
            mount("proc", "/proc", "proc", "rw,nosuid,nodev,noexec,noatime"),
            mount("sysfs", "/sys", "sysfs", "rw,nosuid,nodev,noexec,noatime"),
            mount("tmpfs", "/tmp", "tmpfs", "rw,nosuid,nodev,noatime"),
            mount("/dev/mtdblock4", "/etc", "jffs2", "rw,noatime"),
            mount("tmpfs", "/dev", "tmpfs", "rw,nosuid,relatime,size=512k,mode=755"),
            mount("devpts", "/dev/pts", "devpts", "rw,nosuid,noexec,relatime,mode=600,ptmxmode=000"),
            mount("debugfs", "/sys/kernel/debug", "debugfs", "rw,noatime"),
        ];
    }
    let (filesystem, options) = root_type(machine.distro());
    let tenth = memory / 10 / 4 * 4;
    let half = memory / 2 / 4 * 4;
    let inodes = memory / 8;
    let mut out = vec![
        mount("sysfs", "/sys", "sysfs", "rw,nosuid,nodev,noexec,relatime"),
        mount("proc", "/proc", "proc", "rw,nosuid,nodev,noexec,relatime"),
        mount(
            "udev",
            "/dev",
            "devtmpfs",
            &format!("rw,nosuid,relatime,size={}k,nr_inodes={inodes},mode=755,inode64", half - 24_016),
        ),
        mount("devpts", "/dev/pts", "devpts", "rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=000"),
        mount(
            "tmpfs",
            "/run",
            "tmpfs",
            &format!("rw,nosuid,nodev,noexec,relatime,size={tenth}k,mode=755,inode64"),
        ),
        mount(&root, "/", filesystem, options),
        mount("securityfs", "/sys/kernel/security", "securityfs", "rw,nosuid,nodev,noexec,relatime"),
        mount("tmpfs", "/dev/shm", "tmpfs", "rw,nosuid,nodev,inode64"),
    ];
    if machine.distro().has_systemd() {
        out.extend([
            mount("tmpfs", "/run/lock", "tmpfs", "rw,nosuid,nodev,noexec,relatime,size=5120k,inode64"),
            mount(
                "cgroup2",
                "/sys/fs/cgroup",
                "cgroup2",
                "rw,nosuid,nodev,noexec,relatime,nsdelegate,memory_recursiveprot",
            ),
            mount("pstore", "/sys/fs/pstore", "pstore", "rw,nosuid,nodev,noexec,relatime"),
            mount("bpf", "/sys/fs/bpf", "bpf", "rw,nosuid,nodev,noexec,relatime,mode=700"),
            mount(
                "systemd-1",
                "/proc/sys/fs/binfmt_misc",
                "autofs",
                "rw,relatime,fd=30,pgrp=1,timeout=0,minproto=5,maxproto=5,direct,pipe_ino=12390",
            ),
            mount("hugetlbfs", "/dev/hugepages", "hugetlbfs", "rw,relatime,pagesize=2M"),
            mount("mqueue", "/dev/mqueue", "mqueue", "rw,nosuid,nodev,noexec,relatime"),
            mount("debugfs", "/sys/kernel/debug", "debugfs", "rw,nosuid,nodev,noexec,relatime"),
            mount("tracefs", "/sys/kernel/tracing", "tracefs", "rw,nosuid,nodev,noexec,relatime"),
            mount("configfs", "/sys/kernel/config", "configfs", "rw,nosuid,nodev,noexec,relatime"),
            mount("fusectl", "/sys/fs/fuse/connections", "fusectl", "rw,nosuid,nodev,noexec,relatime"),
        ]);
    }
    out
}

/// File system of the disk and how it is mounted.
pub(crate) const fn root_type(distro: Distro) -> (&'static str, &'static str) {
    match distro {
        Distro::Rocky9 | Distro::Fedora39 => {
            ("xfs", "rw,seclabel,relatime,attr2,inode64,logbufs=8,logbsize=32k,noquota")
        }
        Distro::CentOs7 => ("xfs", "rw,relatime,attr2,inode64,noquota"),
        Distro::Alpine319 | Distro::Arch | Distro::Ubuntu22 | Distro::Ubuntu20 => ("ext4", "rw,relatime"),
        _ => ("ext4", "rw,relatime,errors=remount-ro"),
    }
}

/// Name of the partition that holds `/`, without `/dev/`.
pub(crate) fn root_device(machine: &Machine) -> String {
    let disk = machine.hardware().disk_name;
    match (disk, machine.distro()) {
        ("mmcblk0", _) => "mmcblk0p2".to_owned(),
        (_, Distro::Debian12 | Distro::Kali) => format!("{disk}1"),
        (_, Distro::Alpine319) => format!("{disk}3"),
        _ => format!("{disk}2"),
    }
}

/// `/proc/mounts`.
pub(super) fn table(scene: &Scene<'_>) -> Vec<u8> {
    let mut out = String::new();
    for (device, place, kind, options) in list(scene.machine) {
        let _ = writeln!(out, "{device} {place} {kind} {options} 0 0");
    }
    out.into_bytes()
}

/// `/proc/self/mountinfo`.
pub(super) fn info(scene: &Scene<'_>) -> Vec<u8> {
    let mut out = String::new();
    for (number, (device, place, kind, options)) in list(scene.machine).into_iter().enumerate() {
        let (major, minor) = scene.machine.device_of(place.as_bytes());
        let (own, rest) =
            options.split_once(",size").map_or((options.as_str(), ""), |(own, rest)| (own, rest));
        let root = if place == "/" { 1 } else { 27 };
        let rest = if rest.is_empty() { "rw".to_owned() } else { format!("rw,size{rest}") };
        let _ = writeln!(
            out,
            "{} {root} {major}:{minor} / {place} {own} shared:{} - {kind} {device} {rest}",
            22 + number,
            number + 1
        );
    }
    out.into_bytes()
}
