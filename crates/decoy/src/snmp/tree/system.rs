//! `system`: what the machine is, and what its agent knows.

use super::{Facts, Rows};
use crate::snmp::value::Value;

/// Names below which the parts of `mib-2` are.
pub const SYSTEM: &[u32] = &[1, 3, 6, 1, 2, 1, 1];

/// Modules that net-snmp says it has: name and description.
type Module = (&'static [u32], &'static str);

const MANAGEMENT: Module = (&[1, 3, 6, 1, 6, 3, 10, 3, 1, 1], "The SNMP Management Architecture MIB.");
const DISPATCH: Module =
    (&[1, 3, 6, 1, 6, 3, 11, 3, 1, 1], "The MIB for Message Processing and Dispatching.");
const USERS: Module = (
    &[1, 3, 6, 1, 6, 3, 15, 2, 1, 1],
    "The management information definitions for the SNMP User-based Security Model.",
);
const ENTITIES: Module = (&[1, 3, 6, 1, 6, 3, 1], "The MIB module for SNMPv2 entities");
const VIEWS: Module = (&[1, 3, 6, 1, 6, 3, 16, 2, 2, 1], "View-based Access Control Model for SNMP.");
const TCP: Module = (&[1, 3, 6, 1, 2, 1, 49], "The MIB module for managing TCP implementations");
const UDP: Module = (&[1, 3, 6, 1, 2, 1, 50], "The MIB module for managing UDP implementations");
const IP: Module = (&[1, 3, 6, 1, 2, 1, 4], "The MIB module for managing IP and ICMP implementations");
const NOTIFICATION: Module =
    (&[1, 3, 6, 1, 6, 3, 13, 3, 1, 3], "The MIB modules for managing SNMP Notification, plus filtering.");
const LOG: Module = (&[1, 3, 6, 1, 2, 1, 92], "The MIB module for logging SNMP Notifications.");

/// As versions 5.8 and later list them.
const MODULES: &[Module] = &[MANAGEMENT, DISPATCH, USERS, ENTITIES, VIEWS, TCP, UDP, IP, NOTIFICATION, LOG];
/// As version 5.7 lists them.
const OLDER_MODULES: &[Module] =
    &[DISPATCH, USERS, MANAGEMENT, ENTITIES, TCP, IP, UDP, VIEWS, NOTIFICATION, LOG];

/// The scalars alone, as small agents have them.
pub fn scalars(facts: &Facts<'_>, rows: &mut Rows) {
    let profile = facts.settings.profile;
    let texts = [
        (1, Value::text((profile.description)(facts))),
        (2, Value::name((profile.object)(facts))),
        (3, Value::Ticks(facts.ticks())),
        (4, Value::text(facts.settings.contact.clone())),
        (5, Value::text((profile.name)(facts))),
        (6, Value::text(facts.settings.location.clone())),
    ];
    rows.scalars(SYSTEM, texts);
    if let Some(services) = profile.services {
        rows.scalar(&[1, 3, 6, 1, 2, 1, 1, 7], Value::Integer(services));
    }
}

/// The scalars, and the modules of net-snmp.
pub fn with_modules(facts: &Facts<'_>, rows: &mut Rows) {
    scalars(facts, rows);
    let older = facts.settings.profile.version(facts).starts_with("5.7");
    let modules = if older { OLDER_MODULES } else { MODULES };
    let moment = 1 + (facts.share("modules") * 12.0) as u32;
    rows.scalar(&[1, 3, 6, 1, 2, 1, 1, 8], Value::Ticks(moment));
    let index: Vec<[u32; 1]> = (1..).take(modules.len()).map(|number| [number]).collect();
    rows.table(&[1, 3, 6, 1, 2, 1, 1, 9, 1], &[2, 3, 4], &index, |column, row| {
        let (name, text) = modules.get(row)?;
        Some(match column {
            2 => Value::name(name),
            3 => Value::text(*text),
            // The last of them register themselves a tick later.
            _ => Value::Ticks(if row < 5 { moment.saturating_sub(1) } else { moment }),
        })
    });
}
