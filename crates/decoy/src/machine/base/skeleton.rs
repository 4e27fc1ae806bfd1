//! The directories that every system has, and the devices.

use super::{Builder, When};
use crate::machine::{Distro, Line, Machine, files::Kind};

pub(super) fn put(builder: &mut Builder, machine: &Machine) {
    directories(builder, machine.distro());
    devices(builder, machine);
}

fn directories(builder: &mut Builder, distro: Distro) {
    builder.directories(
        "/boot /etc /home /media /mnt /opt /srv /usr /var /usr/bin /usr/sbin /usr/lib /usr/share",
    );
    builder.directories(
        "/usr/local /usr/local/bin /usr/local/sbin /usr/local/lib /usr/local/share /usr/local/etc",
    );
    builder.directories("/usr/include /usr/src /var/cache /var/lib /var/log /var/spool /var/local /var/opt");
    builder.directory("/root", 0o700).directory("/lost+found", 0o700);
    builder.at(When::Booted(3)).directory("/proc", 0o555).directory("/sys", 0o555).directory("/dev", 0o755);
    builder
        .directory("/run", 0o755)
        .directory("/run/lock", 0o1777)
        .directories("/run/user /run/systemd /run/sshd");
    builder.at(When::Made(|scene| scene.now.seconds / 1_800 * 1_800));
    builder.directory("/tmp", 0o1777).directory("/var/tmp", 0o1777);
    builder.at(When::Installed(0)).link("/var/run", "/run").link("/var/lock", "/run/lock");
    match distro.line() {
        Line::Alpine | Line::Firmware => {
            builder.directories("/bin /sbin /lib");
        }
        Line::Arch => {
            builder
                .link("/bin", "usr/bin")
                .link("/sbin", "usr/bin")
                .link("/lib", "usr/lib")
                .link("/lib64", "usr/lib");
        }
        Line::Debian | Line::RedHat => {
            builder.directories("/usr/lib64");
            builder
                .link("/bin", "usr/bin")
                .link("/sbin", "usr/sbin")
                .link("/lib", "usr/lib")
                .link("/lib64", "usr/lib64");
        }
    }
}

fn devices(builder: &mut Builder, machine: &Machine) {
    builder.at(When::Booted(4));
    for (name, mode) in [
        ("null", 0o666),
        ("zero", 0o666),
        ("full", 0o666),
        ("random", 0o666),
        ("urandom", 0o666),
        ("kmsg", 0o644),
    ] {
        builder.device(&format!("/dev/{name}"), mode, name);
    }
    builder.own(0, machine.group("tty")).device("/dev/tty", 0o666, "tty").device("/dev/ptmx", 0o666, "ptmx");
    builder.device("/dev/console", 0o600, "console");
    for number in 0..8 {
        builder.special(&format!("/dev/tty{number}"), 0o620, Kind::Character, (4, number));
    }
    builder.own(0, machine.group("dialout")).special("/dev/ttyS0", 0o660, Kind::Character, (4, 64));
    let disk = machine.hardware().disk_name;
    let major = if disk == "sda" { 8 } else { 179 };
    builder.own(0, machine.group("disk"));
    for (name, minor, _) in crate::machine::proc::parts(machine) {
        let minor = u16::try_from(minor).unwrap_or_default();
        builder.special(&format!("/dev/{name}"), 0o660, Kind::Block, (major, minor));
    }
    builder
        .own(0, 0)
        .directory("/dev/pts", 0o755)
        .directory("/dev/shm", 0o1777)
        .directory("/dev/mqueue", 0o1777);
    builder.directories("/dev/block /dev/char /dev/cpu /dev/disk /dev/mapper /dev/net");
    builder.link("/dev/fd", "/proc/self/fd").link("/dev/stdin", "/proc/self/fd/0");
    builder.link("/dev/stdout", "/proc/self/fd/1").link("/dev/stderr", "/proc/self/fd/2");
    builder.special("/dev/net/tun", 0o666, Kind::Character, (10, 200));
}
