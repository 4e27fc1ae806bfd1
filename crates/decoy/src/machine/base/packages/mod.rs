//! Programs of each distribution, by package.

mod busybox;
mod debian;
mod others;
mod relatives;

use super::{Builder, When};
use crate::machine::{DAY, Distro, Line, Machine, Seconds};

/// A package: name, version, architecture, summary, date of its files, and its programs:
/// `b` for `/usr/bin` or `s` for `/usr/sbin`, then `name:size`, `name:size:mode`,
/// `name:size:mode:gid` or `name>target`.
pub(crate) type Package = (&'static str, &'static str, &'static str, &'static str, Seconds, &'static str);

/// What is installed, sorted by name.
pub(crate) fn of(distro: Distro) -> &'static [Package] {
    match distro {
        Distro::Debian12 => debian::PACKAGES,
        Distro::Ubuntu22 => &relatives::UBUNTU22,
        Distro::Ubuntu20 => &relatives::UBUNTU20,
        Distro::Kali => &relatives::KALI,
        Distro::Rocky9 | Distro::Fedora39 => others::ROCKY,
        Distro::CentOs7 => others::CENTOS,
        Distro::Alpine319 => others::ALPINE,
        Distro::Arch => others::ARCH,
        Distro::Firmware => &[],
    }
}

/// Version of a package that is installed.
pub(super) fn version(distro: Distro, name: &str) -> Option<&'static str> {
    of(distro).iter().find(|package| package.0 == name).map(|package| package.1)
}

pub(super) fn put(builder: &mut Builder, machine: &Machine) {
    builder.own(0, 0);
    match machine.distro().line() {
        Line::Debian => debian(builder, machine),
        Line::RedHat | Line::Arch => borrowed(builder, machine),
        Line::Alpine | Line::Firmware => busybox::put(builder, machine),
    }
}

fn debian(builder: &mut Builder, machine: &Machine) {
    let python = match machine.distro() {
        Distro::Ubuntu22 => "python3.10",
        Distro::Ubuntu20 => "python3.8",
        Distro::Kali => "python3.12",
        _ => "python3.11",
    };
    for (_, _, _, _, date, programs) in of(machine.distro()) {
        builder.at(When::At(*date));
        programs
            .replace("python3.11", python)
            .split_whitespace()
            .for_each(|program| put_program(builder, machine, program, "/usr/sbin", 0));
    }
    builder.at(When::Installed(40));
    debian::ALTERNATIVES
        .split_whitespace()
        .for_each(|link| put_program(builder, machine, link, "/usr/sbin", 0));
    for (name, target) in ALTERNATIVES {
        builder.link(&format!("/etc/alternatives/{name}"), *target);
    }
    if machine.distro() == Distro::Kali {
        builder.program("/usr/bin/zsh", 0o755, 878_288).program("/usr/bin/nmap", 0o755, 3_029_480);
    }
    if matches!(machine.distro(), Distro::Ubuntu22 | Distro::Ubuntu20) {
        builder.at(When::Installed(-90 * 86_400));
        for name in [
            "snap",
            "lxc",
            "landscape-sysinfo",
            "pollinate",
            "do-release-upgrade",
            "add-apt-repository",
            "byobu",
            "ubuntu-drivers",
        ] {
            builder.program(&format!("/usr/bin/{name}"), 0o755, 31_064);
        }
    }
}

/// Programs that are the same everywhere, with other sizes than Debian's.
fn borrowed(builder: &mut Builder, machine: &Machine) {
    let distro = machine.distro();
    let system = if distro == Distro::Arch { "/usr/bin" } else { "/usr/sbin" };
    let foreign = |name: &str| OF_DEBIAN.iter().any(|start| name.starts_with(start));
    let age = identity_age(machine);
    for (name, _, _, _, _, programs) in debian::PACKAGES.iter().filter(|package| !foreign(package.0)) {
        let shift = machine.number(&format!("build of {name}"), 64) as u32 * 8;
        builder.at(When::At(age - Seconds::from(shift) * 9_000));
        for program in programs.split_whitespace() {
            put_program(builder, machine, program, system, shift);
        }
    }
    own(builder, machine, system);
}

/// Programs that Debian does not have, or has by another name.
fn own(builder: &mut Builder, machine: &Machine, system: &str) {
    let distro = machine.distro();
    let age = identity_age(machine);
    builder.at(When::At(age));
    let own: &[&str] = match distro.line() {
        Line::Arch => &[
            "pacman",
            "pacman-key",
            "makepkg",
            "mkinitcpio",
            "arch-chroot",
            "gawk",
            "vim",
            "vi",
            "nc",
            "nano",
        ],
        _ => &[
            "rpm",
            "rpmkeys",
            "rpmdb",
            "dnf",
            "dnf-3",
            "gawk",
            "vi",
            "view",
            "nmcli",
            "nmtui",
            "firewall-cmd",
            "authselect",
            "subscription-manager",
            "needs-restarting",
            "getenforce",
            "setenforce",
            "sestatus",
            "restorecon",
            "chkconfig",
            "ntsysv",
            "crond",
            "chronyd",
            "chronyc",
            "auditctl",
            "ausearch",
            "tuned-adm",
            "grub2-install",
            "grub2-mkconfig",
            "NetworkManager",
            "alternatives",
            "sssd",
            "dracut",
            "lastb",
            "nc",
            "ncat",
            "iptables",
            "ip6tables",
            "tracepath",
        ],
    };
    for name in own {
        let directory = if SYSTEM.contains(name) { system } else { "/usr/bin" };
        builder.program(
            &format!("{directory}/{name}"),
            0o755,
            24_576 + machine.number(name, 9_000) as u32 * 16,
        );
    }
    builder
        .link("/usr/bin/awk", "gawk")
        .link("/usr/bin/yum", if distro == Distro::CentOs7 { "yum-cli" } else { "dnf-3" });
    for name in ["telnet", "traceroute", "which"] {
        builder.program(&format!("/usr/bin/{name}"), 0o755, 31_448);
    }
    if distro == Distro::Arch {
        builder.link("/usr/bin/sh", "bash").link("/usr/sbin", "bin");
    } else {
        builder.link("/usr/bin/sh", "bash");
    }
}

const SYSTEM: &[&str] = &[
    "getenforce",
    "setenforce",
    "sestatus",
    "restorecon",
    "chkconfig",
    "crond",
    "chronyd",
    "auditctl",
    "ausearch",
    "NetworkManager",
    "alternatives",
    "sssd",
    "grub2-install",
    "grub2-mkconfig",
    "iptables",
    "ip6tables",
];

/// What Debian alone has.
const OF_DEBIAN: &[&str] = &[
    "adduser",
    "apt",
    "busybox",
    "debconf",
    "debian",
    "dpkg",
    "init-system",
    "dash",
    "ucf",
    "tasksel",
    "ifupdown",
    "isc-dhcp",
    "install-info",
    "discover",
    "os-prober",
    "laptop-detect",
    "grub",
    "linux-",
    "initramfs",
    "ufw",
    "sensible",
    "usrmerge",
    "mawk",
    "vim",
    "netcat",
    "traceroute",
    "inetutils",
    "telnet",
    "python3-",
    "perl-modules",
    "bash-completion",
    "cron",
    "logrotate",
    "iptables",
    "base-passwd",
    "man-db",
    "groff",
    "whiptail",
    "nano",
];

fn identity_age(machine: &Machine) -> Seconds {
    machine.installed().min(1_730_000_000) - 40 * DAY
}

fn put_program(builder: &mut Builder, machine: &Machine, program: &str, system: &str, shift: u32) {
    let Some((place, rest)) = program.split_once('/') else { return };
    let directory = if place == "s" { system } else { "/usr/bin" };
    if let Some((name, target)) = rest.split_once('>') {
        builder.link(&format!("{directory}/{name}"), target.to_owned());
        return;
    }
    let mut fields = rest.split(':');
    let name = fields.next().unwrap_or_default();
    let size: u32 = fields.next().and_then(|size| size.parse().ok()).unwrap_or(0);
    let mode = fields.next().and_then(|mode| u16::from_str_radix(mode, 8).ok()).unwrap_or(0o755);
    let fixed = fields.next().and_then(|group| group.parse().ok()).unwrap_or(0);
    let group = match (machine.distro().line(), name) {
        (Line::Debian, "ssh-agent") => machine.group("_ssh"),
        (Line::Debian, "crontab") => machine.group("crontab"),
        (Line::Debian, _) => fixed,
        _ => 0,
    };
    builder.own(0, group).program(&format!("{directory}/{name}"), mode, size + shift).own(0, 0);
}

const ALTERNATIVES: &[(&str, &str)] = &[
    ("arptables", "/usr/sbin/arptables-nft"),
    ("awk", "/usr/bin/mawk"),
    ("ebtables", "/usr/sbin/ebtables-nft"),
    ("editor", "/bin/nano"),
    ("ex", "/usr/bin/vim.tiny"),
    ("ip6tables", "/usr/sbin/ip6tables-nft"),
    ("ip6tables-restore", "/usr/sbin/ip6tables-nft-restore"),
    ("ip6tables-save", "/usr/sbin/ip6tables-nft-save"),
    ("iptables", "/usr/sbin/iptables-nft"),
    ("iptables-restore", "/usr/sbin/iptables-nft-restore"),
    ("iptables-save", "/usr/sbin/iptables-nft-save"),
    ("lft", "/usr/bin/lft.db"),
    ("lzcat", "/usr/bin/xzcat"),
    ("lzma", "/usr/bin/xz"),
    ("mt", "/bin/mt-gnu"),
    ("nawk", "/usr/bin/mawk"),
    ("nc", "/bin/nc.openbsd"),
    ("netcat", "/bin/nc.openbsd"),
    ("pager", "/usr/bin/less"),
    ("pico", "/bin/nano"),
    ("rmt", "/usr/sbin/rmt-tar"),
    ("rview", "/usr/bin/vim.tiny"),
    ("tcptraceroute", "/usr/sbin/tcptraceroute.db"),
    ("telnet", "/usr/bin/inetutils-telnet"),
    ("traceproto", "/usr/bin/traceproto.db"),
    ("traceroute", "/usr/bin/traceroute.db"),
    ("traceroute.sbin", "/usr/bin/traceroute.db"),
    ("traceroute6", "/usr/bin/traceroute6.db"),
    ("unlzma", "/usr/bin/unxz"),
    ("vi", "/usr/bin/vim.tiny"),
    ("view", "/usr/bin/vim.tiny"),
    ("which", "/usr/bin/which.debianutils"),
];
