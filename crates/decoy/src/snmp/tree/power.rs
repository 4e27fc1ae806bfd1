//! Uninterruptible power supplies: the standard's tables and APC's own.

use super::{Facts, Rows};
use crate::{identity, snmp::value::Value};

const UPS: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1];
const APC: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1];

/// Serial number of the card, as its label has it.
pub fn serial(facts: &Facts<'_>) -> String {
    let digits = identity::number(&facts.persona.key, "apc serial", 1_000_000);
    format!("ZA14{:02}{digits:06}", 10 + digits % 40)
}

/// What is measured now.
struct Now {
    load: i64,
    input: i64,
    temperature: i64,
    minutes: i64,
}

impl Now {
    fn of(facts: &Facts<'_>) -> Self {
        let load = facts.level("ups load", 21.0, 34.0) as i64;
        Self {
            load,
            input: facts.level("mains", 226.0, 236.0) as i64,
            temperature: facts.level("ups temperature", 24.0, 29.0) as i64,
            minutes: 78 - load,
        }
    }
}

/// `upsMIB` (RFC 1628).
pub fn standard(facts: &Facts<'_>, rows: &mut Rows) {
    let now = Now::of(facts);
    let below = |group: &[u32]| [UPS, group].concat();
    rows.scalars(
        &below(&[1]),
        [
            (1, Value::text("APC")),
            (2, Value::text("Smart-UPS 3000 RM")),
            (3, Value::text("UPS 09.3 (ID18)")),
            (
                4,
                Value::text(
                    "MB:v4.1.0 PF:v6.4.0 PN:apc_hw05_aos_640.bin AF1:v6.4.0 AN1:apc_hw05_sumx_640.bin",
                ),
            ),
            (5, Value::text(facts.persona.hostname.clone())),
            (6, Value::text("")),
        ],
    );
    rows.scalars(
        &below(&[2]),
        [
            (1, Value::Integer(2)),
            (2, Value::Integer(0)),
            (3, Value::Integer(now.minutes)),
            (4, Value::Integer(100)),
            (5, Value::Integer(546)),
            (6, Value::Integer(0)),
            (7, Value::Integer(now.temperature)),
        ],
    );
    rows.scalars(
        &below(&[3]),
        [(1, Value::Counter(facts.counter32("mains lost", 0.000_001))), (2, Value::Integer(1))],
    );
    rows.table(&below(&[3, 3, 1]), &[2, 3], &[[1]], |column, _| {
        Some(Value::Integer(if column == 2 { 500 } else { now.input }))
    });
    rows.scalars(&below(&[4]), [(1, Value::Integer(3)), (2, Value::Integer(500)), (3, Value::Integer(1))]);
    rows.table(&below(&[4, 4, 1]), &[2, 3, 4, 5], &[[1]], |column, _| {
        Some(Value::Integer(match column {
            2 => 230,
            3 => now.load * 4,
            4 => now.load * 27,
            _ => now.load,
        }))
    });
    rows.scalar(&below(&[6, 1]), Value::Gauge(0));
}

/// The part of `powerNet` that tools read.
pub fn apc(facts: &Facts<'_>, rows: &mut Rows) {
    let now = Now::of(facts);
    let below = |group: &[u32]| [APC, group].concat();
    rows.scalars(
        &below(&[1, 1]),
        [(1, Value::text("Smart-UPS 3000 RM")), (2, Value::text(facts.persona.hostname.clone()))],
    );
    let unit = identity::number(&facts.persona.key, "ups serial", 100_000_000);
    rows.scalars(
        &below(&[1, 2]),
        [
            (1, Value::text("UPS 09.3 (ID18)")),
            (2, Value::text("11/20/2014")),
            (
                3,
                Value::text(
                    format!("AS14{:02}{unit:08}", 10 + unit % 40).chars().take(12).collect::<String>(),
                ),
            ),
        ],
    );
    rows.scalars(
        &below(&[2, 1]),
        [(1, Value::Integer(2)), (2, Value::Ticks(0)), (3, Value::text("03/14/2021"))],
    );
    rows.scalars(
        &below(&[2, 2]),
        [
            (1, Value::Gauge(100)),
            (2, Value::Gauge(now.temperature.try_into().unwrap_or(25))),
            (3, Value::Ticks((now.minutes * 6_000).try_into().unwrap_or(0))),
            (4, Value::Integer(1)),
        ],
    );
    rows.scalars(
        &below(&[3, 2]),
        [
            (1, Value::Gauge(now.input.try_into().unwrap_or(230))),
            (4, Value::Gauge(50)),
            (5, Value::Integer(9)),
        ],
    );
    rows.scalar(&below(&[4, 1, 1]), Value::Integer(2));
    rows.scalars(
        &below(&[4, 2]),
        [
            (1, Value::Gauge(230)),
            (2, Value::Gauge(50)),
            (3, Value::Gauge(now.load.try_into().unwrap_or(25))),
            (4, Value::Gauge((now.load / 8).try_into().unwrap_or(3))),
        ],
    );
}
