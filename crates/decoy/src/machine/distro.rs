//! Which system a persona claims to run, as far as its files and programs differ.

use decnet_proto::persona::{OsFamily, Persona};

/// A system that a log-in can find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Distro {
    /// Debian 12; also what stands in for a system without a table of its own.
    Debian12,
    /// Ubuntu 22.04.
    Ubuntu22,
    /// Ubuntu 20.04.
    Ubuntu20,
    /// Rocky Linux 9.
    Rocky9,
    /// Fedora 39.
    Fedora39,
    /// CentOS 7.
    CentOs7,
    /// Alpine 3.19.
    Alpine319,
    /// Kali, rolling.
    Kali,
    /// Arch, rolling.
    Arch,
    /// The BusyBox of a device.
    Firmware,
}

/// Where packages come from and how files are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// dpkg and apt.
    Debian,
    /// rpm and yum or dnf.
    RedHat,
    /// apk.
    Alpine,
    /// pacman.
    Arch,
    /// No packages at all.
    Firmware,
}

impl Distro {
    /// What the persona claims to be.
    pub fn of(persona: &Persona) -> Self {
        const NAMES: &[(&str, Distro)] = &[
            ("Debian", Distro::Debian12),
            ("Ubuntu 22", Distro::Ubuntu22),
            ("Ubuntu 20", Distro::Ubuntu20),
            ("Rocky", Distro::Rocky9),
            ("Fedora", Distro::Fedora39),
            ("CentOS", Distro::CentOs7),
            ("Alpine", Distro::Alpine319),
            ("Kali", Distro::Kali),
            ("Arch", Distro::Arch),
            ("Raspbian", Distro::Debian12),
        ];
        let name = persona.system.pretty_name.as_str();
        let known = NAMES.iter().find(|(start, _)| name.starts_with(start)).map(|(_, distro)| *distro);
        known.unwrap_or(match persona.os {
            OsFamily::Embedded | OsFamily::Cisco => Self::Firmware,
            OsFamily::Linux | OsFamily::Windows | OsFamily::Bsd => Self::Debian12,
        })
    }

    /// Its family.
    pub const fn line(self) -> Line {
        match self {
            Self::Debian12 | Self::Ubuntu22 | Self::Ubuntu20 | Self::Kali => Line::Debian,
            Self::Rocky9 | Self::Fedora39 | Self::CentOs7 => Line::RedHat,
            Self::Alpine319 => Line::Alpine,
            Self::Arch => Line::Arch,
            Self::Firmware => Line::Firmware,
        }
    }

    /// Whether its usual programs are those of BusyBox.
    pub const fn is_busybox(self) -> bool {
        matches!(self, Self::Alpine319 | Self::Firmware)
    }

    /// Whether systemd is process 1.
    pub const fn has_systemd(self) -> bool {
        !self.is_busybox()
    }

    /// The shell that people log in to.
    pub const fn login_shell(self) -> &'static str {
        match self {
            Self::Alpine319 | Self::Firmware => "/bin/ash",
            Self::Kali => "/usr/bin/zsh",
            Self::Arch => "/usr/bin/bash",
            _ => "/bin/bash",
        }
    }
}
