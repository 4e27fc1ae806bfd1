//! What the `show` commands of a Catalyst say, from the persona.

use std::net::SocketAddr;

use decnet_proto::{mac::Mac, persona::Persona};
use time::OffsetDateTime;

use super::command::Level;
use crate::{Host, identity, snmp};

/// Ports of the front.
const PORTS: u32 = 24;

/// The lines of a command.
pub(super) fn show(command: &str, host: &Host, peer: SocketAddr, level: Level) -> Vec<String> {
    let switch = Switch { host, persona: &host.persona, peer };
    match command {
        "show version" => switch.version(),
        "show inventory" => switch.inventory(),
        "show ip interface brief" => switch.interfaces(),
        "show interfaces status" => switch.status(),
        "show running-config" => switch.configuration(true),
        "show startup-config" => switch.configuration(false),
        "show users" => switch.users(),
        "show clock" => vec![format!("*{}", clock(now()))],
        "show privilege" => {
            vec![format!("Current privilege level is {}", if level == Level::Enabled { 15 } else { 1 })]
        }
        "show arp" | "show ip arp" => switch.neighbours(),
        "show mac address-table" => switch.addresses(),
        "show ip route" => switch.routes(),
        "show vlan brief" => switch.networks(),
        _ => Vec::new(),
    }
}

struct Switch<'a> {
    host: &'a Host,
    persona: &'a Persona,
    peer: SocketAddr,
}

fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// `14:02:11.123 UTC Thu Nov 26 2026`.
fn clock(time: OffsetDateTime) -> String {
    let short = |text: String| text.chars().take(3).collect::<String>();
    format!(
        "{:02}:{:02}:{:02}.{:03} UTC {} {} {} {}",
        time.hour(),
        time.minute(),
        time.second(),
        time.millisecond(),
        short(time.weekday().to_string()),
        short(time.month().to_string()),
        time.day(),
        time.year()
    )
}

/// An Ethernet address as IOS writes it.
fn dotted(mac: Mac) -> String {
    let [a, b, c, d, e, f] = mac.0;
    format!("{a:02x}{b:02x}.{c:02x}{d:02x}.{e:02x}{f:02x}")
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// The ports in a configuration.
fn ports() -> String {
    let mut ports = String::new();
    for port in 1..=PORTS {
        let name = if port == 1 {
            " description uplink\n switchport mode trunk\n"
        } else {
            " switchport mode access\n spanning-tree portfast\n"
        };
        ports.push_str(&format!("interface GigabitEthernet1/0/{port}\n{name}!\n"));
    }
    ports
}

impl Switch<'_> {
    fn mac(&self) -> Mac {
        self.host.machine().network().mac
    }

    fn is_plugged(&self, port: u32) -> bool {
        snmp::switch_port_is_up(self.persona, port)
    }

    fn serial(&self) -> String {
        snmp::switch_serial(self.persona)
    }

    fn uptime(&self) -> String {
        let seconds = (now().unix_timestamp() - self.persona.boot_time).max(60);
        let (weeks, days) = (seconds / 604_800, seconds / 86_400 % 7);
        let (hours, minutes) = (seconds / 3_600 % 24, seconds / 60 % 60);
        let parts = [(weeks, "week"), (days, "day"), (hours, "hour"), (minutes, "minute")];
        let parts = parts.into_iter().filter(|(count, _)| *count > 0);
        parts
            .map(|(count, name)| format!("{count} {name}{}", if count == 1 { "" } else { "s" }))
            .collect::<Vec<_>>()
            .join(", ")
    }

    fn version(&self) -> Vec<String> {
        let booted = OffsetDateTime::from_unix_timestamp(self.persona.boot_time).unwrap_or_else(|_| now());
        let colons = self.mac().0.map(|byte| format!("{byte:02x}")).join(":");
        let (hostname, uptime, serial) = (&self.persona.hostname, self.uptime(), self.serial());
        lines(&format!(
            "Cisco IOS XE Software, Version 16.12.04
Cisco IOS Software [Gibraltar], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 16.12.4, RELEASE SOFTWARE (fc5)
Technical Support: http://www.cisco.com/techsupport
Copyright (c) 1986-2020 by Cisco Systems, Inc.
Compiled Thu 09-Jul-20 21:49 by mcpre

ROM: IOS-XE ROMMON
BOOTLDR: System Bootstrap, Version 17.3.1r, RELEASE SOFTWARE (P)

{hostname} uptime is {uptime}
Uptime for this control processor is {uptime}
System returned to ROM by Reload Command
System restarted at {}
System image file is \"flash:packages.conf\"
Last reload reason: Reload Command

Technology Package License Information:

------------------------------------------------------------------------------
Technology-package                                     Technology-package
Current                        Type                       Next reboot
------------------------------------------------------------------------------
network-essentials             Smart License                 network-essentials

Smart Licensing Status: UNREGISTERED/EVAL MODE

cisco C9300-24T (X86) processor with 1331521K/6147K bytes of memory.
Processor board ID {serial}
1 Virtual Ethernet interface
24 Gigabit Ethernet interfaces
2048K bytes of non-volatile configuration memory.
8388608K bytes of physical memory.
1638400K bytes of Crash Files at crashinfo:.
11264000K bytes of Flash at flash:.

Base Ethernet MAC Address          : {colons}
Model Number                       : C9300-24T
System Serial Number               : {serial}

Switch Ports Model              SW Version        SW Image              Mode
------ ----- -----              ----------        ----------            ----
*    1 24    C9300-24T          16.12.4           CAT9K_IOSXE           INSTALL

Configuration register is 0x102
",
            clock(booted).replace(".000", "")
        ))
    }

    fn inventory(&self) -> Vec<String> {
        let serial = self.serial();
        lines(&format!(
            "NAME: \"c93xx Stack\", DESCR: \"c93xx Stack\"
PID: C9300-24T         , VID: V02  , SN: {serial}

NAME: \"Switch 1\", DESCR: \"C9300-24T\"
PID: C9300-24T         , VID: V02  , SN: {serial}

NAME: \"Switch 1 - Power Supply A\", DESCR: \"Switch 1 - Power Supply A\"
PID: PWR-C1-350WAC-P   , VID: V01  , SN: ART{}

",
            identity::hex(&self.persona.key, "power supply", 8).to_uppercase()
        ))
    }

    fn interfaces(&self) -> Vec<String> {
        let row = |name: &str, address: &str, method: &str, up: bool| {
            let (status, protocol) = if up { ("up", "up") } else { ("down", "down") };
            format!("{name:<22} {address:<15} YES {method:<6} {status:<21} {protocol:<7}")
        };
        let mut out =
            vec!["Interface              IP-Address      OK? Method Status                Protocol".into()];
        out.push(row("Vlan1", &self.persona.ip.to_string(), "NVRAM", true));
        out.push(row("GigabitEthernet0/0", "unassigned", "NVRAM", false));
        out.extend((1..=PORTS).map(|port| {
            row(&format!("GigabitEthernet1/0/{port}"), "unassigned", "unset", self.is_plugged(port))
        }));
        out
    }

    fn status(&self) -> Vec<String> {
        let mut out = vec![
            String::new(),
            "Port         Name               Status       Vlan       Duplex  Speed Type".into(),
        ];
        out.extend((1..=PORTS).map(|port| {
            let (status, duplex, speed) = if self.is_plugged(port) {
                ("connected", "a-full", "a-1000")
            } else {
                ("notconnect", "auto", "auto")
            };
            let name = if port == 1 { "uplink" } else { "" };
            let port = format!("Gi1/0/{port}");
            format!("{port:<12} {name:<18} {status:<12} 1          {duplex:>6} {speed:>6} 10/100/1000BaseTX")
        }));
        out
    }

    fn configuration(&self, running: bool) -> Vec<String> {
        let network = self.host.machine().network();
        let ports = ports();
        let user = self.persona.bait.first().map_or("admin", |bait| bait.username.as_str());
        let salted = |purpose: &str| identity::hex(&self.persona.key, purpose, 22);
        let body = format!(
            "!
version 16.12
no service pad
service timestamps debug datetime msec
service timestamps log datetime msec
service password-encryption
!
hostname {hostname}
!
!
enable secret 9 $9${}$
!
aaa new-model
aaa authentication login default local
!
switch 1 provision c9300-24t
!
no ip domain lookup
ip domain name {domain}
!
username {user} secret 9 $9${}$
!
spanning-tree mode rapid-pvst
spanning-tree extend system-id
!
interface GigabitEthernet0/0
 vrf forwarding Mgmt-vrf
 no ip address
 shutdown
!
{ports}interface Vlan1
 ip address {address} {mask}
!
ip default-gateway {gateway}
ip forward-protocol nd
no ip http server
no ip http secure-server
!
line con 0
 stopbits 1
line vty 0 4
 transport preferred none
 transport input telnet ssh
line vty 5 15
 transport preferred none
 transport input telnet ssh
!
end
",
            salted("enable secret"),
            salted("user secret"),
            hostname = self.persona.hostname,
            domain = self.persona.domain,
            address = network.address,
            mask = network.mask(),
            gateway = network.gateway,
        );
        let mut out = if running {
            vec![
                "Building configuration...".into(),
                String::new(),
                format!("Current configuration : {} bytes", body.len()),
            ]
        } else {
            vec![format!("Using {} out of 2097152 bytes", body.len())]
        };
        out.extend(lines(&body));
        out.push(String::new());
        out
    }

    fn users(&self) -> Vec<String> {
        vec![
            "    Line       User       Host(s)              Idle       Location".into(),
            format!(
                "*  1 vty 0     {:<10} idle                 00:00:00 {}",
                self.persona.bait.first().map_or("", |bait| bait.username.as_str()),
                self.peer.ip().to_canonical()
            ),
            String::new(),
            "  Interface    User               Mode         Idle     Peer Address".into(),
            String::new(),
        ]
    }

    fn neighbours(&self) -> Vec<String> {
        let network = self.host.machine().network();
        let row = |address: std::net::Ipv4Addr, age: &str, mac: Mac| {
            format!("Internet  {:<16} {age:>8}   {}  ARPA   Vlan1", address.to_string(), dotted(mac))
        };
        vec![
            "Protocol  Address          Age (min)  Hardware Addr   Type   Interface".into(),
            row(network.gateway, "3", network.gateway_mac),
            row(network.address, "-", network.mac),
        ]
    }

    fn addresses(&self) -> Vec<String> {
        let gateway = dotted(self.host.machine().network().gateway_mac);
        lines(&format!(
            "          Mac Address Table
-------------------------------------------

Vlan    Mac Address       Type        Ports
----    -----------       --------    -----
   1    {gateway}    DYNAMIC     Gi1/0/1
Total Mac Addresses for this criterion: 1"
        ))
    }

    fn routes(&self) -> Vec<String> {
        vec![
            format!("Default gateway is {}", self.host.machine().network().gateway),
            String::new(),
            "Host               Gateway           Last Use    Total Uses  Interface".into(),
            "ICMP redirect cache is empty".into(),
        ]
    }

    fn networks(&self) -> Vec<String> {
        let mut out = vec![
            String::new(),
            "VLAN Name                             Status    Ports".into(),
            "---- -------------------------------- --------- -------------------------------".into(),
        ];
        let ports: Vec<String> = (2..=PORTS).map(|port| format!("Gi1/0/{port}")).collect();
        for (at, four) in ports.chunks(4).enumerate() {
            let head = if at == 0 {
                "1    default                          active    "
            } else {
                "                                                "
            };
            out.push(format!("{head}{}", four.join(", ")));
        }
        for (number, name) in [
            (1002, "fddi-default"),
            (1003, "token-ring-default"),
            (1004, "fddinet-default"),
            (1005, "trnet-default"),
        ] {
            out.push(format!("{number} {name:<32} act/unsup "));
        }
        out
    }
}
