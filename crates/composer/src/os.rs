//! Families of operating systems: what a container's own kernel settings can do for their
//! looks, and what a machine of a family is when no archetype says more.

use std::collections::BTreeMap;

use decnet_proto::{
    persona::OsFamily,
    service::ServiceId::{Ftp, Http, Https, Redis, Smtp, Snmp, Ssh, Telnet},
};

use crate::{
    archetypes::{Profile, SERVER_VENDORS, WINDOWS_VENDORS},
    hardware::Vendor,
};

/// Every family with its name in fleet files.
pub const ALL: [(&str, OsFamily); 5] = [
    ("linux", OsFamily::Linux),
    ("windows", OsFamily::Windows),
    ("bsd", OsFamily::Bsd),
    ("embedded", OsFamily::Embedded),
    ("cisco", OsFamily::Cisco),
];

/// The family of a name.
pub fn find(name: &str) -> Option<OsFamily> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, family)| *family)
}

/// The name of a family.
pub const fn name(family: OsFamily) -> &'static str {
    match family {
        OsFamily::Linux => "linux",
        OsFamily::Windows => "windows",
        OsFamily::Bsd => "bsd",
        OsFamily::Embedded => "embedded",
        OsFamily::Cisco => "cisco",
    }
}

/// All names, comma separated, for messages.
pub fn list() -> String {
    ALL.map(|(name, _)| name).join(", ")
}

/// Settings below `net.ipv4.` that differ between families, in the order of the columns of
/// [`values`]. A network namespace has each of them for itself.
const KEYS: [&str; 10] = [
    "ip_default_ttl",
    "tcp_syn_retries",
    "tcp_timestamps",
    "tcp_window_scaling",
    "tcp_sack",
    "tcp_ecn",
    "ip_no_pmtu_disc",
    "tcp_fin_timeout",
    "icmp_ratelimit",
    "icmp_ratemask",
];

const fn values(family: OsFamily) -> [u16; 10] {
    match family {
        OsFamily::Linux => [64, 6, 1, 1, 1, 2, 0, 60, 1000, 6168],
        OsFamily::Windows => [128, 2, 0, 1, 1, 0, 0, 30, 0, 0],
        OsFamily::Bsd => [64, 6, 1, 1, 1, 0, 0, 60, 250, 6168],
        OsFamily::Embedded => [255, 3, 0, 0, 0, 0, 1, 15, 0, 0],
        OsFamily::Cisco => [255, 2, 0, 0, 0, 0, 1, 15, 0, 0],
    }
}

/// Kernel settings of a decky's network namespace.
pub fn sysctls(family: OsFamily) -> BTreeMap<String, String> {
    let looks = KEYS.iter().zip(values(family)).map(|(key, value)| (*key, value.to_string()));
    // The decoy runs without capabilities and as nobody, and must still bind port 80.
    let ports = ("ip_unprivileged_port_start", "0".to_owned());
    looks.chain([ports]).map(|(key, value)| (format!("net.ipv4.{key}"), value)).collect()
}

/// What a machine of the family looks like when no archetype says more.
pub fn profile(family: OsFamily) -> &'static Profile {
    match family {
        OsFamily::Linux => &Profile {
            vendors: SERVER_VENDORS,
            roles: &["srv", "app", "node", "svc"],
            plausible: &[Ftp, Http, Https, Redis, Smtp, Snmp, Ssh],
            desk: false,
        },
        OsFamily::Windows => &Profile {
            vendors: WINDOWS_VENDORS,
            roles: &["APP", "FILE", "WEB", "MGMT"],
            plausible: &[Http, Https, Redis],
            desk: false,
        },
        OsFamily::Bsd => &Profile {
            vendors: SERVER_VENDORS,
            roles: &["fw", "proxy", "relay", "srv"],
            plausible: &[Ftp, Http, Https, Redis, Smtp],
            desk: false,
        },
        OsFamily::Embedded => &Profile {
            vendors: &[Vendor::Axis, Vendor::Espressif, Vendor::Siemens],
            roles: &["dev"],
            plausible: &[Ftp, Http, Https, Snmp, Telnet],
            desk: false,
        },
        OsFamily::Cisco => &Profile {
            vendors: &[Vendor::Cisco],
            roles: &["sw-core", "sw-dist", "sw-acc", "rtr"],
            plausible: &[Http, Https, Snmp, Telnet],
            desk: false,
        },
    }
}
