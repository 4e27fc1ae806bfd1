//! The kinds of machine that a decky can be: services, distributions, family, hardware and
//! names that belong together.

use decnet_proto::{persona::OsFamily, service::ServiceId};

use crate::{
    hardware::Vendor::{self, *},
    os,
};

/// A kind of machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Archetype {
    /// Its name in fleet files and on the command line.
    pub slug: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub summary: &'static str,
    /// Slugs of the services that it has when nothing else is said; some come with later builds.
    pub services: &'static [&'static str],
    /// Slugs of the distributions that it prefers.
    pub distros: &'static [&'static str],
    /// Its family of operating systems.
    pub os: OsFamily,
    /// What its machines look like.
    pub profile: Profile,
}

/// What machines of a kind look like beside their services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Who makes them.
    pub vendors: &'static [Vendor],
    /// Words that their host names are made of.
    pub roles: &'static [&'static str],
    /// Services of this build that one finds on them; random choices draw from here.
    pub plausible: &'static [ServiceId],
    /// Whether somebody sits in front of it.
    pub desk: bool,
}

const SERVERS: &[Vendor] = &[Dell, Hpe, Supermicro, Vmware, Vmware, Proxmox];
const WINDOWS_SERVERS: &[Vendor] = &[Dell, Hpe, Vmware, Vmware, HyperV];
const DESKS: &[Vendor] = &[Dell, Hp, Lenovo];

const fn profile(
    vendors: &'static [Vendor],
    roles: &'static [&'static str],
    plausible: &'static [ServiceId],
) -> Profile {
    Profile { vendors, roles, plausible, desk: false }
}

use ServiceId::{Ftp, Http, Https, Mysql, Redis, Smtp, Snmp, Ssh, Telnet};

/// Every archetype.
pub const ALL: &[Archetype] = &[
    Archetype {
        slug: "windows-workstation",
        name: "Windows Workstation",
        summary: "Desktop of an office user",
        services: &["smb", "rdp"],
        distros: &["debian", "ubuntu22"],
        os: OsFamily::Windows,
        profile: Profile { vendors: DESKS, roles: &["PC", "WS"], plausible: &[Http, Https], desk: true },
    },
    Archetype {
        slug: "windows-server",
        name: "Windows Server",
        summary: "Member server of a Windows domain",
        services: &["smb", "rdp", "ldap"],
        distros: &["debian", "ubuntu22"],
        os: OsFamily::Windows,
        profile: profile(WINDOWS_SERVERS, &["APP", "FILE", "SQL", "PRINT", "MGMT"], &[Http, Https, Redis]),
    },
    Archetype {
        slug: "domain-controller",
        name: "Domain Controller",
        summary: "Directory server of a Windows domain",
        services: &["ldap", "smb", "rdp", "llmnr"],
        distros: &["debian", "ubuntu22"],
        os: OsFamily::Windows,
        profile: profile(WINDOWS_SERVERS, &["DC", "AD"], &[Http, Https]),
    },
    Archetype {
        slug: "linux-server",
        name: "Linux Server",
        summary: "General-purpose server with remote log-in and a web site",
        services: &["ssh", "http"],
        distros: &["debian", "ubuntu22", "rocky9", "fedora"],
        os: OsFamily::Linux,
        profile: profile(
            SERVERS,
            &["app", "srv", "node", "svc"],
            &[Ftp, Http, Https, Mysql, Redis, Smtp, Snmp, Ssh],
        ),
    },
    Archetype {
        slug: "web-server",
        name: "Web Server",
        summary: "Web site whose pages are kept up by FTP",
        services: &["http", "ftp"],
        distros: &["debian", "ubuntu22", "ubuntu20"],
        os: OsFamily::Linux,
        profile: profile(SERVERS, &["web", "www", "portal", "cms"], &[Ftp, Http, Https, Mysql, Redis, Ssh]),
    },
    Archetype {
        slug: "database-server",
        name: "Database Server",
        summary: "Relational databases and a cache",
        services: &["mysql", "postgres", "redis"],
        distros: &["debian", "ubuntu22"],
        os: OsFamily::Linux,
        profile: profile(SERVERS, &["db", "sql", "data", "cache"], &[Http, Https, Mysql, Redis, Ssh]),
    },
    Archetype {
        slug: "mail-server",
        name: "Mail Server",
        summary: "Takes mail in and hands it out",
        services: &["smtp", "pop3", "imap"],
        distros: &["debian", "ubuntu22"],
        os: OsFamily::Linux,
        profile: profile(SERVERS, &["mail", "mx", "smtp", "mta"], &[Http, Https, Smtp, Ssh]),
    },
    Archetype {
        slug: "file-server",
        name: "File Server",
        summary: "Shared folders and backups",
        services: &["smb", "ftp", "ssh"],
        distros: &["debian", "ubuntu22", "rocky9"],
        os: OsFamily::Linux,
        profile: profile(SERVERS, &["files", "nas", "backup", "storage"], &[Ftp, Http, Https, Snmp, Ssh]),
    },
    Archetype {
        slug: "printer",
        name: "Network Printer",
        summary: "Office printer with its management pages",
        services: &["snmp", "ftp"],
        distros: &["alpine", "debian"],
        os: OsFamily::Embedded,
        profile: profile(&[HpPrinter, Brother, Kyocera], &["print", "mfp"], &[Ftp, Http, Https, Snmp]),
    },
    Archetype {
        slug: "iot-device",
        name: "IoT Device",
        summary: "Camera, sensor or small controller",
        services: &["mqtt", "snmp", "telnet"],
        distros: &["alpine"],
        os: OsFamily::Embedded,
        profile: profile(
            &[Espressif, Axis, RaspberryPi],
            &["sensor", "gateway", "cam"],
            &[Ftp, Http, Snmp, Telnet],
        ),
    },
    Archetype {
        slug: "industrial-control",
        name: "Industrial Control System",
        summary: "Programmable controller of a plant",
        services: &["conpot", "snmp"],
        distros: &["debian"],
        os: OsFamily::Embedded,
        profile: profile(&[Siemens, Rockwell, Schneider], &["plc", "rtu"], &[Ftp, Http, Snmp]),
    },
    Archetype {
        slug: "voip-server",
        name: "VoIP Server",
        summary: "Telephone exchange of an office",
        services: &["sip"],
        distros: &["debian", "ubuntu22"],
        os: OsFamily::Linux,
        profile: profile(SERVERS, &["pbx", "voip", "sip", "tel"], &[Http, Https, Ssh]),
    },
    Archetype {
        slug: "monitoring-node",
        name: "Monitoring Node",
        summary: "Watches other machines",
        services: &["snmp", "ssh"],
        distros: &["debian", "rocky9"],
        os: OsFamily::Linux,
        profile: profile(
            SERVERS,
            &["mon", "nms", "probe", "metrics"],
            &[Http, Https, Redis, Smtp, Snmp, Ssh],
        ),
    },
    Archetype {
        slug: "devops-host",
        name: "DevOps Host",
        summary: "Builds and runs containers",
        services: &["docker_api", "ssh", "k8s"],
        distros: &["ubuntu22", "debian"],
        os: OsFamily::Linux,
        profile: profile(SERVERS, &["ci", "build", "runner", "registry"], &[Http, Https, Redis, Ssh]),
    },
    Archetype {
        slug: "deaddeck",
        name: "Deaddeck (Entry Point)",
        summary: "Jump host that leads into the rest",
        services: &["ssh"],
        distros: &["debian", "ubuntu22"],
        os: OsFamily::Linux,
        profile: profile(SERVERS, &["jump", "gate", "bastion", "vpn"], &[Http, Https, Smtp, Ssh]),
    },
];

impl Archetype {
    /// The archetype of a slug.
    pub fn find(slug: &str) -> Option<&'static Self> {
        ALL.iter().find(|archetype| archetype.slug == slug)
    }

    /// All slugs, sorted and comma separated, for messages.
    pub fn list() -> String {
        let mut slugs: Vec<_> = ALL.iter().map(|archetype| archetype.slug).collect();
        slugs.sort_unstable();
        slugs.join(", ")
    }

    /// Its services that this build has, and the slugs of those that it has not.
    pub fn split_services(&self) -> (Vec<ServiceId>, Vec<&'static str>) {
        let mut here = Vec::new();
        let mut later = Vec::new();
        for slug in self.services {
            match slug.parse() {
                Ok(service) => here.push(service),
                Err(_) => later.push(*slug),
            }
        }
        (here, later)
    }
}

/// What a decky's machine looks like: by its archetype, else by its family.
pub fn profile_of(archetype: Option<&'static Archetype>, family: OsFamily) -> &'static Profile {
    archetype.map_or_else(|| os::profile(family), |archetype| &archetype.profile)
}

pub(crate) const SERVER_VENDORS: &[Vendor] = SERVERS;
pub(crate) const WINDOWS_VENDORS: &[Vendor] = WINDOWS_SERVERS;
