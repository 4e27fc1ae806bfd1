//! Which product plays the agent, and what tells one from another.
//!
//! Who may read what without knowing a secret is what each product ships with: `public` sees
//! all of a printer, a camera, a controller or a power supply, and of a Linux what the
//! packages' configuration shows of it; Windows and Cisco's switches let nobody in.

use decnet_proto::persona::{OsFamily, Persona};

use super::{
    facts::Facts,
    tree::{
        Group, View, cisco,
        interfaces::{self, Interface},
        power, printer, windows,
    },
    trees,
};

/// An agent as it is sold.
#[derive(Debug)]
pub struct Profile {
    /// `sysDescr`.
    pub description: fn(&Facts<'_>) -> String,
    /// `sysObjectID`.
    pub object: fn(&Facts<'_>) -> &'static [u32],
    /// `sysName`.
    pub name: fn(&Facts<'_>) -> String,
    /// `sysServices`.
    pub services: Option<i64>,
    /// What the community `public` sees.
    pub public: Option<View>,
    /// Whether it has version 3.
    pub users: bool,
    /// Number of the maker whose Ethernet address is in the engine id.
    pub engine_maker: Option<u32>,
    /// `sysContact` and `sysLocation` as it is shipped, where nobody fills them in.
    pub contact: Option<&'static str>,
    /// See `contact`.
    pub location: Option<&'static str>,
    /// What it calls its only Ethernet.
    pub port: &'static str,
    /// Its interfaces.
    pub interfaces: fn(&Facts<'_>) -> Vec<Interface>,
    /// Its models, if it prints.
    pub printers: &'static [printer::Model],
    /// Whether it forwards packets.
    pub forwards: bool,
    /// Time to live of its packets.
    pub ttl: i64,
    /// What it tells.
    pub groups: &'static [Group],
}

impl Profile {
    /// Version of net-snmp, as far as it is that.
    pub fn version(&self, facts: &Facts<'_>) -> &'static str {
        use crate::machine::Distro;
        match facts.machine.distro() {
            Distro::Debian12 => "5.9.3",
            Distro::Ubuntu22 | Distro::Rocky9 => "5.9.1",
            Distro::Ubuntu20 | Distro::Firmware => "5.8",
            Distro::CentOs7 => "5.7.2",
            Distro::Fedora39 | Distro::Alpine319 | Distro::Kali | Distro::Arch => "5.9.4",
        }
    }
}

impl std::fmt::Debug for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Group").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

const BASE: Profile = Profile {
    description: |facts| facts.persona.system.pretty_name.clone(),
    object: |_| &[1, 3, 6, 1, 4, 1, 8072, 3, 2, 255],
    name: |facts| facts.persona.hostname.clone(),
    services: Some(72),
    public: Some(View::All),
    users: false,
    engine_maker: None,
    contact: Some(""),
    location: Some(""),
    port: "eth0",
    interfaces: interfaces::of_device,
    printers: &[],
    forwards: false,
    ttl: 64,
    groups: trees::DEVICE,
};

fn uname(facts: &Facts<'_>) -> String {
    let system = &facts.persona.system;
    let kernel = system.kernel.split(' ').next().unwrap_or_default();
    let (release, version) = (facts.machine.kernel(), facts.machine.kernel_version());
    format!("{kernel} {} {release} {version} {}", facts.persona.hostname, system.machine)
}

/// What Debian's configuration shows to `public`, and what Red Hat's does.
const DEBIAN_VIEW: View = View::Below(&[&[1, 3, 6, 1, 2, 1, 1], &[1, 3, 6, 1, 2, 1, 25, 1]]);
const REDHAT_VIEW: View = View::Below(&[&[1, 3, 6, 1, 2, 1, 1], &[1, 3, 6, 1, 2, 1, 25, 1, 1]]);

/// net-snmp on Debian, Ubuntu and Kali.
static DEBIAN: Profile = Profile {
    description: uname,
    object: |_| &[1, 3, 6, 1, 4, 1, 8072, 3, 2, 10],
    public: Some(DEBIAN_VIEW),
    users: true,
    contact: None,
    location: None,
    interfaces: interfaces::of_linux,
    groups: trees::LINUX,
    ..BASE
};
/// net-snmp on Red Hat's line.
static REDHAT: Profile = Profile {
    description: uname,
    object: |_| &[1, 3, 6, 1, 4, 1, 8072, 3, 2, 10],
    public: Some(REDHAT_VIEW),
    services: None,
    users: true,
    contact: None,
    location: None,
    interfaces: interfaces::of_linux,
    groups: trees::LINUX,
    ..BASE
};
/// net-snmp on a system whose package lets nobody in.
static BARE: Profile = Profile {
    description: uname,
    object: |_| &[1, 3, 6, 1, 4, 1, 8072, 3, 2, 10],
    public: None,
    services: None,
    users: true,
    contact: None,
    location: None,
    interfaces: interfaces::of_linux,
    groups: trees::LINUX,
    ..BASE
};
/// net-snmp from the ports of FreeBSD.
static FREEBSD: Profile = Profile {
    description: |facts| {
        let release = facts.machine.kernel();
        let machine = &facts.persona.system.machine;
        format!("FreeBSD {} {release} FreeBSD {release} GENERIC {machine}", facts.persona.hostname)
    },
    object: |_| &[1, 3, 6, 1, 4, 1, 8072, 3, 2, 8],
    public: None,
    services: None,
    users: true,
    contact: None,
    location: None,
    interfaces: |facts| {
        let mut both = interfaces::of_linux(facts);
        both.reverse();
        for (interface, (index, name)) in both.iter_mut().zip([(1, "vmx0"), (2, "lo0")]) {
            interface.index = index;
            interface.name = name.into();
            interface.description = name.into();
        }
        both
    },
    groups: trees::SMALL,
    ..BASE
};
/// A device whose firmware has net-snmp with its own configuration.
static FIRMWARE: Profile = Profile {
    description: uname,
    object: |_| &[1, 3, 6, 1, 4, 1, 8072, 3, 2, 10],
    public: Some(View::All),
    users: true,
    contact: Some("root"),
    location: Some("Unknown"),
    interfaces: interfaces::of_linux,
    groups: trees::SMALL,
    forwards: true,
    ..BASE
};
/// A camera of Axis.
static AXIS: Profile = Profile {
    description: |facts| {
        let version = facts.persona.system.pretty_name.rsplit(' ').next().unwrap_or("9.80.3");
        format!(" ; AXIS M3045-V; Network Camera; {version}; Sep 09 2021 10:26; 786; 1;")
    },
    object: |_| &[1, 3, 6, 1, 4, 1, 368, 1, 1],
    services: Some(72),
    port: "eth0",
    ..BASE
};
/// A printer of HP.
static HP: Profile = Profile {
    description: |_| {
        "HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD153,EEPROM JSI24090012,CIDATE 05/28/2020"
            .to_owned()
    },
    object: |_| &[1, 3, 6, 1, 4, 1, 11, 2, 3, 9, 1],
    services: Some(64),
    port: "HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD153,EEPROM JSI24090012,CIDATE 05/28/2020",
    printers: printer::HP,
    groups: trees::HP,
    ..BASE
};
/// A printer of Brother.
static BROTHER: Profile = Profile {
    description: |_| "Brother NC-8300h, Firmware Ver.1.14  (14.11.06),MID 8C5-F01,FID 2".to_owned(),
    object: |_| &[1, 3, 6, 1, 4, 1, 2435, 2, 3, 9, 1],
    port: "Brother NC-8300h",
    printers: printer::BROTHER,
    groups: trees::BROTHER,
    ..BASE
};
/// A printer of Kyocera.
static KYOCERA: Profile = Profile {
    description: |_| "KYOCERA Document Solutions Printing System".to_owned(),
    object: |_| &[1, 3, 6, 1, 4, 1, 1347, 41],
    port: "KYOCERA Document Solutions Network Interface",
    printers: printer::KYOCERA,
    groups: trees::KYOCERA,
    ..BASE
};
/// A controller of Siemens.
static SIEMENS: Profile = Profile {
    description: |facts| {
        let serial = crate::identity::hex(&facts.persona.key, "siemens serial", 8).to_uppercase();
        format!("Siemens, SIMATIC S7, CPU-1200, 6ES7 214-1AG40-0XB0, HW: 6, FW: V.4.4.0, S C-{serial}")
    },
    object: |_| &[1, 3, 6, 1, 4, 1, 4329, 6, 3, 1, 1],
    services: Some(76),
    port: "Siemens, SIMATIC S7, Ethernet Port, X1 P1",
    ttl: 30,
    ..BASE
};
/// A communication module of Rockwell.
static ROCKWELL: Profile = Profile {
    description: |_| "Rockwell Automation 1756-EN2T/D".to_owned(),
    object: |_| &[1, 3, 6, 1, 4, 1, 95, 1, 12],
    services: Some(79),
    port: "1756-EN2T/D",
    ..BASE
};
/// A communication module of Schneider.
static SCHNEIDER: Profile = Profile {
    description: |_| "Product: BMENOC0301 - Ethernet Communications Module. Firmware ID: 2.15".to_owned(),
    object: |_| &[1, 3, 6, 1, 4, 1, 3833, 1, 7, 255, 36],
    services: Some(76),
    port: "Schneider Electric BMENOC0301 Ethernet port",
    ..BASE
};
/// An automation controller of Schweitzer, as substations have it.
static SCHWEITZER: Profile = Profile {
    description: |facts| {
        format!(
            "Linux {} 4.9.146-rt125 #1 SMP PREEMPT RT SEL-3555 Real-Time Automation Controller, FID SEL-3555-R147-V0-Z001002-D20200925 x86_64",
            facts.persona.hostname
        )
    },
    object: |_| &[1, 3, 6, 1, 4, 1, 31823, 1, 3555],
    services: Some(72),
    port: "Eth_01",
    ..BASE
};
/// A power supply of APC, as hospitals have it.
static APC: Profile = Profile {
    description: |facts| {
        format!(
            "APC Web/SNMP Management Card (MB:v4.1.0 PF:v6.4.0 PN:apc_hw05_aos_640.bin AF1:v6.4.0 AN1:apc_hw05_sumx_640.bin MN:AP9631 HR:05 SN: {} MD:07/12/2014) (Embedded PowerNet SNMP Agent SW v2.2 compatible)",
            power::serial(facts)
        )
    },
    object: |_| &[1, 3, 6, 1, 4, 1, 318, 1, 3, 27],
    contact: Some("Unknown"),
    location: Some("Unknown"),
    port: "vxWorks, Ethernet",
    groups: trees::POWER,
    ..BASE
};
/// The service of Windows.
static WINDOWS: Profile = Profile {
    description: |facts| {
        let build = facts.persona.system.kernel.rsplit('.').next().unwrap_or("17763");
        format!(
            "Hardware: Intel64 Family 6 Model 85 Stepping 7 AT/AT COMPATIBLE - Software: Windows Version 6.3 (Build {build} Multiprocessor Free)"
        )
    },
    object: |facts| {
        if facts.persona.system.pretty_name.contains("Server") {
            &[1, 3, 6, 1, 4, 1, 311, 1, 1, 3, 1, 2]
        } else {
            &[1, 3, 6, 1, 4, 1, 311, 1, 1, 3, 1, 1]
        }
    },
    name: |facts| facts.persona.fqdn(),
    services: Some(76),
    public: None,
    interfaces: windows::interfaces,
    groups: trees::WINDOWS,
    ttl: 128,
    ..BASE
};
/// IOS XE on a Catalyst 9300.
static CISCO: Profile = Profile {
    description: |_| {
        "Cisco IOS Software [Gibraltar], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 16.12.4, RELEASE SOFTWARE (fc5)\r\nTechnical Support: http://www.cisco.com/techsupport\r\nCopyright (c) 1986-2020 by Cisco Systems, Inc.\r\nCompiled Thu 09-Jul-20 21:49 by mcpre".to_owned()
    },
    object: |_| &[1, 3, 6, 1, 4, 1, 9, 1, 2494],
    name: |facts| facts.persona.fqdn(),
    services: Some(6),
    public: None,
    users: true,
    engine_maker: Some(9),
    interfaces: cisco::interfaces,
    forwards: true,
    ttl: 255,
    groups: trees::CISCO,
    ..BASE
};

/// The agent of a persona, or the one that the operator named.
pub fn choose(persona: &Persona, wanted: Option<&str>) -> &'static Profile {
    match wanted {
        Some("water_plant") => return &SIEMENS,
        Some("factory") => return &ROCKWELL,
        Some("substation") => return &SCHWEITZER,
        Some("hospital") => return &APC,
        _ => {}
    }
    let name = persona.system.pretty_name.as_str();
    match persona.os {
        OsFamily::Windows => &WINDOWS,
        OsFamily::Cisco => &CISCO,
        OsFamily::Bsd => &FREEBSD,
        OsFamily::Linux if ["Rocky", "Fedora", "CentOS"].iter().any(|word| name.starts_with(word)) => &REDHAT,
        OsFamily::Linux if ["Alpine", "Arch"].iter().any(|word| name.starts_with(word)) => &BARE,
        OsFamily::Linux => &DEBIAN,
        OsFamily::Embedded => device(name),
    }
}

/// What the firmware of a device is.
fn device(name: &str) -> &'static Profile {
    const DEVICES: &[(&str, &Profile)] = &[
        ("HP", &HP),
        ("Brother", &BROTHER),
        ("KYOCERA", &KYOCERA),
        ("SIMATIC", &SIEMENS),
        ("1756", &ROCKWELL),
        ("BMENOC", &SCHNEIDER),
        ("AXIS", &AXIS),
        ("Raspbian", &DEBIAN),
    ];
    DEVICES.iter().find(|(start, _)| name.starts_with(start)).map_or(&FIRMWARE, |(_, profile)| *profile)
}
