//! `icmp`, `tcp` and `udp`: what the network stack counts, and who listens.

use std::net::Ipv4Addr;

use decnet_proto::service::Transport;

use super::{Facts, Rows};
use crate::snmp::value::Value;

const ICMP: &[u32] = &[1, 3, 6, 1, 2, 1, 5];
const TCP: &[u32] = &[1, 3, 6, 1, 2, 1, 6];
const UDP: &[u32] = &[1, 3, 6, 1, 2, 1, 7];

/// Rates of the `icmp` scalars that are not zero: 26 of them there are.
const ICMP_RATES: &[(u32, &str, f64)] = &[
    (1, "echoes", 0.004),
    (3, "unreachable in", 0.001),
    (8, "echoes", 0.003),
    (14, "echoes", 0.004),
    (16, "unreachable out", 0.001),
    (22, "echoes", 0.003),
];

/// The counters of ICMP.
pub fn icmp(facts: &Facts<'_>, rows: &mut Rows) {
    rows.scalars(
        ICMP,
        (1..=26).map(|number| {
            let rate = ICMP_RATES.iter().find(|(known, ..)| *known == number);
            (number, Value::Counter(rate.map_or(0, |(_, what, rate)| facts.counter32(what, *rate))))
        }),
    );
}

/// The counters of ICMP, and those by version that newer agents have.
pub fn icmp_by_version(facts: &Facts<'_>, rows: &mut Rows) {
    icmp(facts, rows);
    let six = facts.counter32("icmp six", 0.002);
    rows.table(&[1, 3, 6, 1, 2, 1, 5, 29, 1], &[2, 3, 4, 5], &[[1], [2]], |column, row| {
        Some(Value::Counter(match (column, row) {
            (2 | 4, 0) => facts.counter32("echoes", 0.004),
            (2, 1) => six,
            (4, 1) => six / 3 + 9,
            _ => 0,
        }))
    });
    let kinds = [0, 3, 4, 5, 8, 11, 12, 13, 14, 17, 18].map(|kind| [1, kind]);
    rows.table(&[1, 3, 6, 1, 2, 1, 5, 30, 1], &[3], &kinds, |_, row| {
        Some(Value::Counter(if row == 4 { facts.counter32("echoes", 0.003) } else { 0 }))
    });
    // What version 6 sends on its own: solicitations and reports of who listens.
    let six_kinds = [133, 135, 143].map(|kind| [2, kind]);
    let out: Vec<[u32; 2]> = kinds.into_iter().chain(six_kinds).collect();
    rows.table(&[1, 3, 6, 1, 2, 1, 5, 30, 1], &[4], &out, |_, row| {
        Some(Value::Counter(match out.get(row)? {
            [1, 0] => facts.counter32("echoes", 0.003),
            [2, 133] => 3,
            [2, 135] => six / 3,
            [2, _] => 6,
            _ => 0,
        }))
    });
}

fn tcp_scalar(facts: &Facts<'_>, number: u32) -> Value {
    let counter = |what: &str, rate| Value::Counter(facts.counter32(what, rate));
    match number {
        1 => Value::Integer(1),
        2 => Value::Integer(200),
        3 => Value::Integer(120_000),
        4 => Value::Integer(-1),
        5 => counter("tcp opened", 0.01),
        6 => counter("tcp accepted", 0.02),
        7 => counter("tcp failed", 0.002),
        8 => counter("tcp resets", 0.001),
        9 => Value::Gauge(facts.level("tcp established", 1.0, 5.0) as u32),
        10 => counter("in 2", 7.0),
        11 => counter("out 2", 6.0),
        12 => counter("tcp again", 0.01),
        15 => counter("tcp reset out", 0.006),
        _ => Value::Counter(0),
    }
}

/// The scalars of TCP and its listeners.
pub fn tcp(facts: &Facts<'_>, rows: &mut Rows) {
    rows.scalars(TCP, (1..=12).map(|number| (number, tcp_scalar(facts, number))));
    let ports = listeners(facts);
    let index: Vec<[u32; 10]> =
        ports.iter().map(|port| [0, 0, 0, 0, u32::from(*port), 0, 0, 0, 0, 0]).collect();
    rows.table(&[1, 3, 6, 1, 2, 1, 6, 13, 1], &[1, 2, 3, 4, 5], &index, |column, row| {
        Some(match column {
            1 => Value::Integer(2),
            3 => Value::Integer((*ports.get(row)?).into()),
            5 => Value::Integer(0),
            _ => Value::Address(Ipv4Addr::UNSPECIFIED),
        })
    });
    rows.scalars(TCP, [14, 15].map(|number| (number, tcp_scalar(facts, number))));
}

/// The same with the listeners by version, as newer agents have them.
pub fn tcp_by_version(facts: &Facts<'_>, rows: &mut Rows) {
    tcp(facts, rows);
    let ports = listeners(facts);
    let index: Vec<[u32; 7]> = ports.iter().map(|port| [1, 4, 0, 0, 0, 0, u32::from(*port)]).collect();
    rows.table(&[1, 3, 6, 1, 2, 1, 6, 20, 1], &[4], &index, |_, row| {
        let pid = facts.pid_of(*ports.get(row)?);
        Some(Value::Gauge(pid))
    });
}

fn listeners(facts: &Facts<'_>) -> Vec<u16> {
    facts.ports(Transport::Tcp)
}

fn udp_scalar(facts: &Facts<'_>, number: u32) -> Value {
    Value::Counter(match number {
        1 => facts.counter32("udp in", 0.4).wrapping_add(facts.stats.snmp(1)),
        2 => facts.counter32("udp no port", 0.003),
        4 => facts.counter32("udp out", 0.4).wrapping_add(facts.stats.snmp(2)),
        _ => 0,
    })
}

/// The counters of UDP and its listeners.
pub fn udp(facts: &Facts<'_>, rows: &mut Rows) {
    rows.scalars(UDP, (1..=4).map(|number| (number, udp_scalar(facts, number))));
    let ports = facts.ports(Transport::Udp);
    let index: Vec<[u32; 5]> = ports.iter().map(|port| [0, 0, 0, 0, u32::from(*port)]).collect();
    rows.table(&[1, 3, 6, 1, 2, 1, 7, 5, 1], &[1, 2], &index, |column, row| {
        Some(match column {
            1 => Value::Address(Ipv4Addr::UNSPECIFIED),
            _ => Value::Integer((*ports.get(row)?).into()),
        })
    });
}

/// The same with the listeners by version, as newer agents have them.
pub fn udp_by_version(facts: &Facts<'_>, rows: &mut Rows) {
    udp(facts, rows);
    let ports = facts.ports(Transport::Udp);
    let index: Vec<[u32; 14]> = ports
        .iter()
        .map(|port| {
            let instance = 11_000 + (facts.share("udp socket") * 14_000.0) as u32;
            [1, 4, 0, 0, 0, 0, u32::from(*port), 1, 4, 0, 0, 0, 0, instance]
        })
        .collect();
    // The last number comes after the remote port.
    let index: Vec<Vec<u32>> = index
        .iter()
        .map(|numbers| {
            let (head, tail) = numbers.split_at_checked(13).unwrap_or((numbers, &[]));
            [head, &[0], tail].concat()
        })
        .collect();
    rows.table(&[1, 3, 6, 1, 2, 1, 7, 7, 1], &[8], &index, |_, row| {
        Some(Value::Gauge(facts.pid_of(*ports.get(row)?)))
    });
}
