//! The agent of Windows: its interfaces, and what LAN Manager tells of services and users.

use super::{Facts, Rows, interfaces::Interface, notify::counted};
use crate::snmp::value::Value;

const SERVICES: &[&str] = &[
    "Base Filtering Engine",
    "Certificate Propagation",
    "COM+ Event System",
    "Cryptographic Services",
    "DCOM Server Process Launcher",
    "DHCP Client",
    "Distributed Link Tracking Client",
    "Distributed Transaction Coordinator",
    "DNS Client",
    "Group Policy Client",
    "IP Helper",
    "Network List Service",
    "Network Location Awareness",
    "Network Store Interface Service",
    "Plug and Play",
    "Power",
    "Print Spooler",
    "Remote Desktop Services",
    "Remote Procedure Call (RPC)",
    "RPC Endpoint Mapper",
    "Security Accounts Manager",
    "Server",
    "Shell Hardware Detection",
    "SNMP Service",
    "System Event Notification Service",
    "Task Scheduler",
    "TCP/IP NetBIOS Helper",
    "User Profile Service",
    "Windows Defender Firewall",
    "Windows Event Log",
    "Windows Management Instrumentation",
    "Windows Remote Management (WS-Management)",
    "Windows Time",
    "Windows Update",
    "Workstation",
];

/// Loop-back and Ethernet, as Windows numbers them.
pub fn interfaces(facts: &Facts<'_>) -> Vec<Interface> {
    let network = facts.network();
    let adapter = if facts.machine.hardware().maker.is_virtual() {
        "vmxnet3 Ethernet Adapter"
    } else {
        "Intel(R) Ethernet Connection I219-LM"
    };
    let make = |index, name: &str, text: &str, kind, speed, address: &[u8], rate| Interface {
        index,
        name: name.into(),
        description: format!("{text}\0"),
        kind,
        mtu: 1_500,
        speed,
        address: address.to_vec(),
        is_up: true,
        rate,
        alias: "",
    };
    vec![
        make(1, "loopback_0", "Software Loopback Interface 1", 24, 1_073, &[], 0.2),
        make(12, "ethernet_32769", adapter, 6, 1_000, &network.mac.0, 14.0),
    ]
}

/// `lanmgr`: the computer, its services and users.
pub fn manager(facts: &Facts<'_>, rows: &mut Rows) {
    rows.scalars(&[1, 3, 6, 1, 4, 1, 77, 1, 1], [(1, Value::bytes([10])), (2, Value::bytes([0]))]);
    let mut services: Vec<(&str, Vec<u32>)> = SERVICES.iter().map(|name| (*name, counted(name))).collect();
    services.sort_unstable_by(|one, other| one.1.cmp(&other.1));
    let index: Vec<&[u32]> = services.iter().map(|(_, index)| index.as_slice()).collect();
    rows.scalar(&[1, 3, 6, 1, 4, 1, 77, 1, 2, 2], Value::Integer(services.len() as i64));
    rows.table(&[1, 3, 6, 1, 4, 1, 77, 1, 2, 3, 1], &[1, 2, 3, 4, 5], &index, |column, row| {
        let (name, _) = services.get(row)?;
        Some(if column == 1 { Value::text(*name) } else { Value::Integer(if column < 4 { 4 } else { 1 }) })
    });
    let mut names: Vec<String> = facts.persona.users.clone();
    names.extend(["Administrator", "Guest", "DefaultAccount"].map(str::to_owned));
    let mut users: Vec<(String, Vec<u32>)> =
        names.into_iter().map(|name| (name.clone(), counted(&name))).collect();
    users.sort_unstable_by(|one, other| one.1.cmp(&other.1));
    users.dedup();
    let index: Vec<&[u32]> = users.iter().map(|(_, index)| index.as_slice()).collect();
    rows.scalar(&[1, 3, 6, 1, 4, 1, 77, 1, 2, 24], Value::Integer(users.len() as i64));
    rows.table(&[1, 3, 6, 1, 4, 1, 77, 1, 2, 25, 1], &[1], &index, |_, row| {
        Some(Value::text(users.get(row)?.0.clone()))
    });
    rows.scalar(
        &[1, 3, 6, 1, 4, 1, 77, 1, 4, 1],
        Value::text(facts.persona.domain.split('.').next().unwrap_or_default().to_uppercase()),
    );
}
