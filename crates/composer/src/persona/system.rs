//! What a machine says of its operating system, and which builds of products that system has.

use decnet_proto::persona::{OsFamily, System};

use super::Machine;
use crate::{
    derive::{Source, Stream},
    distros::Versions,
    hardware::Vendor,
};

/// A system and what it ships.
pub(super) struct Platform {
    pub(super) system: System,
    pub(super) versions: Versions,
}

/// The system of a machine.
pub(super) fn draw(machine: &Machine<'_>, vendor: Vendor, source: &Source) -> Platform {
    let mut stream = source.stream("system", machine.name.as_str());
    match machine.family {
        OsFamily::Linux => linux(machine, &mut stream),
        OsFamily::Windows => windows(machine.profile().desk, &mut stream),
        OsFamily::Bsd => {
            let patch = stream.between(5, 12);
            let kernel = format!("FreeBSD 13.2-RELEASE-p{patch}");
            platform("FreeBSD 13.2-RELEASE", "FreeBSD", kernel, "amd64", FREEBSD)
        }
        OsFamily::Embedded => firmware(vendor),
        OsFamily::Cisco => {
            let kernel = "Cisco IOS Software 16.12.4".to_owned();
            platform("Cisco IOS XE Software, Version 16.12.04", "", kernel, "x86_64", FIRMWARE)
        }
    }
}

fn linux(machine: &Machine<'_>, stream: &mut Stream<'_>) -> Platform {
    let distro = machine.distro;
    let kernel = format!("Linux {}", stream.word(distro.kernels));
    platform(distro.pretty_name, distro.banner_name, kernel, "x86_64", distro.versions)
}

const SERVER_EDITIONS: &[(&str, &str)] = &[
    ("Windows Server 2016 Standard", "Windows 10.0.14393"),
    ("Windows Server 2019 Standard", "Windows 10.0.17763"),
    ("Windows Server 2022 Standard", "Windows 10.0.20348"),
];

const DESK_EDITIONS: &[(&str, &str)] = &[
    ("Windows 10 Pro", "Windows 10.0.19045"),
    ("Windows 10 Enterprise", "Windows 10.0.19045"),
    ("Windows 11 Pro", "Windows 10.0.22631"),
];

fn windows(desk: bool, stream: &mut Stream<'_>) -> Platform {
    let editions = if desk { DESK_EDITIONS } else { SERVER_EDITIONS };
    let (name, kernel) = stream.pick(editions).copied().unwrap_or_default();
    platform(name, "Win64", kernel.to_owned(), "AMD64", WINDOWS)
}

/// The firmware of a maker's devices.
fn firmware(vendor: Vendor) -> Platform {
    let (name, kernel, machine) = match vendor {
        Vendor::HpPrinter => ("HP FutureSmart 3.9", "Linux 3.4.11", "armv7l"),
        Vendor::Brother => ("Brother NC-8300h", "Linux 2.6.18", "mips"),
        Vendor::Kyocera => ("KYOCERA Print Server 2.1", "Linux 3.0.35", "armv7l"),
        Vendor::Siemens => ("SIMATIC S7-1200", "Linux 3.10.33", "armv7l"),
        Vendor::Rockwell => ("1756-EN2T/D", "VxWorks 6.9", "ppc"),
        Vendor::Schneider => ("BMENOC0301", "VxWorks 6.4", "ppc"),
        Vendor::Axis => ("AXIS OS 9.80.3", "Linux 4.9.206", "mips"),
        Vendor::RaspberryPi => ("Raspbian GNU/Linux 11 (bullseye)", "Linux 5.15.84-v7+", "armv7l"),
        Vendor::Espressif
        | Vendor::Dell
        | Vendor::Hp
        | Vendor::Hpe
        | Vendor::Lenovo
        | Vendor::Supermicro
        | Vendor::Vmware
        | Vendor::Proxmox
        | Vendor::HyperV
        | Vendor::Cisco => ("OpenWrt 19.07.10", "Linux 4.14.275", "mips"),
    };
    platform(name, "", kernel.to_owned(), machine, FIRMWARE)
}

fn platform(name: &str, banner: &str, kernel: String, machine: &str, versions: Versions) -> Platform {
    let system = System {
        pretty_name: name.to_owned(),
        banner_name: banner.to_owned(),
        kernel,
        machine: machine.to_owned(),
    };
    Platform { system, versions }
}

/// Products that have a Windows build; the others are what Cygwin ships.
const WINDOWS: Versions = Versions {
    apache: "2.4.58",
    nginx: "1.24.0",
    vsftpd: "3.0.5",
    proftpd: "1.3.8",
    mariadb: "10.11.9-MariaDB",
    mysql: "8.0.40",
    redis: "5.0.14",
    postfix: "3.4.13",
    snmpd: "5.8",
    openssh: "9.2p1",
    telnetd: "0.17",
};

/// The quarterly branch of the ports that went with 13.2.
const FREEBSD: Versions = Versions {
    apache: "2.4.58",
    nginx: "1.24.0",
    vsftpd: "3.0.5",
    proftpd: "1.3.8b",
    mariadb: "10.6.19-MariaDB",
    mysql: "8.0.39",
    redis: "7.2.4",
    postfix: "3.8.4",
    snmpd: "5.9.4",
    openssh: "9.2p1",
    telnetd: "0.17",
};

/// What makers of devices built years ago and never updated.
const FIRMWARE: Versions = Versions {
    apache: "2.4.38",
    nginx: "1.17.7",
    vsftpd: "3.0.3",
    proftpd: "1.3.6",
    mariadb: "10.3.39-MariaDB",
    mysql: "5.7.44",
    redis: "4.0.14",
    postfix: "3.3.1",
    snmpd: "5.8",
    openssh: "9.2p1",
    telnetd: "1.30.1",
};
