//! What the agent tells of itself: `snmp`, and the engine with its users.

use super::{Facts, Rows};
use crate::snmp::{facts::wrapped, value::Value};

/// Requests a second of the machine that watches this one.
const WATCHED: f64 = 0.12;
/// Scalars of `snmp` that there are.
const SNMP: [u32; 30] = [
    1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 24, 25, 26, 27, 28, 29, 30,
    31, 32,
];

/// The `snmp` group.
pub fn snmp(facts: &Facts<'_>, rows: &mut Rows) {
    let watched = facts.counter("watched", WATCHED);
    rows.scalars(
        &[1, 3, 6, 1, 2, 1, 11],
        SNMP.map(|number| {
            let base = match number {
                1 | 2 | 28 => watched,
                13 => watched * 9,
                15 => watched / 3,
                16 => watched / 8,
                _ => 0,
            };
            let own = facts.stats.snmp(number as usize);
            // Authentication traps are off.
            let value = if number == 30 {
                Value::Integer(2)
            } else {
                Value::Counter(wrapped(base).wrapping_add(own))
            };
            (number, value)
        }),
    );
}

/// The set of `snmpSet`, the engine, the dispatcher, and the faults of users.
pub fn engine(facts: &Facts<'_>, rows: &mut Rows) {
    let settings = facts.settings;
    let serial = settings.mix("serial") & 0x7fff_ffff;
    rows.scalar(&[1, 3, 6, 1, 6, 3, 1, 1, 6, 1], Value::Integer(serial.try_into().unwrap_or(0)));
    let engine = [
        (1, Value::bytes(settings.engine.clone())),
        (2, Value::Integer(settings.boots.into())),
        (3, Value::Integer(facts.agent_up() as i64)),
        (4, Value::Integer(1_500)),
    ];
    rows.scalars(&[1, 3, 6, 1, 6, 3, 10, 2, 1], engine);
    let dispatched = (1..=3).map(|number| (number, Value::Counter(facts.stats.dispatched(number as usize))));
    rows.scalars(&[1, 3, 6, 1, 6, 3, 11, 2, 1], dispatched);
    rows.scalars(
        &[1, 3, 6, 1, 6, 3, 12, 1],
        [(1, Value::Integer(0)), (4, Value::Counter(0)), (5, Value::Counter(0))],
    );
    let faults = (1..=6).map(|number| (number, Value::Counter(facts.stats.faults(number as usize))));
    rows.scalars(&[1, 3, 6, 1, 6, 3, 15, 1, 1], faults);
    rows.scalar(&[1, 3, 6, 1, 6, 3, 15, 1, 2, 1], Value::Integer(0));
}
