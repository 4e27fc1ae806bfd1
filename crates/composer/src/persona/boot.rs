//! When a machine booted: after its last maintenance, on a day of its own.

use std::collections::BTreeSet;

use decnet_proto::persona::OsFamily;

use super::Machine;
use crate::derive::Source;

const DAY: u32 = 24 * 60 * 60;

/// A boot time before `now` that no other machine has.
pub(super) fn draw(machine: &Machine<'_>, source: &Source, now: i64, taken: &mut BTreeSet<i64>) -> i64 {
    let mut stream = source.stream("boot", machine.name.as_str());
    // Windows restarts for its monthly updates; controllers run until somebody pulls the plug.
    let (youngest, oldest) = match machine.family {
        OsFamily::Windows if machine.profile().desk => (0, 12),
        OsFamily::Windows => (1, 34),
        OsFamily::Linux | OsFamily::Bsd => (2, 190),
        OsFamily::Embedded => (5, 320),
        OsFamily::Cisco => (40, 600),
    };
    loop {
        let days = stream.between(youngest, oldest);
        let seconds = stream.between(20 * 60, DAY - 1);
        let boot = now - i64::from(days) * i64::from(DAY) - i64::from(seconds);
        if taken.insert(boot) {
            return boot;
        }
    }
}
