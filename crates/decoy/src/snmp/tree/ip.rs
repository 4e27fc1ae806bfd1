//! `ip`, `at` and the newer tables of addresses, routes and traffic.

use std::net::Ipv4Addr;

use super::{Facts, Rows, interfaces::Interface};
use crate::snmp::{facts::wrapped, value::Value};

const IP: &[u32] = &[1, 3, 6, 1, 2, 1, 4];

/// What a machine with one Ethernet has of IP.
struct Stack {
    address: Ipv4Addr,
    mask: Ipv4Addr,
    network: Ipv4Addr,
    prefix: u32,
    gateway: Ipv4Addr,
    gateway_mac: Vec<u8>,
    /// `ifIndex` of the Ethernet.
    ethernet: u32,
    /// Whether there is a loop-back before it.
    loopback: bool,
    link_local: [u8; 16],
}

impl Stack {
    fn of(facts: &Facts<'_>) -> Self {
        let network = facts.network();
        let interfaces = (facts.settings.profile.interfaces)(facts);
        let main = interfaces.iter().find(|interface| interface.kind == 6 || interface.kind == 53);
        Self {
            address: network.address,
            mask: network.mask(),
            network: network.network(),
            prefix: network.prefix.into(),
            gateway: network.gateway,
            gateway_mac: network.gateway_mac.0.to_vec(),
            ethernet: main.map_or(1, |interface| interface.index),
            loopback: interfaces.iter().any(|interface| interface.kind == 24),
            link_local: network.link_local().octets(),
        }
    }

    /// Own addresses in order: interface, address, mask, and length of the prefix.
    fn addresses(&self) -> Vec<(u32, Ipv4Addr, Ipv4Addr, u32)> {
        let mut all = vec![(self.ethernet, self.address, self.mask, self.prefix)];
        if self.loopback {
            all.push((1, Ipv4Addr::LOCALHOST, Ipv4Addr::new(255, 0, 0, 0), 8));
        }
        all.sort_unstable_by_key(|(_, address, ..)| *address);
        all
    }
}

fn numbers(address: Ipv4Addr) -> [u32; 4] {
    address.octets().map(u32::from)
}

fn join(parts: &[&[u32]]) -> Vec<u32> {
    parts.concat()
}

/// `at`: who the gateway is.
pub fn translation(facts: &Facts<'_>, rows: &mut Rows) {
    let stack = Stack::of(facts);
    let index = join(&[&[stack.ethernet, 1], &numbers(stack.gateway)]);
    rows.table(&[1, 3, 6, 1, 2, 1, 3, 1, 1], &[1, 2, 3], &[index], |column, _| {
        Some(match column {
            1 => Value::Integer(stack.ethernet.into()),
            2 => Value::bytes(stack.gateway_mac.clone()),
            _ => Value::Address(stack.gateway),
        })
    });
}

fn scalar(facts: &Facts<'_>, number: u32) -> Value {
    let counter = |what: &str, rate| Value::Counter(facts.counter32(what, rate));
    match number {
        1 => Value::Integer(if facts.settings.profile.forwards { 1 } else { 2 }),
        2 => Value::Integer(facts.settings.profile.ttl),
        3 | 9 => counter("in 2", 8.2),
        10 => counter("out 2", 7.0),
        13 => Value::Integer(0),
        11 => counter("no route", 0.0004),
        _ => Value::Counter(0),
    }
}

/// The scalars, own addresses, routes and neighbours: what every agent has.
pub fn classic(facts: &Facts<'_>, rows: &mut Rows) {
    let stack = Stack::of(facts);
    rows.scalars(IP, (1..=19).map(|number| (number, scalar(facts, number))));
    let addresses = stack.addresses();
    let index: Vec<[u32; 4]> = addresses.iter().map(|(_, address, ..)| numbers(*address)).collect();
    let columns: &[u32] = if facts.settings.profile.users { &[1, 2, 3, 4] } else { &[1, 2, 3, 4, 5] };
    rows.table(&[1, 3, 6, 1, 2, 1, 4, 20, 1], columns, &index, |column, row| {
        let (interface, address, mask, _) = addresses.get(row)?;
        Some(match column {
            1 => Value::Address(*address),
            2 => Value::Integer((*interface).into()),
            3 => Value::Address(*mask),
            4 => Value::Integer(i64::from(*address != Ipv4Addr::LOCALHOST)),
            _ => Value::Integer(65_535),
        })
    });
    let index = [numbers(Ipv4Addr::UNSPECIFIED), numbers(stack.network)];
    rows.table(&[1, 3, 6, 1, 2, 1, 4, 21, 1], &[1, 2, 3, 7, 8, 9, 11, 13], &index, |column, row| {
        Some(route(&stack, column, row == 0))
    });
    let index = [join(&[&[stack.ethernet], &numbers(stack.gateway)])];
    rows.table(&[1, 3, 6, 1, 2, 1, 4, 22, 1], &[1, 2, 3, 4], &index, |column, _| {
        Some(match column {
            1 => Value::Integer(stack.ethernet.into()),
            2 => Value::bytes(stack.gateway_mac.clone()),
            3 => Value::Address(stack.gateway),
            _ => Value::Integer(3),
        })
    });
    rows.scalar(&[1, 3, 6, 1, 2, 1, 4, 23], Value::Counter(0));
}

fn route(stack: &Stack, column: u32, is_default: bool) -> Value {
    let either = |default, direct| if is_default { default } else { direct };
    match column {
        1 => Value::Address(either(Ipv4Addr::UNSPECIFIED, stack.network)),
        2 => Value::Integer(stack.ethernet.into()),
        3 => Value::Integer(i64::from(is_default)),
        7 => Value::Address(either(stack.gateway, Ipv4Addr::UNSPECIFIED)),
        8 => Value::Integer(if is_default { 4 } else { 3 }),
        9 => Value::Integer(2),
        11 => Value::Address(either(Ipv4Addr::UNSPECIFIED, stack.mask)),
        _ => Value::name(&[0, 0]),
    }
}

/// All that net-snmp has on Linux.
pub fn of_linux(facts: &Facts<'_>, rows: &mut Rows) {
    classic(facts, rows);
    let stack = Stack::of(facts);
    cidr_routes(&stack, rows);
    rows.scalar(&[1, 3, 6, 1, 2, 1, 4, 24, 6], Value::Gauge(2));
    inet_routes(&stack, rows);
    rows.scalars(IP, [(25, Value::Integer(2)), (26, Value::Integer(64))]);
    statistics(facts, rows);
    prefixes(&stack, rows);
    rows.scalar(
        &[1, 3, 6, 1, 2, 1, 4, 33],
        Value::Integer((facts.settings.mix("spin") & 0x3fff_ffff) as i64),
    );
    addresses(&stack, rows);
    neighbours(facts, &stack, rows);
}

fn cidr_routes(stack: &Stack, rows: &mut Rows) {
    let none = [0; 4];
    let index = [
        join(&[&none, &none, &[0], &numbers(stack.gateway)]),
        join(&[&numbers(stack.network), &numbers(stack.mask), &[0], &none]),
    ];
    let columns = [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16];
    rows.table(&[1, 3, 6, 1, 2, 1, 4, 24, 4, 1], &columns, &index, |column, row| {
        let is_default = row == 0;
        Some(match column {
            1 => route(stack, 1, is_default),
            2 => route(stack, 11, is_default),
            4 => route(stack, 7, is_default),
            5 => Value::Integer(stack.ethernet.into()),
            6 => route(stack, 8, is_default),
            7 => Value::Integer(2),
            9 => Value::name(&[0, 0]),
            12..=15 => Value::Integer(-1),
            16 => Value::Integer(1),
            _ => Value::Integer(0),
        })
    });
}

fn inet_routes(stack: &Stack, rows: &mut Rows) {
    let none = [0; 4];
    let policy = [3, 0, 0, stack.ethernet, 1, 4];
    let index = [
        join(&[&[1, 4], &none, &[0, 2, 0, 0, 1, 4], &numbers(stack.gateway)]),
        join(&[&[1, 4], &numbers(stack.network), &[stack.prefix], &policy, &none]),
    ];
    let columns: Vec<u32> = (7..=17).collect();
    rows.table(&[1, 3, 6, 1, 2, 1, 4, 24, 7, 1], &columns, &index, |column, row| {
        Some(match column {
            7 => Value::Integer(stack.ethernet.into()),
            8 => route(stack, 8, row == 0),
            9 => Value::Integer(2),
            10 | 11 => Value::Gauge(0),
            13..=16 => Value::Integer(-1),
            17 => Value::Integer(1),
            _ => Value::Integer(0),
        })
    });
}

/// Columns of the statistics that are counters of 64 bits.
const WIDE: [u32; 15] = [4, 6, 13, 19, 21, 24, 31, 33, 35, 37, 39, 41, 43, 45, 99];

fn statistic(facts: &Facts<'_>, column: u32, six: bool) -> Value {
    let part = |value: u64| if six { value / 90 } else { value };
    let (packets_in, packets_out) = (part(facts.counter("in 2", 8.2)), part(facts.counter("out 2", 7.0)));
    let value = match column {
        3 | 4 | 18 | 19 => packets_in,
        5 | 6 => packets_in * 310,
        20 | 21 | 30 | 31 => packets_out,
        32 | 33 => packets_out * 420,
        34 | 35 if six => packets_in / 3,
        36 | 37 if six => packets_in * 24,
        38 | 39 if six => 14 + packets_out / 900,
        40 | 41 if six => 1_008 + packets_out / 13,
        _ => 0,
    };
    match column {
        46 => Value::Ticks(0),
        47 => Value::Gauge(60_000),
        _ if WIDE.contains(&column) => Value::Counter64(value),
        _ => Value::Counter(wrapped(value)),
    }
}

fn statistics(facts: &Facts<'_>, rows: &mut Rows) {
    let columns: Vec<u32> = (3..=47).collect();
    rows.table(&[1, 3, 6, 1, 2, 1, 4, 31, 1, 1], &columns, &[[1], [2]], |column, row| {
        let six = row == 1;
        // Broadcasts are a thing of version 4.
        if six && (42..=45).contains(&column) { None } else { Some(statistic(facts, column, six)) }
    });
    rows.scalar(&[1, 3, 6, 1, 2, 1, 4, 31, 2], Value::Ticks(0));
    let columns: Vec<u32> = (3..=47).filter(|column| !matches!(column, 22 | 42..=45)).collect();
    rows.table(&[1, 3, 6, 1, 2, 1, 4, 31, 3, 1], &columns, &[[2, 1], [2, 2]], |column, row| {
        let idle = row == 0 && !matches!(column, 46 | 47);
        Some(match statistic(facts, column, true) {
            Value::Counter(_) if idle => Value::Counter(0),
            Value::Counter64(_) if idle => Value::Counter64(0),
            value => value,
        })
    });
}

const LOOPBACK: [u32; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const LINK: [u32; 16] = [254, 128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const PREFIX: [u32; 11] = [1, 3, 6, 1, 2, 1, 4, 32, 1, 5, 0];

/// The prefixes of the own addresses, as index.
fn prefix_indexes(stack: &Stack) -> [Vec<u32>; 4] {
    [
        vec![1, 1, 4, 127, 0, 0, 0, 8],
        join(&[&[1, 2, 16], &LOOPBACK, &[128]]),
        join(&[&[2, 1, 4], &numbers(stack.network), &[stack.prefix]]),
        join(&[&[2, 2, 16], &LINK, &[64]]),
    ]
}

fn prefixes(stack: &Stack, rows: &mut Rows) {
    let index = prefix_indexes(stack);
    rows.table(&[1, 3, 6, 1, 2, 1, 4, 32, 1], &[5, 6, 7, 8, 9], &index, |column, row| {
        Some(match column {
            5 => Value::Integer(if row == 3 { 3 } else { 2 }),
            6 => Value::Integer(1),
            7 => Value::Integer(2),
            _ => Value::Gauge(u32::MAX),
        })
    });
}

fn addresses(stack: &Stack, rows: &mut Rows) {
    let own = stack.addresses();
    let prefixes = prefix_indexes(stack);
    let link = stack.link_local.map(u32::from);
    let mut index: Vec<(Vec<u32>, usize)> = own
        .iter()
        .map(|(interface, address, ..)| {
            (join(&[&[1, 4], &numbers(*address)]), if *interface == 1 { 0 } else { 2 })
        })
        .collect();
    index.push((join(&[&[2, 16], &LOOPBACK]), 1));
    index.push((join(&[&[2, 16], &link]), 3));
    let names: Vec<&[u32]> = index.iter().map(|(name, _)| name.as_slice()).collect();
    let columns: Vec<u32> = (3..=11).collect();
    rows.table(&[1, 3, 6, 1, 2, 1, 4, 34, 1], &columns, &names, |column, row| {
        let (_, prefix) = index.get(row)?;
        let is_link = *prefix == 3;
        Some(match column {
            3 => Value::Integer(if *prefix < 2 { 1 } else { 2 }),
            5 => {
                let head = PREFIX.get(..10).unwrap_or_default();
                Value::Name([head, prefixes.get(*prefix)?].concat().into())
            }
            6 => Value::Integer(if is_link { 5 } else { 2 }),
            8 | 9 => Value::Ticks(0),
            11 => Value::Integer(if is_link { 4 } else { 2 }),
            _ => Value::Integer(1),
        })
    });
}

fn neighbours(facts: &Facts<'_>, stack: &Stack, rows: &mut Rows) {
    let index = [join(&[&[stack.ethernet, 1, 4], &numbers(stack.gateway)])];
    rows.table(&[1, 3, 6, 1, 2, 1, 4, 35, 1], &[4, 5, 6, 7, 8], &index, |column, _| {
        Some(match column {
            4 => Value::bytes(stack.gateway_mac.clone()),
            5 => Value::Ticks(facts.ticks() / 3_000 * 3_000),
            8 => Value::Integer(1),
            _ => Value::Integer(3),
        })
    });
    let scope: Vec<u32> = (2..=13).collect();
    rows.table(&[1, 3, 6, 1, 2, 1, 4, 36, 1], &scope, &[[stack.ethernet]], |column, _| {
        Some(Value::Gauge(if column == 2 { stack.ethernet } else { 0 }))
    });
    let index = [join(&[&[1, 4], &numbers(stack.gateway), &[stack.ethernet]])];
    rows.table(&[1, 3, 6, 1, 2, 1, 4, 37, 1], &[4, 5], &index, |column, _| {
        Some(if column == 4 { Value::Gauge(65_535) } else { Value::Integer(0) })
    });
}

/// `ipv6IfTable`, as net-snmp has it.
pub fn six(facts: &Facts<'_>, rows: &mut Rows) {
    let list: Vec<Interface> = (facts.settings.profile.interfaces)(facts);
    let index: Vec<[u32; 1]> = list.iter().map(|interface| [interface.index]).collect();
    let count = u32::try_from(list.len()).unwrap_or(0);
    let scalars = [(1, Value::Integer(2)), (2, Value::Integer(64)), (3, Value::Gauge(count))];
    rows.scalars(&[1, 3, 6, 1, 2, 1, 55, 1], scalars);
    rows.table(&[1, 3, 6, 1, 2, 1, 55, 1, 5, 1], &[2, 3, 4, 8, 9, 10], &index, |column, row| {
        let interface = list.get(row)?;
        Some(match column {
            2 => Value::text(interface.name.clone()),
            3 => Value::name(&[0, 0]),
            4 => Value::Gauge(u32::try_from(interface.mtu).unwrap_or(0)),
            8 => Value::bytes(interface.address.clone()),
            _ => Value::Integer(1),
        })
    });
}
