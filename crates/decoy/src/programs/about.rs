//! `--version` and `--help`.

use crate::{
    machine::Distro,
    shell::{Exit, Process},
};

/// Programs with the package that they say they come from, and its version on Debian 12.
const ORIGINS: &[(&str, &str, &str)] = &[
    ("grep egrep fgrep", "GNU grep", "3.8"),
    ("sed", "GNU sed", "4.9"),
    ("find xargs", "GNU findutils", "4.9.0"),
    ("tar", "GNU tar", "1.34"),
    ("ps top free uptime w pgrep pkill vmstat watch kill sysctl", "procps-ng", "4.0.2"),
    ("mount umount lsblk lscpu dmesg last kill fdisk su", "util-linux", "2.38.1"),
];

/// Version of the GNU coreutils.
fn coreutils(distro: Distro) -> &'static str {
    match distro {
        Distro::Debian12 => "9.1",
        Distro::Ubuntu22 | Distro::Rocky9 => "8.32",
        Distro::Ubuntu20 => "8.30",
        Distro::CentOs7 => "8.22",
        Distro::Fedora39 => "9.3",
        _ => "9.5",
    }
}

/// Says which version it is.
pub(super) async fn version(process: &mut Process) -> Exit {
    let name = process.called();
    let origin = ORIGINS.iter().find(|(names, ..)| names.split(' ').any(|known| known == name));
    let text = match origin {
        Some((_, "procps-ng", version)) => format!("{name} from procps-ng {version}\n"),
        Some((_, "util-linux", version)) => format!("{name} from util-linux {version}\n"),
        Some((_, package, version)) => format!("{name} ({package}) {version}\n{LICENCE}"),
        None => format!("{name} (GNU coreutils) {}\n{LICENCE}", coreutils(process.machine.distro())),
    };
    match process.print(text).await {
        Ok(()) => Exit::SUCCESS,
        Err(exit) => exit,
    }
}

const LICENCE: &str = "Copyright (C) 2022 Free Software Foundation, Inc.\nLicense GPLv3+: GNU GPL version 3 or later <https://gnu.org/licenses/gpl.html>.\nThis is free software: you are free to change and redistribute it.\nThere is NO WARRANTY, to the extent permitted by law.\n";

/// Says how it is called.
pub(super) async fn help(process: &mut Process) -> Exit {
    let text = usage(process);
    match process.print(text).await {
        Ok(()) => Exit::SUCCESS,
        Err(exit) => exit,
    }
}

/// What BusyBox calls itself.
pub(super) fn busybox_banner(distro: Distro) -> &'static str {
    match distro {
        Distro::Alpine319 => "BusyBox v1.36.1 (2023-11-30 15:07:46 UTC) multi-call binary.",
        Distro::Debian12 | Distro::Kali => "BusyBox v1.35.0 (Debian 1:1.35.0-4+b3) multi-call binary.",
        Distro::Ubuntu22 => "BusyBox v1.30.1 (Ubuntu 1:1.30.1-7ubuntu3.1) multi-call binary.",
        Distro::Ubuntu20 => "BusyBox v1.30.1 (Ubuntu 1:1.30.1-4ubuntu6.5) multi-call binary.",
        _ => "BusyBox v1.30.1 () multi-call binary.",
    }
}

/// A short description of how it is called.
pub(super) fn usage(process: &Process) -> String {
    let name = process.called();
    if process.is_busybox() {
        return format!("{}\n\nUsage: {name} [OPTIONS] [ARG]...\n", busybox_banner(process.machine.distro()));
    }
    format!("Usage: {name} [OPTION]... [FILE]...\n")
}
