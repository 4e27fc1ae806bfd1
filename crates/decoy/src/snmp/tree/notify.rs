//! The tables of notifications that net-snmp sets up for itself, and the empty one of its log.

use super::{Facts, Rows};
use crate::snmp::value::Value;

const OBJECTS: &[u32] = &[1, 3, 6, 1, 2, 1, 88, 1, 3, 1, 1];
const OWNER: &str = "_snmpd";

/// Objects that go with a notification: the list, number, object, and whether all below it.
type Object = (&'static str, u32, &'static [u32]);

const LINK: &str = "_linkUpDown";
const FAIL: &str = "_triggerFail";
const FIRE: &str = "_triggerFire";

const SENT: [Object; 13] = [
    (LINK, 1, &[1, 3, 6, 1, 2, 1, 2, 2, 1, 1]),
    (LINK, 2, &[1, 3, 6, 1, 2, 1, 2, 2, 1, 7]),
    (LINK, 3, &[1, 3, 6, 1, 2, 1, 2, 2, 1, 8]),
    (FAIL, 1, &[1, 3, 6, 1, 2, 1, 88, 2, 1, 1]),
    (FAIL, 2, &[1, 3, 6, 1, 2, 1, 88, 2, 1, 2]),
    (FAIL, 3, &[1, 3, 6, 1, 2, 1, 88, 2, 1, 3]),
    (FAIL, 4, &[1, 3, 6, 1, 2, 1, 88, 2, 1, 4]),
    (FAIL, 5, &[1, 3, 6, 1, 2, 1, 88, 2, 1, 6]),
    (FIRE, 1, &[1, 3, 6, 1, 2, 1, 88, 2, 1, 1]),
    (FIRE, 2, &[1, 3, 6, 1, 2, 1, 88, 2, 1, 2]),
    (FIRE, 3, &[1, 3, 6, 1, 2, 1, 88, 2, 1, 3]),
    (FIRE, 4, &[1, 3, 6, 1, 2, 1, 88, 2, 1, 4]),
    (FIRE, 5, &[1, 3, 6, 1, 2, 1, 88, 2, 1, 5]),
];

/// An event: its name, its notification, and the objects that go with it.
const EVENTS: [(&str, &[u32], &str); 6] = [
    ("_linkDown", &[1, 3, 6, 1, 6, 3, 1, 1, 5, 3], LINK),
    ("_linkUp", &[1, 3, 6, 1, 6, 3, 1, 1, 5, 4], LINK),
    ("_mteTriggerFailure", &[1, 3, 6, 1, 2, 1, 88, 2, 0, 4], FAIL),
    ("_mteTriggerFalling", &[1, 3, 6, 1, 2, 1, 88, 2, 0, 3], FIRE),
    ("_mteTriggerFired", &[1, 3, 6, 1, 2, 1, 88, 2, 0, 1], FIRE),
    ("_mteTriggerRising", &[1, 3, 6, 1, 2, 1, 88, 2, 0, 2], FIRE),
];

/// A text as part of an index: its length and its bytes.
pub fn counted(text: &str) -> Vec<u32> {
    let length = u32::try_from(text.len()).unwrap_or(0);
    [length].into_iter().chain(text.bytes().map(u32::from)).collect()
}

/// `dismanEventMIB`.
pub fn events(_: &Facts<'_>, rows: &mut Rows) {
    rows.scalars(
        &[1, 3, 6, 1, 2, 1, 88, 1, 1],
        [
            (1, Value::Integer(1)),
            (2, Value::Gauge(0)),
            (3, Value::Gauge(0)),
            (4, Value::Gauge(0)),
            (5, Value::Counter(0)),
        ],
    );
    rows.scalar(&[1, 3, 6, 1, 2, 1, 88, 1, 2, 1], Value::Counter(0));
    let index = SENT.map(|(list, number, _)| [counted(OWNER), counted(list), vec![number]].concat());
    rows.table(OBJECTS, &[3, 4, 5], &index, |column, row| {
        let (list, _, object) = SENT.get(row)?;
        Some(match column {
            3 => Value::name(object),
            // Those of the link are all instances, the others one.
            4 => Value::Integer(if *list == LINK { 1 } else { 2 }),
            _ => Value::Integer(1),
        })
    });
    // The names come last in the index, without their length.
    let index = EVENTS.map(|(name, ..)| [counted(OWNER), name.bytes().map(u32::from).collect()].concat());
    rows.table(&[1, 3, 6, 1, 2, 1, 88, 1, 4, 2, 1], &[2, 3, 4, 5], &index, |column, _| {
        Some(match column {
            2 => Value::text(""),
            3 => Value::bytes([0x80]),
            _ => Value::Integer(1),
        })
    });
    rows.table(&[1, 3, 6, 1, 2, 1, 88, 1, 4, 3, 1], &[1, 2, 3], &index, |column, row| {
        let (_, notification, list) = EVENTS.get(row)?;
        Some(match column {
            1 => Value::name(notification),
            2 => Value::text(OWNER),
            _ => Value::text(*list),
        })
    });
}

/// `mtaMIB`, which finds no queue to tell of.
pub fn mail(_: &Facts<'_>, rows: &mut Rows) {
    rows.table(&[1, 3, 6, 1, 2, 1, 28, 1, 1], &[2, 5], &[[1]], |_, _| Some(Value::Gauge(0)));
    rows.table(&[1, 3, 6, 1, 2, 1, 28, 2, 1], &[4, 7], &[[1, 26]], |_, _| Some(Value::Gauge(0)));
    let groups: Vec<[u32; 2]> = (1..=25).map(|group| [1, group]).collect();
    rows.table(&[1, 3, 6, 1, 2, 1, 28, 2, 1], &[31], &groups, |_, _| Some(Value::Integer(-1)));
}

/// `notificationLogMIB`: nothing was logged.
pub fn log(_: &Facts<'_>, rows: &mut Rows) {
    rows.scalars(&[1, 3, 6, 1, 2, 1, 92, 1, 1], [(1, Value::Gauge(1_000)), (2, Value::Gauge(1_440))]);
    rows.scalars(&[1, 3, 6, 1, 2, 1, 92, 1, 2], [(1, Value::Counter(0)), (2, Value::Counter(0))]);
}
