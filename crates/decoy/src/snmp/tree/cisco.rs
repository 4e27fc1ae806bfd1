//! Switches of Cisco: their ports, their parts, and what IOS counts.

use decnet_proto::persona::Persona;

use super::{Facts, Rows, interfaces::Interface};
use crate::{
    identity,
    snmp::{facts::wrapped, value::Value},
};

/// Ports of the front.
const PORTS: u32 = 24;
/// `ifIndex` of the first port, and of the interface of the first network.
const FIRST: u32 = 7;
const VLAN: u32 = FIRST + PORTS + 4;

/// Serial number of the chassis.
pub fn serial(persona: &Persona) -> String {
    let tail = identity::hex(&persona.key, "cisco serial", 4).to_uppercase();
    let (year, week) =
        (identity::number(&persona.key, "cisco year", 3), identity::number(&persona.key, "cisco week", 52));
    format!("FCW{:02}{:02}{tail}", 22 + year, 1 + week)
}

/// Whether something is plugged into a port of the front.
pub fn port_is_up(persona: &Persona, port: u32) -> bool {
    port == 1 || identity::number(&persona.key, &format!("cisco port {port}"), 100) < 58
}

/// The interfaces of a switch with 24 ports.
pub fn interfaces(facts: &Facts<'_>) -> Vec<Interface> {
    let [a, b, c, d, e, f] = facts.network().mac.0;
    let address = |port: u32| {
        let last = f.wrapping_add(u8::try_from(port).unwrap_or(0));
        vec![a, b, c, d, e, last]
    };
    let port = |index: u32, kind: i64, name: String, short: String, speed, is_up: bool, alias| Interface {
        index,
        name: short,
        description: name,
        kind,
        mtu: if kind == 24 { 1_514 } else { 1_500 },
        speed,
        address: address(index - 1),
        is_up,
        rate: if is_up { 3.0 + facts.share(&format!("port {index}")) * 40.0 } else { 0.0 },
        alias,
    };
    let mut all = vec![port(1, 6, "GigabitEthernet0/0".into(), "Gi0/0".into(), 1_000, false, "")];
    all.extend((1..=PORTS).map(|number| {
        let is_up = port_is_up(facts.persona, number);
        let alias = if number == 1 { "uplink" } else { "" };
        port(
            FIRST + number,
            6,
            format!("GigabitEthernet1/0/{number}"),
            format!("Gi1/0/{number}"),
            1_000,
            is_up,
            alias,
        )
    }));
    let mut vlan = port(VLAN, 53, "Vlan1".into(), "Vl1".into(), 1_000, true, "");
    vlan.address = address(0);
    all.push(vlan);
    all
}

/// `entPhysicalTable`: chassis, supervisor and power supply.
pub fn parts(facts: &Facts<'_>, rows: &mut Rows) {
    const PARTS: [(u32, &str, i64, &str, &str); 4] = [
        (1, "c93xx Stack", 11, "c93xx Stack", ""),
        (1_000, "Cisco Catalyst 9300 Series 24-port Switch", 3, "Switch 1", "C9300-24T"),
        (1_001, "Switch 1 - Power Supply A Container", 5, "Switch 1 - Power Supply A Container", ""),
        (1_002, "Switch 1 - Power Supply A", 6, "Switch 1 - Power Supply A", "PWR-C1-350WAC-P"),
    ];
    let index = PARTS.map(|part| [part.0]);
    let columns = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
    rows.table(&[1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1], &columns, &index, |column, row| {
        let (_, description, class, name, model) = PARTS.get(row)?;
        let is_switch = row == 1;
        Some(match column {
            2 => Value::text(*description),
            3 => Value::name(if is_switch { &[1, 3, 6, 1, 4, 1, 9, 12, 3, 1, 3, 1870] } else { &[0, 0] }),
            4 => Value::Integer([0, 1, 1_000, 1_001].get(row).copied()?),
            5 => Value::Integer(*class),
            6 => Value::Integer(if row == 0 { -1 } else { 1 }),
            7 => Value::text(*name),
            8 if is_switch => Value::text("V02"),
            9 | 10 if is_switch => Value::text("16.12.4"),
            11 if is_switch => Value::text(serial(facts.persona)),
            12 if is_switch => Value::text("Cisco Systems, Inc."),
            13 => Value::text(*model),
            16 => Value::Integer(if row == 2 { 2 } else { 1 }),
            _ => Value::text(""),
        })
    });
}

/// Processor, memory and the old scalars of IOS.
pub fn local(facts: &Facts<'_>, rows: &mut Rows) {
    let busy = facts.level("processor", 3.0, 14.0) as u32;
    let (used, free) = (
        (214_000_000.0 + facts.level("pool", 0.0, 9_000_000.0)) as u32,
        (1_180_000_000.0 - facts.level("pool", 0.0, 9_000_000.0)) as u32,
    );
    rows.scalars(
        &[1, 3, 6, 1, 4, 1, 9, 2, 1],
        [
            (1, Value::text("IOS-XE ROMMON\0")),
            (2, Value::text("reload")),
            (3, Value::text(facts.persona.hostname.clone())),
            (4, Value::text(facts.persona.domain.clone())),
            (8, Value::Integer(free.into())),
            (56, Value::Integer(busy.into())),
            (57, Value::Integer(busy.into())),
            (58, Value::Integer(busy.into())),
        ],
    );
    rows.table(&[1, 3, 6, 1, 4, 1, 9, 9, 48, 1, 1, 1], &[2, 4, 5, 6, 7], &[[1]], |column, _| {
        Some(match column {
            2 => Value::text("Processor"),
            4 => Value::Integer(1),
            5 => Value::Gauge(used),
            6 => Value::Gauge(free),
            _ => Value::Gauge(free / 4 * 3),
        })
    });
    rows.table(&[1, 3, 6, 1, 4, 1, 9, 9, 109, 1, 1, 1, 1], &[2, 3, 4, 5, 6, 7, 8], &[[1]], |column, _| {
        Some(match column {
            2 => Value::Integer(1_000),
            _ => Value::Gauge(busy),
        })
    });
}

/// `dot1dBridge`: that it switches, and with which address.
pub fn bridge(facts: &Facts<'_>, rows: &mut Rows) {
    rows.scalars(
        &[1, 3, 6, 1, 2, 1, 17, 1],
        [
            (1, Value::bytes(facts.network().mac.0.to_vec())),
            (2, Value::Integer(i64::from(PORTS))),
            (3, Value::Integer(2)),
        ],
    );
    let index: Vec<[u32; 1]> = (1..=PORTS).map(|port| [port]).collect();
    rows.table(&[1, 3, 6, 1, 2, 1, 17, 1, 4, 1], &[1, 2, 3, 4, 5], &index, |column, row| {
        let port = row as i64 + 1;
        Some(match column {
            1 => Value::Integer(port),
            2 => Value::Integer(port + i64::from(FIRST)),
            3 => Value::name(&[0, 0]),
            _ => Value::Counter(wrapped(0)),
        })
    });
}
